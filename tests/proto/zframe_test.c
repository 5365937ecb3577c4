#include "proto/zframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <zstd.h>

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static struct bytes
message(struct arena *mem, size_t len)
{
	unsigned char *at = arena_alloc(mem, len + 1);

	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)(i * i >> 3);
	return (struct bytes){ at, len };
}

static void
assert_unpacks(struct arena *mem, const unsigned char *frame, size_t frame_len,
	struct bytes expected)
{
	unsigned char *back = arena_alloc(mem, expected.len + 1);

	assert_int_equal(
		ZSTD_getFrameContentSize(frame, frame_len), expected.len);
	assert_int_equal(
		ZSTD_decompress(back, expected.len + 1, frame, frame_len),
		expected.len);
	assert_memory_equal(back, expected.at, expected.len);
}

static void
every_size_unpacks_again(void **state)
{
	static const size_t sizes[] = { 0, 1, 18, 149, 150, 255, 256, 65536,
		131072, 131073, 400000 };
	struct zframe *z = zframe_new();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct bytes m = message(*state, sizes[i]);
		struct blob *whole = zframe_blob(z, m);
		struct blob *listed = zframe_list(z, m);
		struct buf b, c;

		assert_unpacks(*state, whole->bytes, whole->len, m);
		blob_drop(whole);
		assert_unpacks(*state, listed->bytes, listed->len, m);
		blob_drop(listed);
		buf_init(&b, *state, 1024 * 1024);
		zframe_stored(&b, m);
		assert_int_equal(buf_error(&b), ERR_OK);
		assert_unpacks(*state, b.bytes, b.len, m);
		buf_init(&c, *state, 1024 * 1024);
		assert_int_equal(zframe_compress(z, &c, m), ERR_OK);
		assert_unpacks(*state, c.bytes, c.len, m);
	}
	zframe_free(z);
}

static void
the_length_in_front_is_little_endian_and_exact(void **state)
{
	struct zframe *z = zframe_new();
	struct bytes m = message(*state, 5000);
	struct buf b;
	size_t len;

	buf_init(&b, *state, 1024 * 1024);
	buf_puts(&b, "before");
	assert_int_equal(zframe_put(z, &b, m), ERR_OK);
	len = b.bytes[6] | (size_t)b.bytes[7] << 8 | (size_t)b.bytes[8] << 16;
	assert_int_equal(b.bytes[9], 0);
	assert_int_equal(len, b.len - 10);
	assert_unpacks(*state, b.bytes + 10, len, m);
	zframe_free(z);
}

static void
a_keep_alive_is_always_the_same_bytes(void **state)
{
	static const unsigned char text[] = "{\"KeepAlive\":true}";
	static const unsigned char expected[] =
		"\x1b\0\0\0\x28\xb5\x2f\xfd\x20\x12\x91\0\0{\"KeepAlive\":true}";
	struct zframe *z = zframe_new();
	struct buf b;

	buf_init(&b, *state, 100);
	assert_int_equal(
		zframe_put(z, &b, (struct bytes){ text, sizeof(text) - 1 }),
		ERR_OK);
	assert_int_equal(b.len, sizeof(expected) - 1);
	assert_memory_equal(b.bytes, expected, b.len);
	zframe_free(z);
}

static void
over_the_limit_is_told(void **state)
{
	struct zframe *z = zframe_new();
	struct buf b;

	buf_init(&b, *state, 20);
	assert_int_equal(zframe_put(z, &b, message(*state, 5000)), ERR_TOO_BIG);
	zframe_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(every_size_unpacks_again),
		TEST(the_length_in_front_is_little_endian_and_exact),
		TEST(a_keep_alive_is_always_the_same_bytes),
		TEST(over_the_limit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
