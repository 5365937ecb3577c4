#include "proto/stun.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/text.h"

static const uint8_t tx[STUN_TX_LEN] = "abcdefghijkl";

static size_t
member_bytes(json_object *o, const char *name, uint8_t *out)
{
	const char *hex =
		json_object_get_string(json_object_object_get(o, name));

	assert_int_equal(text_unhex(hex, out, strlen(hex) / 2), ERR_OK);
	return strlen(hex) / 2;
}

static void
check_exchange(json_object *o)
{
	uint8_t request[64], expected[64], answer[STUN_ANSWER_MAX];
	uint8_t id[STUN_TX_LEN], again[STUN_REQUEST_LEN];
	size_t request_len = member_bytes(o, "request", request);
	size_t expected_len = member_bytes(o, "response", expected);
	struct ip ip;
	uint16_t port;

	assert_int_equal(
		ip_port_parse(json_object_get_string(
				      json_object_object_get(o, "mapped")),
			&ip, &port),
		ERR_OK);
	assert_int_equal(stun_request_read(request, request_len, id), ERR_OK);
	assert_int_equal(stun_answer_put(answer, id, &ip, port), expected_len);
	assert_memory_equal(answer, expected, expected_len);
	stun_request_put(again, id);
	assert_memory_equal(again, request, request_len);
}

static void
check_version(const char *path)
{
	json_object *file = json_object_from_file(path);
	json_object *list = json_object_object_get(file, "exchanges");
	size_t count = json_object_array_length(list);

	assert_true(count > 0);
	for (size_t i = 0; i < count; i++)
		check_exchange(json_object_array_get_idx(list, i));
	json_object_put(file);
}

static void
recorded_requests_get_the_recorded_answers(void **state)
{
	(void)state;
	check_version("tests/fixtures/wire/v1.80.3/stun.json");
	check_version("tests/fixtures/wire/v1.90.9/stun.json");
	check_version("tests/fixtures/wire/v1.102.3/stun.json");
}

static void
an_answer_tells_the_address_of_either_family(void **state)
{
	static const char *const texts[] = { "203.0.113.7", "2001:db8::7" };
	static const size_t lengths[] = { 32, 44 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t answer[STUN_ANSWER_MAX];
		struct ip ip, told;
		uint16_t port;

		assert_int_equal(ip_parse(texts[i], &ip), ERR_OK);
		assert_int_equal(
			stun_answer_put(answer, tx, &ip, 41641), lengths[i]);
		assert_int_equal(
			stun_answer_read(answer, lengths[i], tx, &told, &port),
			ERR_OK);
		assert_true(ip_equal(&told, &ip));
		assert_int_equal(port, 41641);
	}
}

static void
any_changed_bit_of_a_request_silences_us(void **state)
{
	uint8_t request[STUN_REQUEST_LEN], id[STUN_TX_LEN];

	(void)state;
	stun_request_put(request, tx);
	assert_int_equal(
		stun_request_read(request, sizeof(request), id), ERR_OK);
	for (size_t bit = 0; bit < 8 * sizeof(request); bit++) {
		request[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			stun_request_read(request, sizeof(request), id),
			ERR_BAD_INPUT);
		request[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void
every_shorter_request_is_silence(void **state)
{
	uint8_t request[STUN_REQUEST_LEN + 4] = { 0 }, id[STUN_TX_LEN];

	(void)state;
	stun_request_put(request, tx);
	for (size_t len = 0; len < STUN_REQUEST_LEN; len++)
		assert_int_equal(
			stun_request_read(request, len, id), ERR_BAD_INPUT);
	assert_int_equal(
		stun_request_read(request, sizeof(request), id), ERR_BAD_INPUT);
}

static enum err
read_hex(const char *hex)
{
	uint8_t request[64], id[STUN_TX_LEN];
	size_t len = strlen(hex) / 2;

	assert_int_equal(text_unhex(hex, request, len), ERR_OK);
	return stun_request_read(request, len, id);
}

/* Their fingerprints are right. */
static void
other_software_is_silence_but_another_attribute_is_fine(void **state)
{
	(void)state;
	assert_int_equal(read_hex("000100142112a4426162636465666768696a6b6c"
				  "802200087461696c6e6f646680280004fd0fc693"),
		ERR_BAD_INPUT);
	assert_int_equal(
		read_hex(
			"0001001c2112a4426162636465666768696a6b6c"
			"802200087461696c6e6f64650006000474657374802800045650ffd9"),
		ERR_OK);
}

/* What scanners and other clients send: it would be answered with more bytes
 * than it has. */
static void
a_bare_request_of_twenty_bytes_is_silence(void **state)
{
	uint8_t request[STUN_REQUEST_LEN], id[STUN_TX_LEN];

	(void)state;
	stun_request_put(request, tx);
	request[3] = 0;
	assert_int_equal(stun_request_read(request, 20, id), ERR_BAD_INPUT);
}

/* A fingerprint that is only the tail of another attribute's value. */
static void
a_fingerprint_inside_another_attribute_is_none(void **state)
{
	uint8_t request[STUN_REQUEST_LEN], id[STUN_TX_LEN];

	(void)state;
	stun_request_put(request, tx);
	request[23] = 16; /* SOFTWARE takes in what follows */
	assert_int_equal(
		stun_request_read(request, sizeof(request), id), ERR_BAD_INPUT);
}

static void
an_answer_to_another_request_is_refused(void **state)
{
	uint8_t answer[STUN_ANSWER_MAX];
	struct ip ip = { .family = 4 };
	uint16_t port;

	(void)state;
	stun_answer_put(answer, tx, &ip, 1);
	assert_int_equal(stun_answer_read(answer, 32,
				 (const uint8_t *)"abcdefghijkL", &ip, &port),
		ERR_BAD_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_requests_get_the_recorded_answers),
		cmocka_unit_test(an_answer_tells_the_address_of_either_family),
		cmocka_unit_test(any_changed_bit_of_a_request_silences_us),
		cmocka_unit_test(every_shorter_request_is_silence),
		cmocka_unit_test(
			other_software_is_silence_but_another_attribute_is_fine),
		cmocka_unit_test(a_bare_request_of_twenty_bytes_is_silence),
		cmocka_unit_test(
			a_fingerprint_inside_another_attribute_is_none),
		cmocka_unit_test(an_answer_to_another_request_is_refused),
	};

	return cmocka_run_group_tests_name("proto/stun", tests, NULL, NULL);
}
