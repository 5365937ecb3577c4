#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *mem;

static int
begin(void **state)
{
	(void)state;
	mem = arena_new();
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_free(mem);
	return 0;
}

/* So many letters, none like its neighbours. */
static char *
letters(size_t count)
{
	char *text = arena_alloc(mem, count + 1);

	for (size_t i = 0; i < count; i++)
		text[i] = (char)('a' + i % 26);
	text[count] = '\0';
	return text;
}

static void
a_format_takes_texts_of_any_length(void **state)
{
	(void)state;
	for (size_t len = 240; len <= 5000; len += len < 260 ? 1 : 4740) {
		const char *text = letters(len);
		struct buf b;

		buf_init(&b, mem, SIZE_MAX);
		buf_puts(&b, "<");
		buf_putf(&b, "%s%d", text, 7);
		buf_puts(&b, ">");
		assert_int_equal(buf_error(&b), ERR_OK);
		assert_int_equal(b.len, len + 3);
		assert_memory_equal(b.bytes + 1, text, len);
		assert_memory_equal(b.bytes + 1 + len, "7>", 2);
	}
}

static void
a_format_stops_at_the_limit_of_the_buffer(void **state)
{
	(void)state;
	for (size_t len = 100; len <= 1000; len += 900)
		for (size_t past = 0; past < 2; past++) {
			struct buf b;

			buf_init(&b, mem, len);
			buf_putf(&b, "%s", letters(len + past));
			assert_int_equal(
				buf_error(&b), past ? ERR_TOO_BIG : ERR_OK);
			assert_int_equal(b.len, past ? 0 : len);
			buf_putf(&b, "%d", 1); /* an error stays */
			assert_int_equal(buf_error(&b), ERR_TOO_BIG);
		}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_format_takes_texts_of_any_length),
		TEST(a_format_stops_at_the_limit_of_the_buffer),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
