#include "policy/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct range
range(const char *text)
{
	const char *dash = strchr(text, '-');
	struct range r, last;
	char first[ADDR_TEXT_SIZE] = "";

	if (strcmp(text, "*") == 0)
		return range_all();
	if (!dash) {
		assert_int_equal(range_parse(text, &r, NULL), ERR_OK);
		return r;
	}
	memcpy(first, text, (size_t)(dash - text));
	assert_int_equal(range_parse(first, &r, NULL), ERR_OK);
	assert_int_equal(range_parse(dash + 1, &last, NULL), ERR_OK);
	r.last = last.last;
	return r;
}

/* Of a text with blanks between. */
static struct range_set
set_of(struct arena *mem, const char *texts)
{
	char *copy = arena_strdup(mem, texts), *rest = NULL;
	struct range list[16];
	size_t count = 0;

	for (char *word = strtok_r(copy, " ", &rest); word;
		word = strtok_r(NULL, " ", &rest))
		list[count++] = range(word);
	return range_set_of(mem, list, count);
}

static const char *
text_of(struct arena *mem, struct range_set s)
{
	const char *text = "";
	char one[RANGE_TEXT_SIZE];

	for (size_t i = 0; i < s.count; i++) {
		range_print(s.at[i], one);
		text = arena_printf(mem, "%s%s%s", text, i ? " " : "", one);
	}
	return text;
}

static void
texts_are_read_and_written_in_one_form(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.1", "10.0.0.1" },
		{ "10.0.0.1/32", "10.0.0.1" },
		{ "10.1.2.3/8", "10.0.0.0/8" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "::/0", "::/0" },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "FD7A:115C:A1E0::1/48", "fd7a:115c:a1e0::/48" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "::ffff:102:304", "::ffff:102:304" },
		{ "::102:304", "::102:304" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "0.0.0.0-9.255.255.255", "0.0.0.0-9.255.255.255" },
		{ "10.0.0.0-10.0.0.255", "10.0.0.0/24" },
		{ "2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
			"2000::/3" },
		{ "*", "*" },
	};
	char text[RANGE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		range_print(range(cases[i][0]), text);
		assert_string_equal(text, cases[i][1]);
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"x",
		"10.0.0",
		"10.0.0.256",
		"10.0.0.01",
		"10.0.0.1 ",
		" 10.0.0.1",
		"10.0.0.0/33",
		"10.0.0.0/",
		"10.0.0.0/08",
		"10.0.0.0/+8",
		"10.0.0.0/255.0.0.0",
		"10.0.0.0/8/8",
		"10.0.0.1-10.0.0.2",
		"::1/129",
		"::1/0128",
		"fe80::1%eth0",
		"::ffff:1.2.3.4",
		"1:2:3:4:5:6:7",
		"1:2:3:4::5:6:7:8",
		"[::1]",
		":::",
		"12345::",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	};
	struct range r;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
			range_parse(cases[i], &r, NULL), ERR_BAD_INPUT);
}

static void
a_prefix_is_written_with_its_length(void **state)
{
	static const char *const cases[][2] = {
		{ "10.0.0.1", "10.0.0.1/32" },
		{ "::1", "::1/128" },
		{ "10.0.0.0/9", "10.0.0.0/9" },
		{ "::/0", "::/0" },
	};
	char text[RANGE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		range_print_prefix(range(cases[i][0]), text);
		assert_string_equal(text, cases[i][1]);
	}
}

static void
the_length_is_told_for_cidrs_alone(void **state)
{
	static const struct {
		const char *text;
		int bits; /* -1: none */
	} cases[] = {
		{ "10.0.0.1", 32 },
		{ "::1", 128 },
		{ "10.0.0.0/8", 8 },
		{ "0.0.0.0/0", 0 },
		{ "::/0", 0 },
		{ "10.0.0.0-10.0.0.2", -1 },
		{ "10.0.0.1-10.0.0.2", -1 },
		{ "*", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int bits = -1;

		assert_int_equal(range_is_cidr(range(cases[i].text), &bits),
			cases[i].bits >= 0);
		assert_int_equal(bits, cases[i].bits);
	}
}

static void
no_range_of_one_family_reaches_into_the_other(void **state)
{
	(void)state;
	assert_false(range_overlaps(range("::/0"), range("1.2.3.4")));
	assert_false(range_overlaps(range("::ffff:0:0/96"), range("1.2.3.4")));
	assert_false(range_overlaps(range("0.0.0.0/0"), range("::1")));
	assert_true(range_overlaps(range("*"), range("1.2.3.4")));
	assert_true(range_within(range("::/0"), range("*")));
	assert_true(range_holds(range("*"), range("::1").first));
	assert_false(range_within(range("10.0.0.0/8"), range("10.0.0.0/9")));
	assert_true(range_within(range("10.0.0.0/9"), range("10.0.0.0/8")));
}

static void
neighbours_follow_the_axis(void **state)
{
	struct addr last_ipv4 = range("0.0.0.0/0").last, last = range("*").last;

	(void)state;
	assert_int_equal(
		addr_compare(addr_next(last_ipv4), range("::").first), 0);
	assert_int_equal(addr_compare(addr_next(last), last), 0);
	assert_true(addr_is_ipv4(last_ipv4));
	assert_false(addr_is_ipv4(last));
}

static void
sets_are_sorted_and_hold_nothing_twice(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "::1 10.0.0.1", "10.0.0.1 ::1" },
		{ "10.0.0.1 10.0.0.0", "10.0.0.0/31" },
		{ "10.0.0.2 10.0.0.0", "10.0.0.0 10.0.0.2" },
		{ "10.0.0.0/8 10.1.0.0/16", "10.0.0.0/8" },
		{ "10.0.0.0/24 10.0.0.128-10.0.1.0", "10.0.0.0-10.0.1.0" },
		{ "0.0.0.0/0 ::/0", "0.0.0.0/0 ::/0" },
		{ "*", "0.0.0.0/0 ::/0" },
		{ "* 10.0.0.1 ::1", "0.0.0.0/0 ::/0" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
			text_of(mem, set_of(mem, cases[i][0])), cases[i][1]);
	arena_free(mem);
}

