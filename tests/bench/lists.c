/*
 * lists.c: what the lists of the pages cost, in this process (spec/pages.md
 * 16): finding and reading one page of fifty, for each sort and filter, at
 * 1,000 and 10,000 machines.  Milliseconds of processor, the best of a few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "db/machine_list.h"
#include "tests/lib/rows.h"

enum {
	BEST_OF = 5,
	PAGE = 50,
	NOW = 1800000000,
};

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
must(enum err e)
{
	if (!e)
		return;
	fprintf(stderr, "lists: %s\n", err_words(e));
	exit(1);
}

static void
one_page(struct db *db, const struct machine_search *s)
{
	struct arena *mem = arena_new();
	struct machine_row row;
	int64_t *ids;
	size_t count;

	must(db_machines_find(db, s, mem, &ids, &count));
	for (size_t i = 0; i < count && i < PAGE; i++)
		must(db_machine_row(db, ids[i], NOW, mem, &row));
	arena_free(mem);
}

static double
best_ms(struct db *db, const struct machine_search *s)
{
	double best = 0;

	for (int i = 0; i < BEST_OF; i++) {
		double used = cpu_ms();

		one_page(db, s);
		used = cpu_ms() - used;
		if (i == 0 || used < best)
			best = used;
	}
	return best;
}

static const struct {
	const char *name, *q, *os, *status, *sort, *route, *version;
	int64_t expires;
} cases[] = {
	{ "by name", "", "", "", "name", "", NULL, 0 },
	{ "by owner", "", "", "", "owner", "", NULL, 0 },
	{ "by system", "", "", "", "os", "", NULL, 0 },
	{ "by version", "", "", "", "version", "", NULL, 0 },
	{ "by last seen", "", "", "", "seen", "", NULL, 0 },
	{ "by expiry", "", "", "", "expires", "", NULL, 0 },
	{ "of one system", "", "linux", "", "name", "", NULL, 0 },
	{ "never connected", "", "", "never", "name", "", NULL, 0 },
	{ "three words", "node linux -windows", "", "", "name", "", NULL, 0 },
	{ "words, by version", "linux", "", "", "version", "", NULL, 0 },
	{ "whose routes wait", "", "", "", "name", "waiting", NULL, 0 },
	{ "with routes, seen", "", "", "", "seen", "any", NULL, 0 },
	{ "old clients", "", "", "", "name", "", "<1.90", 0 },
	{ "expire in 30 days", "", "", "", "expires", "", NULL, 30 * 86400 },
};

static void
measure(size_t machines)
{
	struct db *db = NULL;

	must(db_open_memory(&db));
	must(rows_fill(db, machines, NOW));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine_search s = { .q = cases[i].q,
			.tag = "",
			.os = cases[i].os,
			.status = cases[i].status,
			.sort = cases[i].sort,
			.route = cases[i].route,
			.expires_within = cases[i].expires,
			.now = NOW };

		if (cases[i].version)
			must(machine_search_version(&s, cases[i].version));
		printf("list of %6zu machines, %-18s %8.2f ms\n", machines,
			cases[i].name, best_ms(db, &s));
	}
	db_close(db);
}

int
main(void)
{
	measure(1000);
	measure(10000);
	return 0;
}
