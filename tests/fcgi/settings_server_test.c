/*
 * settings_server_test.c: that every setting has its place on the pages, and
 * those that change how the server is reached, signed in to and watched.
 */
#include "tests/fcgi/hostile.h"

#include "db/setting.h"
#include "fcgi/settings_sections.h"
#include "tailnet/settings.h"

#define SERVER  "/admin/settings/server"
#define SIGN_IN "/admin/settings/sign-in"
#define METRICS "/admin/settings/metrics"
#define PRIVATE "/admin/settings/notifications/private"

/* The fields of the section Server, with that address. */
#define WITH_URL(url)                                  \
	"url=" url "&listen=127.0.0.1&http_port=8080&" \
	"https_port=8443&stun_port=3478"

static struct settings
now(struct site *s)
{
	struct settings out;

	assert_int_equal(settings_load(s->db, s->mem, &out), ERR_OK);
	return out;
}

/* ---- the place of each ---- */

/* Those that other forms have, and the field that they are there. */
static const struct {
	const char *setting, *page, *field;
} elsewhere[] = {
	{ "dns_domain", "/admin/dns", "name=\"base_domain\"" },
	{ "magic_dns", "/admin/dns", "name=\"magic_dns\"" },
	{ "override_local_dns", "/admin/dns", "name=\"override_local\"" },
	{ "relay_enabled", "/admin/relays", "name=\"enabled\"" },
	{ "relay_region_id", "/admin/relays", "name=\"region_id\"" },
	{ "relay_code", "/admin/relays", "name=\"code\"" },
	{ "relay_name", "/admin/relays", "name=\"name\"" },
	{ "relay_hours", "/admin/relays", "name=\"hours\"" },
	{ "metrics_token", METRICS, "value=\"make\"" },
};

/* Those that no form has, and why. */
static const char *const no_form[][2] = {
	{ "extra_records_path",
		"it has the server open a file of its disk: who may choose "
		"which has a shell there" },
	{ "policy_path", "as for extra_records_path" },
};

static const char *
page_of(struct site *s, const char *setting, const char **field)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
		if (strcmp(elsewhere[i].setting, setting) == 0) {
			*field = elsewhere[i].field;
			return elsewhere[i].page;
		}
	for (size_t i = 0; i < settings_section_count; i++)
		for (size_t k = 0; k < settings_sections[i].count; k++) {
			const struct settings_section *g =
				&settings_sections[i];

			if (strcmp(g->parts[k].setting, setting) != 0)
				continue;
			*field = arena_printf(
				s->mem, "name=\"%s\"", g->parts[k].field);
			return g->aside
				       ? g->aside->home
				       : arena_printf(s->mem,
						 "/admin/settings/%s", g->name);
		}
	return NULL;
}

static void
every_setting_has_a_page_or_a_reason(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < setting_row_count; i++) {
		const char *name = setting_rows[i].name, *field;
		const char *page = page_of(s, name, &field);
		bool excused = false;

		for (size_t k = 0; k < sizeof(no_form) / sizeof(*no_form); k++)
			excused |= strcmp(no_form[k][0], name) == 0;
		if (excused == (page != NULL))
			fail_msg("%s: %s", name,
				page ? "has a page after all"
				     : "no page has it, and no reason");
		if (!page)
			continue;
		assert_int_equal(tab_get(&ann, page).status, 200);
		if (!strstr(ann.last.body, field))
			fail_msg("%s has no %s for %s", page, field, name);
	}
}

static void
numbers_of_the_forms_are_those_that_the_rule_takes(void **state)
{
	struct site *s = *state;
	const char *why;

	for (size_t i = 0; i < settings_section_count; i++)
		for (size_t k = 0; k < settings_sections[i].count; k++) {
			const struct settings_section *g =
				&settings_sections[i];
			int64_t unit = g->parts[k].unit;
			const int64_t ends[] = { g->fields[k].least,
				g->fields[k].most };

			if (g->fields[k].kind != FIELD_NUMBER ||
				strcmp(g->fields[k].name, "http_port") == 0)
				continue;
			for (int n = 0; n < 2; n++)
				if (settings_put(s->db, g->parts[k].setting,
					    arena_printf(s->mem, "%lld%s",
						    (long long)(ends[n] *
								(unit ? unit
								      : 1)),
						    unit && ends[n] ? "s" : ""),
					    "cli", s->now, s->mem, &why))
					fail_msg("%s: %lld: %s",
						g->fields[k].name,
						(long long)ends[n], why);
		}
}

