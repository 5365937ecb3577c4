/* S2: nobody does anything, and the server sends keep-alives. */
#include "tests/load/report.h"
#include "tests/load/scenario.h"

void
scenario_idle(struct crowd *c, const struct load_options *o)
{
	int64_t until = load_now_us() + o->idle_seconds * 1000000;
	struct usage now;
	struct before b;

	before_take(&b, c);
	while (!load_interrupted && c->now_us < until)
		crowd_turn(c, 1000000);
	usage_take(&now, c->site);
	(void)report_generator("S2", usage_generator_share(&b.usage, c->site));
	report_figure("S2", "wall", (double)o->idle_seconds, "s");
	report_figure("S2", "worker_core",
		100.0 *
			(double)(now.cpu_ns[PART_WORKER] -
				 b.usage.cpu_ns[PART_WORKER]) /
			1e9 / (double)o->idle_seconds,
		"%");
	report_figure("S2", "worker_wakeups",
		(double)(now.wakeups - b.usage.wakeups) /
			(double)o->idle_seconds,
		"a second");
	scenario_traffic("S2", &b, c);
	scenario_verdict("S2", &b, c);
}
