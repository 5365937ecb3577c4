#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "worker/fanout.h"
#include "worker/machine_map.h"
#include "worker/rate.h"
#include "worker/waits.h"

/* A refused or retrying client asks again every few milliseconds; this costs no
 * handler (spec/reliability.md 5.6). */
static void
machine_register(struct stream *st)
{
	struct worker *w = st->session->worker;
	int64_t wait =
		rate_register(w, &st->session->machine_key, clock_now_ms());

	if (!wait) {
		inner_submit(st, "", waits_answer);
		return;
	}
	w->counters.register_limited++;
	stream_answer(st, 429, "text/plain; charset=utf-8", wait,
		"too many registrations, wait a little\n", 38);
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
	else if (text_starts(path, "/machine/"))
		inner_submit(st, "", waits_answer);
	else
		stream_words(st, 404, "404 page not found");
}

void
dispatch_gone(struct stream *st)
{
	inner_forget(st);
	waits_forget(st);
	machine_map_gone(st);
}
