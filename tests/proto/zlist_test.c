#include "proto/zlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

#include "base/buf.h"
#include "proto/zmatch.h"

enum {
	RECORDS = 64,
	ROUNDS = 400,
	TEXT_ROOM = ZMATCH_TEXT_MAX + 1024,
	SLACK_PERCENT = 10,
};

static struct zlist *z;
static struct arena *mem;
static uint32_t seed;

static int
setup(void **state)
{
	(void)state;
	z = zlist_new();
	mem = arena_new();
	seed = 1;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	zlist_free(z);
	arena_free(mem);
	return 0;
}

/* The same numbers in each run. */
static unsigned
chance(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void
put_record(struct buf *b, unsigned n)
{
	buf_putf(b, "%s{\"ID\":%u,\"Name\":\"laptop-%u.cairn.internal.\",",
		n ? "," : "", n, n);
	buf_puts(b, "\"Key\":\"nodekey:");
	for (int i = 0; i < 16; i++)
		buf_putf(b, "%04x", chance(65536));
	buf_putf(b,
		"\",\"Addresses\":[\"100.64.0.%u/32\"],\"Endpoints\":"
		"[\"192.168.1.%u:41641\",\"203.0.113.%u:%u\"],\"Online\":%s}",
		n + 1, n + 7, chance(256), chance(65536),
		chance(2) ? "true" : "false");
}

static struct buf
list(size_t records)
{
	struct buf b;

	buf_init(&b, mem, 1024 * 1024);
	for (unsigned i = 0; i < records; i++)
		put_record(&b, i);
	return b;
}

static struct bytes
frame_of(const struct buf *b)
{
	return zlist_frame(z, (struct bytes){ b->bytes, b->len });
}

static void
assert_unpacks(struct bytes frame, const struct buf *expected)
{
	unsigned char *back = arena_alloc(mem, expected->len + 1);

	assert_int_equal(
		ZSTD_getFrameContentSize(frame.at, frame.len), expected->len);
	assert_int_equal(
		ZSTD_findFrameCompressedSize(frame.at, frame.len), frame.len);
	assert_int_equal(
		ZSTD_decompress(back, expected->len + 1, frame.at, frame.len),
		expected->len);
	assert_memory_equal(back, expected->bytes, expected->len);
}

static void
lists_of_every_size_unpack_again(void **state)
{
	(void)state;
	for (size_t i = 8; i < 300; i++) {
		struct buf b = list(i);
		struct bytes frame = frame_of(&b);

		assert_true(frame.len > 0);
		assert_unpacks(frame, &b);
		arena_reset(mem);
	}
}

static void
a_frame_is_hardly_larger_than_the_librarys(void **state)
{
	struct buf b = list(RECORDS);
	size_t room = ZSTD_compressBound(b.len);
	size_t theirs =
		ZSTD_compress(arena_alloc(mem, room), room, b.bytes, b.len, 1);

	(void)state;
	assert_false(ZSTD_isError(theirs));
	assert_true(frame_of(&b).len * 100 <= theirs * (100 + SLACK_PERCENT));
}

/* With quotes, where repetitions are looked for. */
static void
put_new(struct buf *b, size_t len)
{
	while (len-- > 0)
		buf_put(b,
			&(char){ chance(8) ? (char)(' ' + chance(95)) : '"' },
			1);
}

/* Pieces of what was, bytes that are new: matches and distances of all sorts.
 * What is left to the library is fine; what is made must be right. */
static struct buf
soup(size_t len)
{
	struct buf b;

	buf_init(&b, mem, TEXT_ROOM);
	buf_reserve(&b, TEXT_ROOM);
	while (b.len < len) {
		size_t piece = 1 + chance(chance(8) ? 12 : 600);

		if (b.len > 100 && chance(8)) {
			size_t back = 1 + chance((unsigned)b.len);

			for (size_t i = 0; i < piece; i++)
				buf_put(&b, b.bytes + b.len - back, 1);
			continue;
		}
		put_new(&b, piece);
	}
	return b;
}

static void
whatever_is_made_unpacks_again(void **state)
{
	size_t made = 0;

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct buf b = soup(1000 + chance(i % 10 ? 20000 : 120000));
		struct bytes frame = frame_of(&b);

		if (frame.len) {
			made++;
			assert_unpacks(frame, &b);
		}
		arena_reset(mem);
	}
	assert_true(made > ROUNDS / 2);
}

