#include "fcgi/machine_asks.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/html.h"
#include "tailnet/ask.h"

/* Of each kind that reads, in the order of the page. */
static const struct {
	const char *kind, *words;
} shown[] = {
	{ "health", "What it complains of" },
	{ "prefs", "What it is set to" },
	{ "update", "Whether it updates itself" },
};

enum err
machine_asks_load(
	struct request *r, const struct node *n, struct machine_asks *out)
{
	*out = (struct machine_asks){ NULL, 0 };
	return db_asks(
		r->db, n->id, ASKS_KEPT, r->mem, &out->rows, &out->count);
}

static const struct ask_row *
newest(const struct machine_asks *a, const char *kind)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->rows[i].kind, kind) == 0)
			return &a->rows[i];
	return NULL;
}

static void
ping_words(struct request *r, const struct ask_row *p)
{
	static const char *const words[] = {
		[ASK_OPEN] = "waiting for an answer, asked ",
		[ASK_REFUSED] = "answered something else, ",
		[ASK_SILENT] = "no answer, asked ",
	};

	if (p->state == ASK_ANSWERED)
		html_textf(r, "answered after %" PRId64 " ms, ", p->took_ms);
	else
		html_text(r, words[p->state]);
	html_time(r, p->asked_at);
}

void
machine_ping_show(struct request *r, const struct machine_asks *a)
{
	const struct ask_row *p = newest(a, "ping");

	if (!p)
		return;
	html_element(r, "dt", "Ping");
	html_begin(r, "dd", "data-fact", "ping");
	ping_words(r, p);
	html_end(r);
}

/* "http://…" and the like stay text: they are the machine's words. */
static void
show_lines(struct request *r, const struct ask_row *a)
{
	struct ask_line *lines = NULL;
	size_t count = 0;

	ask_lines(a, r->mem, &lines, &count);
	if (!count) {
		html_element(r, "p", "Nothing.");
		return;
	}
	html_begin(r, "dl");
	for (size_t i = 0; i < count; i++)
		html_fact(r, lines[i].name, lines[i].name, lines[i].value);
	html_end(r);
}

static void
show_one(struct request *r, const struct ask_row *a, const char *words)
{
	static const char *const ends[] = {
		[ASK_OPEN] = "Asked, no answer yet.",
		[ASK_SILENT] = "It did not answer.",
	};

	html_begin(r, "div", "data-asked", a->kind);
	html_element(r, "h3", words);
	html_begin(r, "p");
	html_text(r, "Asked ");
	html_time(r, a->asked_at);
	html_end(r);
	if (a->state == ASK_OPEN || a->state == ASK_SILENT)
		html_element(r, "p", ends[a->state]);
	else
		show_lines(r, a);
	html_end(r);
}

void
machine_asks_show(struct request *r, const struct machine_asks *a)
{
	if (!(r->who.can & CAN_MACHINES))
		return;
	html_begin(r, "section", "id", "asked", "data-swap", "");
	if (newest(a, "ping")) {
		html_begin(r, "p", "data-asked", "ping");
		html_text(r, "Ping: ");
		ping_words(r, newest(a, "ping"));
		html_end(r);
	}
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct ask_row *one = newest(a, shown[i].kind);

		if (!one)
			continue;
		show_one(r, one, shown[i].words);
	}
	html_end(r);
}
