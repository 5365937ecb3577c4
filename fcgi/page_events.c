/*
 * page_events.c: who may hear of changes, and hands nginx on to the worker, who
 * tells them (worker/events.h, spec/pages.md 4.1).
 *
 * The worker is told the row that the right came from, and ends the stream when
 * that row goes.  `since` is the change that the page was made at.
 */
#include <inttypes.h>

#include "base/text.h"
#include "db/pending.h"
#include "fcgi/page.h"
#include "tailnet/register.h"
#include "tailnet/ssh_check.h"

static enum err
hand_on(struct request *r, const char *kind, int64_t row)
{
	const char *since = request_query(r, "since");
	int64_t seq;

	r->reply.class = REPLY_STREAM;
	r->reply.status = 200;
	r->reply.type = "text/event-stream";
	r->reply.accel =
		arena_printf(r->mem, "/_worker/events/%s/%" PRId64, kind, row);
	if (since && !text_int(since, &seq) && seq >= 0)
		r->reply.accel = arena_printf(
			r->mem, "%s?since=%" PRId64, r->reply.accel, seq);
	return ERR_OK;
}

enum err
page_admin_events(struct request *r)
{
	return hand_on(r, "admin", r->who.session);
}

enum err
page_me_events(struct request *r)
{
	return hand_on(r, "me", r->who.session);
}

static enum err
take_rate(struct request *r)
{
	if (rate_take(r->rate, RATE_REGISTER_PAGE, r->address, r->now,
		    REGISTER_PER_MINUTE))
		return ERR_OK;
	r->reply.retry_after = "60";
	return ERR_RATE;
}

/* Whoever has the link: it is what the page at it needs too. */
enum err
page_register_events(struct request *r)
{
	struct pending p;
	enum err e = take_rate(r);

	if (!e)
		e = tailnet_pending_find(
			r->db, r->pepper, r->parts[0], r->mem, &p);
	return e ? e : hand_on(r, "register", p.id);
}

enum err
page_check_events(struct request *r)
{
	struct ssh_check c;
	enum err e = take_rate(r);

	if (!e)
		e = tailnet_check_find(
			r->db, r->pepper, r->parts[0], r->mem, &c);
	return e ? e : hand_on(r, "auth", c.id);
}
