/*
 * GET /metrics: the counters of worker and relay (table stat), and some counts,
 * as Prometheus text.  By bearer token; without the setting metrics_token the
 * page does not exist.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/change.h"
#include "db/node.h"
#include "db/pending.h"
#include "db/stat.h"
#include "db/user.h"
#include "fcgi/pub.h"
#include "fcgi/reply.h"

static bool
holds_token(const struct request *r, const struct settings *s)
{
	static const char scheme[] = "Bearer ";
	const char *claim = request_claim(r, "HTTP_AUTHORIZATION");

	return claim && text_starts(claim, scheme) &&
	       settings_metrics_token_is(s, claim + sizeof(scheme) - 1);
}

static void
put_count(struct buf *out, const char *name, int64_t value)
{
	buf_puts(out, name);
	buf_putf(out, " %" PRId64 "\n", value);
}

static enum err
put_stats(struct request *r, struct buf *out)
{
	struct stat_row *rows;
	size_t count;
	enum err e = db_stats(r->db, r->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		put_count(out, rows[i].name, rows[i].value);
	return e;
}

static enum err
put_counts(struct request *r, struct buf *out)
{
	int64_t nodes = 0, pending = 0, seq = 0;
	struct user *users;
	size_t user_count = 0;
	enum err e = db_node_count(r->db, &nodes);

	if (!e)
		e = db_users(r->db, r->mem, &users, &user_count);
	if (!e)
		e = db_pending_count(r->db, r->now, &pending);
	if (!e)
		e = db_change_last(r->db, &seq);
	if (e)
		return e;
	put_count(out, "cairn_nodes", nodes);
	put_count(out, "cairn_users", (int64_t)user_count);
	put_count(out, "cairn_registrations_waiting", pending);
	put_count(out, "cairn_change_seq", seq);
	buf_putf(out, "cairn_build_info{version=\"%s\"} 1\n", CAIRN_VERSION);
	return ERR_OK;
}

enum err
pub_metrics(struct request *r)
{
	struct settings s;
	enum err e = request_settings(r, &s);

	if (e)
		return e;
	if (!*s.metrics_token)
		return reply_text(r, 404, "404 page not found");
	if (!holds_token(r, &s)) {
		r->reply.challenge = "Bearer";
		return reply_text(r, 401, "a bearer token is needed");
	}
	e = reply_empty(r, 200);
	r->reply.type = "text/plain; version=0.0.4; charset=utf-8";
	if (!e)
		e = put_counts(r, &r->reply.body);
	if (!e)
		e = put_stats(r, &r->reply.body);
	return e;
}
