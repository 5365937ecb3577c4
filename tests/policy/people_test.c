/*
 * people_test.c: what two policies come to for people, against asking for each
 * of their machines and each port by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "policy/compare.h"
#include "policy/who.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	PEOPLE = 4,
	MACHINES = 9,
};

/* Whose machine i + 1 is; 0: it carries tags. */
static const int owners[MACHINES] = { 1, 1, 2, 3, 4, 4, 0, 0, 0 };
static const char *const tags[MACHINES][3] = {
	[6] = { "tag:web" },
	[7] = { "tag:web", "tag:db" },
	[8] = { "tag:db" },
};

static struct engine *
engine_of(struct arena *mem, const char *text)
{
	const struct json_texts domains = { NULL, 0 };
	struct policy_error error = { "", { 0, 0 } };
	struct engine *e = engine_new();
	struct policy *p;

	if (policy_load((struct bytes){ (const void *)text, strlen(text) },
		    &domains, mem, &p, &error))
		fail_msg("%s: %s", text, error.text);
	engine_set_policy(e, p);
	for (int i = 1; i <= PEOPLE; i++)
		assert_int_equal(
			engine_put_person(e,
				&(struct engine_person){ .id = i,
					.login = arena_printf(mem, "u%d@", i),
					.role = POLICY_ROLE_MEMBER }),
			ERR_OK);
	for (int i = 0; i < MACHINES; i++) {
		struct engine_machine m = { .id = i + 1,
			.user_id = owners[i],
			.ipv4 = arena_printf(mem, "100.64.0.%d", i + 1),
			.online = true };

		m.tags.at = (const char **)tags[i];
		while (m.tags.at[m.tags.count])
			m.tags.count++;
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
	return e;
}

/* ---- one by one ---- */

/* Which of these ports are open, as bits; the last is for pings. */
static unsigned
open_ports(struct engine *e, int from, int to)
{
	static const int ports[] = { 22, 443, 7 };
	unsigned bits = 0;

	for (size_t i = 0; i < COUNT(ports); i++)
		if (policy_who_machines(e, from, to, ports[i], 6).section !=
			REACH_NOTHING)
			bits |= 1U << i;
	if (policy_who_machines(e, from, to, REACH_ANY_PORT, REACH_ICMP)
			.section != REACH_NOTHING)
		bits |= 1U << COUNT(ports);
	return bits;
}

struct fate {
	unsigned to[FATES]; /* machines, as bits */
	bool own[FATES], before, after;
};

static void
add(struct fate *f, int fate, int from, int to)
{
	if (owners[from] == owners[to])
		f->own[fate] = true;
	else
		f->to[fate] |= 1U << to;
}

/* Somebody's, of all that the own machines reach together; among the own each
 * pair counts for itself. */
static struct fate
fate_of(struct engine *e[2], int person)
{
	struct fate f = { { 0 }, { false }, false, false };

	for (int to = 0; to < MACHINES; to++) {
		unsigned all[2] = { 0, 0 };
		bool differs = false, own = owners[to] == person;

		for (int from = 0; from < MACHINES; from++) {
			unsigned x[2];

			if (owners[from] != person || from == to)
				continue;
			for (int i = 0; i < 2; i++)
				x[i] = open_ports(e[i], from + 1, to + 1);
			if (own && x[0] != x[1])
				add(&f,
					!x[1]   ? FATE_LOSES
					: !x[0] ? FATE_GAINS
						: FATE_OTHER,
					from, to);
			differs |= x[0] != x[1];
			all[0] |= x[0];
			all[1] |= x[1];
			f.before |= x[0];
			f.after |= x[1];
		}
		if (!own && (all[0] || all[1]) && differs)
			f.to[!all[1]      ? FATE_LOSES
				: !all[0] ? FATE_GAINS
					  : FATE_OTHER] |= 1U << to;
	}
	return f;
}

static unsigned
own_machines(int person)
{
	unsigned bits = 0;

	for (int i = 0; i < MACHINES; i++)
		if (owners[i] == person)
			bits |= 1U << i;
	return bits;
}

/* ---- as it is told ---- */

static size_t
machines_told(const struct compare_reach *r)
{
	size_t n = 0;

	assert_int_equal(r->more, 0);
	for (size_t i = 0; i < r->count; i++)
		n += r->owners[i].machines;
	return n;
}

static void
check_row(
	const struct compare_people *row, const struct fate *fates, bool *told)
{
	for (int k = 0; k < FATES; k++) {
		unsigned all = 0;

		for (size_t i = 0; i < row->count; i++)
			all |= fates[row->people[i]].to[k];
		assert_int_equal(
			machines_told(&row->fates[k]), __builtin_popcount(all));
		for (size_t i = 0; i < row->count; i++) {
			int64_t p = row->people[i];

			assert_int_equal(
				fates[p].to[k], all & ~own_machines((int)p));
			assert_int_equal(fates[p].own[k], row->fates[k].own);
			assert_int_equal(row->cut_off,
				fates[p].before && !fates[p].after);
		}
	}
	for (size_t i = 0; i < row->count; i++) {
		assert_false(told[row->people[i]]);
		told[row->people[i]] = true;
	}
}

static bool
go_on(void *arg)
{
	(void)arg;
	return true;
}

static void
check_two(const char *before, const char *after)
{
	struct arena *mem = arena_new();
	struct engine *e[2] = { engine_of(mem, before), engine_of(mem, after) };
	struct fate fates[PEOPLE + 1];
	bool told[PEOPLE + 1] = { false };
	size_t losers = 0, gainers = 0;
	struct compare c;

	policy_compare(e[0], e[1], 100, go_on, NULL, mem, &c);
	for (int p = 1; p <= PEOPLE; p++)
		fates[p] = fate_of(e, p);
	for (size_t i = 0; i < c.people_count; i++)
		check_row(&c.people[i], fates, told);
	for (int p = 1; p <= PEOPLE; p++) {
		bool any = false;

		for (int k = 0; k < FATES; k++)
			any |= fates[p].to[k] || fates[p].own[k];
		assert_int_equal(told[p], any);
		losers += fates[p].to[FATE_LOSES] || fates[p].own[FATE_LOSES];
		gainers += fates[p].to[FATE_GAINS] || fates[p].own[FATE_GAINS];
	}
	assert_int_equal(c.losers, losers);
	assert_int_equal(c.gainers, gainers);
	engine_free(e[0]);
	engine_free(e[1]);
	arena_free(mem);
}

#define TAGS "\"tagOwners\": {\"tag:web\": [], \"tag:db\": []}"
#define GRANT(s, d, i)                                           \
	"{\"src\": [\"" s "\"], \"dst\": [\"" d "\"], \"ip\": [" \
	"\"" i "\"]}"
#define POLICY(grants) "{" TAGS ", \"grants\": [" grants "]}"

static unsigned
any(unsigned *seed, size_t count)
{
	*seed = *seed * 1103515245 + 12345;
	return (unsigned)((*seed >> 16) % count);
}

static const char *
any_policy(struct arena *mem, unsigned *seed)
{
	static const char *const srcs[] = { "u1@", "u2@", "u3@", "u4@",
		"group:a", "autogroup:member", "tag:web", "*", "100.64.0.2" };
	static const char *const dsts[] = { "u1@", "u2@", "u3@", "u4@",
		"group:a", "tag:web", "tag:db", "autogroup:self", "*",
		"100.64.0.6", "autogroup:member" };
	static const char *const ports[] = { "*", "tcp:22", "tcp:443",
		"icmp:*" };
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{" TAGS ", \"groups\": {\"group:a\": [\"u3@\", "
		     "\"u4@\"]}, \"grants\": [");
	for (unsigned i = 0, n = any(seed, 4); i < n; i++) {
		const char *dst = dsts[any(seed, COUNT(dsts))];
		const char *src = strcmp(dst, "autogroup:self") == 0
					  ? "autogroup:member"
					  : srcs[any(seed, COUNT(srcs))];

		buf_putf(&b,
			"%s{\"src\": [\"%s\"], \"dst\": [\"%s\"], "
			"\"ip\": [\"%s\"]}",
			i ? ", " : "", src, dst,
			ports[any(seed, COUNT(ports))]);
	}
	buf_put(&b, "]}", 3);
	return (const char *)b.bytes;
}

static void
what_people_reach_is_what_their_machines_reach(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		struct arena *mem = arena_new();
		unsigned seed = i;
		const char *before = any_policy(mem, &seed);

		check_two(before, any_policy(mem, &seed));
		check_two("{" TAGS "}", before);
		arena_free(mem);
	}
}

