#include "tests/load/scenario.h"

#include <inttypes.h>

#include "tests/load/report.h"

enum {
	QUIET_MS = 1500, /* longer than the longest window of the fan-out */
	QUIET_CAP_MS = 30 * 1000,
};

volatile int load_interrupted;

void
before_take(struct before *b, const struct crowd *c)
{
	usage_take(&b->usage, c->site);
	b->messages = c->messages;
	b->map_bytes = c->map_bytes;
	b->wire_bytes = crowd_bytes(c);
	b->drops = c->drops;
}

void
scenario_traffic(
	const char *name, const struct before *b, const struct crowd *c)
{
	report_figure(
		name, "messages", (double)(c->messages - b->messages), "");
	report_figure(name, "map_bytes",
		(double)(c->map_bytes - b->map_bytes) / 1e6, "MB");
	report_figure(name, "wire_bytes",
		(double)(crowd_bytes(c) - b->wire_bytes) / 1e6, "MB");
	usage_print(name, &b->usage, c->site);
}

void
scenario_verdict(const char *name, const struct before *b, struct crowd *c)
{
	bool quiet = crowd_settle(c, QUIET_MS, QUIET_CAP_MS);
	size_t viewers, wrong = crowd_compare(c, &viewers);

	report_claim(quiet, name, "the server comes to rest afterwards",
		"%d s quiet", QUIET_MS / 1000);
	report_claim(wrong == 0, name,
		"every sampled viewer holds the expected state",
		"%zu viewers of %zu nodes, %zu differences", viewers, c->count,
		wrong);
	report_claim(c->drops == b->drops, name, "no session is dropped",
		"%" PRIu64 "%s%s", c->drops - b->drops,
		c->drops == b->drops ? "" : ", the last: ",
		c->drops == b->drops ? "" : c->last_why);
}
