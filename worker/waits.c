#include "worker/waits.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/ip.h"
#include "base/own.h"
#include "base/text.h"

struct wait {
	struct stream *stream;
	enum change_kind kind;
	int64_t id, deadline;
	TAILQ_ENTRY(wait) list;
};

static TAILQ_HEAD(, wait) waits = TAILQ_HEAD_INITIALIZER(waits);
static size_t wait_count;

size_t
waits_count(void)
{
	return wait_count;
}

void
waits_forget(struct stream *st)
{
	struct wait *wt = st->wait;

	if (!wt)
		return;
	st->wait = NULL;
	TAILQ_REMOVE(&waits, wt, list);
	wait_count--;
	free(wt);
}

static void
ask_again(struct wait *wt, const char *word)
{
	struct stream *st = wt->stream;

	waits_forget(st);
	inner_submit(st, word, waits_answer);
}

/* "pending 12 1767225600" */
static bool
parse(const char *text, struct wait *out)
{
	char kind[32], id[24], deadline[24];

	if (sscanf(text, "%31s %23s %23s", kind, id, deadline) != 3)
		return false;
	out->kind = change_kind(kind);
	return out->kind != CHANGE_KINDS && !text_int(id, &out->id) &&
	       !text_int(deadline, &out->deadline);
}

static size_t
from_address(const char *address)
{
	struct wait *wt;
	size_t count = 0;

	TAILQ_FOREACH (wt, &waits, list)
		count += ip_same_party(wt->stream->session->address, address);
	return count;
}

static void
park(struct stream *st, const struct wait *parsed, int64_t seq)
{
	struct worker *w = st->session->worker;
	struct wait *wt;
	bool changed = false;

	if (db_change_since(w->db, parsed->kind, parsed->id, seq, &changed))
		changed = true;
	if (changed) {
		inner_submit(st, "changed", waits_answer);
		return;
	}
	if (wait_count >= WAITS_MAX ||
		from_address(st->session->address) >= WAITS_ADDRESS_MAX) {
		inner_submit(st, "over", waits_answer);
		return;
	}
	wt = own_alloc(sizeof(*wt));
	*wt = *parsed;
	wt->stream = st;
	st->wait = wt;
	TAILQ_INSERT_TAIL(&waits, wt, list);
	wait_count++;
}

void
waits_answer(struct stream *st, const struct cgi_answer *a)
{
	const char *text = a && a->status == 202
				   ? cgi_answer_header(a, "Cairn-Wait")
				   : NULL;
	const char *seq_text = text ? cgi_answer_header(a, "Cairn-Seq") : NULL;
	struct wait parsed = { 0 };
	int64_t seq = 0;

	if (!text || !parse(text, &parsed)) {
		inner_forward(st, a);
		return;
	}
	if (!seq_text || text_int(seq_text, &seq))
		seq = 0;
	park(st, &parsed, seq);
}

void
waits_seen(const struct change *c)
{
	struct wait *wt, *next;

	for (wt = TAILQ_FIRST(&waits); wt; wt = next) {
		next = TAILQ_NEXT(wt, list);
		if (wt->kind == c->kind && wt->id == c->id)
			ask_again(wt, "changed");
	}
}

void
waits_tick(int64_t now)
{
	struct wait *wt, *next;

	for (wt = TAILQ_FIRST(&waits); wt; wt = next) {
		next = TAILQ_NEXT(wt, list);
		if (wt->deadline <= now)
			ask_again(wt, "over");
	}
}
