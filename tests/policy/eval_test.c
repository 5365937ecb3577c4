#include "policy/eval/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define INPUT                                                                 \
	"{\"id\":\"x\",\"family\":\"acl\",\"policy\":\"{}\",\"tailnet\":{"    \
	"\"domains\":[],\"httpsEnabled\":false,\"autoUpdates\":false,"        \
	"\"magicDNS\":true},\"topology\":{\"users\":[{\"id\":1,\"name\":"     \
	"\"ann\",\"login\":\"ann@example.com\",\"role\":\"owner\"}],"         \
	"\"nodes\":[{\"id\":1,\"name\":\"one\",\"user\":\"ann\",\"tags\":[]," \
	"\"ipv4\":\"100.64.0.1\",\"ipv6\":\"fd7a:115c:a1e0::1\","             \
	"\"routableIPs\":[],\"approvedRoutes\":[]}]}}"

static void
an_answer_past_its_limit_is_none(void **state)
{
	const struct bytes json = { (const void *)INPUT, strlen(INPUT) };
	struct arena *mem = arena_new();
	struct bytes whole, out;
	struct eval_input in;
	const char *why;

	(void)state;
	assert_int_equal(eval_read(json, mem, &in, &why), ERR_OK);
	assert_int_equal(
		eval_answer(&in, EVAL_ANSWER_MAX, mem, &whole), ERR_OK);
	assert_true(whole.len > 255);
	assert_int_equal(whole.at[whole.len - 1], '\n');
	assert_int_equal(eval_answer(&in, whole.len, mem, &out), ERR_OK);
	assert_int_equal(out.len, whole.len);
	assert_memory_equal(out.at, whole.at, whole.len);
	assert_int_equal(
		eval_answer(&in, whole.len - 1, mem, &out), ERR_TOO_BIG);
	arena_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_past_its_limit_is_none),
	};

	return cmocka_run_group_tests_name("policy/eval", tests, NULL, NULL);
}
