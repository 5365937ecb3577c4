/*
 * walk_test.c: an engine that was led through random changes against one made
 * anew after each of them.
 *
 * Everything follows from the seed, which a failure prints.  TEST_LONG walks
 * for longer.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/list.h"
#include "tests/lib/world.h"

enum {
	STEPS = 20,
	PARTS = 5,
};

/* What one machine is told; NULL: it is not there. */
struct told {
	const char *filter, *ssh, *caps, *peer_caps, *approved;
	bool sees[WORLD_MACHINES];
	const char *record[WORLD_MACHINES]; /* "" of whom it does not see */
	uint64_t view;
};

struct answers {
	struct told at[WORLD_MACHINES];
};

static const char *
text_of(struct buf *b)
{
	buf_put(b, "", 1);
	return (const char *)b->bytes;
}

static const char *
record_text(struct engine *e, struct arena *mem, size_t viewer, size_t machine)
{
	struct engine_record r;
	struct buf b;

	engine_record(e, world_id(viewer), world_id(machine), mem, &r);
	buf_init(&b, mem, SIZE_MAX);
	json_put_texts(&b, &r.addresses);
	json_put_texts(&b, &r.allowed_ips);
	json_put_texts(&b, &r.primary_routes);
	return text_of(&b);
}

/* As those ask who look at sixty-four at once. */
static bool
in_mask(struct engine *e, int64_t viewer, int64_t peer)
{
	return engine_sees_mask(e, viewer, peer / 64 * 64) >> peer % 64 & 1;
}

/* Each rule stands in one piece. */
static void
check_pieces(struct engine *e, struct arena *mem, int64_t id, size_t filter_len)
{
	struct engine_piece at[ENGINE_PIECES];
	size_t count = engine_filter_pieces(e, id, mem, at);
	size_t len = count ? count - 1 : 0;

	for (size_t i = 0; i < count; i++) {
		assert_true(at[i].number < ENGINE_PIECES);
		assert_true(!i || at[i].number > at[i - 1].number);
		len += at[i].rules.len;
	}
	assert_int_equal(len + 2, filter_len);
}

static void
ask(struct engine *e, const struct world *w, struct arena *mem, size_t i,
	struct told *out)
{
	int64_t id = world_id(i);
	struct json_texts approved;
	struct buf b[5];

	for (size_t k = 0; k < 5; k++)
		buf_init(&b[k], mem, SIZE_MAX);
	engine_put_filter(e, id, &b[0]);
	check_pieces(e, mem, id, b[0].len);
	engine_put_ssh(e, id, "https://c", &b[1]);
	engine_put_caps(e, id, &b[2]);
	engine_put_peer_caps(e, id, &b[3]);
	engine_auto_approved(e, id, mem, &approved);
	json_put_texts(&b[4], &approved);
	out->filter = text_of(&b[0]);
	out->ssh = text_of(&b[1]);
	out->caps = text_of(&b[2]);
	out->peer_caps = text_of(&b[3]);
	out->approved = text_of(&b[4]);
	out->view = engine_view(e, id);
	for (size_t k = 0; k < WORLD_MACHINES; k++) {
		out->sees[k] =
			w->machines[k].there && engine_sees(e, id, world_id(k));
		assert_true(in_mask(e, id, world_id(k)) ==
			    engine_sees(e, id, world_id(k)));
		out->record[k] =
			out->sees[k] || k == i ? record_text(e, mem, i, k) : "";
	}
}

static void
ask_all(struct engine *e, const struct world *w, struct arena *mem,
	struct answers *out)
{
	*out = (struct answers){ { { NULL } } };
	for (size_t i = 0; i < WORLD_MACHINES; i++)
		if (w->machines[i].there)
			ask(e, w, mem, i, &out->at[i]);
}

/* ---- the same bytes ---- */

