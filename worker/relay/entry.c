/* entry.c: who may come in, by its ClientInfo; declared in client.h. */
#include <string.h>

#include "worker/relay/client.h"

static enum leave
refusal(struct client *c, const struct derp_client_info *info, enum err e)
{
	const struct admit *admit = &c->relay->admit;

	if (e)
		return e == ERR_CRYPTO ? LEAVE_BAD_BOX : LEAVE_BAD_FRAME;
	if (info->mesh)
		return LEAVE_MESH;
	c->node = admit->allows(admit->arg, info->key);
	return c->node ? STAY : LEAVE_NOT_ADMITTED;
}

void
entry_welcome(struct client *c, const uint8_t *key, int64_t now_ms)
{
	struct relay *r = c->relay;

	peer_enter(c, key);
	c->reader.welcomed = true;
	client_renew(c, now_ms);
	client_owe(c, OWE_SERVER_INFO | (*r->health ? OWE_HEALTH : 0));
	if (c->peer->count > SAME_KEY_MAX) {
		struct client *oldest = TAILQ_FIRST(&c->peer->clients);

		r->calls->close(oldest->conn, LEAVE_SAME_KEY);
	}
}

enum leave
entry_take(struct client *c, struct bytes body, int64_t now_ms)
{
	struct relay *r = c->relay;
	struct derp_client_info info;
	enum leave why;
	enum err e;

	e = derp_client_info_read(body, r->private, r->scratch, &info);
	arena_reset(r->scratch);
	why = refusal(c, &info, e);
	c->asking = !why && c->node == ADMIT_LATER;
	if (c->asking)
		memcpy(c->asked, info.key, DERP_KEY_LEN);
	else if (!why)
		entry_welcome(c, info.key, now_ms);
	return why;
}
