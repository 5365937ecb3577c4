/*
 * audit.c: what the page of the audit log costs a handler at a million rows
 * (spec/pages.md 16: 10 ms), by filter; and what its chain costs to walk.
 * Processor, the p95 of forty looks; AUDIT_ROWS=N for another size.
 */
#include "tests/fcgi/browser.h"

#include <time.h>

#include "db/audit_chain.h"
#include "db/job.h"

enum {
	LOOKS = 40,
	P95 = LOOKS * 95 / 100,
	BAR_MS = 10,
	BAR_BYTES = 60 * 1024,
	PEOPLE_COUNT = 200,
	MACHINES = 10000,
	STEP_SECONDS = 20,
	AT_ONCE = 10000,
};

/* Common and rare ones, alone and together, near and far in time. */
static const char *const sights[] = {
	"",
	"page=9999",
	"who=user-001",
	"who=user:7",
	"who=user-199",
	"event=machine.renamed",
	"event=dns.changed",
	"target=machine:77",
	"target=box-00077",
	"via=page",
	"via=cli",
	"since=2026-10-20",
	"until=2026-05-01",
	"since=2026-05-01&until=2026-05-02",
	"who=user-001&event=machine.renamed",
	"who=user-001&event=dns.changed&via=page",
	"event=machine.renamed&via=cli&until=2026-09-01",
	"who=user-005&target=box-00077",
	"target=box-00077&q=kitchen",
	"q=kitchen-77",
	"q=nothing-of-this-name",
	"q=renamed+-kitchen",
	"who=user-001&q=user-002",
};

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Few do much, most do little. */
static int64_t
skewed(int64_t i, int64_t count)
{
	uint64_t x = (uint64_t)i * 0x9e3779b97f4a7c15U >> 33;

	return (int64_t)(x % (uint64_t)count * (x / 7 % (uint64_t)count)) /
	       count;
}

static void
add_row(struct site *s, struct arena *mem, int64_t i, int64_t at)
{
	static const char *const events[] = { "machine.renamed",
		"session.started", "session.ended", "machine.registered",
		"machine.tagged", "key.created", "policy.saved",
		"setting.changed", "user.created", "dns.changed" };
	int64_t who = skewed(i, PEOPLE_COUNT),
		machine = skewed(i / 3, MACHINES);
	const struct audit a = { .at = at,
		.actor = arena_printf(mem, "user:%lld", (long long)who),
		.actor_name = arena_printf(mem, "user-%03lld", (long long)who),
		.action = events[skewed(i / 7, 10)],
		.subject = arena_printf(mem, "node:%lld", (long long)machine),
		.subject_name =
			arena_printf(mem, "box-%05lld", (long long)machine),
		.via = i % 10 ? "page" : "cli",
		.before = arena_printf(
			mem, "{\"name\":\"laptop-%lld\"}", (long long)i),
		.after = arena_printf(
			mem, "{\"name\":\"kitchen-%lld\"}", (long long)i),
		.address = "192.0.2.9" };

	assert_int_equal(db_audit_add(s->db, &a), ERR_OK);
}

static void
fill(struct site *s, int64_t rows)
{
	struct arena *mem = arena_new();
	double used = cpu_ms();

	for (int64_t i = 0; i < rows; i++) {
		if (i % AT_ONCE == 0)
			assert_int_equal(db_begin(s->db), ERR_OK);
		add_row(s, mem, i, s->now - (rows - i) * STEP_SECONDS);
		arena_reset(mem);
		if ((i + 1) % AT_ONCE == 0 || i + 1 == rows)
			assert_int_equal(db_commit(s->db), ERR_OK);
		if ((i + 1) % (10 * AT_ONCE) == 0)
			(void)db_checkpoint(s->db);
	}
	printf("audit of %lld rows: one more costs %.1f us\n", (long long)rows,
		(cpu_ms() - used) * 1e3 / (double)rows);
	arena_free(mem);
}

static void
walk(struct site *s)
{
	int64_t intact, broken;
	double used = cpu_ms();

	assert_int_equal(db_audit_check(s->db, &intact, &broken), ERR_OK);
	assert_int_equal(broken, 0);
	printf("audit of %lld rows: the whole chain %.0f ms\n",
		(long long)intact, cpu_ms() - used);
}

static double
look(struct tab *t, const char *query, size_t *bytes)
{
	struct arena *mem = t->s->mem;
	double used = cpu_ms();
	struct answer a;

	t->s->mem = arena_new();
	a = tab_get(t, arena_printf(t->s->mem, "/admin/audit?%s", query));
	used = cpu_ms() - used;
	if (a.status != 200)
		fail_msg("%s: %d", query, a.status);
	*bytes = strlen(a.body);
	arena_free(t->s->mem);
	t->s->mem = mem;
	return used;
}

static void
measure(struct tab *t, const char *query, int64_t rows)
{
	double ms[LOOKS];
	size_t bytes = 0;

	for (int i = 0; i < LOOKS; i++)
		ms[i] = look(t, query, &bytes);
	qsort(ms, LOOKS, sizeof(ms[0]), by_size);
	printf("audit of %lld rows, %-48s %8.2f ms of %d %8zu bytes of %d%s\n",
		(long long)rows, *query ? query : "all", ms[P95], BAR_MS, bytes,
		BAR_BYTES,
		ms[P95] <= BAR_MS && bytes <= BAR_BYTES ? "" : "  OVER");
}

int
main(void)
{
	const char *given = getenv("AUDIT_ROWS");
	int64_t rows = given ? strtoll(given, NULL, 10) : 1000000;
	struct job j;
	struct tab t;
	void *state;

	assert_int_equal(site_open(&state), 0);
	t = tab_of(state, "ada", ROLE_OWNER);
	assert_int_equal(db_exec(t.s->db, "PRAGMA synchronous=OFF"), ERR_OK);
	fill(t.s, rows);
	walk(t.s);
	assert_int_equal(
		db_job_want(t.s->db, "audit-check", 0, t.s->now), ERR_OK);
	assert_int_equal(
		db_job_of(t.s->db, "audit-check", 0, t.s->mem, &j), ERR_OK);
	for (int64_t done = 0; done <= rows; done += 500000)
		ask(t.s, GROUP_JOBS, "POST",
			arena_printf(t.s->mem, "/job/%lld", (long long)j.id),
			""),
			t.s->now += 10;
	for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
		measure(&t, sights[i], rows);
	site_close(&state);
	return 0;
}
