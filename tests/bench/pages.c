/*
 * pages.c: what each page costs a handler, at 1,000 and 10,000 machines
 * (spec/pages.md 16): processor and bytes, from the request to the last byte of
 * the answer, without a socket between.
 *
 * The p95 of forty looks; the bars are those of the contract.  A page over its
 * bar is marked.
 *
 * pages [WORD [MACHINES]]: only pages whose names have the word, of one size.
 */
#include "tests/fcgi/browser.h"

#include <stdlib.h>
#include <time.h>

#include "db/live.h"
#include "db/node.h"
#include "tests/lib/rows.h"

enum {
	LOOKS = 40,
	PEOPLE_COUNT = 200,
	P95 = LOOKS * 95 / 100,
	KIB = 1024,
	MACHINES_RATE = 150,
};

struct sight {
	const char *name, *uri;
	double bars_ms[2]; /* at 1,000 and at 10,000 machines */
	size_t bar_kib;
};

static const struct sight sights[] = {
	{ "machines", "/admin/machines", { 10, 40 }, 60 },
	{ "machines, last page", "/admin/machines?page=9999", { 10, 40 }, 60 },
	{ "machines, by last seen", "/admin/machines?sort=-seen", { 10, 40 },
		60 },
	{ "machines, by owner", "/admin/machines?sort=owner", { 10, 40 }, 60 },
	{ "machines, by version", "/admin/machines?sort=version", { 10, 40 },
		60 },
	{ "machines, two words", "/admin/machines?q=linux+-windows", { 10, 40 },
		60 },
	{ "machines, of one state", "/admin/machines?status=offline",
		{ 10, 40 }, 60 },
	{ "machines, routes wait", "/admin/machines?route=waiting", { 10, 40 },
		60 },
	{ "machines, all with routes", "/admin/machines?route=any", { 10, 40 },
		60 },
	{ "machines, old clients", "/admin/machines?version=%3C1.90",
		{ 10, 40 }, 60 },
	{ "machines, expire soon", "/admin/machines?expires=30", { 10, 40 },
		60 },
	{ "all machines as CSV", "/admin/machines.csv", { 50, 500 }, 16384 },
	{ "all machines as JSON", "/admin/machines.json", { 50, 500 }, 16384 },
	{ "one machine", "/admin/machines/500", { 30, 150 }, 30 },
	{ "one router", "/admin/machines/301", { 30, 150 }, 30 },
	{ "network, grouped", "/admin/network", { 50, 250 }, 60 },
	{ "network, by tag", "/admin/network?by=tag", { 50, 250 }, 60 },
	{ "network, paths", "/admin/network?view=paths", { 50, 250 }, 60 },
	{ "network, paths searched", "/admin/network?view=paths&q=relayed",
		{ 50, 250 }, 60 },
	{ "what one reaches", "/admin/access?src=host-00005", { 30, 150 }, 60 },
	{ "what members reach", "/admin/access?src=autogroup:member",
		{ 200, 1000 }, 60 },
	{ "add a machine", "/admin/machines/new", { 10, 20 }, 30 },
	{ "users", "/admin/users", { 10, 20 }, 60 },
	{ "one user", "/admin/users/1", { 10, 20 }, 30 },
	{ "keys", "/admin/keys", { 10, 20 }, 60 },
	{ "settings", "/admin/settings/general", { 10, 20 }, 30 },
	{ "audit", "/admin/audit", { 10, 20 }, 60 },
	{ "your machines", "/me", { 10, 40 }, 60 },
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

/* One look, in memory of its own. */
static double
look(struct tab *t, const struct sight *g, size_t *bytes)
{
	struct arena *mem = t->s->mem;
	double used = cpu_ms();
	struct answer a;

	t->s->mem = arena_new();
	a = tab_get(t, g->uri);
	used = cpu_ms() - used;
	if (a.status != 200)
		fail_msg("%s: %d", g->uri, a.status);
	*bytes = strlen(a.body);
	arena_free(t->s->mem);
	t->s->mem = mem;
	return used;
}

/* Requests a second that one core answers, of the page that is asked for most.
 */
static void
measure_rate(struct tab *t, int64_t machines)
{
	double used = 0, rate;
	size_t bytes;

	for (int i = 0; i < LOOKS; i++)
		used += look(t, &sights[0], &bytes);
	rate = LOOKS * 1000 / used;
	printf("page at %6lld machines, %-24s %8.0f a second a core of %d%s\n",
		(long long)machines, sights[0].name, rate, MACHINES_RATE,
		rate >= MACHINES_RATE ? "" : "  OVER");
}

static void
measure(struct tab *t, const struct sight *g, int64_t machines, double bar)
{
	double ms[LOOKS];
	size_t bytes = 0;

	for (int i = 0; i < LOOKS; i++)
		ms[i] = look(t, g, &bytes);
	qsort(ms, LOOKS, sizeof(ms[0]), by_size);
	printf("page at %6lld machines, %-24s %8.2f ms of %3.0f %8zu bytes of "
	       "%zu%s\n",
		(long long)machines, g->name, ms[P95], bar, bytes,
		g->bar_kib * KIB,
		ms[P95] <= bar && bytes <= g->bar_kib * KIB ? "" : "  OVER");
}

/* Each has spoken, every third is online. */
static void
fill_lives(struct site *s)
{
	struct node *nodes;
	size_t count;

	assert_int_equal(db_nodes(s->db, s->mem, &nodes, &count), ERR_OK);
	assert_int_equal(db_begin(s->db), ERR_OK);
	for (size_t i = 0; i < count; i++) {
		const struct live l = { .node_id = nodes[i].id,
			.endpoints = "[\"192.0.2.1:41641\",\"10.0.0.7:41641\"]",
			.capver = nodes[i].capver,
			.hostinfo = nodes[i].hostinfo,
			.online = i % 3 == 0,
			.last_seen = s->now - (int64_t)(i * 7919 % 86400) };

		assert_int_equal(db_live_put(s->db, &l), ERR_OK);
	}
	assert_int_equal(db_end(s->db, ERR_OK), ERR_OK);
}

/* Every hundredth is a router; two of them share a subnet, and one waits. */
static void
fill_routers(struct site *s, int64_t machines)
{
	struct json_texts l = { NULL, 0 };

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int64_t id = 1; id <= machines; id += 100) {
		const char *at[] = { "0.0.0.0/0",
			arena_printf(s->mem, "10.%lld.0.0/16",
				(long long)id / 200 % 200),
			arena_printf(s->mem, "172.16.%lld.0/24",
				(long long)id / 100 % 200),
			"::/0" };
		struct node n;

		assert_int_equal(db_node_by_id(s->db, id, s->mem, &n), ERR_OK);
		l = (struct json_texts){ at, 4 };
		n.routes = json_texts_print(s->mem, &l);
		l.count = 2;
		n.approved_routes = json_texts_print(s->mem, &l);
		assert_int_equal(db_node_update(s->db, &n), ERR_OK);
	}
	assert_int_equal(db_end(s->db, ERR_OK), ERR_OK);
}

static void
measure_all(int64_t machines, int which, const char *word)
{
	void *state;
	struct tab t;

	assert_int_equal(site_open(&state), 0);
	t = tab_of(state, "ada", ROLE_OWNER);
	assert_int_equal(
		rows_fill(t.s->db, (size_t)machines, t.s->now), ERR_OK);
	fill_lives(t.s);
	fill_routers(t.s, machines);
	for (int i = 0; i < PEOPLE_COUNT; i++)
		(void)person_without_password(t.s,
			arena_printf(t.s->mem, "user-%03d", i), ROLE_MEMBER);
	for (size_t i = 0; i < sizeof(sights) / sizeof(sights[0]); i++)
		if (strstr(sights[i].name, word))
			measure(&t, &sights[i], machines,
				sights[i].bars_ms[which]);
	if (!*word)
		measure_rate(&t, machines);
	site_close(&state);
}

int
main(int argc, char **argv)
{
	static const int64_t sizes[] = { 1000, 10000 };
	const int64_t only = argc > 2 ? strtoll(argv[2], NULL, 10) : 0;

	for (int i = 0; i < 2; i++)
		if (!only || only == sizes[i])
			measure_all(sizes[i], i, argc > 1 ? argv[1] : "");
	return 0;
}
