#include "worker/h2mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	FIRST = 2928,
};

struct room {
	struct h2mem *m;
	nghttp2_mem *calls;
	unsigned char *first;
};

static int
setup(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	r->m = h2mem_new();
	r->calls = h2mem_calls(r->m);
	r->first = r->calls->calloc(1, FIRST, r->m);
	*state = r;
	return 0;
}

static int
teardown(void **state)
{
	struct room *r = *state;

	r->calls->free(r->first, r->m);
	h2mem_free(r->m);
	free(r);
	return 0;
}

static bool
is_beside_the_first(const struct room *r, const void *at)
{
	return (uintptr_t)at - (uintptr_t)r->first < H2MEM_ROOM;
}

static void
small_pieces_lie_beside_the_session_and_large_ones_do_not(void **state)
{
	struct room *r = *state;
	void *small = r->calls->malloc(H2MEM_PIECE, r->m);
	void *large = r->calls->malloc(H2MEM_PIECE + 1, r->m);

	assert_true(is_beside_the_first(r, small));
	assert_false(is_beside_the_first(r, large));
	assert_int_equal((uintptr_t)small % 16, 0);
	r->calls->free(small, r->m);
	r->calls->free(large, r->m);
}

static void
what_was_given_back_is_used_again(void **state)
{
	struct room *r = *state;
	unsigned char *at = r->calls->malloc(152, r->m), *again;

	memset(at, 7, 152);
	r->calls->free(at, r->m);
	again = r->calls->calloc(19, 8, r->m);
	assert_ptr_equal(again, at);
	for (size_t i = 0; i < 152; i++)
		assert_int_equal(again[i], 0);
	r->calls->free(again, r->m);
}

static void
a_full_room_costs_nobody_anything(void **state)
{
	struct room *r = *state;
	unsigned char *at[64];
	size_t inside = 0;

	for (size_t i = 0; i < 64; i++) {
		at[i] = r->calls->malloc(100, r->m);
		memset(at[i], (int)i, 100);
		inside += is_beside_the_first(r, at[i]);
	}
	assert_in_range(inside, 8, 16);
	for (size_t i = 0; i < 64; i++) {
		assert_int_equal(at[i][0], i);
		assert_int_equal(at[i][99], i);
		r->calls->free(at[i], r->m);
	}
}

static void
a_piece_keeps_its_bytes_while_it_grows(void **state)
{
	struct room *r = *state;
	unsigned char *at = r->calls->realloc(NULL, 32, r->m);

	memset(at, 9, 32);
	for (size_t len = 64; len <= 40000; len *= 2) {
		at = r->calls->realloc(at, len, r->m);
		for (size_t i = 0; i < len / 2; i++)
			assert_int_equal(at[i], 9);
		memset(at, 9, len);
		h2mem_fetch(r->m);
	}
	r->calls->free(at, r->m);
	h2mem_fetch(r->m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(small_pieces_lie_beside_the_session_and_large_ones_do_not),
		TEST(what_was_given_back_is_used_again),
		TEST(a_full_room_costs_nobody_anything),
		TEST(a_piece_keeps_its_bytes_while_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