static bool
told_equal(const struct told *a, const struct told *b)
{
	if (!a->filter || !b->filter)
		return a->filter == b->filter;
	if (strcmp(a->filter, b->filter) || strcmp(a->ssh, b->ssh) ||
		strcmp(a->caps, b->caps) ||
		strcmp(a->peer_caps, b->peer_caps) ||
		strcmp(a->approved, b->approved) ||
		memcmp(a->sees, b->sees, sizeof(a->sees)))
		return false;
	for (size_t k = 0; k < WORLD_MACHINES; k++)
		if (strcmp(a->record[k], b->record[k]) != 0)
			return false;
	return true;
}

static void
show(const char *name, const char *a, const char *b)
{
	if (strcmp(a ? a : "", b ? b : "") != 0)
		printf("%s:\n  %s\n  %s\n", name, a, b);
}

static void
explain(const struct world *w, const struct told *a, const struct told *b,
	size_t i)
{
	struct arena *mem = arena_new();

	printf("%s\nmachine %zu, expected and found\n", world_policy(w, mem),
		i + 1);
	show("filter", a->filter, b->filter);
	show("ssh", a->ssh, b->ssh);
	show("caps", a->caps, b->caps);
	show("approved", a->approved, b->approved);
	for (size_t k = 0; k < WORLD_MACHINES; k++)
		show(arena_printf(mem, "machine %zu", k + 1), a->record[k],
			b->record[k]);
	arena_free(mem);
}

static void
assert_equal(const struct world *w, const struct answers *a,
	const struct answers *b, const char *what)
{
	for (size_t i = 0; i < WORLD_MACHINES; i++)
		if (!told_equal(&a->at[i], &b->at[i])) {
			explain(w, &a->at[i], &b->at[i], i);
			fail_msg("%s", what);
		}
}

/* Machines of one view see the same others with the same records. */
static void
assert_views(const struct answers *a)
{
	for (size_t i = 0; i < WORLD_MACHINES; i++)
		for (size_t j = 0; j < i; j++) {
			const struct told *x = &a->at[i], *y = &a->at[j];

			if (!x->filter || !y->filter || x->view != y->view)
				continue;
			for (size_t k = 0; k < WORLD_MACHINES; k++)
				if (k != i && k != j) {
					assert_int_equal(
						x->sees[k], y->sees[k]);
					assert_string_equal(
						x->record[k], y->record[k]);
				}
		}
}

/* ---- marks ---- */

/* The rules of a filter without their order. */
static const char *
sorted_rules(struct arena *mem, const char *filter)
{
	struct json_texts t = { arena_array(mem, strlen(filter), sizeof(*t.at)),
		0 };
	char *copy = arena_strdup(mem, filter), *at = copy + 1;
	struct buf b;
	int depth = 0;

	for (char *s = at; *s; s++) {
		depth += (*s == '{') - (*s == '}');
		if (depth == 0 && (*s == ',' || *s == ']')) {
			*s = '\0';
			t.at[t.count++] = at;
			at = s + 1;
		}
		if (*s == '[' || *s == ']')
			depth += *s == '[' ? 1 : -1;
	}
	list_sort(&t);
	buf_init(&b, mem, SIZE_MAX);
	json_put_texts(&b, &t);
	return text_of(&b);
}

static bool
filters_differ(struct arena *mem, const struct told *a, const struct told *b)
{
	return strcmp(a->filter, b->filter) != 0 &&
	       strcmp(sorted_rules(mem, a->filter),
		       sorted_rules(mem, b->filter)) != 0;
}

static unsigned
parts_that_differ(struct arena *mem, const struct told *a, const struct told *b,
	size_t self)
{
	unsigned parts = 0;

	parts |= filters_differ(mem, a, b) ? PART_FILTER : 0;
	parts |= memcmp(a->sees, b->sees, sizeof(a->sees)) ? PART_PEERS : 0;
	parts |= strcmp(a->ssh, b->ssh) ? PART_SSH : 0;
	parts |= strcmp(a->caps, b->caps) || strcmp(a->peer_caps, b->peer_caps)
			 ? PART_CAPS
			 : 0;
	for (size_t k = 0; k < WORLD_MACHINES; k++)
		if (((a->sees[k] && b->sees[k]) || k == self) &&
			strcmp(a->record[k], b->record[k]) != 0)
			parts |= PART_ROUTES;
	return parts;
}

