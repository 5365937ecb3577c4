/*
 * S3: nodes move at a steady rate, each move is told to all others; then the
 * deliveries that are left may drain.  The times are of that, from the moment
 * the update is written.
 *
 * "Never catches up" is said when a viewer lacks move k while move k + 50 is
 * told, when the deliveries that are due grow for ten seconds on end, or when
 * the drain meets its cap.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/load/report.h"
#include "tests/load/scenario.h"

enum {
	DRAIN_SECONDS = 60,
	GROWING_SECONDS = 10,
	BAR_MS = 500, /* at 5 moves a second */
	BAR_RATE = 5,
};

struct churn {
	struct crowd *c;
	int64_t rate, begun_us, due; /* moves so far due */
	int64_t moves;
	size_t from;              /* the first move of this rate */
	size_t late;              /* roams->late before */
	int64_t look_us, told_us; /* when the last move was told */
	size_t pending;           /* at the last look */
	int growing, most_growing;
};

/* The next node that can tell something: round the crowd by steps that meet
 * each. */
static void
move_one(struct churn *ch)
{
	static size_t step;
	struct crowd *c = ch->c;

	for (size_t tries = 0; tries < c->count; tries++) {
		struct node *n = &c->nodes[step++ * 7919 % c->count];

		if (n->state != NODE_MAPPED || n->link.streams[ASK_LITE].id)
			continue;
		(void)roams_begin(c->roams, n->place, load_now_us(), n->roam);
		(void)node_tell(n);
		return;
	}
}

static void
look(struct churn *ch)
{
	struct crowd *c = ch->c;

	if (c->now_us - ch->look_us < 1000000)
		return;
	ch->look_us = c->now_us;
	ch->growing = c->roams->pending > ch->pending ? ch->growing + 1 : 0;
	ch->pending = c->roams->pending;
	if (ch->growing > ch->most_growing)
		ch->most_growing = ch->growing;
}

static void
run(struct churn *ch)
{
	struct crowd *c = ch->c;
	int64_t next_us = ch->begun_us;
	int64_t cap;

	while (!load_interrupted && ch->due < ch->moves) {
		if (c->now_us >= next_us) {
			move_one(ch);
			ch->due++;
			next_us = ch->begun_us + ch->due * 1000000 / ch->rate;
		}
		crowd_turn(c, next_us - load_now_us());
		look(ch);
	}
	ch->told_us = load_now_us();
	cap = c->now_us + DRAIN_SECONDS * INT64_C(1000000);
	while (!load_interrupted && c->now_us < cap &&
		!roams_all_heard(c->roams, ch->from))
		crowd_turn(c, 100000);
}

static void
times(const struct churn *ch, const char *name)
{
	struct roam_times t = roams_times(ch->c->roams, ch->from);

	report_figure(name, "first_p50", t.first_p50, "ms");
	report_figure(name, "delivery_p50", t.p50, "ms");
	report_figure(name, "delivery_p99", t.p99, "ms");
	report_figure(name, "last_p50", t.last_p50, "ms");
	report_figure(name, "last_p99", t.last_p99, "ms");
	report_figure(name, "last_max", t.last_max, "ms");
}

/* What one move costs, in CPU. */
static void
costs(const struct churn *ch, const char *name, const struct usage *from)
{
	size_t moves = ch->c->roams->count + 1 - ch->from;
	double worker, nginx;
	struct usage now;

	usage_take(&now, ch->c->site);
	worker = (double)(now.cpu_ns[PART_WORKER] - from->cpu_ns[PART_WORKER]);
	nginx = (double)(now.cpu_ns[PART_NGINX] - from->cpu_ns[PART_NGINX]);
	if (!moves)
		return;
	report_figure(name, "worker_cpu_each", worker / 1e6 / (double)moves,
		"ms a move");
	report_figure(name, "with_nginx_each",
		(worker + nginx) / 1e6 / (double)moves, "ms a move");
}

/* A generator that is late tells fewer moves than it says: no bar holds. */
static void
bar(const struct churn *ch, const char *name, bool in_time)
{
	struct roam_times t = roams_times(ch->c->roams, ch->from);

	report_claim(in_time && t.moves && t.last_p99 <= BAR_MS, name,
		"a move reaches everybody within 500 ms at p99",
		"%.0f ms to the last of %zu, over %zu moves", t.last_p99,
		ch->c->count - 1, t.moves);
}

static void
one_rate(struct crowd *c, const struct load_options *o, int64_t rate)
{
	struct churn ch = { .c = c,
		.rate = rate,
		.moves = rate * o->roam_seconds,
		.from = c->roams->count + 1,
		.late = c->roams->late,
		.begun_us = load_now_us() };
	struct before b;
	char name[16];
	bool all, in_time;

	c->roams->checked = ch.from;
	(void)snprintf(name, sizeof(name), "S3_%d", (int)rate);
	before_take(&b, c);
	run(&ch);
	all = roams_all_heard(c->roams, ch.from);
	in_time = report_generator(
		name, usage_generator_share(&b.usage, c->site));
	report_figure(
		name, "moves", (double)(c->roams->count + 1 - ch.from), "");
	report_figure(name, "rate",
		(double)(c->roams->count + 1 - ch.from) * 1e6 /
			(double)(ch.told_us - ch.begun_us),
		"a second");
	if (in_time)
		times(&ch, name);
	if (rate == BAR_RATE)
		bar(&ch, name, in_time);
	report_claim(all && c->roams->late == ch.late &&
			     ch.most_growing < GROWING_SECONDS,
		name, "viewers keep up",
		"%s%zu deliveries missing, %zu moves late, growing for %d s",
		all ? "" : "DNF: ", c->roams->pending, c->roams->late - ch.late,
		ch.most_growing);
	costs(&ch, name, &b.usage);
	scenario_traffic(name, &b, c);
	scenario_verdict(name, &b, c);
}

void
scenario_churn(struct crowd *c, const struct load_options *o)
{
	const char *at = o->rates;
	char *end;

	while (*at && !load_interrupted) {
		int64_t rate = strtoll(at, &end, 10);

		if (rate > 0)
			one_rate(c, o, rate);
		at = *end ? end + 1 : end;
	}
}
