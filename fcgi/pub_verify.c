/*
 * POST /verify: a relay asks whether a node key is one of ours
 * (spec/protocol.md 7.4).
 *
 * As our own relay has it (worker/relay/known.h): neither expired nor waiting
 * for approval.
 */
#include "db/node.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

struct admission {
	const char *node_public, *source;
};

#define THIS struct admission
static const struct json_field admission_fields[] = {
	JSON_FIELD(THIS, node_public, "NodePublic", KEEP_EMPTY),
	JSON_FIELD(THIS, source, "Source", OMIT_EMPTY),
};
#undef THIS
static const struct json_table admission_table =
	JSON_TABLE(struct admission, admission_fields);

enum err
pub_verify(struct request *r)
{
	struct admission ask = { 0 };
	struct node node;
	struct key key;
	enum err e = json_decode(r->body, &admission_table, r->mem, &ask);

	if (e || !ask.node_public ||
		key_parse(KEY_NODE, ask.node_public, &key)) {
		r->why = "expected {\"NodePublic\":\"nodekey:...\"}";
		return ERR_BAD_INPUT;
	}
	e = db_node_by_node_key(r->db, &key, r->mem, &node);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && !node_is_admitted(node.expires_at, node.unapproved, r->now))
		e = ERR_NOT_FOUND;
	return reply_json_text(
		r, 200, e ? "{\"Allow\":false}" : "{\"Allow\":true}");
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
