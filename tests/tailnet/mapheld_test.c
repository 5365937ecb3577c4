#include "tailnet/mapheld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tailnet/snapshot.h"

static void
what_is_added_is_held_and_nothing_else(void **state)
{
	static const int64_t ids[] = { 700, 1, 64, 63, 5000000000, 2 };
	struct map_held h = { 0 };

	(void)state;
	assert_int_equal(h.count, 0);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		map_held_add(&h, ids[i]);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		assert_true(map_held_has(&h, ids[i]));
	assert_false(map_held_has(&h, 3));
	assert_false(map_held_has(&h, 701));
	assert_false(map_held_has(&h, 128));
	assert_int_equal(h.count, 4);
	map_held_free(&h);
}

static void
chunks_stand_in_order_and_empty_ones_not_at_all(void **state)
{
	struct map_held h = { 0 };

	(void)state;
	for (int64_t i = 20; i > 0; i--)
		map_held_set_chunk(&h, i * 7 % 23, (uint64_t)i);
	for (size_t i = 1; i < h.count; i++)
		assert_true(h.at[i - 1].number < h.at[i].number);
	assert_int_equal(h.count, 20);
	assert_int_equal(map_held_chunk(&h, 7), 1);
	map_held_set_chunk(&h, 7, 0);
	assert_int_equal(map_held_chunk(&h, 7), 0);
	assert_int_equal(h.count, 19);
	map_held_clear(&h);
	assert_int_equal(h.count, 0);
	map_held_free(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_is_held_and_nothing_else),
		cmocka_unit_test(
			chunks_stand_in_order_and_empty_ones_not_at_all),
	};

	return cmocka_run_group_tests_name("peers held", tests, NULL, NULL);
}