/* That text in that field, and nothing in the others. */
static const char *
said_of(struct tab *t, const struct settings_section *g,
	const struct field *field, const char *text)
{
	struct site *s = t->s;
	const char *name = strrchr(g->name, '/');
	const char *home =
		g->aside ? g->aside->home
			 : arena_printf(s->mem, "/admin/settings/%s", g->name);

	tab_get(t, home);
	tab_choose(t, name ? arena_printf(s->mem, "form-%s", name + 1)
			   : arena_printf(s->mem, "form-settings-%s", g->name));
	tab_post(t, g->aside ? g->aside->path : home,
		arena_printf(s->mem, "%s=%s", field->name,
			text_url_encode(s->mem, text)));
	if (t->last.status >= 500)
		fail_msg("%s of %s: %d", field->name, g->name, t->last.status);
	if (t->last.status != 303)
		assert_harmless(s, t->last.body);
	return t->last.body;
}

static void
a_text_is_as_long_as_its_field_and_no_longer(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < settings_section_count; i++)
		for (size_t k = 0; k < settings_sections[i].count; k++) {
			const struct settings_section *g =
				&settings_sections[i];
			const struct field *f = &g->fields[k];
			char *text;

			if (f->kind != FIELD_TEXT)
				continue;
			text = arena_alloc(s->mem, f->max + 2);
			memset(text, 'a', f->max + 1);
			text[f->max + 1] = '\0';
			assert_holds(said_of(&ann, g, f, text),
				arena_printf(s->mem,
					"settings-%s-%s-error\" "
					"data-error=\"too-long\"",
					g->name, f->name));
			text[f->max] = '\0';
			assert_lacks(said_of(&ann, g, f, text), "\"too-long\"");
		}
}

static void
whatever_stands_in_a_field_stays_text(void **state)
{
	static const char *const texts[] = { HOSTILE, "-1", "1e9", "0x10",
		"99999999999999999999", "\r\n", "../../etc/passwd", "1'--" };
	struct site *s = *state;
	struct tab ann;

	for (size_t i = 0; i < settings_section_count; i++)
		for (size_t k = 0; k < settings_sections[i].count; k++) {
			/* 120 forms a minute of one session. */
			ann = tab_of(s, arena_printf(s->mem, "o%zu-%zu", i, k),
				ROLE_OWNER);
			for (size_t n = 0; n < sizeof(texts) / sizeof(*texts);
				n++)
				said_of(&ann, &settings_sections[i],
					&settings_sections[i].fields[k],
					texts[n]);
		}
}

/* ---- the address ---- */

static void
another_address_is_asked_about_with_what_clients_then_do(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);

	machine_of(s, 1, "pi");
	tab_send(&ann, SERVER, SERVER, WITH_URL("https://vpn.example.org"));
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body,
		"<h1>Change the server address to https://vpn.example.org?"
		"</h1>");
	assert_holds(ann.last.body,
		"1 machine knows the address http://127.0.0.1:8080. ");
	assert_holds(ann.last.body,
		"sudo tailscale up --login-server=https://vpn.example.org "
		"--force-reauth");
	assert_holds(
		ann.last.body, "cairn settings set url http://127.0.0.1:8080");
	assert_lacks(ann.last.body, "look for https");
	assert_string_equal(now(s).url, "http://127.0.0.1:8080");
	tab_post(
		&ann, SERVER, WITH_URL("https://vpn.example.org") "&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(now(s).url, "https://vpn.example.org");
	assert_string_equal(audit_last(s).subject, "setting:url");
}

static void
an_address_that_clients_would_not_take_is_said_before(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&ann, SERVER, SERVER, WITH_URL("http://vpn.example.org"));
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.body, "with this one they look for https");
	tab_send(&ann, SERVER, SERVER, WITH_URL("http://192.168.1.2"));
	assert_lacks(ann.last.body, "they look for https");
}

