#include "policy/tests.h"

#include "policy/tests_inside.h"

#define FAILED "test(s) failed"

struct results {
	struct engine *e;
	struct arena *mem;
	struct policy_failure *at;
	size_t count;
};

static void
note(struct results *r, const char *section, size_t number,
	struct policy_place place, const char *src,
	const struct json_texts *errors)
{
	if (errors->count)
		r->at[r->count++] = (struct policy_failure){ section, number,
			place, src, *errors };
}

enum err
policy_tests(struct engine *e, struct arena *mem, struct policy_error *error,
	struct policy_failures *all)
{
	const struct policy *p = engine_policy(e);
	struct results r = { .e = e, .mem = mem };

	r.at = arena_array(
		mem, p->test_count + p->ssh_test_count + 1, sizeof(*r.at));
	for (size_t i = 0; i < p->test_count; i++) {
		const struct policy_test *t = &p->tests[i];
		struct json_texts errors = { NULL, 0 };
		struct test_run run = { .e = e, .mem = mem, .errors = &errors };

		test_network(&run, t);
		note(&r, "tests", i, t->place, t->src, &errors);
	}
	for (size_t i = 0; i < p->ssh_test_count; i++) {
		const struct policy_ssh_test *t = &p->ssh_tests[i];
		struct json_texts errors = { NULL, 0 };
		struct test_run run = { .e = e, .mem = mem, .errors = &errors };

		test_ssh(&run, t);
		note(&r, "sshTests", i, t->place, t->src, &errors);
	}
	*all = (struct policy_failures){ r.at, r.count };
	if (!r.count)
		return ERR_OK;
	*error = (struct policy_error){ FAILED, r.at[0].place };
	return ERR_POLICY;
}