/* "1,4 lose 2 of tag:web; " of each row. */
static const char *
rows_words(struct arena *mem, const struct compare *c)
{
	static const char *const words[] = { "lose", "gain", "other" };
	const char *all = "";

	for (size_t i = 0; i < c->people_count; i++) {
		const struct compare_people *p = &c->people[i];

		for (size_t k = 0; k < p->count; k++)
			all = arena_printf(mem, "%s%s%d", all, k ? "," : "",
				(int)p->people[k]);
		for (size_t k = 0; k < FATES; k++) {
			for (size_t n = 0; n < p->fates[k].count; n++) {
				const struct compare_owner *o =
					&p->fates[k].owners[n];

				all = arena_printf(mem, "%s %s %d of %s", all,
					words[k], (int)o->machines,
					o->words ? o->words
						 : arena_printf(mem, "%d",
							   (int)o->person));
			}
			if (p->fates[k].opens)
				all = arena_printf(
					mem, "%s +%s", all, p->fates[k].opens);
			if (p->fates[k].closes)
				all = arena_printf(
					mem, "%s -%s", all, p->fates[k].closes);
		}
		all = arena_printf(
			mem, "%s%s; ", all, p->cut_off ? " all" : "");
	}
	return all;
}

static void
who_loses_all_comes_first_and_alike_ones_stand_together(void **state)
{
	struct arena *mem = arena_new();
	struct engine *before = engine_of(
		mem, POLICY(GRANT("u1@", "tag:web", "*") ", " GRANT(
			     "u1@", "u2@", "*") ", " GRANT("u3@", "tag:db",
			     "*") ", " GRANT("u4@", "tag:db", "*")));
	struct engine *after =
		engine_of(mem, POLICY(GRANT("u1@", "u2@", "tcp:22") ", " GRANT(
				       "u2@", "u3@", "*")));
	struct compare c;

	(void)state;
	policy_compare(before, after, 100, go_on, NULL, mem, &c);
	assert_string_equal(rows_words(mem, &c),
		"3,4 lose 1 of tag:db lose 1 of tag:db, tag:web -all ports "
		"all; "
		"1 lose 1 of tag:db, tag:web lose 1 of tag:web -all ports "
		"other 1 of 2 -tcp 0-21, tcp 23-65535, udp all ports; "
		"2 gain 1 of 3 +all ports; ");
	engine_free(before);
	engine_free(after);
	arena_free(mem);
}