static void
what_is_no_address_is_said_at_its_field(void **state)
{
	static const char *const wrong[][2] = {
		{ WITH_URL("ftp://x"), "settings-server-url-error" },
		{ WITH_URL("https://x/path"), "settings-server-url-error" },
		{ WITH_URL("https://vpn.cairn.internal"),
			"change the domain on the page DNS first" },
		{ WITH_URL("https://%22%3E%3Cscript%3Ealert(1)%3C/script%3E"),
			"settings-server-url-error" },
		{ "url=&listen=here&http_port=8080&https_port=8443&"
		  "stun_port=3478",
			"Enter an IP address." },
		{ "url=&listen=::&http_port=80&https_port=80&stun_port=3478",
			"The ports of http and of https must differ." },
		{ "url=&listen=::&http_port=0&https_port=80&stun_port=3478",
			"Enter a number from 1 to 65535." },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		tab_send(&ann, SERVER, SERVER, wrong[i][0]);
		if (ann.last.status != 422)
			fail_msg("%s: %d", wrong[i][0], ann.last.status);
		assert_harmless(s, ann.last.body);
		assert_holds(ann.last.body, wrong[i][1]);
		/* Confirmed or not. */
		tab_send(&ann, SERVER, SERVER,
			arena_printf(s->mem, "%s&confirm=1", wrong[i][0]));
		assert_int_equal(ann.last.status, 422);
	}
	assert_string_equal(now(s).url, "http://127.0.0.1:8080");
}

/* Else saving would store what held for this run alone. */
static void
the_form_has_what_is_stored_and_the_page_what_holds(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(setenv("CAIRN_HTTP_PORT", "9999", 1), 0);
	tab_get(&ann, SERVER);
	assert_int_equal(unsetenv("CAIRN_HTTP_PORT"), 0);
	assert_holds(ann.last.body, "name=\"http_port\" value=\"8080\"");
	assert_holds(ann.last.body, "name=\"url\" value=\"\"");
	assert_holds(ann.last.body, "id=\"this-run\"");
	assert_holds(ann.last.body, "http 9999,");
	assert_lacks(tab_get(&ann, SERVER).body, "id=\"this-run\"");
}

static void
the_address_needs_a_fresh_sign_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, SERVER);
	s->now += 11 * 60;
	tab_post(
		&ann, SERVER, WITH_URL("https://vpn.example.org") "&confirm=1");
	assert_int_equal(ann.last.status, 403);
	assert_holds(ann.last.body, "data-page=\"fresh\"");
	assert_string_equal(now(s).url, "http://127.0.0.1:8080");
	assert_int_equal(tab_get(&ann, SERVER).status, 303);
}

/* ---- who vouches ---- */

static void
nginx_vouches_for_people_after_a_question(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);

	tab_send(&ann, SIGN_IN, SIGN_IN, "password_sign_in=1&remote_user=1");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "<h1>Let nginx vouch for people?</h1>");
	assert_false(now(s).remote_user);
	tab_send(&ann, SIGN_IN, SIGN_IN,
		"password_sign_in=1&remote_user=1&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_true(now(s).remote_user);
	/* It is on: nothing to ask. */
	tab_send(&ann, SIGN_IN, SIGN_IN, "password_sign_in=1&remote_user=1");
	assert_int_equal(ann.last.status, 303);
}

static void
passwords_stay_on_while_nobody_else_could_come_in(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&ann, SIGN_IN, SIGN_IN, "require_second_factor=");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body,
		"id=\"settings-sign-in-password_sign_in-error\"");
	assert_true(now(s).password_sign_in);
}

/* ---- beside something else ---- */

static void
a_form_beside_others_is_shown_again_on_their_page(void **state)
{
	static const struct {
		const char *path, *home, *form, *fields, *wrong;
	} rows[] = {
		{ PRIVATE, "/admin/settings/notifications",
			"form-notice-private", "notice_private=1", NULL },
		{ "/admin/settings/backup/days", "/admin/settings/backup",
			"form-backup-days", "backup_days=9",
			"backup_days=3651" },
		{ "/admin/relays/rules", "/admin/relays", "form-relay-rules",
			"relay_verify=1&relay_rate=9",
			"relay_verify=1&relay_rate=x" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < 3; i++) {
		tab_get(&ann, rows[i].home);
		assert_sound(s->mem, ann.last.body);
		tab_choose(&ann, rows[i].form);
		ann.was = "0123456789abcdef";
		tab_post(&ann, rows[i].path, rows[i].fields);
		assert_int_equal(ann.last.status, 409);
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body, "id=\"conflict\"");
		assert_holds(ann.last.body, rows[i].form);
		if (rows[i].wrong) {
			tab_choose(&ann, rows[i].form);
			tab_post(&ann, rows[i].path, rows[i].wrong);
			assert_int_equal(ann.last.status, 422);
			assert_sound(s->mem, ann.last.body);
			assert_holds(ann.last.body, "data-error=\"number\"");
		}
		tab_choose(&ann, rows[i].form);
		tab_post(&ann, rows[i].path, rows[i].fields);
		assert_int_equal(ann.last.status, 303);
		assert_string_equal(ann.last.reply.location, rows[i].home);
	}
	assert_true(now(s).notice_private);
	assert_int_equal(now(s).backup_days, 9);
	assert_int_equal(now(s).relay_rate, 9);
	assert_false(now(s).relay_private);
}

