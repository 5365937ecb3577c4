/*
 * list_test.c: what the filters of a list take.
 */
#include "tests/fcgi/browser.h"
#include "tests/fcgi/machines.h"

#include "fcgi/list.h"

static const char *
letters(struct site *s, const char *letter, size_t count)
{
	struct buf b;

	buf_init(&b, s->mem, SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		buf_puts(&b, letter);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
search(struct tab *t, const char *name, const char *letter, size_t count)
{
	struct site *s = t->s;

	return tab_get(t, arena_printf(s->mem, "/admin/machines?%s=%s", name,
				  letters(s, letter, count)))
		.body;
}

static void
a_search_is_as_long_as_its_field_in_letters(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *field = arena_printf(s->mem, "name=\"q\" value=\"%s\"",
		letters(s, "&#xE9;", LIST_Q_MAX));

	assert_holds(search(&t, "q", "%C3%A9", LIST_Q_MAX), field);
	assert_lacks(t.last.body, "filter-note");
	assert_int_equal(
		tab_get(&t, arena_printf(s->mem, "/admin/machines.csv?q=%s",
				    letters(s, "%C3%A9", LIST_Q_MAX)))
			.status,
		200);
	assert_holds(search(&t, "q", "x", LIST_Q_MAX + 1), "filter-note");
	assert_holds(search(&t, "q", "é", LIST_Q_MAX + 1), "filter-note");
}

/* To be made shorter, not typed again. */
static void
a_search_that_is_refused_stays_in_its_field(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_holds(search(&t, "q", "x", LIST_Q_MAX + 1),
		arena_printf(s->mem, "name=\"q\" value=\"%s\"",
			letters(s, "x", LIST_Q_MAX + 1)));
}

static void
blanks_are_no_filter(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	machine(s, &(struct made){ .name = "alpha", .tags = "[\"tag:x\"]" });
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "tag", "version", "q" };

		assert_holds(search(&t, names[i], "%20", 2), ">alpha<");
		assert_holds(t.last.body, ">1 machine<");
		assert_lacks(t.last.body, "filter-note");
		assert_lacks(t.last.body, "<details open");
		assert_holds(t.last.body, "href=\"/admin/machines.csv\"");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_search_is_as_long_as_its_field_in_letters),
		TEST(a_search_that_is_refused_stays_in_its_field),
		TEST(blanks_are_no_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
