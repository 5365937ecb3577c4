#include "fcgi/router.h"

#include <string.h>

#include "db/audit.h"
#include "db/change.h"
#include "fcgi/gate.h"
#include "fcgi/kept.h"
#include "fcgi/reply.h"
#include "tailnet/bell.h"

static const char *const method_words[] = {
	[METHOD_GET] = "GET, HEAD",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PATCH] = "PATCH",
	[METHOD_PUT] = "PUT",
	[METHOD_DELETE] = "DELETE",
};

static bool
matches(struct request *r, const char *pattern, const char *path)
{
	size_t part = 0;

	for (; *pattern; pattern++) {
		size_t len;

		if (*pattern != '*') {
			if (*pattern != *path++)
				return false;
			continue;
		}
		len = strcspn(path, "/");
		if (!len || part == PARTS_MAX)
			return false;
		r->parts[part++] = arena_printf(r->mem, "%.*s", (int)len, path);
		path += len;
	}
	return *path == '\0';
}

static bool
is_here(const struct route *route, const struct request *r)
{
	enum group group = route->flags & NOISE ? GROUP_INNER
			   : route->flags & JOB ? GROUP_JOBS
						: GROUP_OUTER;

	return group == r->group;
}

static bool
takes(const struct route *route, enum method method)
{
	return route->method == method ||
	       (route->method == METHOD_GET && method == METHOD_HEAD);
}

/* The row, or NULL; *allow gets the methods of other rows of that path. */
static const struct route *
find(const struct route *table, size_t count, struct request *r,
	const char *path, const char **allow)
{
	*allow = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct route *route = &table[i];

		if (!is_here(route, r) || !matches(r, route->path, path))
			continue;
		if (takes(route, r->method))
			return route;
		*allow = *allow ? arena_printf(r->mem, "%s, %s", *allow,
					  method_words[route->method])
				: method_words[route->method];
	}
	return NULL;
}

/* "/x/" is "/x" for whoever typed it; nothing but a GET is sent on. */
static bool
slash_too_many(const struct route *table, size_t count, struct request *r)
{
	size_t len = strlen(r->path), raw = strcspn(r->target, "?");
	const char *allow;

	if (len < 2 || r->path[len - 1] != '/' || r->group != GROUP_OUTER ||
		(r->method != METHOD_GET && r->method != METHOD_HEAD))
		return false;
	return r->target[raw - 1] == '/' &&
	       find(table, count, r,
		       arena_printf(r->mem, "%.*s", (int)len - 1, r->path),
		       &allow);
}

static enum err
not_routed(const struct route *table, size_t count, struct request *r,
	const char *allow)
{
	size_t raw = strcspn(r->target, "?");

	if (allow) {
		r->reply.allow = allow;
		return reply_error(r, 405, "method not allowed");
	}
	if (slash_too_many(table, count, r))
		return reply_redirect(r, 301,
			arena_printf(r->mem, "%.*s%s", (int)raw - 1, r->target,
				r->target + raw));
	return reply_error(r, 404,
		r->group == GROUP_OUTER
			? arena_printf(r->mem, "There is no page %s.", r->path)
			: "404 page not found");
}

/* Who looks, for every page, that of an error too. */
static enum err
load_who(struct request *r)
{
	struct settings *s = arena_array(r->mem, 1, sizeof(*s));
	enum err e = request_settings(r, s);

	if (e)
		return e;
	r->settings = s;
	return who_load(r);
}

static bool
is_for_people(const struct request *r)
{
	return r->group == GROUP_OUTER &&
	       (!r->route || (r->route->flags & PEOPLE));
}

/* What a form changes is told with whom it came from. */
static enum err
run_page(struct request *r)
{
	struct audit_origin origin = { .via = "page",
		.actor_name = r->who.name,
		.address = r->address,
		.session = r->who.session };
	bool passed = true;
	enum err e;

	db_set_origin(r->db, &origin);
	db_read_only(r->db, !(r->route->flags & WRITES));
	(void)db_change_last(r->db, &r->seq); /* before anything is read */
	e = gate_in(r, &passed);
	if (!e && passed)
		e = r->route->handle(r);
	if (passed && gate_must_look_again(r))
		e = r->route->handle(r);
	e = gate_out(r, e);
	db_set_origin(r->db, NULL);
	return e;
}

static enum err
run(struct request *r)
{
	const struct route *route = r->route;
	const char *packed = request_claim(r, "HTTP_CONTENT_ENCODING");
	enum err e = ERR_OK;

	if (route->body_max && packed && *packed)
		return reply_error(
			r, 415, "a body with Content-Encoding is not taken");
	if (route->body_max)
		e = request_body(r, route->body_max);
	if (e == ERR_TOO_BIG)
		r->why = arena_printf(r->mem,
			"these are %lld bytes, and at most %zu are taken here",
			(long long)r->body_len, (size_t)route->body_max);
	if (e)
		return e;
	if (is_for_people(r)) {
		e = run_page(r);
	} else {
		db_read_only(r->db, !(route->flags & WRITES));
		e = route->handle(r);
	}
	db_rollback(r->db);
	return e;
}

static bool
counts_changes(const struct request *r)
{
	return r->group == GROUP_INNER || (r->route->flags & WRITES);
}

/*
 * Cairn-Seq is what the worker must have applied before it forwards the answer,
 * so after a write it is read behind the commit.  An answer "wait" carries what
 * was the last before the handler looked: a change that came in between is then
 * newer than what the worker is told, and it asks again at once.
 */
static enum err
mark_seq(struct request *r, int64_t before)
{
	int64_t after = before;
	enum err e = db_change_last(r->db, &after);

	r->reply.seq = r->reply.wait ? before : after;
	if (!e && after != before && (r->route->flags & WRITES))
		bell_ring(r->home);
	return e;
}

/* Words for the client: what was wrong with the request, or the error's own. */
static enum err
answer_error(struct request *r, enum err e)
{
	int status = err_http_status(e);
	enum err again;

	if (status == 503)
		r->reply.retry_after = "5";
	if (status == 503 && r->method == METHOD_POST && r->fields.count) {
		(void)kept_busy(r, err_words(e));
		return e;
	}
	again = reply_error(
		r, status, status < 500 && r->why ? r->why : err_words(e));
	return status >= 500 ? e : again;
}

enum err
router_run(const struct route *table, size_t count, enum err taken,
	struct request *r)
{
	const char *allow = NULL;
	int64_t before = 0;
	enum err e = taken;

	if (!e)
		r->route = find(table, count, r, r->path, &allow);
	if (is_for_people(r)) {
		enum err who = load_who(r);

		if (!e)
			e = who;
	}
	if (!e && !r->route)
		return not_routed(table, count, r, allow);
	if (!e && counts_changes(r))
		e = db_change_last(r->db, &before);
	r->reply.seq = before;
	if (!e)
		e = run(r);
	if (!e && counts_changes(r))
		e = mark_seq(r, before);
	return e ? answer_error(r, e) : ERR_OK;
}
