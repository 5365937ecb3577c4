#include "proto/box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

struct pair {
	uint8_t private[BOX_KEY_LEN], public[BOX_KEY_LEN];
};

static struct pair
make_pair(void)
{
	struct pair p;

	box_private(p.private);
	box_public(p.private, p.public);
	return p;
}

static void
a_box_opens_with_the_other_halves(void **state)
{
	struct pair alice = make_pair(), bob = make_pair();
	uint8_t box[5 + BOX_EXTRA], plain[5];

	(void)state;
	assert_int_equal(
		box_seal(bob.public, alice.private, "hello", 5, box), ERR_OK);
	assert_int_equal(
		box_open(alice.public, bob.private, box, sizeof(box), plain),
		ERR_OK);
	assert_memory_equal(plain, "hello", 5);
}

static void
one_changed_bit_anywhere_keeps_it_shut(void **state)
{
	struct pair alice = make_pair(), bob = make_pair();
	uint8_t box[5 + BOX_EXTRA], plain[5];

	(void)state;
	assert_int_equal(
		box_seal(bob.public, alice.private, "hello", 5, box), ERR_OK);
	for (size_t i = 0; i < sizeof(box); i++) {
		box[i] ^= 1;
		assert_int_equal(box_open(alice.public, bob.private, box,
					 sizeof(box), plain),
			ERR_CRYPTO);
		box[i] ^= 1;
	}
}

static void
a_box_for_another_stays_shut(void **state)
{
	struct pair alice = make_pair(), bob = make_pair(), eve = make_pair();
	uint8_t box[BOX_EXTRA], plain[1];

	(void)state;
	assert_int_equal(
		box_seal(bob.public, alice.private, "", 0, box), ERR_OK);
	assert_int_equal(
		box_open(alice.public, eve.private, box, sizeof(box), plain),
		ERR_CRYPTO);
	assert_int_equal(
		box_open(eve.public, bob.private, box, sizeof(box), plain),
		ERR_CRYPTO);
}

static void
what_is_shorter_than_an_empty_box_is_none(void **state)
{
	struct pair alice = make_pair(), bob = make_pair();
	uint8_t box[BOX_EXTRA], plain[1];

	(void)state;
	assert_int_equal(
		box_seal(bob.public, alice.private, "", 0, box), ERR_OK);
	assert_int_equal(
		box_open(alice.public, bob.private, box, sizeof(box), plain),
		ERR_OK);
	assert_int_equal(box_open(alice.public, bob.private, box,
				 sizeof(box) - 1, plain),
		ERR_BAD_INPUT);
}

/* X25519 gives zero with it, so anybody could open the box. */
static void
the_zero_key_seals_nothing(void **state)
{
	static const uint8_t zero[BOX_KEY_LEN];
	struct pair alice = make_pair();
	uint8_t box[5 + BOX_EXTRA];

	(void)state;
	assert_int_equal(
		box_seal(zero, alice.private, "hello", 5, box), ERR_CRYPTO);
}

/* RFC 7748 6.1. */
static void
the_public_half_is_that_of_x25519(void **state)
{
	uint8_t private[32], expected[32], public[32];

	(void)state;
	assert_int_equal(text_unhex("77076d0a7318a57d3c16c17251b26645"
				    "df4c2f87ebc0992ab177fba51db92c2a",
				 private, 32),
		ERR_OK);
	assert_int_equal(text_unhex("8520f0098930a754748b7ddcb43ef75a"
				    "0dbf3a0d26381af4eba4a98eaa9b4e6a",
				 expected, 32),
		ERR_OK);
	box_public(private, public);
	assert_memory_equal(public, expected, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_opens_with_the_other_halves),
		cmocka_unit_test(one_changed_bit_anywhere_keeps_it_shut),
		cmocka_unit_test(a_box_for_another_stays_shut),
		cmocka_unit_test(what_is_shorter_than_an_empty_box_is_none),
		cmocka_unit_test(the_zero_key_seals_nothing),
		cmocka_unit_test(the_public_half_is_that_of_x25519),
	};

	return cmocka_run_group_tests_name("proto/box", tests, NULL, NULL);
}
