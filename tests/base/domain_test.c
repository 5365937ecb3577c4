#include "base/domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
a_domain_is_labels_with_dots_between(void **state)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{ "tail.example.org", "tail.example.org" },
		{ "Tail.Example.ORG.", "tail.example.org" },
		{ "lan", "lan" },
		{ "a-b.c1", "a-b.c1" },
		{ "", NULL },
		{ ".", NULL },
		{ "a..b", NULL },
		{ "a.b..", NULL },
		{ ".a", NULL },
		{ "-a.b", NULL },
		{ "a-.b", NULL },
		{ "a_b.c", NULL },
		{ "b\xc3\xbc.example", NULL },
		{ "a b", NULL },
		{ "*.a", NULL },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = domain_normal(mem, cases[i].text);

		if (!cases[i].normal)
			assert_null(got);
		else
			assert_string_equal(got, cases[i].normal);
	}
	arena_free(mem);
}

static void
labels_have_63_bytes_and_names_253(void **state)
{
	char label[65], name[255];
	struct arena *mem = arena_new();

	(void)state;
	memset(label, 'a', 64);
	label[64] = '\0';
	assert_null(domain_normal(mem, label));
	assert_non_null(domain_normal(mem, label + 1));
	for (size_t i = 0; i < 254; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = 'a';
	name[254] = '\0';
	assert_null(domain_normal(mem, name));
	name[253] = '\0';
	assert_non_null(domain_normal(mem, name));
	arena_free(mem);
}

static void
a_domain_holds_itself_and_what_lies_below(void **state)
{
	(void)state;
	assert_true(domain_holds("example.org", "example.org"));
	assert_true(domain_holds("example.org", "a.example.org"));
	assert_false(domain_holds("example.org", "anexample.org"));
	assert_false(domain_holds("a.example.org", "example.org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_is_labels_with_dots_between),
		cmocka_unit_test(labels_have_63_bytes_and_names_253),
		cmocka_unit_test(a_domain_holds_itself_and_what_lies_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
