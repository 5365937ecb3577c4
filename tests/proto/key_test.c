#include "proto/key.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MACHINE \
	"mkey:07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c"
#define PRIVATE                                                             \
	"privkey:0002030405060708090a0b0c0d0e0f101112131415161718191a1b1c1" \
	"d1e1f60"

static void
a_key_prints_as_it_was_read(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct key k;

	(void)state;
	assert_int_equal(key_parse(KEY_MACHINE, MACHINE, &k), ERR_OK);
	key_print(KEY_MACHINE, &k, text);
	assert_string_equal(text, MACHINE);
}

static void
upper_case_hex_is_read_and_printed_lower(void **state)
{
	char text[] = MACHINE, out[KEY_TEXT_SIZE];
	struct key k;

	(void)state;
	for (char *p = text + strlen("mkey:"); *p; p++)
		*p = (char)toupper((unsigned char)*p);
	assert_int_equal(key_parse(KEY_MACHINE, text, &k), ERR_OK);
	key_print(KEY_MACHINE, &k, out);
	assert_string_equal(out, MACHINE);
}

static void
anything_but_prefix_and_64_digits_is_refused(void **state)
{
	static const char *const bad[] = { "", "mkey:", MACHINE "0",
		MACHINE " ",
		"nodekey:07a37cbc142093c8b755dc1b10e86cb426374ad16"
		"aa853ed0bdfc0b2b86d1c7c",
		"MKEY:07a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2"
		"b86d1c7c",
		"mkey:g7a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2"
		"b86d1c7c",
		"mkey:7a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b"
		"86d1c7c" };
	struct key k = { { 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			key_parse(KEY_MACHINE, bad[i], &k), ERR_BAD_INPUT);
	assert_int_equal(k.bytes[0], 1);
}

static void
tailnet_lock_keys_have_two_prefixes(void **state)
{
	char text[KEY_TEXT_SIZE];
	struct key k = { { 7 } }, back;

	(void)state;
	key_print(KEY_LOCK, &k, text);
	assert_int_equal(key_parse(KEY_LOCK, text, &back), ERR_OK);
	text[0] = 't';
	assert_int_equal(key_parse(KEY_LOCK, text, &back), ERR_OK);
	assert_true(key_equal(&k, &back));
	text[0] = 'm';
	assert_int_equal(key_parse(KEY_LOCK, text, &back), ERR_BAD_INPUT);
}

static void
the_public_half_follows_from_the_private(void **state)
{
	struct key private_key, public_key, expected;

	(void)state;
	assert_int_equal(key_parse(KEY_PRIVATE, PRIVATE, &private_key), ERR_OK);
	assert_int_equal(key_parse(KEY_MACHINE, MACHINE, &expected), ERR_OK);
	assert_int_equal(key_public(&private_key, &public_key), ERR_OK);
	assert_true(key_equal(&public_key, &expected));
}

static void
new_keys_are_clamped_differ_and_agree_on_a_secret(void **state)
{
	struct key a, a_public, b, b_public, ab, ba;

	(void)state;
	assert_int_equal(key_new(&a, &a_public), ERR_OK);
	assert_int_equal(key_new(&b, &b_public), ERR_OK);
	assert_false(key_equal(&a, &b));
	assert_int_equal(a.bytes[0] & 7, 0);
	assert_int_equal(a.bytes[31] & 0xc0, 0x40);
	assert_int_equal(key_shared(&a, &b_public, &ab), ERR_OK);
	assert_int_equal(key_shared(&b, &a_public, &ba), ERR_OK);
	assert_true(key_equal(&ab, &ba));
}

static void
keys_of_low_order_are_refused(void **state)
{
	struct key a, a_public, secret, low = { { 0 } };

	(void)state;
	assert_int_equal(key_new(&a, &a_public), ERR_OK);
	assert_int_equal(key_shared(&a, &low, &secret), ERR_CRYPTO);
	low.bytes[0] = 1;
	assert_int_equal(key_shared(&a, &low, &secret), ERR_CRYPTO);
}

static void
the_short_form_is_five_letters_of_base64(void **state)
{
	char out[KEY_SHORT_SIZE];
	struct key k = { { 0 } };

	(void)state;
	key_short(&k, out);
	assert_string_equal(out, "");
	assert_true(key_is_zero(&k));
	memset(k.bytes, 0xff, KEY_SIZE);
	key_short(&k, out);
	assert_string_equal(out, "[/////]");
	assert_false(key_is_zero(&k));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_prints_as_it_was_read),
		cmocka_unit_test(upper_case_hex_is_read_and_printed_lower),
		cmocka_unit_test(anything_but_prefix_and_64_digits_is_refused),
		cmocka_unit_test(tailnet_lock_keys_have_two_prefixes),
		cmocka_unit_test(the_public_half_follows_from_the_private),
		cmocka_unit_test(
			new_keys_are_clamped_differ_and_agree_on_a_secret),
		cmocka_unit_test(keys_of_low_order_are_refused),
		cmocka_unit_test(the_short_form_is_five_letters_of_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
