/* pull.c: what a client is owed, as frames; declared in derp.h. */
#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "worker/relay/client.h"

static void
put32(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t)(value >> 24);
	out[1] = (uint8_t)(value >> 16);
	out[2] = (uint8_t)(value >> 8);
	out[3] = (uint8_t)value;
}

static size_t
put_frame(uint8_t *out, enum derp_type type, const void *body, size_t len)
{
	derp_head_put(out, type, len);
	if (len)
		memcpy(out + DERP_HEAD_LEN, body, len);
	return DERP_HEAD_LEN + len;
}

static size_t
put_restarting(uint8_t *out)
{
	uint8_t body[8];

	put32(body, RECONNECT_IN_MS + randombytes_uniform(RECONNECT_IN_MS));
	put32(body + 4, RECONNECT_TRY_MS);
	return put_frame(out, DERP_RESTARTING, body, sizeof(body));
}

static size_t
put_server_key(uint8_t *out, const uint8_t *key)
{
	derp_server_key_put(out, key);
	return DERP_HEAD_LEN + DERP_SERVER_KEY_LEN;
}

/* One frame of what is owed, the most pressing first. */
static size_t
pull_owed(struct client *c, uint8_t *out)
{
	const struct relay *r = c->relay;
	unsigned first = c->owes & ~(c->owes - 1);

	c->owes &= ~first;
	switch (first) {
	case OWE_SERVER_KEY:
		return put_server_key(out, r->public);
	case OWE_SERVER_INFO:
		return derp_server_info_put(out, c->peer->key, r->private);
	case OWE_HEALTH:
		return put_frame(
			out, DERP_HEALTH, r->health, strlen(r->health));
	case OWE_PONG:
		return put_frame(out, DERP_PONG, c->pong, sizeof(c->pong));
	case OWE_KEEP_ALIVE:
		return put_frame(out, DERP_KEEP_ALIVE, NULL, 0);
	default:
		return put_restarting(out);
	}
}

static size_t
pull_gone(struct client *c, uint8_t *out)
{
	struct gone *g = &c->gone[c->gone_at];
	uint8_t body[DERP_PEER_GONE_LEN];

	memcpy(body, g->key, DERP_KEY_LEN);
	body[DERP_KEY_LEN] = (uint8_t)g->reason;
	c->gone_at = (c->gone_at + 1) % GONE_MAX;
	c->gone_count--;
	return put_frame(out, DERP_PEER_GONE, body, sizeof(body));
}

static size_t
pull_packet(struct client *c, uint8_t *out, size_t room)
{
	struct packet *p = queue_take(&c->queue, room);
	size_t len;

	if (!p)
		return 0;
	len = p->len;
	memcpy(out, p->frame, len);
	packet_free(p);
	c->relay->counts.packets_out++;
	c->relay->counts.bytes_out +=
		(int64_t)(len - DERP_HEAD_LEN - DERP_KEY_LEN);
	return len;
}

static size_t
pull_one(struct client *c, uint8_t *out, size_t room)
{
	if (room < DERP_HEAD_LEN + HEALTH_MAX)
		return 0;
	if (c->owes)
		return pull_owed(c, out);
	if (c->gone_count)
		return pull_gone(c, out);
	return pull_packet(c, out, room);
}

size_t
relay_pull(struct client *c, uint8_t *out, size_t room)
{
	size_t len = 0, more;

	assert(room >= DERP_FRAME_MAX);
	do {
		more = pull_one(c, out + len, room - len);
		len += more;
	} while (more);
	return len;
}
