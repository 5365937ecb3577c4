/*
 * setup_check_test.c: what the form of setting up says is wrong with it.
 */
#include "tests/fcgi/sound.h"

#include "tailnet/link.h"

static const char *
setup_link(struct site *s)
{
	struct settings settings;
	const char *url;

	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_setup_link(s->db, &settings, &s->pepper,
				 s->now, s->mem, &url),
		ERR_OK);
	return arena_strdup(s->mem, strstr(url, "/setup/"));
}

static void
a_refused_setup_names_all_that_is_wrong_at_once(void **state)
{
	static const struct {
		const char *sent;
		const char *errors[8]; /* FIELD-error" data-error="CODE */
	} cases[] = {
		{ "name=bad+name!&email=no&password=short&password_again=short"
		  "&org=&base_domain=bad+domain&policy=open",
			{ "name-error\" data-error=\"user-name",
				"email-error\" data-error=\"email",
				"password-error\" data-error=\"password-short",
				"org-error\" data-error=\"required",
				"base_domain-error\" data-error=\"domain" } },
		{ "name=bad+name!&email=a@b%40c&password=correct+horse+battery&"
		  "password_again=x&org=%01&base_domain=b%C3%BCro.example",
			{ "name-error\" data-error=\"user-name",
				"email-error\" data-error=\"email",
				"password_again-error\" data-error=\"password-"
				"differs",
				"org-error\" data-error=\"refused",
				"base_domain-error\" data-error=\"domain-script",
				"policy-error\" data-error=\"choice" } },
		/* Of what is not there, or too long, that alone is said. */
		{ "name=&password=&password_again=x&org=Acme&base_domain="
		  "example.org&policy=open",
			{ "name-error\" data-error=\"required",
				"password-error\" data-error=\"required",
				"base_domain-error\" data-error=\"domain-server" } },
	};
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *link, *why;

	assert_int_equal(settings_put(s->db, "url", "https://vpn.example.org",
				 "cli", s->now, s->mem, &why),
		ERR_OK);
	link = setup_link(s);
	tab_get(&t, link);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = 0;

		tab_post(&t, link, cases[i].sent);
		assert_int_equal(t.last.status, 422);
		assert_sound(s->mem, t.last.body);
		for (; cases[i].errors[n]; n++)
			assert_holds(t.last.body,
				arena_printf(s->mem, "id=\"setup-%s\"",
					cases[i].errors[n]));
		assert_int_equal(sound_count(t.last.body, " data-error=\""), n);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refused_setup_names_all_that_is_wrong_at_once),
	};

	return cmocka_run_group_tests_name(
		"fcgi/setup_check", tests, NULL, NULL);
}
