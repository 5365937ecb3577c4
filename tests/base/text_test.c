/*
 * text_test.c: texts of strangers made fit to keep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

static void
a_copy_is_cut_between_letters(void **state)
{
	struct arena *mem = arena_new();

	(void)state;
	assert_string_equal(text_utf8(mem, "aéb", 4), "aéb");
	assert_string_equal(text_utf8(mem, "aéb", 3), "aé");
	assert_string_equal(text_utf8(mem, "aéb", 2), "a");
	assert_string_equal(text_utf8(mem, "€", 2), "");
	assert_string_equal(text_utf8(mem, "aéb", 0), "");
	assert_string_equal(text_utf8(mem, "", SIZE_MAX), "");
	arena_free(mem);
}

static void
a_byte_of_no_letter_is_a_question_mark(void **state)
{
	struct arena *mem = arena_new();

	(void)state;
	assert_string_equal(text_utf8(mem, "a\xff", SIZE_MAX), "a?");
	assert_string_equal(text_utf8(mem, "\xc3", SIZE_MAX), "?");
	assert_string_equal(text_utf8(mem, "é\xe2\x82|", SIZE_MAX), "é??|");
	assert_string_equal(text_utf8(mem, "\xc0\xaf", SIZE_MAX), "??");
	assert_string_equal(text_utf8(mem, "\xed\xa0\x80", SIZE_MAX), "???");
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_cut_between_letters),
		cmocka_unit_test(a_byte_of_no_letter_is_a_question_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