static unsigned
marked(struct engine *e, int64_t id)
{
	const struct engine_dirty *list;
	size_t count = engine_dirty(e, &list);

	for (size_t i = 0; i < count; i++)
		if (list[i].id == id)
			return list[i].parts;
	return 0;
}

static unsigned long marks, idle_marks, part_marks, idle_part_marks;

static void
check_marks(struct engine *e, const struct world *w, struct arena *mem,
	const struct answers *before, const struct answers *after,
	const char *what)
{
	for (size_t i = 0; i < WORLD_MACHINES; i++) {
		const struct told *a = &before->at[i], *b = &after->at[i];
		unsigned parts, mark = marked(e, world_id(i));

		if (!b->filter) {
			assert_int_equal(mark, 0);
			continue;
		}
		if (!a->filter) {
			assert_int_equal(mark, 31);
			continue;
		}
		parts = parts_that_differ(mem, a, b, i);
		if (parts & ~mark) {
			printf("changed in %x, marked %x\n", parts, mark);
			explain(w, a, b, i);
			fail_msg("a change that nobody is told of: %s", what);
		}
		marks += mark != 0;
		idle_marks += mark && !parts;
		part_marks += (unsigned)__builtin_popcount(mark);
		idle_part_marks += (unsigned)__builtin_popcount(mark & ~parts);
	}
}

/* ---- walks ---- */

/* What a step undid is as it was, byte for byte. */
static void
there_and_back(struct engine *e, const struct world *before,
	const struct world *after, struct world_step step, struct arena *mem,
	const struct answers *was)
{
	struct answers now;

	world_apply(before, step, e);
	ask_all(e, before, mem, &now);
	assert_equal(before, was, &now, "undone, it is not as it was");
	world_apply(after, step, e);
}

static void
walk(uint64_t seed, size_t steps)
{
	struct arena *mem = arena_new(), *next = arena_new();
	struct answers before, after, scratch;
	struct engine *e;
	struct world w;

	world_begin(&w, seed);
	e = world_engine(&w);
	ask_all(e, &w, mem, &before);
	engine_clean(e);
	for (size_t i = 0; i < steps; i++) {
		struct world was = w;
		struct world_step step = world_move(&w);
		struct engine *anew = world_engine(&w);
		struct arena *swap = mem;

		world_apply(&w, step, e);
		if (i % 4 == 3)
			there_and_back(e, &was, &w, step, next, &before);
		ask_all(e, &w, next, &after);
		ask_all(anew, &w, next, &scratch);
		engine_free(anew);
		if (i % 4 != 3)
			check_marks(e, &w, next, &before, &after, step.name);
		engine_clean(e);
		assert_equal(&w, &scratch, &after, step.name);
		assert_views(&after);
		before = after;
		mem = next;
		next = swap;
		arena_reset(next);
	}
	engine_free(e);
	arena_free(mem);
	arena_free(next);
}

static uint64_t first_seed = 1;
static size_t walks = 150;

static void
an_engine_led_through_changes_answers_as_a_new_one(void **state)
{
	(void)state;
	for (uint64_t s = first_seed; s < first_seed + walks; s++) {
		fprintf(stderr, "\r# seed %" PRIu64, s);
		walk(s, STEPS);
	}
	fprintf(stderr, "\r");
}

static void
at_most_a_tenth_of_the_marks_are_idle(void **state)
{
	(void)state;
	printf("# %lu marks, %lu idle; %lu parts, %lu idle\n", marks,
		idle_marks, part_marks, idle_part_marks);
	assert_true(idle_marks * 10 <= marks);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_engine_led_through_changes_answers_as_a_new_one),
		cmocka_unit_test(at_most_a_tenth_of_the_marks_are_idle),
	};

	if (getenv("TEST_LONG"))
		walks = 5000;
	if (argc > 2)
		walks = strtoull(argv[2], NULL, 10);
	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests_name("policy/walk", tests, NULL, NULL);
}
