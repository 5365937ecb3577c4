/* What an event stream owes, and when it may say so: worker/owed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/owed.h"

struct fixture {
	struct arena *mem;
	struct owed owed;
};

static int
setup(void **state)
{
	static struct fixture f;

	f.mem = arena_new();
	owed_init(&f.owed, 100);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	arena_free(f->mem);
	return 0;
}

static const char *
paid(struct fixture *f, int64_t now_ms, int64_t seq)
{
	struct buf b;

	buf_init(&b, f->mem, 4096);
	(void)owed_pay(&f->owed, now_ms, seq, &b);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
add(struct fixture *f, int count)
{
	for (int i = 1; i <= count; i++)
		owed_add(&f->owed, EVENT_MACHINE, i);
}

static void
an_event_has_id_name_and_the_id_of_its_row(void **state)
{
	struct fixture *f = *state;

	owed_add(&f->owed, EVENT_KEY, 12);
	assert_string_equal(
		paid(f, 0, 105), "id: 105\nevent: key\ndata: 12\n\n");
}

static void
what_names_no_row_has_empty_data(void **state)
{
	struct fixture *f = *state;

	owed_add(&f->owed, EVENT_STRIP, 0);
	assert_string_equal(
		paid(f, 0, 105), "id: 105\nevent: strip\ndata:\n\n");
}

static void
what_is_owed_twice_is_said_once(void **state)
{
	struct fixture *f = *state;

	add(f, 1);
	add(f, 1);
	assert_string_equal(
		paid(f, 0, 105), "id: 105\nevent: machine\ndata: 1\n\n");
	assert_string_equal(paid(f, 0, 105), "");
}

/* Who is cut off after the first comes back with the number he had. */
static void
only_the_last_event_of_a_payment_moves_the_number_on(void **state)
{
	struct fixture *f = *state;

	add(f, 2);
	assert_string_equal(paid(f, 0, 105),
		"id: 100\nevent: machine\ndata: 1\n\n"
		"id: 105\nevent: machine\ndata: 2\n\n");
	add(f, 2);
	assert_string_equal(paid(f, 1, 107),
		"id: 105\nevent: machine\ndata: 1\n\n"
		"id: 107\nevent: machine\ndata: 2\n\n");
}

static size_t
said(struct fixture *f, int64_t now_ms)
{
	struct buf b;

	buf_init(&b, f->mem, 4096);
	return owed_pay(&f->owed, now_ms, 200, &b);
}

static void
eight_in_a_second_are_said(void **state)
{
	struct fixture *f = *state;

	add(f, 5);
	assert_int_equal(said(f, 0), 5);
	add(f, 3);
	assert_int_equal(said(f, 999), 3);
	assert_false(owed_any(&f->owed));
}

static void
nine_at_once_are_a_reload(void **state)
{
	struct fixture *f = *state;

	add(f, 9);
	assert_string_equal(
		paid(f, 0, 105), "id: 105\nevent: reload\ndata:\n\n");
	assert_false(owed_any(&f->owed));
}

static void
the_ninth_of_a_second_is_said_in_the_next(void **state)
{
	struct fixture *f = *state;

	add(f, 8);
	assert_int_equal(said(f, 0), 8);
	add(f, 1);
	assert_string_equal(paid(f, 999, 105), "");
	assert_string_equal(
		paid(f, 1000, 105), "id: 105\nevent: machine\ndata: 1\n\n");
}

static void
what_is_more_than_the_rest_of_a_second_is_a_reload(void **state)
{
	struct fixture *f = *state;

	add(f, 6);
	assert_int_equal(said(f, 0), 6);
	add(f, 3);
	assert_string_equal(
		paid(f, 500, 105), "id: 105\nevent: reload\ndata:\n\n");
	add(f, 1);
	assert_int_equal(said(f, 1400), 0); /* silent for a second */
	assert_int_equal(said(f, 1500), 1);
}

static void
in_no_second_are_there_more_than_eight(void **state)
{
	struct fixture *f = *state;
	size_t count[100] = { 0 };

	for (int i = 0; i < 100; i++) {
		add(f, i % 4);
		count[i] = said(f, i * 100);
	}
	for (int i = 0; i + 10 <= 100; i++) {
		size_t sum = 0;

		for (int k = i; k < i + 10; k++)
			sum += count[k];
		assert_in_range(sum, 1, EVENTS_A_SECOND);
	}
}

static void
what_was_lost_is_a_reload(void **state)
{
	struct fixture *f = *state;

	add(f, 2);
	owed_lost(&f->owed);
	assert_true(owed_any(&f->owed));
	assert_string_equal(
		paid(f, 0, 105), "id: 105\nevent: reload\ndata:\n\n");
}

#define owed_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		owed_test(an_event_has_id_name_and_the_id_of_its_row),
		owed_test(what_names_no_row_has_empty_data),
		owed_test(what_is_owed_twice_is_said_once),
		owed_test(only_the_last_event_of_a_payment_moves_the_number_on),
		owed_test(eight_in_a_second_are_said),
		owed_test(nine_at_once_are_a_reload),
		owed_test(the_ninth_of_a_second_is_said_in_the_next),
		owed_test(what_is_more_than_the_rest_of_a_second_is_a_reload),
		owed_test(in_no_second_are_there_more_than_eight),
		owed_test(what_was_lost_is_a_reload),
	};

	return cmocka_run_group_tests_name("owed", tests, NULL, NULL);
}
