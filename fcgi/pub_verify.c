/*
 * POST /verify: a relay asks whether node keys are ours (spec/protocol.md 7.4).
 *
 * As our own relay has it (worker/relay/known.h): neither expired nor waiting
 * for approval.  Anybody may ask about one key: who has it, which no stranger
 * can guess, learns that it is known.  A relay of ours shows its token, and may
 * ask about VERIFY_KEYS_MAX at once; a token that is none gets 403, so that the
 * relay learns of it.
 */
#include <string.h>

#include "base/text.h"
#include "db/node.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"
#include "tailnet/relays.h"

struct admission {
	const char *node_public, *source;
	struct json_texts many;
};

#define THIS struct admission
static const struct json_field admission_fields[] = {
	JSON_FIELD(THIS, node_public, "NodePublic", KEEP_EMPTY),
	JSON_FIELD(THIS, source, "Source", OMIT_EMPTY),
	JSON_FIELD(THIS, many, "NodePublics", OMIT_EMPTY),
};
#undef THIS
static const struct json_table admission_table =
	JSON_TABLE(struct admission, admission_fields);

struct allowed {
	struct json_texts keys;
};

static const struct json_field allowed_fields[] = {
	JSON_FIELD(struct allowed, keys, "Allowed", KEEP_LIST),
};
static const struct json_table allowed_table =
	JSON_TABLE(struct allowed, allowed_fields);

static enum err
malformed(struct request *r, const char *why)
{
	r->why = why;
	return ERR_BAD_INPUT;
}

static enum err
look(struct request *r, const char *text, bool *allowed)
{
	struct node node;
	struct key key;
	enum err e;

	if (!text || key_parse(KEY_NODE, text, &key))
		return malformed(
			r, "expected {\"NodePublic\":\"nodekey:...\"}");
	e = db_node_by_node_key(r->db, &key, r->mem, &node);
	if (e && e != ERR_NOT_FOUND)
		return e;
	*allowed = !e &&
		   node_is_admitted(node.expires_at, node.unapproved, r->now);
	return ERR_OK;
}

static enum err
answer_many(struct request *r, const struct json_texts *keys)
{
	struct allowed out = {
		.keys = { arena_array(r->mem, keys->count + 1, sizeof(char *)),
			0 }
	};
	enum err e = ERR_OK;

	if (keys->count > VERIFY_KEYS_MAX)
		return malformed(r, "at most 256 keys at once");
	for (size_t i = 0; !e && i < keys->count; i++) {
		bool allowed = false;

		e = look(r, keys->at[i], &allowed);
		if (allowed)
			out.keys.at[out.keys.count++] = keys->at[i];
	}
	return e ? e : reply_json(r, &allowed_table, &out);
}

/* The token that the request shows, NULL if none. */
static const char *
token_of(struct request *r)
{
	const char *claim = request_claim(r, "HTTP_AUTHORIZATION");

	return claim && text_starts(claim, "Bearer ")
		       ? claim + strlen("Bearer ")
		       : NULL;
}

enum err
pub_verify(struct request *r)
{
	struct admission ask = { .many = { NULL, 0 } };
	const char *token = token_of(r);
	struct derp_region relay;
	bool allowed = false;
	enum err e = ERR_OK;

	if (!token && r->body.len > VERIFY_BODY_MAX)
		return reply_error(r, 413, err_words(ERR_TOO_BIG));
	if (token)
		e = tailnet_relay_of_token(
			r->db, r->pepper, token, r->mem, &relay);
	if (e == ERR_DENIED)
		return reply_error(r, 403, "this token is not one of a relay");
	if (e)
		return e;
	if (json_decode(r->body, &admission_table, r->mem, &ask))
		return malformed(
			r, "expected {\"NodePublic\":\"nodekey:...\"}");
	if (token && ask.many.at)
		return answer_many(r, &ask.many);
	e = look(r, ask.node_public, &allowed);
	return e ? e
		 : reply_json_text(r, 200,
			   allowed ? "{\"Allow\":true}" : "{\"Allow\":false}");
}

/* HEAD /machine/ping-response?id=: no pings are sent yet, so none is known. */
enum err
pub_ping_response(struct request *r)
{
	const char *id = request_query(r, "id");

	if (!id || !*id)
		return reply_text(r, 400, "missing ping id");
	return reply_text(r, 404, "unknown or expired ping");
}
