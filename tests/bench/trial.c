/*
 * trial.c: what "Check" of a policy costs, its tests and what it would open and
 * close, at 1,000 and 10,000 machines (spec/pages.md 16), in this process.
 *
 * The ordinary policy of policy.c: 20 rules over 5 groups and 8 tags, and as
 * many tests.  Half of the machines are people's, two each, half carry a tag;
 * or all are one person's, and each may reach his own.  Also against a policy
 * that closes everything, to everybody.  CPU time, the p95 of
 * some; a figure over its bar is marked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/node.h"
#include "db/user.h"
#include "tailnet/policy_store.h"
#include "tests/lib/rows.h"

enum {
	LOOKS = 20,
	P95 = LOOKS * 95 / 100,
	RULES = 20,
	GROUPS = 5,
	TAGS = 8,
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
must(enum err e, const char *why)
{
	if (!e)
		return;
	fprintf(stderr, "trial: %s\n", why ? why : err_words(e));
	exit(1);
}

/* ---- the text ---- */

static void
put_groups(struct buf *b, size_t people)
{
	buf_puts(b, "{\"groups\":{");
	for (size_t g = 0; g < GROUPS; g++) {
		buf_putf(b, "%s\"group:g%zu\":[", g ? "," : "", g);
		for (size_t i = g; i < people; i += GROUPS)
			buf_putf(b, "%s\"u%zu@example.com\"", i == g ? "" : ",",
				i);
		buf_puts(b, "]");
	}
	buf_puts(b, "},\n\"tagOwners\":{");
	for (size_t i = 0; i < TAGS; i++)
		buf_putf(b, "%s\"tag:t%zu\":[]", i ? "," : "", i);
	buf_puts(b, "},\n\"acls\":[");
}

static void
put_rule(struct buf *b, size_t i, size_t port)
{
	buf_putf(b,
		"{\"action\":\"accept\",\"src\":[\"group:g%zu\",\"tag:t%zu\"],"
		"\"dst\":[\"tag:t%zu:%zu\",\"tag:t%zu:443\"]},\n",
		i % GROUPS, i % TAGS, i * 3 % TAGS, port, (i * 5 + 1) % TAGS);
}

static const char *
text_of(struct arena *mem, size_t people, size_t port)
{
	struct buf b;

	buf_init(&b, mem, POLICY_TEXT_MAX);
	put_groups(&b, people);
	for (size_t i = 0; i < RULES; i++)
		put_rule(&b, i, i ? 1000 + i : port);
	buf_puts(&b, "{\"action\":\"accept\",\"src\":[\"autogroup:member\"],"
		     "\"dst\":[\"autogroup:self:22\"]}],\n\"tests\":[");
	for (size_t i = 1; i <= RULES; i++)
		buf_putf(&b,
			"%s{\"src\":\"tag:t%zu\",\"accept\":[\"tag:t%zu:%zu\"],"
			"\"deny\":[\"tag:t%zu:3\"]}",
			i > 1 ? "," : "", i % RULES % TAGS,
			i % RULES * 3 % TAGS, i % RULES ? 1000 + i : port,
			i % TAGS);
	buf_put(&b, "]}", 3);
	must(buf_error(&b), NULL);
	return (const char *)b.bytes;
}

/* ---- the machines ---- */

static void
add_machine(struct db *db, struct arena *mem, size_t i, size_t people,
	const char *hostinfo)
{
	bool tagged = people && i >= 2 * people;
	struct node n = { .user_id = tagged   ? 0
				     : people ? (int64_t)(i / 2) + 1
					      : 1,
		.tags = tagged ? arena_printf(mem, "[\"tag:t%zu\"]", i % TAGS)
			       : "[]",
		.name = arena_printf(mem, "m%zu", i),
		.hostname = "m",
		.ipv4 = arena_printf(
			mem, "100.64.%zu.%zu", i / 250, i % 250 + 1),
		.ipv6 = arena_printf(mem, "fd7a:115c:a1e0::%zx", i + 1),
		.hostinfo = hostinfo,
		.routes = "[]",
		.approved_routes = "[]",
		.requested_tags = "[]",
		.register_method = "cli",
		.created_at = NOW };
	int64_t id;

	memcpy(n.machine_key.bytes, &i, sizeof(i));
	memcpy(n.node_key.bytes, &i, sizeof(i));
	n.machine_key.bytes[31] = n.node_key.bytes[31] = 1;
	must(db_node_add(db, &n, &id), NULL);
}

static struct db *
fill(size_t machines, size_t people)
{
	struct arena *mem = arena_new();
	const char *hostinfo = rows_hostinfo(mem, 1);
	struct db *db;
	int64_t id;

	must(db_open_memory(&db), NULL);
	must(db_begin(db), NULL);
	for (size_t i = 0; i < (people ? people : 1); i++) {
		struct user u = { .name = arena_printf(mem, "u%zu", i),
			.email = arena_printf(mem, "u%zu@example.com", i) };

		must(db_user_add(db, &u, &id), NULL);
	}
	for (size_t i = 0; i < machines; i++)
		add_machine(db, mem, i, people, hostinfo);
	must(db_end(db, ERR_OK), NULL);
	arena_free(mem);
	return db;
}

/* ---- figures ---- */

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(struct db *db, const char *text, size_t machines, const char *name,
	unsigned more, double bar)
{
	double ms[LOOKS];
	size_t flows = 0;
	bool stopped = false;

	for (int i = 0; i < LOOKS; i++) {
		struct arena *mem = arena_new();
		struct policy_trial t;

		ms[i] = cpu_ms();
		must(policy_try(db, text, more, mem, &t), t.error.text);
		ms[i] = cpu_ms() - ms[i];
		flows = t.impact.count;
		stopped |= t.impact.stopped;
		arena_free(mem);
	}
	qsort(ms, LOOKS, sizeof(ms[0]), by_size);
	printf("%6zu machines, %-36s %8.1f ms of %4.0f  %zu flows%s%s\n",
		machines, name, ms[P95], bar, flows, stopped ? ", stopped" : "",
		ms[P95] <= bar ? "" : "  OVER");
}

static void
figures(size_t machines, bool one, double bar_tests, double bar_impact)
{
	size_t people = one ? 0 : machines / 4;
	struct db *db = fill(machines, people);
	struct arena *mem = arena_new();
	const char *before = text_of(mem, people, 900);
	const char *after = text_of(mem, people, 901), *why = NULL;

	if (one)
		before = "{\"acls\":[{\"action\":\"accept\",\"src\":[\"*\"],"
			 "\"dst\":[\"*:22\"]}]}",
		after = "{\"acls\":[{\"action\":\"accept\",\"src\":["
			"\"autogroup:member\"],\"dst\":["
			"\"autogroup:self:22\"]}]}";
	must(tailnet_policy_set(db, before, "cli", NOW, mem, &why), why);
	measure(db, after, machines,
		one ? "one person's, with tests" : "with tests", TRY_ROWS,
		bar_tests);
	measure(db, after, machines,
		one ? "one person's, with impact" : "with impact",
		TRY_ROWS | TRY_IMPACT, bar_impact);
	measure(db, "{\"acls\":[]}", machines,
		one ? "one person's, all closes" : "all closes", TRY_IMPACT,
		bar_impact);
	arena_free(mem);
	db_close(db);
}

int
main(void)
{
	figures(1000, false, 50, 200);
	figures(1000, true, 50, 200);
	figures(10000, false, 250, 1000);
	figures(10000, true, 250, 1000);
	return 0;
}