static void
sets_are_joined_and_cut(void **state)
{
	static const char *const cases[][4] = {
		{ "", "", "", "" },
		{ "10.0.0.0/24", "", "10.0.0.0/24", "10.0.0.0/24" },
		{ "", "10.0.0.0/24", "10.0.0.0/24", "" },
		{ "10.0.0.0/24", "10.0.0.0/25", "10.0.0.0/24",
			"10.0.0.128/25" },
		{ "10.0.0.0/24", "10.0.0.128/25", "10.0.0.0/24",
			"10.0.0.0/25" },
		{ "10.0.0.0/29", "10.0.0.2 10.0.0.5", "10.0.0.0/29",
			"10.0.0.0/31 10.0.0.3-10.0.0.4 10.0.0.6/31" },
		{ "10.0.0.0/24", "10.0.0.0/8", "10.0.0.0/8", "" },
		{ "10.0.0.0 10.0.0.2 10.0.0.4", "10.0.0.1-10.0.0.3",
			"10.0.0.0-10.0.0.4", "10.0.0.0 10.0.0.4" },
		{ "0.0.0.0/0 ::/0", "::/0", "0.0.0.0/0 ::/0", "0.0.0.0/0" },
		{ "*", "0.0.0.0/1 8000::/1", "0.0.0.0/0 ::/0",
			"128.0.0.0/1 ::/1" },
	};
	struct arena *mem = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct range_set a = set_of(mem, cases[i][0]),
				 b = set_of(mem, cases[i][1]);

		assert_string_equal(
			text_of(mem, range_set_join(mem, a, b)), cases[i][2]);
		assert_string_equal(text_of(mem, range_set_without(mem, a, b)),
			cases[i][3]);
	}
	arena_free(mem);
}

/* Sets of single addresses 10.0.0.0 to 10.0.0.15 against sixteen bits. */
static struct range_set
set_of_bits(struct arena *mem, unsigned bits)
{
	struct range list[16];
	size_t count = 0;

	for (unsigned i = 0; i < 16; i++)
		if (bits >> i & 1)
			list[count++] =
				range(arena_printf(mem, "10.0.0.%u", i));
	return range_set_of(mem, list, count);
}

static unsigned
bits_of(struct range_set s)
{
	struct addr a = range("10.0.0.0").first;
	unsigned bits = 0;

	for (unsigned i = 0; i < 16; i++, a = addr_next(a)) {
		assert_int_equal(range_set_overlaps(s, (struct range){ a, a }),
			range_set_holds(s, a));
		bits |= (unsigned)range_set_holds(s, a) << i;
	}
	return bits;
}

static void
sets_agree_with_bits(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct arena *mem = arena_new();
		unsigned m = (unsigned)rand_r(&seed) & 0xffff,
			 n = (unsigned)rand_r(&seed) & 0xffff;
		struct range_set a = set_of_bits(mem, m),
				 b = set_of_bits(mem, n);

		assert_int_equal(bits_of(a), m);
		assert_int_equal(bits_of(range_set_join(mem, a, b)), m | n);
		assert_int_equal(bits_of(range_set_without(mem, a, b)), m & ~n);
		arena_free(mem);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_read_and_written_in_one_form),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_prefix_is_written_with_its_length),
		cmocka_unit_test(the_length_is_told_for_cidrs_alone),
		cmocka_unit_test(no_range_of_one_family_reaches_into_the_other),
		cmocka_unit_test(neighbours_follow_the_axis),
		cmocka_unit_test(sets_are_sorted_and_hold_nothing_twice),
		cmocka_unit_test(sets_are_joined_and_cut),
		cmocka_unit_test(sets_agree_with_bits),
	};

	return cmocka_run_group_tests_name("policy/range", tests, NULL, NULL);
}