/* To one this opens, to the other that. */
static void
ports_are_told_where_they_are_the_same_for_all(void **state)
{
	struct arena *mem = arena_new();
	struct engine *before = engine_of(mem, POLICY(""));
	struct engine *after = engine_of(mem,
		POLICY(GRANT("u1@", "u2@", "tcp:22") ", " GRANT("u1@", "u3@",
			"tcp:443") ", " GRANT("u4@", "u2@", "tcp:53")));
	struct compare c;

	(void)state;
	policy_compare(before, after, 100, go_on, NULL, mem, &c);
	assert_string_equal(rows_words(mem, &c),
		"1 gain 1 of 2 gain 1 of 3; 4 gain 1 of 2 +tcp 53; ");
	/* Of two flows one is kept. */
	policy_compare(before, after, 1, go_on, NULL, mem, &c);
	assert_string_equal(rows_words(mem, &c),
		"1 gain 1 of 2 gain 1 of 3; 4 gain 1 of 2; ");
	engine_free(before);
	engine_free(after);
	arena_free(mem);
}

static void
those_of_one_row_reach_each_other(void **state)
{
	struct arena *mem = arena_new();
	struct engine *before = engine_of(mem, POLICY(""));
	struct engine *after = engine_of(mem,
		POLICY(GRANT("autogroup:member", "autogroup:member", "*")));
	struct compare c;

	(void)state;
	policy_compare(before, after, 100, go_on, NULL, mem, &c);
	/* Who has several reaches those among each other, too. */
	assert_string_equal(rows_words(mem, &c),
		"1,4 gain 1 of 2 gain 1 of 3 gain 4 of 0 +all ports; "
		"2,3 gain 2 of 1 gain 2 of 4 gain 2 of 0 +all ports; ");
	engine_free(before);
	engine_free(after);
	arena_free(mem);
}

