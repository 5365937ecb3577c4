#include "tests/lib/derp_client.h"

#include <stdlib.h>
#include <string.h>

#include "proto/box.h"

void
derp_client_init(struct derp_client *c, struct arena *mem)
{
	box_private(c->private);
	box_public(c->private, c->public);
	c->mem = mem;
}

struct bytes
derp_client_info(struct derp_client *c, const uint8_t server[DERP_KEY_LEN],
	const char *json)
{
	struct bytes frame;

	if (derp_client_info_put(server, c->private, json, c->mem, &frame))
		abort();
	return frame;
}

struct bytes
derp_client_frame(struct derp_client *c, enum derp_type type, const void *body,
	size_t len)
{
	uint8_t *at = arena_alloc(c->mem, DERP_HEAD_LEN + len);

	derp_head_put(at, type, len);
	if (body)
		memcpy(at + DERP_HEAD_LEN, body, len);
	return (struct bytes){ at, DERP_HEAD_LEN + len };
}

struct bytes
derp_client_packet(struct derp_client *c, const struct derp_client *to,
	const void *packet, size_t len)
{
	uint8_t *body = arena_alloc(c->mem, DERP_KEY_LEN + len);

	memcpy(body, to->public, DERP_KEY_LEN);
	memcpy(body + DERP_KEY_LEN, packet, len);
	return derp_client_frame(c, DERP_SEND_PACKET, body, DERP_KEY_LEN + len);
}

struct bytes
derp_client_disco(
	struct derp_client *c, const struct derp_client *to, uint8_t mark)
{
	uint8_t packet[62] = "TS\xf0\x9f\x92\xac";

	packet[61] = mark;
	return derp_client_packet(c, to, packet, sizeof(packet));
}

bool
derp_client_next(struct bytes *in, struct derp_frame *f)
{
	size_t len;

	if (in->len < DERP_HEAD_LEN)
		return false;
	len = (size_t)in->at[1] << 24 | (size_t)in->at[2] << 16 |
	      (size_t)in->at[3] << 8 | in->at[4];
	if (in->len - DERP_HEAD_LEN < len)
		return false;
	f->type = in->at[0];
	f->body = (struct bytes){ in->at + DERP_HEAD_LEN, len };
	in->at += DERP_HEAD_LEN + len;
	in->len -= DERP_HEAD_LEN + len;
	return true;
}
