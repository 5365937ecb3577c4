#include "proto/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct key key = { { 42 } };

struct got {
	unsigned char bytes[64 * 1024];
	size_t len, calls;
};

static void
keep(void *arg, const unsigned char *plain, size_t len)
{
	struct got *g = arg;

	assert_true(g->len + len <= sizeof(g->bytes));
	memcpy(g->bytes + g->len, plain, len);
	g->len += len;
	g->calls++;
}

struct pair {
	struct record_sealer s;
	struct record_opener o;
	struct got got;
};

static int
setup(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));

	*state = p;
	record_sealer_init(&p->s, &key);
	record_opener_init(&p->o, &key);
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;

	record_sealer_done(&p->s);
	record_opener_done(&p->o);
	free(p);
	return 0;
}

static size_t
seal_text(struct pair *p, size_t len, unsigned char *out)
{
	static unsigned char text[32 * 1024];

	for (size_t i = 0; i < len; i++)
		text[i] = (unsigned char)(i * 7);
	return record_seal_all(&p->s, text, len, out);
}

static void
any_split_of_the_bytes_gives_the_same_text(void **state)
{
	static const size_t steps[] = { 1, 2, 3, 18, 19, 20, 4095, 4096, 4097 };
	struct pair *p = *state;
	unsigned char *wire = malloc(record_sealed_size(10000));

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		size_t len = seal_text(p, 10000, wire);

		assert_int_equal(len, record_sealed_size(10000));
		p->got.len = 0;
		for (size_t at = 0; at < len; at += steps[i]) {
			size_t now = len - at < steps[i] ? len - at : steps[i];

			assert_int_equal(record_open(&p->o, wire + at, now,
						 keep, &p->got),
				ERR_OK);
		}
		assert_int_equal(p->got.len, 10000);
		for (size_t j = 0; j < 10000; j++)
			assert_int_equal(
				p->got.bytes[j], (unsigned char)(j * 7));
		assert_null(p->o.partial);
	}
	free(wire);
}

static void
a_record_holds_4077_bytes_and_no_more(void **state)
{
	struct pair *p = *state;
	unsigned char *wire = malloc(2 * RECORD_MAX);

	assert_int_equal(seal_text(p, RECORD_PLAIN_MAX, wire), RECORD_MAX);
	assert_int_equal(
		record_open(&p->o, wire, RECORD_MAX, keep, &p->got), ERR_OK);
	assert_int_equal(p->got.calls, 1);
	assert_int_equal(seal_text(p, RECORD_PLAIN_MAX + 1, wire),
		RECORD_MAX + RECORD_OVERHEAD + 1);
	free(wire);
}

static void
refuse(struct pair *p, const unsigned char *head, size_t len)
{
	assert_int_equal(
		record_open(&p->o, head, len, keep, &p->got), ERR_BAD_INPUT);
}

static void
a_record_of_4097_bytes_is_refused_at_its_head(void **state)
{
	refuse(*state, (const unsigned char[]){ 4, 0x0f, 0xfe }, 3);
}

static void
a_record_too_short_for_its_tag_is_refused(void **state)
{
	refuse(*state, (const unsigned char[]){ 4, 0, 15 }, 3);
}

static void
another_type_is_refused_at_the_first_byte(void **state)
{
	refuse(*state, (const unsigned char[]){ 3 }, 1);
}

static void
a_failure_stays(void **state)
{
	struct pair *p = *state;
	unsigned char wire[64];
	size_t len = seal_text(p, 8, wire);

	wire[5] ^= 1;
	refuse(p, wire, len);
	wire[5] ^= 1;
	refuse(p, wire, len);
	assert_int_equal(p->got.calls, 0);
}

static void
a_record_sent_twice_is_refused(void **state)
{
	struct pair *p = *state;
	unsigned char wire[64];
	size_t len = seal_text(p, 8, wire);

	assert_int_equal(record_open(&p->o, wire, len, keep, &p->got), ERR_OK);
	refuse(p, wire, len);
}

static void
empty_records_are_skipped_up_to_their_limit(void **state)
{
	struct pair *p = *state;
	unsigned char wire[RECORD_OVERHEAD];
	size_t len;

	for (int i = 0; i < RECORD_EMPTY_MAX; i++) {
		len = record_seal(&p->s, "", 0, wire);
		assert_int_equal(len, RECORD_OVERHEAD);
		assert_int_equal(
			record_open(&p->o, wire, len, keep, &p->got), ERR_OK);
	}
	assert_int_equal(p->got.calls, 0);
	len = record_seal(&p->s, "", 0, wire);
	refuse(p, wire, len);
}

static void
the_last_counter_is_never_used(void **state)
{
	struct pair *p = *state;
	unsigned char wire[64];

	p->s.counter = UINT64_MAX - 1;
	assert_int_not_equal(record_seal(&p->s, "x", 1, wire), 0);
	assert_int_equal(record_seal(&p->s, "x", 1, wire), 0);
	assert_int_equal(record_seal(&p->s, "x", 1, wire), 0);
}

/* Short ones are sealed by another library than they are opened with. */
static void
records_of_every_length_open(void **state)
{
	static unsigned char text[RECORD_PLAIN_MAX];
	struct pair *p = *state;
	unsigned char wire[RECORD_MAX];

	for (size_t len = 0; len <= RECORD_PLAIN_MAX;
		len += len < 1100 ? 1 : 229) {
		size_t made;

		memset(text, (int)len + 1, sizeof(text));
		made = record_seal(&p->s, text, len, wire);
		p->got.len = 0;
		assert_int_equal(made, len + RECORD_OVERHEAD);
		assert_int_equal(
			record_open(&p->o, wire, made, keep, &p->got), ERR_OK);
		assert_int_equal(p->got.len, len);
		assert_memory_equal(p->got.bytes, text, len);
	}
}

/* They share a cipher, and nothing of it. */
static void
two_tunnels_may_take_turns(void **state)
{
	static const struct key other_key = { { 43 } };
	struct pair *p = *state, *other = calloc(1, sizeof(*other));
	unsigned char wire[2][64];

	record_sealer_init(&other->s, &other_key);
	record_opener_init(&other->o, &other_key);
	for (size_t i = 0; i < 3; i++) {
		size_t len = record_seal(&p->s, "one", 3, wire[0]);

		assert_int_equal(
			record_seal(&other->s, "two", 3, wire[1]), len);
		assert_int_equal(
			record_open(&other->o, wire[1], len, keep, &other->got),
			ERR_OK);
		assert_int_equal(
			record_open(&p->o, wire[0], len, keep, &p->got),
			ERR_OK);
	}
	assert_memory_equal(p->got.bytes, "oneoneone", 9);
	assert_memory_equal(other->got.bytes, "twotwotwo", 9);
	refuse(other, wire[0], record_seal(&p->s, "one", 3, wire[0]));
	record_sealer_done(&other->s);
	record_opener_done(&other->o);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(any_split_of_the_bytes_gives_the_same_text),
		TEST(a_record_holds_4077_bytes_and_no_more),
		TEST(a_record_of_4097_bytes_is_refused_at_its_head),
		TEST(a_record_too_short_for_its_tag_is_refused),
		TEST(another_type_is_refused_at_the_first_byte),
		TEST(a_failure_stays),
		TEST(a_record_sent_twice_is_refused),
		TEST(empty_records_are_skipped_up_to_their_limit),
		TEST(the_last_counter_is_never_used),
		TEST(records_of_every_length_open),
		TEST(two_tunnels_may_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