static void
who_only_reads_sees_what_holds_and_no_form(void **state)
{
	static const char *const pages[] = { SERVER, SIGN_IN, METRICS,
		"/admin/settings/clients", "/admin/settings/retention",
		"/admin/settings/limits", "/admin/settings/notifications",
		"/admin/relays" };
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);

	s->now += FRESH_SECONDS; /* and confirms nothing */
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		tab_get(&eve, pages[i]);
		assert_int_equal(eve.last.status, 200);
		assert_sound(s->mem, eve.last.body);
		assert_lacks(eve.last.body, ">Save<");
		assert_lacks(eve.last.body, "form-settings");
	}
	assert_holds(eve.last.body, "data-fact=\"relay_rate\"");
}

static void
who_only_reads_sees_the_rules_of_sign_in_without_confirming(void **state)
{
	struct site *s = *state;
	struct tab eve = tab_of(s, "eve", ROLE_AUDITOR);
	struct tab ann = tab_of(s, "ann", ROLE_ADMIN);

	s->now += FRESH_SECONDS;
	assert_int_equal(tab_get(&eve, SIGN_IN).status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, "data-fact=\"password_sign_in\"");
	assert_holds(eve.last.body, "data-fact=\"require_second_factor\"");
	assert_lacks(eve.last.body, "form-settings");
	assert_int_equal(tab_get(&ann, SIGN_IN).status, 303);
	assert_holds(ann.last.reply.location, "/login/confirm");
}

/* ---- the token ---- */

static bool
opens(struct site *s, const char *token)
{
	struct settings all = now(s);

	return settings_metrics_token_is(&all, token);
}

static void
a_token_is_shown_once_and_taken_away(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *at, *token, *once;

	tab_get(&ann, METRICS);
	assert_lacks(ann.last.body, "value=\"end\"");
	once = ann.once;
	assert_int_equal(tab_post(&ann, METRICS, "do=make").status, 200);
	assert_sound(s->mem, ann.last.body);
	at = strstr(ann.last.body, "Bearer ");
	assert_non_null(at);
	token = arena_printf(s->mem, "%.43s", at + strlen("Bearer "));
	assert_holds(
		ann.last.body, arena_printf(s->mem, "value=\"%s\"", token));
	assert_true(opens(s, token));
	assert_lacks(audit_last(s).after, token);
	assert_string_equal(audit_last(s).detail, "");
	/* The same form again makes none. */
	ann.once = once;
	assert_int_equal(tab_post(&ann, METRICS, "do=make").status, 303);
	assert_true(opens(s, token));
	tab_get(&ann, METRICS);
	assert_lacks(ann.last.body, token);
	tab_choose(&ann, "form-settings-metrics");
	assert_int_equal(tab_post(&ann, METRICS, "do=end").status, 303);
	assert_false(opens(s, token));
	tab_get(&ann, METRICS);
	assert_int_equal(tab_post(&ann, METRICS, "do=x").status, 400);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_setting_has_a_page_or_a_reason),
		TEST(numbers_of_the_forms_are_those_that_the_rule_takes),
		TEST(a_text_is_as_long_as_its_field_and_no_longer),
		TEST(whatever_stands_in_a_field_stays_text),
		TEST(another_address_is_asked_about_with_what_clients_then_do),
		TEST(an_address_that_clients_would_not_take_is_said_before),
		TEST(what_is_no_address_is_said_at_its_field),
		TEST(the_form_has_what_is_stored_and_the_page_what_holds),
		TEST(the_address_needs_a_fresh_sign_in),
		TEST(nginx_vouches_for_people_after_a_question),
		TEST(passwords_stay_on_while_nobody_else_could_come_in),
		TEST(a_form_beside_others_is_shown_again_on_their_page),
		TEST(who_only_reads_sees_what_holds_and_no_form),
		TEST(who_only_reads_sees_the_rules_of_sign_in_without_confirming),
		TEST(a_token_is_shown_once_and_taken_away),
	};

	return cmocka_run_group_tests_name(
		"fcgi/settings_server", tests, NULL, NULL);
}
