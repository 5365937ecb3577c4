#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "worker/fanout.h"
#include "worker/machine.h"
#include "worker/machine_map.h"
#include "worker/probe.h"
#include "worker/rate.h"
#include "worker/waits.h"

/* A refused or retrying client asks again every few milliseconds; this costs no
 * handler (spec/reliability.md 5.6). */
static void
machine_register(struct stream *st)
{
	struct session *s = st->session;
	int64_t wait = rate_register(s->worker, &s->machine_key,
		machine_has_node(s), clock_now_ms());

	if (!wait) {
		inner_submit(st, "", waits_answer);
		return;
	}
	s->worker->counters.register_limited++;
	stream_answer(st, 429, "text/plain; charset=utf-8", wait,
		"too many registrations, wait a little\n", 38);
}

/* Who has no node has nothing else to ask: strangers reach a handler by their
 * registrations only, and could stand in everybody's way otherwise. */
static void
machine_request(struct stream *st)
{
	if (!machine_has_node(st->session))
		stream_words(st, 404, "node not found");
	else if (!dispatch_limited(st))
		inner_submit(st, "", waits_answer);
}

bool
dispatch_limited(struct stream *st)
{
	int64_t wait = rate_request(&st->session->machine_key, clock_now_ms());

	if (!wait)
		return false;
	st->session->worker->counters.request_limited++;
	stream_answer(st, 429, "text/plain; charset=utf-8", wait,
		"too many requests, wait a little\n", 33);
	return true;
}

void
dispatch(struct stream *st)
{
	const char *path = st->path ? st->path : "";

	if (strcmp(path, "/machine/map") == 0 &&
		strcmp(st->method, "POST") == 0)
		machine_map(st);
	else if (strcmp(path, "/machine/register") == 0)
		machine_register(st);
	else if (strncmp(path, PROBE_PATH, strcspn(path, "?")) == 0 &&
		 strcspn(path, "?") == strlen(PROBE_PATH))
		probe_answer(st);
	else if (text_starts(path, "/machine/"))
		machine_request(st);
	else
		stream_words(st, 404, "404 page not found");
}

bool
dispatch_cut(struct stream *st)
{
	if (!st->path || !text_starts(st->path, "/machine/c2n/"))
		return false;
	st->session->body_bytes -= st->body_len;
	st->body_len = 0;
	st->too_big = false;
	return true;
}

void
dispatch_gone(struct stream *st)
{
	inner_forget(st);
	waits_forget(st);
	machine_map_gone(st);
}
