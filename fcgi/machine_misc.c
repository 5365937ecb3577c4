/*
 * machine_misc.c: the small inner requests (spec/protocol.md 5.2).
 *
 * What is not built answers at once and says so: a client shows the words, or
 * gives up quietly, but does not hang.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/audit.h"
#include "db/node.h"
#include "fcgi/machine.h"
#include "fcgi/reply.h"
#include "proto/tailcfg.h"
#include "tailnet/ask.h"

enum err
machine_not_built(struct request *r)
{
	return reply_text(r, 501, "this server does not offer this yet");
}

enum err
machine_no_lock(struct request *r)
{
	return reply_text(r, 501, "tailnet lock is off on this server");
}

/* Clients to 1.88 tell each warning they show; nobody reads it here. */
enum err
machine_update_health(struct request *r)
{
	return reply_empty(r, 200);
}

/* At most AUDIT_DETAIL_MAX bytes, not cut inside a character. */
static char *
shorten(struct arena *mem, const char *s)
{
	size_t len = strnlen(s, AUDIT_DETAIL_MAX);

	while (!text_is_utf8(s, len))
		len--;
	return arena_printf(mem, "%.*s", (int)len, s);
}

static enum err
add_row(struct request *r, const struct node *node,
	const struct tailcfg_audit_log_request *said)
{
	const char *self =
		arena_printf(r->mem, "node:%lld", (long long)node->id);
	const struct audit row = {
		.at = r->now,
		.actor = self,
		.action = "machine.said",
		.subject = self,
		.detail = shorten(
			r->mem, arena_printf(r->mem, "%s %s",
					said->action ? said->action : "",
					said->details ? said->details : "")),
	};
	enum err e = db_begin(r->db);

	if (!e)
		e = db_audit_add(r->db, &row);
	return db_end(r->db, e);
}

/* A user's own account of why the machine was disconnected.  Clients try again
 * after 429, so a burst is late and not lost. */
enum err
machine_audit_log(struct request *r)
{
	struct tailcfg_audit_log_request said = { 0 };
	struct node node;
	enum err e = json_decode(
		r->body, &tailcfg_audit_log_request_table, r->mem, &said);

	if (e) {
		r->why = "the audit log is not the JSON expected";
		return e;
	}
	e = machine_node(r, said.node_key, &node);
	if (!e && !rate_take(r->rate, RATE_AUDIT_LOG, r->address, r->now,
			  AUDIT_PER_MINUTE))
		e = ERR_RATE;
	if (!e)
		e = add_row(r, &node, &said);
	return e ? e : reply_empty(r, 200);
}

enum err
machine_answer(struct request *r)
{
	const struct ask_reply said = { .path_part = r->parts[0],
		.machine_key = &r->peer.machine_key,
		.body = r->body,
		.now = r->now,
		.now_ms = clock_now_ms() };
	enum err e = tailnet_ask_answer(r->db, &said);

	if (e == ERR_NOT_FOUND)
		r->why = "nobody waits for this answer";
	return e ? e : reply_empty(r, 200);
}
