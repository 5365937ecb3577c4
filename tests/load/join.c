/*
 * S1, the join storm: every node registers with an auth key, CONCURRENCY on
 * their way at once, until each has seen all others.
 */
#include <inttypes.h>

#include "tests/load/report.h"
#include "tests/load/scenario.h"

enum {
	CONCURRENCY = 64,
	CAP_SECONDS = 200,
	BAR_SECONDS = 20,
	BAR_REGISTRATIONS = 200, /* a second … */
	BAR_NODES = 1000,        /* … where so many come */
};

/* When the last one got there. */
struct join_times {
	int64_t registered_us, told_us, converged_us;
};

static void
note(int64_t *at, size_t count, const struct crowd *c, int64_t since_us)
{
	if (!*at && count == c->count)
		*at = c->now_us - since_us;
}

static void
storm(struct crowd *c, struct join_times *t, int64_t since_us)
{
	size_t next = 0;

	while (!load_interrupted && !t->converged_us &&
		c->now_us - since_us < CAP_SECONDS * INT64_C(1000000)) {
		while (next < c->count && next - c->told < CONCURRENCY)
			node_come(&c->nodes[next++]);
		crowd_turn(c, 100000);
		note(&t->registered_us, c->registered, c, since_us);
		note(&t->told_us, c->told, c, since_us);
		if (t->told_us)
			note(&t->converged_us, c->converged, c, since_us);
	}
}

static double
seconds(int64_t us)
{
	return (double)us / 1e6;
}

static void
times(const struct join_times *t, double rate)
{
	report_figure("S1", "registered", seconds(t->registered_us), "s");
	report_figure("S1", "joined", seconds(t->told_us), "s");
	report_figure("S1", "converged", seconds(t->converged_us), "s");
	report_figure("S1", "registrations", rate, "a second");
}

/* A crowd that is in within a moment says nothing of what can be kept up. */
static void
bars(const struct join_times *t, double rate, size_t count, bool in_time)
{
	report_bar(t->converged_us <= BAR_SECONDS * INT64_C(1000000), in_time,
		"S1", "everybody has joined and converged within 20 s", "s",
		seconds(t->converged_us));
	if (count >= BAR_NODES)
		report_bar(rate >= BAR_REGISTRATIONS, in_time, "S1",
			"200 registrations a second are taken", "a second",
			rate);
}

void
scenario_join(struct crowd *c, const struct load_options *o)
{
	struct join_times t = { 0 };
	struct before b;
	double rate;
	bool in_time;

	(void)o;
	before_take(&b, c);
	storm(c, &t, b.usage.wall_us);
	in_time = report_generator(
		"S1", usage_generator_share(&b.usage, c->site));
	report_claim(t.converged_us, "S1", "the storm ends before its cap",
		"%s%zu registered, %zu joined, %zu converged",
		t.converged_us ? "" : "DNF: ", c->registered, c->told,
		c->converged);
	rate = (double)c->count / seconds(t.registered_us);
	if (t.converged_us && in_time)
		times(&t, rate);
	if (t.converged_us)
		bars(&t, rate, c->count, in_time);
	report_figure("S1", "refused", (double)c->refusals, "");
	report_figure("S1", "failed_tunnels", (double)c->failures, "");
	scenario_traffic("S1", &b, c);
	scenario_verdict("S1", &b, c);
}
