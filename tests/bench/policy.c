/*
 * policy.c: what the policy engine costs, in this process.
 *
 * Two tailnets.  The ordinary one: 20 rules over 5 groups and 8 tags, which
 * make 13 classes.  The large one: 500 rules, 200 tags in pairs and 40 groups,
 * which make 1,000 classes.  CPU time, the best of a few; memory as malloc
 * counts it.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/engine.h"

enum {
	BEST_OF = 5,
	JOINS = 200,
};

struct shape {
	const char *name;
	size_t rules, tags, pairs, groups, machines;
};

static const struct shape ordinary = { "ordinary", 20, 8, 1, 5, 1000 };
static const struct shape ordinary_large = { "ordinary", 20, 8, 1, 5, 10000 };
static const struct shape large_few = { "500 rules", 500, 200, 5, 40, 2000 };
static const struct shape large = { "500 rules", 500, 200, 5, 40, 10000 };

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
must(enum err e)
{
	if (!e)
		return;
	fprintf(stderr, "policy: %s\n", err_words(e));
	exit(1);
}

static void
figure(const struct shape *s, const char *name, double value, const char *unit)
{
	char head[64];

	(void)snprintf(
		head, sizeof(head), "%s, %zu: %s", s->name, s->machines, name);
	printf("%-44s %10.2f %s\n", head, value, unit);
}

/* ---- the text ---- */

static void
put_group(struct buf *b, const struct shape *s, size_t group)
{
	size_t people = s->machines / 2;

	buf_putf(b, "%s\"group:g%zu\":[", group ? "," : "", group);
	for (size_t i = group; i < people; i += s->groups)
		buf_putf(b, "%s\"u%zu@example.com\"", i == group ? "" : ",", i);
	buf_puts(b, "]");
}

static void
put_rule(struct buf *b, const struct shape *s, size_t i, unsigned port)
{
	bool people = i % 3 == 0;

	buf_putf(b,
		"%s{\"action\":\"accept\",\"src\":[\"%s%zu\",\"tag:t%zu\"],",
		i ? "," : "", people ? "group:g" : "tag:t",
		i * 7 % (people ? s->groups : s->tags), i * 11 % s->tags);
	buf_putf(b, "\"dst\":[\"tag:t%zu:%u\",\"tag:t%zu:443\"]}\n",
		i * 3 % s->tags, 1000 + port, (i * 5 + 1) % s->tags);
}

/* `port` is that of the first rule. */
static char *
policy_text(const struct shape *s, struct arena *mem, unsigned port)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"groups\":{");
	for (size_t i = 0; i < s->groups; i++)
		put_group(&b, s, i);
	buf_puts(&b, "},\n\"tagOwners\":{");
	for (size_t i = 0; i < s->tags; i++)
		buf_putf(&b, "%s\"tag:t%zu\":[]", i ? "," : "", i);
	buf_puts(&b, "},\n\"acls\":[");
	for (size_t i = 0; i < s->rules; i++)
		put_rule(&b, s, i, i ? (unsigned)i : port);
	buf_put(&b, "]}", 3);
	return (char *)b.bytes;
}

static struct policy *
load(const char *text)
{
	static const char *domains[] = { "example.com" };
	struct json_texts known = { domains, 1 };
	struct arena *mem = arena_new();
	struct policy_error error;
	struct policy *p;

	must(policy_load(
		(struct bytes){ (const unsigned char *)text, strlen(text) },
		&known, mem, &p, &error));
	arena_free(mem);
	return p;
}

/* ---- the machines ---- */

static void
put_person(struct engine *e, size_t i)
{
	char login[64];

	(void)snprintf(login, sizeof(login), "u%zu@example.com", i);
	must(engine_put_person(e, &(struct engine_person){ .id = (int64_t)i + 1,
					  .login = login,
					  .role = POLICY_ROLE_MEMBER }));
}