/* Machines of the nth of them: a tagged one, and the own if he has some. */
static void
put_at(struct arena *mem, struct engine *e, int n, int64_t person,
	const char *tag)
{
	for (int i = 0; i < (person ? 2 : 1); i++) {
		struct engine_machine m = { .id = 100 + 2 * n + i,
			.user_id = i ? person : 0,
			.ipv4 = arena_printf(mem, "100.65.%d.%d", n, i + 1),
			.online = true };

		m.tags.at = &tag;
		m.tags.count = i ? 0 : 1;
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
}

/* Each reaches one tag alone, or the first of them all. */
static const char *
one_tag_each(struct arena *mem, int count, bool same_person)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, "{\"tagOwners\": {\"tag:web\": [], \"tag:db\": []");
	for (int i = 0; i < count; i++)
		buf_putf(&b, ", \"tag:t%d\": []", i);
	buf_puts(&b, "}, \"grants\": [");
	for (int i = 0; i < count; i++)
		buf_putf(&b,
			"%s{\"src\": [\"p%d@\"], \"dst\": [\"tag:t%d\"], "
			"\"ip\": [\"*\"]}",
			i ? ", " : "", same_person ? 0 : i, i);
	buf_put(&b, "]}", 3);
	return (const char *)b.bytes;
}

/* Into `c`: all of it closes. */
static void
close_all(struct arena *mem, int count, bool same_person, struct compare *c)
{
	const char *text = one_tag_each(mem, count, same_person);
	struct engine *e[2] = { engine_of(mem, text),
		engine_of(mem, POLICY("")) };

	for (int i = 0; i < 2; i++)
		for (int k = 0; k < count; k++) {
			struct engine_person p = { .id = 10 + k,
				.login = arena_printf(mem, "p%d@", k),
				.role = POLICY_ROLE_MEMBER };

			assert_int_equal(engine_put_person(e[i], &p), ERR_OK);
		}
	for (int k = 0; k < count; k++) {
		const char *tag = arena_printf(mem, "tag:t%d", k);

		for (int i = 0; i < 2; i++)
			put_at(mem, e[i], k, same_person && k ? 0 : 10 + k,
				tag);
	}
	policy_compare(e[0], e[1], 100, go_on, NULL, mem, c);
	engine_free(e[0]);
	engine_free(e[1]);
}

static void
eight_owners_are_told_and_more_are_counted(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct arena *mem = arena_new();
		struct compare c;

		close_all(mem, COMPARE_OWNERS_MAX + more, true, &c);
		assert_int_equal(c.people_count, 1);
		assert_int_equal(c.people[0].fates[FATE_LOSES].count,
			COMPARE_OWNERS_MAX);
		assert_int_equal(c.people[0].fates[FATE_LOSES].more, more);
		arena_free(mem);
	}
}

static void
a_hundred_rows_are_told_and_more_people_are_counted(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		struct arena *mem = arena_new();
		struct compare c;

		close_all(mem, COMPARE_PEOPLE_MAX + more, false, &c);
		assert_int_equal(c.people_count, COMPARE_PEOPLE_MAX);
		assert_int_equal(c.people_more, more);
		assert_int_equal(c.losers, COMPARE_PEOPLE_MAX + more);
		arena_free(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_people_reach_is_what_their_machines_reach),
		cmocka_unit_test(
			who_loses_all_comes_first_and_alike_ones_stand_together),
		cmocka_unit_test(
			ports_are_told_where_they_are_the_same_for_all),
		cmocka_unit_test(those_of_one_row_reach_each_other),
		cmocka_unit_test(eight_owners_are_told_and_more_are_counted),
		cmocka_unit_test(
			a_hundred_rows_are_told_and_more_people_are_counted),
	};

	return cmocka_run_group_tests_name("policy/people", tests, NULL, NULL);
}
