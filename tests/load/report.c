#include "tests/load/report.h"

#include <stdarg.h>
#include <stdio.h>

static bool bad;

void
report_figure(
	const char *scenario, const char *name, double value, const char *unit)
{
	char both[64];

	(void)snprintf(both, sizeof(both), "%s_%s", scenario, name);
	printf("%-34s %12.2f %s\n", both, value, unit);
	(void)fflush(stdout);
}

void
report_claim(bool holds, const char *scenario, const char *claim,
	const char *found, ...)
{
	va_list args;

	va_start(args, found);
	printf("%s %s: %s (", holds ? "ok" : "FAIL", scenario, claim);
	(void)vprintf(found, args);
	printf(")\n");
	va_end(args);
	(void)fflush(stdout);
	bad |= !holds;
}

bool
report_generator(const char *scenario, double percent)
{
	report_figure(scenario, "generator_core", percent, "%");
	if (percent <= GENERATOR_MOST)
		return true;
	printf("void %s: more than %d %% of a core went to the generator: its "
	       "times are not told\n",
		scenario, GENERATOR_MOST);
	return false;
}

void
report_bar(bool holds, bool in_time, const char *scenario, const char *claim,
	const char *unit, double value)
{
	report_claim(holds, scenario, claim, "%.2f %s%s", value, unit,
		in_time ? "" : ", seen by a busy generator");
}

bool
report_good(void)
{
	return !bad;
}
