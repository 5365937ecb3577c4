#include "proto/derp.h"

#include <string.h>

#include "base/json.h"
#include "proto/box.h"

static const uint8_t magic[8] = "DERP\xf0\x9f\x94\x91"; /* DERP and a key */
static const uint8_t disco[6] = "TS\xf0\x9f\x92\xac";   /* TS, speech balloon */

enum use {
	SKIP, /* not from a client, or not known: passed over */
	TAKE,
	MESH, /* only between relays */
};

/* spec/protocol.md 7.2. */
static const struct rule {
	enum use use;
	uint32_t least, most;
} rules[] = {
	[DERP_CLIENT_INFO] = { TAKE, DERP_INFO_MIN, DERP_INFO_MAX },
	[DERP_SEND_PACKET] = { TAKE, DERP_KEY_LEN,
		DERP_KEY_LEN + DERP_PACKET_MAX },
	[DERP_NOTE_PREFERRED] = { TAKE, 1, 1 },
	[DERP_FORWARD_PACKET] = { MESH, 0, 0 },
	[DERP_WATCH_CONNS] = { MESH, 0, 0 },
	[DERP_CLOSE_PEER] = { MESH, 0, 0 },
	[DERP_PING] = { TAKE, DERP_PING_LEN, DERP_PING_MAX },
	[DERP_PONG] = { TAKE, DERP_PING_LEN, DERP_PING_MAX },
	[DERP_RESTARTING] = { SKIP, 0, 0 },
};

static const struct rule *
rule_of(uint8_t type)
{
	static const struct rule unknown = { SKIP, 0, 0 };

	return type < sizeof(rules) / sizeof(rules[0]) ? &rules[type]
						       : &unknown;
}

static enum err
check(const struct derp_reader *r, uint8_t type, uint32_t len)
{
	const struct rule *rule = rule_of(type);

	if (!r->welcomed && type != DERP_CLIENT_INFO)
		return ERR_BAD_INPUT;
	if (rule->use == MESH)
		return ERR_DENIED;
	if (rule->use == SKIP)
		return len > DERP_SKIP_MAX ? ERR_TOO_BIG : ERR_OK;
	if (r->welcomed && type == DERP_CLIENT_INFO)
		return ERR_BAD_INPUT;
	if (len > rule->most)
		return ERR_TOO_BIG;
	return len < rule->least ? ERR_BAD_INPUT : ERR_OK;
}

static void
move_on(struct bytes *in, size_t len)
{
	in->at += len;
	in->len -= len;
}

static void
skip(struct derp_reader *r, struct bytes *in)
{
	uint32_t len = in->len < r->skip ? (uint32_t)in->len : r->skip;

	move_on(in, len);
	r->skip -= len;
}

static uint32_t
get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

enum err
derp_next(struct derp_reader *r, struct bytes *in, struct derp_frame *f)
{
	f->type = DERP_NONE;
	for (;;) {
		uint32_t len;
		enum err e;

		skip(r, in);
		if (in->len < DERP_HEAD_LEN)
			return ERR_OK;
		len = get32(in->at + 1);
		e = check(r, in->at[0], len);
		if (e)
			return e;
		if (rule_of(in->at[0])->use == SKIP) {
			move_on(in, DERP_HEAD_LEN);
			r->skip = len;
			continue;
		}
		if (in->len - DERP_HEAD_LEN < len)
			return ERR_OK;
		f->type = in->at[0];
		f->body = (struct bytes){ in->at + DERP_HEAD_LEN, len };
		move_on(in, DERP_HEAD_LEN + len);
		return ERR_OK;
	}
}

void
derp_head_put(uint8_t out[DERP_HEAD_LEN], enum derp_type type, size_t len)
{
	out[0] = (uint8_t)type;
	out[1] = (uint8_t)(len >> 24);
	out[2] = (uint8_t)(len >> 16);
	out[3] = (uint8_t)(len >> 8);
	out[4] = (uint8_t)len;
}

