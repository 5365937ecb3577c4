/*
 * policy_tested_test.c: a test that names what has no machine yet is refused
 * with what helps.
 */
#include "tests/fcgi/machines.h"
#include "tests/fcgi/policies.h"

#define PAGE "/admin/policy"
#define HEAD                                                           \
	"{\"tagOwners\":{\"tag:web\":[],\"tag:later\":[]},\"groups\":" \
	"{\"group:dev\":[\"bob@\"]},\"grants\":[]"
#define TAG_HINT                                                            \
	"A test needs a machine: save the policy without this test first, " \
	"then give a machine the tag, and add the test after that."
#define HINT                                                                \
	"A test needs a machine: save the policy without this test first, " \
	"and add it once there is such a machine."

static void
begin(struct site *s, struct tab *ann)
{
	*ann = tab_of(s, "ann", ROLE_OWNER);
	(void)person_without_password(s, "bob", ROLE_MEMBER);
	machine(s, &(struct made){ .name = "web", .tags = "[\"tag:web\"]" });
}

static void
a_test_of_what_has_no_machine_yet_is_refused_with_what_helps(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"src\":\"tag:later\",\"deny\":[\"tag:web:22\"]}",
			TAG_HINT },
		{ "{\"src\":\"tag:web\",\"deny\":[\"tag:later:22\"]}",
			TAG_HINT },
		{ "{\"src\":\"bob@\",\"deny\":[\"tag:web:22\"]}", HINT },
		{ "{\"src\":\"group:dev\",\"deny\":[\"tag:web:22\"]}", HINT },
		{ "{\"src\":\"tag:web\",\"accept\":[\"tag:web:22\"]}", NULL },
		{ "{\"src\":\"nobody@\",\"deny\":[\"tag:web:22\"]}", NULL },
	};
	struct site *s = *state;
	struct tab ann;

	begin(s, &ann);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ann, PAGE);
		tab_post(&ann, PAGE,
			arena_printf(s->mem, "note=&do=save&text=%s",
				text_url_encode(
					s->mem, arena_printf(s->mem,
							HEAD ",\"tests\":[%s]}",
							cases[i][0]))));
		assert_int_equal(ann.last.status, 422);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "data-result=\"tests\"");
		if (cases[i][1])
			assert_holds(ann.last.body,
				arena_printf(s->mem, "<p class=\"fix\">%s</p>",
					cases[i][1]));
		else
			assert_lacks(ann.last.body, "A test needs a machine");
	}
}

static void
the_form_that_adds_a_test_says_it_too(void **state)
{
	struct site *s = *state;
	struct tab ann;

	begin(s, &ann);
	store(s, HEAD "}");
	tab_get(&ann, PAGE "/rules");
	tab_choose(&ann, "form-test");
	tab_post(&ann, PAGE "/rules",
		"do=add-test&src=tag:later&accept=&deny=tag:web:22");
	assert_int_equal(ann.last.status, 422);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "names no machine yet");
	assert_holds(ann.last.body, TAG_HINT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_test_of_what_has_no_machine_yet_is_refused_with_what_helps),
		TEST(the_form_that_adds_a_test_says_it_too),
	};

	return cmocka_run_group_tests_name(
		"fcgi/policy_tested", tests, NULL, NULL);
}
