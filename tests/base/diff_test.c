/*
 * diff_test.c: what differs between two texts: right for any two, short for
 * those that are alike, and in the form that everybody knows.
 */
#include "base/diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

enum {
	UNIFIED_MAX = 1 << 20,
	RANDOM_CASES = 2000,
};

static void
say(void *arg, enum diff_mark mark, struct bytes line, bool ends)
{
	buf_putf(arg, "%.*s%.*s%s", mark != DIFF_HUNK, &(char){ (char)mark },
		(int)line.len, (const char *)line.at, ends ? "\n" : "\n\\\n");
}

static const char *
unified(struct arena *mem, const char *a, const char *b, size_t most)
{
	struct diff d;
	struct buf out;
	size_t left;

	diff_texts(mem, a, b, &d);
	buf_init(&out, mem, UNIFIED_MAX);
	left = diff_unified(&d, mem, most, say, &out);
	if (left)
		buf_putf(&out, "and %zu\n", left);
	buf_put(&out, "", 1);
	assert_int_equal(buf_error(&out), ERR_OK);
	return (const char *)out.bytes;
}

static void
it_reads_like_every_unified_diff(void **state)
{
	static const char *const cases[][3] = {
		{ "", "", "" },
		{ "a\n", "a\n", "" },
		{ "", "a\n", "@@ -0,0 +1,1 @@\n+a\n" },
		{ "a\n", "", "@@ -1,1 +0,0 @@\n-a\n" },
		{ "a", "a\n", "@@ -1,1 +1,1 @@\n-a\n\\\n+a\n" },
		{ "a\nb\nc\n", "a\nx\nc\n",
			"@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n" },
		{ "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
			"@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n" },
		{ "a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
			"@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n"
			"-b\n+y\n" },
		{ "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\ny\n",
			"@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n"
			"@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			unified(mem, cases[i][0], cases[i][1], 1000),
			cases[i][2]);
	arena_free(mem);
}

static const char *
random_text(struct arena *mem, unsigned *seed)
{
	size_t count = (size_t)(rand_r(seed) % 30);
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = arena_printf(mem, "%s%c%s", text, 'a' + rand_r(seed) % 4,
			i + 1 < count || rand_r(seed) % 4 ? "\n" : "");
	return text;
}

/* The new text, put together from the old one and the changes. */
static const char *
applied(struct arena *mem, const struct diff *d)
{
	struct buf out;
	size_t at = 0;

	buf_init(&out, mem, UNIFIED_MAX);
	for (size_t i = 0; i <= d->count; i++) {
		const struct diff_change *c = &d->changes[i];
		size_t until = i < d->count ? c->old_from : d->old_text.count;

		buf_put(&out, d->old_text.lines[at],
			(size_t)(d->old_text.lines[until] -
				 d->old_text.lines[at]));
		if (i == d->count)
			break;
		at = c->old_from + c->old_count;
		buf_put(&out, d->new_text.lines[c->new_from],
			(size_t)(d->new_text.lines[c->new_from + c->new_count] -
				 d->new_text.lines[c->new_from]));
	}
	buf_put(&out, "", 1);
	return (const char *)out.bytes;
}

/* The fewest lines that must go and come, the slow way. */
static size_t
fewest(const struct diff *d)
{
	enum {
		SIDE = 40
	};
	size_t best[SIDE][SIDE];
	const struct diff_text *a = &d->old_text, *b = &d->new_text;

	for (size_t i = 0; i <= a->count; i++)
		for (size_t k = 0; k <= b->count; k++) {
			size_t len =
				i && k ? (size_t)(a->lines[i] - a->lines[i - 1])
				       : 0;

			best[i][k] = !i ? k : !k ? i : SIZE_MAX;
			if (!i || !k)
				continue;
			best[i][k] = 1 + (best[i - 1][k] < best[i][k - 1]
							 ? best[i - 1][k]
							 : best[i][k - 1]);
			if (len == (size_t)(b->lines[k] - b->lines[k - 1]) &&
				memcmp(a->lines[i - 1], b->lines[k - 1], len) ==
					0 &&
				best[i - 1][k - 1] < best[i][k])
				best[i][k] = best[i - 1][k - 1];
		}
	return best[a->count][b->count];
}

static void
the_changes_make_the_one_text_of_the_other_and_are_the_fewest(void **state)
{
	unsigned seed = 7;

	(void)state;
	for (int i = 0; i < RANDOM_CASES; i++) {
		struct arena *mem = arena_new();
		const char *a = random_text(mem, &seed);
		const char *b = random_text(mem, &seed);
		struct diff d;

		diff_texts(mem, a, b, &d);
		assert_string_equal(applied(mem, &d), b);
		assert_int_equal(d.added + d.removed, fewest(&d));
		arena_free(mem);
	}
}

static void
texts_that_differ_in_too_much_are_replaced(void **state)
{
	struct arena *mem = arena_new();
	struct buf a, b;
	struct diff d;

	(void)state;
	buf_init(&a, mem, UNIFIED_MAX);
	buf_init(&b, mem, UNIFIED_MAX);
	for (int i = 0; i < 3000; i++) {
		buf_putf(&a, "%d\nsame\n", i);
		buf_putf(&b, "%d\nsame\n", -1 - i);
	}
	buf_put(&a, "", 1);
	buf_put(&b, "", 1);
	diff_texts(mem, (const char *)a.bytes, (const char *)b.bytes, &d);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.removed, 5999); /* the last line is common */
	assert_int_equal(d.added, 5999);
	assert_string_equal(applied(mem, &d), (const char *)b.bytes);
	arena_free(mem);
}

static void
a_long_one_is_cut_and_says_by_how_much(void **state)
{
	struct arena *mem = arena_new();

	(void)state;
	assert_string_equal(unified(mem, "a\nb\n", "x\ny\n", 2),
		"@@ -1,2 +1,2 @@\n-a\nand 3\n");
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_reads_like_every_unified_diff),
		cmocka_unit_test(
			the_changes_make_the_one_text_of_the_other_and_are_the_fewest),
		cmocka_unit_test(texts_that_differ_in_too_much_are_replaced),
		cmocka_unit_test(a_long_one_is_cut_and_says_by_how_much),
	};

	return cmocka_run_group_tests_name("base/diff", tests, NULL, NULL);
}