/* Half are people's, half carry one tag or a pair; `odd` adds one tag more. */
static void
put_machine(struct engine *e, const struct shape *s, size_t i, size_t odd)
{
	char ipv4[64], ipv6[64], tags[3][32];
	const char *at[3] = { tags[0], tags[1], tags[2] };
	size_t k = i / 2, count = 0;
	struct engine_machine m = {
		.id = (int64_t)i + 1,
		.ipv4 = ipv4,
		.ipv6 = ipv6,
		.online = true,
	};

	(void)snprintf(ipv4, sizeof(ipv4), "100.%zu.%zu.%zu", 64 + i / 65536,
		i / 256 % 256, i % 256);
	(void)snprintf(ipv6, sizeof(ipv6), "fd7a:115c:a1e0::%zx", i + 1);
	if (i % 2) {
		(void)snprintf(tags[count++], 32, "tag:t%zu", k % s->tags);
		if (k / s->tags % s->pairs)
			(void)snprintf(tags[count++], 32, "tag:t%zu",
				(k + k / s->tags % s->pairs) % s->tags);
		if (odd)
			(void)snprintf(
				tags[count++], 32, "tag:t%zu", odd % s->tags);
	} else {
		m.user_id = (int64_t)k + 1;
	}
	m.tags = (struct json_texts){ at, count };
	must(engine_put_machine(e, &m));
}

static struct engine *
fill(const struct shape *s, const char *text)
{
	const struct engine_dirty *list;
	struct engine *e = engine_new();

	for (size_t i = 0; i < s->machines / 2; i++)
		put_person(e, i);
	for (size_t i = 0; i < s->machines; i++)
		put_machine(e, s, i, 0);
	engine_set_policy(e, load(text));
	(void)engine_dirty(e, &list);
	engine_clean(e);
	return e;
}

/* ---- figures ---- */

static struct engine *
figure_load(const struct shape *s, const char *text)
{
	size_t before = mallinfo2().uordblks;
	double best = 0;
	struct engine *e = NULL;

	for (int i = 0; i < BEST_OF; i++) {
		double used;

		engine_free(e);
		used = cpu_us();
		e = fill(s, text);
		used = cpu_us() - used;
		if (i == 0 || used < best)
			best = used;
	}
	figure(s, "load and compile", best / 1e3, "ms");
	figure(s, "memory", (double)(mallinfo2().uordblks - before) / 1048576.0,
		"MiB");
	return e;
}

/* Machines that join; they leave again, uncounted. */
static void
figure_join(struct engine *e, const struct shape *s, const char *name,
	bool new_class)
{
	double best = 0;

	for (int k = 0; k < BEST_OF; k++) {
		double used = cpu_us();

		for (size_t i = 0; i < JOINS; i++)
			put_machine(e, s, s->machines + 2 * i + 1,
				new_class ? 7 + i + 13 * (size_t)k : 0);
		used = cpu_us() - used;
		for (size_t i = 0; i < JOINS; i++)
			engine_drop_machine(
				e, (int64_t)(s->machines + 2 * i + 1) + 1);
		engine_clean(e);
		if (k == 0 || used < best)
			best = used;
	}
	figure(s, name, best / JOINS, "us");
}

static void
figure_edit(struct engine *e, const struct shape *s)
{
	struct arena *mem = arena_new();
	const struct engine_dirty *list;
	double best = 0;
	size_t count = 0;

	for (int k = 0; k < BEST_OF; k++) {
		char *text = policy_text(s, mem, 9000 + (unsigned)k);
		double used = cpu_us();

		engine_set_policy(e, load(text));
		count = engine_dirty(e, &list);
		used = cpu_us() - used;
		engine_clean(e);
		if (k == 0 || used < best)
			best = used;
	}
	figure(s, "one port edited", best / 1e3, "ms");
	figure(s, "  machines told", (double)count, "");
	arena_free(mem);
}

static void
figure_filters(struct engine *e, const struct shape *s)
{
	struct arena *mem = arena_new();
	double used = cpu_us();
	size_t bytes = 0;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < s->machines; i++) {
		b.len = 0;
		engine_put_filter(e, (int64_t)i + 1, &b);
		bytes += b.len;
	}
	used = cpu_us() - used;
	figure(s, "a filter written", used / (double)s->machines, "us");
	figure(s, "  bytes", (double)bytes / (double)s->machines, "B");
	arena_free(mem);
}

static void
figures(const struct shape *s)
{
	struct arena *mem = arena_new();
	struct engine *e = figure_load(s, policy_text(s, mem, 0));

	figure_filters(e, s);
	figure_join(e, s, "join in a known class", false);
	figure_join(e, s, "join in a new class", true);
	figure_edit(e, s);
	engine_free(e);
	arena_free(mem);
}

int
main(void)
{
	figures(&ordinary);
	figures(&ordinary_large);
	figures(&large_few);
	figures(&large);
	return 0;
}
