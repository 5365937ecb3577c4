/*
 * report.h: what a run prints: figures, one a line, and claims that held or did
 * not ("ok …", "FAIL …", as tests/run counts them).
 */
#ifndef TESTS_LOAD_REPORT_H
#define TESTS_LOAD_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	GENERATOR_MOST = 70, /* percent of a core: beyond, its times are void */
};

void report_figure(
	const char *scenario, const char *name, double value, const char *unit);
/* The claim's words end without a stop; `found` is what was measured. */
void report_claim(bool holds, const char *scenario, const char *claim,
	const char *found, ...) __attribute__((format(printf, 4, 5)));
/* The generator's share of a core; false, and said, if its times are void. */
bool report_generator(const char *scenario, double percent);
/* A claim about a time.  A busy generator looks late, never early: so a bar
 * that it sees held is held, and one that it sees missed is void, which counts
 * as FAIL too. */
void report_bar(bool holds, bool in_time, const char *scenario,
	const char *claim, const char *unit, double value);
/* Whether every claim so far has held. */
bool report_good(void);

#endif
