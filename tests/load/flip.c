/*
 * S4: the ordinary policy is edited: a port of the rule that reaches every
 * node, a rule more that reaches one node in a hundred, blanks behind the text.
 * Times are from the moment the edit begins to be saved.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tests/load/report.h"
#include "tests/load/rules.h"
#include "tests/load/scenario.h"

enum {
	CAP_SECONDS = 120,
	FEW = 100, /* every so many-th node */
	FLIPPED = 9001,
	FEW_PORT = 9002, /* both stand in the marks, too */
	TARGETS_MAX = 64 * 1024,
	BAR_SECONDS = 1,
};

struct flip {
	const char *name, *mark;
	struct rules rules;
	size_t every; /* so many-th node is concerned; 0: none */
};

struct seen {
	size_t concerned, others;    /* nodes that should, should not hear */
	uint64_t most, wrong, bytes; /* messages to one; to the others; bytes */
	int64_t last_us;
};

static bool
is_concerned(const struct flip *f, size_t place)
{
	return f->every && place % f->every == 0;
}

static struct seen
look(const struct crowd *c, const struct flip *f, int64_t since_us)
{
	struct seen s = { 0 };

	for (size_t i = 0; i < c->count; i++) {
		const struct node_heard *h = &c->nodes[i].heard;
		int64_t took = h->marked_us ? h->marked_us - since_us : 0;

		if (!is_concerned(f, i)) {
			s.others++;
			s.wrong += h->messages;
			continue;
		}
		s.concerned++;
		s.bytes += h->bytes;
		if (h->messages > s.most)
			s.most = h->messages;
		if (took > s.last_us)
			s.last_us = took;
	}
	return s;
}

static void
claims(const struct crowd *c, const struct flip *f, const struct seen *s,
	bool in_time)
{
	report_claim(c->marked == s->concerned, f->name,
		"whoever it concerns hears of the edit", "%zu of %zu",
		c->marked, s->concerned);
	if (s->concerned)
		report_claim(s->most == 1, f->name, "in one message",
			"%" PRIu64 " at most", s->most);
	report_claim(!s->wrong, f->name, "nobody else gets a message",
		"%" PRIu64 " to %zu others", s->wrong, s->others);
	if (s->concerned)
		report_bar(s->last_us <= BAR_SECONDS * INT64_C(1000000),
			in_time, f->name, "the last hears of it within 1 s",
			"s", (double)s->last_us / 1e6);
}

static void
one(struct crowd *c, const struct flip *f)
{
	int64_t since_us = load_now_us();
	size_t due = f->every ? (c->count + f->every - 1) / f->every : 0;
	struct before b;
	struct seen s;
	bool in_time;

	before_take(&b, c);
	crowd_mark(c, f->mark);
	rules_set(c->site, &f->rules);
	report_figure(f->name, "saved",
		(double)(load_now_us() - since_us) / 1e3, "ms");
	while (!load_interrupted && c->marked < due &&
		c->now_us - since_us < CAP_SECONDS * INT64_C(1000000))
		crowd_turn(c, 100000);
	in_time = report_generator(
		f->name, usage_generator_share(&b.usage, c->site));
	scenario_traffic(f->name, &b, c);
	scenario_verdict(f->name, &b, c); /* waits until it is quiet */
	s = look(c, f, since_us);
	if (s.concerned) {
		report_figure(f->name, "last", (double)s.last_us / 1e3, "ms");
		report_figure(f->name, "bytes",
			(double)s.bytes / (double)s.concerned, "a client");
	}
	claims(c, f, &s, in_time);
	crowd_mark(c, NULL);
}

/* Those of one rule, each by its address. */
static const char *
few_targets(const struct crowd *c, struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, TARGETS_MAX);
	for (size_t i = 0; i < c->count; i += FEW)
		buf_putf(&b, "%s\"%.*s:%d\"", i ? "," : "",
			(int)strcspn(c->nodes[i].address, "/"),
			c->nodes[i].address, FEW_PORT);
	buf_put(&b, "", 1);
	if (buf_error(&b))
		abort();
	return (const char *)b.bytes;
}

void
scenario_flip(struct crowd *c, const struct load_options *o)
{
	struct arena *mem;

	if (!o->ordinary)
		return;
	mem = arena_new();
	one(c, &(struct flip){
		       "S4_all", "{\"First\":9001,", { .port = FLIPPED }, 1 });
	one(c, &(struct flip){ "S4_few", "{\"First\":9002,",
		       { .port = FLIPPED, .targets = few_targets(c, mem) },
		       FEW });
	one(c, &(struct flip){ "S4_blank", NULL,
		       { .port = FLIPPED,
			       .targets = few_targets(c, mem),
			       .blank = "\n\n" },
		       0 });
	arena_free(mem);
}
