/*
 * totp_test.c: codes that count with the clock.
 */
#include "proto/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* RFC 6238 appendix B, of whose eight digits the last six. */
#define SECRET ((const uint8_t *)"12345678901234567890")

static void
codes_are_those_of_rfc_6238(void **state)
{
	static const struct {
		int64_t at;
		const char *code;
	} of[] = {
		{ 59, "287082" },
		{ 1111111109, "081804" },
		{ 1111111111, "050471" },
		{ 1234567890, "005924" },
		{ 2000000000, "279037" },
		{ 20000000000, "353130" },
	};
	char code[TOTP_CODE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		totp_code(SECRET, totp_step(of[i].at), code);
		assert_string_equal(code, of[i].code);
	}
}

static void
a_step_is_thirty_seconds(void **state)
{
	(void)state;
	assert_int_equal(totp_step(0), 0);
	assert_int_equal(totp_step(29), 0);
	assert_int_equal(totp_step(30), 1);
}

static void
a_secret_is_typed_in_base32(void **state)
{
	char text[TOTP_TEXT_SIZE];

	(void)state;
	totp_text(SECRET, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_rfc_6238),
		cmocka_unit_test(a_step_is_thirty_seconds),
		cmocka_unit_test(a_secret_is_typed_in_base32),
	};

	return cmocka_run_group_tests_name("proto/totp", tests, NULL, NULL);
}