bool
derp_is_disco(const uint8_t *packet, size_t len)
{
	return len >= sizeof(disco) + DERP_KEY_LEN + BOX_NONCE_LEN &&
	       memcmp(packet, disco, sizeof(disco)) == 0;
}

void
derp_server_key_put(uint8_t out[DERP_HEAD_LEN + DERP_SERVER_KEY_LEN],
	const uint8_t key[DERP_KEY_LEN])
{
	derp_head_put(out, DERP_SERVER_KEY, DERP_SERVER_KEY_LEN);
	memcpy(out + DERP_HEAD_LEN, magic, sizeof(magic));
	memcpy(out + DERP_HEAD_LEN + sizeof(magic), key, DERP_KEY_LEN);
}

/* The names are the clients'; since 1.102 there is AppName too. */
struct info_json {
	int64_t version;
	const char *mesh_key;
	bool can_ack_pings, prober;
};

static const struct json_field info_fields[] = {
	JSON_FIELD(struct info_json, mesh_key, "meshKey", OMIT_EMPTY),
	JSON_FIELD(struct info_json, version, "version", OMIT_EMPTY),
	JSON_FIELD(struct info_json, can_ack_pings, "CanAckPings", OMIT_EMPTY),
	JSON_FIELD(struct info_json, prober, "IsProber", OMIT_EMPTY),
};
static const struct json_table info_table =
	JSON_TABLE(struct info_json, info_fields);

/* Newer clients may write the zero key where older ones write nothing. */
static bool
names_mesh_key(const char *key)
{
	return key && key[strspn(key, "0")] != '\0';
}

enum err
derp_client_info_read(struct bytes body,
	const uint8_t server_private[DERP_KEY_LEN], struct arena *mem,
	struct derp_client_info *info)
{
	size_t box_len = body.len - DERP_KEY_LEN, text_len;
	struct info_json json = { 0 };
	uint8_t *text;
	enum err e;

	if (body.len < DERP_KEY_LEN + BOX_EXTRA)
		return ERR_BAD_INPUT;
	text_len = box_len - BOX_EXTRA;
	text = arena_alloc(mem, text_len);
	e = box_open(
		body.at, server_private, body.at + DERP_KEY_LEN, box_len, text);
	if (!e)
		e = json_decode((struct bytes){ text, text_len }, &info_table,
			mem, &json);
	if (e)
		return e;
	memcpy(info->key, body.at, DERP_KEY_LEN);
	info->version = json.version;
	info->can_ack_pings = json.can_ack_pings;
	info->prober = json.prober;
	info->mesh = names_mesh_key(json.mesh_key);
	return ERR_OK;
}

enum err
derp_client_info_put(const uint8_t server_public[DERP_KEY_LEN],
	const uint8_t client_private[DERP_KEY_LEN], const char *json,
	struct arena *mem, struct bytes *frame)
{
	size_t body = DERP_KEY_LEN + BOX_EXTRA + strlen(json);
	uint8_t *out = arena_alloc(mem, DERP_HEAD_LEN + body);
	enum err e;

	derp_head_put(out, DERP_CLIENT_INFO, body);
	box_public(client_private, out + DERP_HEAD_LEN);
	e = box_seal(server_public, client_private, json, strlen(json),
		out + DERP_HEAD_LEN + DERP_KEY_LEN);
	if (!e)
		*frame = (struct bytes){ out, DERP_HEAD_LEN + body };
	return e;
}

size_t
derp_server_info_put(uint8_t out[DERP_SERVER_INFO_MAX],
	const uint8_t client[DERP_KEY_LEN],
	const uint8_t server_private[DERP_KEY_LEN])
{
	static const char json[] = "{\"version\":2}";
	size_t len = sizeof(json) - 1;

	derp_head_put(out, DERP_SERVER_INFO, len + BOX_EXTRA);
	if (box_seal(client, server_private, json, len, out + DERP_HEAD_LEN))
		return 0;
	return DERP_HEAD_LEN + len + BOX_EXTRA;
}
