/*
 * S5: the worker is told to stop and started anew; every client comes back at
 * once.  Times count from the SIGTERM, as the clients feel it; that the old
 * worker takes half a second to say goodbye is part of them.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/load/report.h"
#include "tests/load/scenario.h"

enum {
	CAP_SECONDS = 200,
	QUIET_MS = 5000,
	BAR_SECONDS = 5,
};

struct restart_times {
	int64_t stopped_us, mapped_us, converged_us;
};

static bool
is_capped(const struct crowd *c, int64_t since_us)
{
	return load_interrupted ||
	       c->now_us - since_us >= CAP_SECONDS * INT64_C(1000000);
}

/* Reads on while the old one ends, so that it can say what it has to say. */
static void
exchange_workers(struct crowd *c, int64_t since_us)
{
	int ended = (int)syscall(SYS_pidfd_open, c->site->worker_pid, 0);

	crowd_watch(c, ended);
	kill(c->site->worker_pid, SIGTERM);
	while (!c->watched && !is_capped(c, since_us))
		crowd_turn(c, 100000);
	crowd_watch(c, -1);
	close(ended);
	usage_keep_worker(c->site);
	site_stop(c->site, SITE_WORKER);
	site_start(c->site, SITE_WORKER);
}

static void
come_back(struct crowd *c, struct restart_times *t, int64_t since_us)
{
	while (!t->converged_us && !is_capped(c, since_us)) {
		bool back = c->left == c->count && c->mapped == c->count;

		if (!t->mapped_us && back)
			t->mapped_us = c->now_us - since_us;
		if (t->mapped_us && c->converged == c->count)
			t->converged_us = c->now_us - since_us;
		else
			crowd_turn(c, 100000);
	}
	c->leaving = false;
}

static void
times(const struct restart_times *t)
{
	report_figure(
		"S5", "old_worker_gone", (double)t->stopped_us / 1e6, "s");
	report_figure("S5", "all_have_a_map", (double)t->mapped_us / 1e6, "s");
	report_figure("S5", "converged", (double)t->converged_us / 1e6, "s");
}

void
scenario_restart(struct crowd *c, const struct load_options *o)
{
	struct restart_times t = { 0 };
	uint64_t failures = c->failures;
	struct before b;
	bool in_time;

	(void)o;
	before_take(&b, c);
	crowd_leave(c);
	exchange_workers(c, b.usage.wall_us);
	t.stopped_us = load_now_us() - b.usage.wall_us;
	come_back(c, &t, b.usage.wall_us);
	in_time = report_generator(
		"S5", usage_generator_share(&b.usage, c->site));
	report_claim(t.converged_us, "S5", "all come back before the cap",
		"%s%zu have a map, %zu see all",
		t.converged_us ? "" : "DNF: ", c->mapped, c->converged);
	if (t.converged_us && in_time)
		times(&t);
	if (t.converged_us)
		report_bar(t.mapped_us <= BAR_SECONDS * INT64_C(1000000),
			in_time, "S5", "everybody has a map within 5 s", "s",
			(double)t.mapped_us / 1e6);
	(void)crowd_settle(c, QUIET_MS, CAP_SECONDS * 1000);
	report_figure(
		"S5", "failed_tunnels", (double)(c->failures - failures), "");
	scenario_traffic("S5", &b, c);
	scenario_verdict("S5", &b, c);
}
