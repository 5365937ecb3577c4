/*
 * few.h: three people, their four machines and servers with tag:web, in an
 * engine with a policy, for tests that ask of each pair.
 */
#ifndef TESTS_POLICY_FEW_H
#define TESTS_POLICY_FEW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/engine.h"

enum {
	FEW_OWNED = 4,
};

/* Two machines of u1, one of u2, one of u3, and servers after them. */
static inline struct engine *
engine_of_few(struct arena *mem, const char *text, int64_t machines)
{
	static const char *const none[] = { NULL }, *const web[] = {
		"tag:web"
	};
	const struct json_texts domains = { NULL, 0 };
	struct policy_error error = { "", { 0, 0 } };
	struct engine *e = engine_new();
	struct policy *p;

	if (policy_load((struct bytes){ (const void *)text, strlen(text) },
		    &domains, mem, &p, &error))
		fail_msg("%s: %s", text, error.text);
	engine_set_policy(e, p);
	for (int64_t i = 1; i <= 3; i++)
		assert_int_equal(engine_put_person(e,
					 &(struct engine_person){ .id = i,
						 .login = arena_printf(
							 mem, "u%d@", (int)i),
						 .role = POLICY_ROLE_MEMBER }),
			ERR_OK);
	for (int64_t i = 1; i <= machines; i++) {
		struct engine_machine m = { .id = i,
			.user_id = i > FEW_OWNED ? 0
				   : i < 3       ? 1
						 : i - 1,
			.ipv4 = arena_printf(mem, "100.64.0.%d", (int)i),
			.online = true };

		m.tags.at = (const char **)(i > FEW_OWNED ? web : none);
		m.tags.count = i > FEW_OWNED;
		assert_int_equal(engine_put_machine(e, &m), ERR_OK);
	}
	return e;
}

#endif