/* Long and far: every code of lengths and distances, up to the largest. */
static void
the_longest_repetitions_unpack_again(void **state)
{
	(void)state;
	for (size_t far = 600; far < ZMATCH_TEXT_MAX / 2; far *= 2) {
		struct buf b;

		buf_init(&b, mem, TEXT_ROOM);
		buf_reserve(&b, TEXT_ROOM);
		put_new(&b, far);
		while (b.len + far <= ZMATCH_TEXT_MAX)
			buf_put(&b, b.bytes, far);
		assert_unpacks(frame_of(&b), &b);
		arena_reset(mem);
	}
}

static void
a_text_as_large_as_a_block_is_packed_and_one_byte_more_is_not(void **state)
{
	struct buf b = list(1000);

	(void)state;
	assert_true(b.len > ZMATCH_TEXT_MAX);
	b.len = ZMATCH_TEXT_MAX;
	assert_unpacks(frame_of(&b), &b);
	b.len = ZMATCH_TEXT_MAX + 1;
	assert_int_equal(frame_of(&b).len, 0);
}

/* Ten bytes again, three that are new, and so on. */
static void
as_many_steps_as_there_is_room_for_are_packed_and_one_more_is_not(void **state)
{
	struct zmatch *found = malloc(sizeof(*found));
	struct buf b;

	(void)state;
	assert_non_null(found);
	buf_init(&b, mem, TEXT_ROOM);
	for (unsigned i = 0; i <= ZMATCH_STEPS_MAX; i++)
		buf_putf(&b, "\"---------%c%c%c", 'a' + i / 400 % 20,
			'a' + i / 20 % 20, 'a' + i % 20);
	buf_puts(&b, "12345678");
	while (!zmatch_find(found, (struct bytes){ b.bytes, b.len }))
		b.len--;
	assert_int_equal(found->step_count, ZMATCH_STEPS_MAX);
	assert_unpacks(frame_of(&b), &b);
	b.len++;
	assert_int_equal(frame_of(&b).len, 0);
	free(found);
}

static void
what_stands_before_a_text_is_not_repeated(void **state)
{
	struct buf b = list(RECORDS), twice, text;

	(void)state;
	buf_init(&twice, mem, 1024 * 1024);
	for (int i = 0; i < 2; i++) {
		buf_puts(&twice, "x\"");
		buf_put(&twice, b.bytes, b.len);
	}
	text = twice;
	text.bytes++;
	text.len--;
	assert_unpacks(frame_of(&text), &text);
}

static void
all_that_is_printable_unpacks_again(void **state)
{
	struct buf b = list(RECORDS);

	(void)state;
	for (char c = ' '; c <= '~'; c++)
		buf_put(&b, &c, 1);
	assert_unpacks(frame_of(&b), &b);
}

static void
other_bytes_are_left_to_the_library(void **state)
{
	static const unsigned char others[] = { 0, '\n', 0x1f, 0x7f, 0x80, 0xc3,
		0xff };

	(void)state;
	for (size_t i = 0; i < sizeof(others); i++)
		for (size_t at = 0; at < 20; at++) {
			struct buf b = list(RECORDS);

			b.bytes[b.len / 2 + at] = others[i];
			assert_int_equal(frame_of(&b).len, 0);
		}
}

static void
what_does_not_repeat_itself_is_left_to_the_library(void **state)
{
	struct buf b = list(2), c;

	(void)state;
	assert_int_equal(frame_of(&b).len, 0);
	assert_int_equal(zlist_frame(z, (struct bytes){ 0 }).len, 0);
	buf_init(&c, mem, 100000);
	for (int i = 0; i < 5000; i++)
		buf_putf(&c, "%04x", chance(65536));
	assert_int_equal(frame_of(&c).len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(lists_of_every_size_unpack_again),
		TEST(a_frame_is_hardly_larger_than_the_librarys),
		TEST(whatever_is_made_unpacks_again),
		TEST(the_longest_repetitions_unpack_again),
		TEST(a_text_as_large_as_a_block_is_packed_and_one_byte_more_is_not),
		TEST(as_many_steps_as_there_is_room_for_are_packed_and_one_more_is_not),
		TEST(what_stands_before_a_text_is_not_repeated),
		TEST(all_that_is_printable_unpacks_again),
		TEST(other_bytes_are_left_to_the_library),
		TEST(what_does_not_repeat_itself_is_left_to_the_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
