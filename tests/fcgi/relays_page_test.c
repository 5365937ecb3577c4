/*
 * relays_page_test.c: the page of relays: what it says of regions and sources,
 * what its forms do, and what they refuse; hiding: relays_hide_test.c.
 */
#include "tests/fcgi/machines.h"

#include "db/derp.h"
#include "tailnet/relays.h"

#define HERE "/admin/relays"
#define URL  "https://maps.example.org/derp.json"
#define FAR                                                          \
	"region_id=901&code=far&name=Far+away&host=far.example.org&" \
	"ipv4=192.0.2.9&ipv6=none&port=8443&stun_port=0"

/* Sends a form of the page, by the name of the form. */
static struct answer
send(struct tab *t, const char *form, const char *to, const char *fields)
{
	(void)tab_get(t, HERE);
	tab_choose(t, arena_printf(t->s->mem, "form-%s", form));
	return tab_post(t, arena_printf(t->s->mem, HERE "/%s", to), fields);
}

static void
add_far(struct tab *t)
{
	assert_int_equal(send(t, "relay-add", "regions", FAR).status, 200);
}

static const char *
row(struct site *s, const char *body, const char *head)
{
	const char *at = strstr(body, arena_printf(s->mem, ">%s</th>", head));

	if (!at)
		fail_msg("no row %s in %s", head, body);
	while (strncmp(at, "<tr", 3) != 0)
		at--;
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(at, "</tr>") - at), at);
}

static void
put_test(struct site *s, int64_t id, int64_t stun, int64_t https,
	const char *error)
{
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_derp_test_put(s->db, &(struct derp_test){ id, NOW,
							 stun, https, error }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static struct derp_source
source_at(struct site *s, const char *place)
{
	struct derp_source row;

	assert_int_equal(db_derp_source_at(s->db, place, s->mem, &row), ERR_OK);
	return row;
}

static void
a_region_tells_where_it_comes_from_and_how_it_answered(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *body, *found;

	add_far(&t);
	body = tab_get(&t, HERE).body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"relays\"");
	assert_holds(body, "data-live=\"relay\"");
	found = row(s, body, "901");
	assert_holds(found, "data-state=\"unknown\"");
	assert_holds(found, "Not tried yet");
	put_test(s, 901, 12, 34, "");
	put_test(s, 900, -1, 5, "STUN: no answer <b>");
	body = tab_get(&t, HERE).body;
	assert_sound(s->mem, body);
	found = row(s, body, "901");
	assert_holds(found, "data-state=\"ok\"");
	assert_holds(found, "Answers, STUN 12 ms, HTTPS 34 ms, <time");
	assert_holds(found, "added");
	assert_holds(found, "far.example.org:8443");
	assert_holds(found, ">none</td>");
	assert_holds(found, ">0</td>");
	found = row(s, body, "900");
	assert_holds(found, "data-state=\"failed\"");
	assert_holds(found, "STUN: no answer &lt;b&gt;");
	assert_lacks(found, "STUN -1");
	assert_holds(found, ">own</td>");
	assert_lacks(found, "Delete");
}

/* As many as one page has, and the own one. */
static void
more_regions_than_a_page_has_stand_on_the_next_one(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *body;

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (int64_t id = 1; id <= 50; id++)
		assert_int_equal(db_derp_region_add(s->db,
					 &(struct derp_region){ .id = id,
						 .code = "far",
						 .name = "Far away",
						 .host = "far.example.org",
						 .ipv4 = "",
						 .ipv6 = "",
						 .port = 443,
						 .cert = "",
						 .created_at = NOW }),
			ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	body = tab_get(&t, HERE).body;
	assert_sound(s->mem, body);
	assert_holds(body, "51 regions");
	assert_holds(body, "href=\"/admin/relays?page=2\"");
	assert_lacks(body, ">900</th>");
	body = tab_get(&t, HERE "?page=2").body;
	assert_holds(body, ">900</th>");
	assert_lacks(body, ">50</th>");
}

static void
who_may_only_read_sees_no_form(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *body = tab_get(&t, HERE).body;

	assert_sound(s->mem, body);
	assert_holds(body, ">900</th>");
	assert_lacks(body, "form-relay");
	assert_lacks(body, "form-region");
	assert_lacks(body, "Hide");
}

static void
a_token_is_shown_once_with_the_lines_for_the_relay(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a = send(&t, "relay-add", "regions", FAR);
	struct derp_region made;
	const char *token, *at;

	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	at = strstr(a.body, "token = cairn-relay-901-");
	assert_non_null(at);
	at += strlen("token = ");
	token = arena_printf(s->mem, "%.*s", (int)strcspn(at, "\n<&"), at);
	assert_int_equal(
		tailnet_relay_of_token(s->db, &s->pepper, token, s->mem, &made),
		ERR_OK);
	assert_int_equal(made.id, 901);
	assert_int_equal(made.port, 8443);
	assert_string_equal(audit_last(s).action, "relay.changed");
	assert_lacks(audit_last(s).detail, token);
	assert_lacks(tab_get(&t, HERE).body, token);
}

/* The form keeps what was typed, and nothing is stored. */
static void
a_region_that_is_wrong_is_refused_at_its_field(void **state)
{
	static const char *const refused[][2] = {
		{ "region_id=0&code=a&name=b&host=h&port=443&stun_port=1",
			"region_id" },
		{ "region_id=65536&code=a&name=b&host=h&port=443&stun_port=1",
			"region_id" },
		{ "region_id=900&code=a&name=b&host=h&port=443&stun_port=1",
			"There is a relay with this region already." },
		{ "region_id=7&code=&name=b&host=h&port=443&stun_port=1",
			"code" },
		{ "region_id=7&code=a&name=b&host=a%2Fb&port=443&stun_port=1",
			"Enter a host name or an address." },
		{ "region_id=7&code=a&name=b&host=h&ipv4=::1&port=443&"
		  "stun_port=1",
			"Enter an IPv4 address, none, or nothing." },
		{ "region_id=7&code=a&name=b&host=h&ipv6=1.2.3.4&port=443&"
		  "stun_port=1",
			"Enter an IPv6 address, none, or nothing." },
		{ "region_id=7&code=a&name=b&host=h&port=65536&stun_port=1",
			"port" },
		{ "region_id=7&code=a&name=b&host=h&port=443&stun_port=-1",
			"stun_port" },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct derp_region *rows;
	size_t count;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct answer a =
			send(&t, "relay-add", "regions", refused[i][0]);

		if (a.status != 422)
			fail_msg("%s: %d", refused[i][0], a.status);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, "aria-invalid=\"true\"");
		assert_holds(a.body, refused[i][1]);
	}
	assert_int_equal(db_derp_regions(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 0);
}

static void
a_relay_is_deleted_after_a_question(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct derp_region made;
	struct answer a;

	add_far(&t);
	a = send(&t, "region-901", "regions/901/delete", "");
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "Delete Far away?");
	assert_holds(a.body, "0 machines have their home there");
	assert_int_equal(db_derp_region(s->db, 901, s->mem, &made), ERR_OK);
	a = tab_post(&t, HERE "/regions/901/delete", "confirm=1");
	assert_int_equal(a.status, 303);
	assert_int_equal(
		db_derp_region(s->db, 901, s->mem, &made), ERR_NOT_FOUND);
	a = send(&t, "region-900", "regions/901/delete", "confirm=1");
	assert_int_equal(a.status, 410);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "net deleted Far away on ");
	assert_holds(a.body, "<a href=\"/admin/relays\">All relays</a>");
	a = send(&t, "region-900", "regions/902/delete", "confirm=1");
	assert_int_equal(a.status, 404);
	assert_holds(a.body, "There is no relay of this number.");
	assert_holds(a.body, "<a href=\"/admin/relays\">All relays</a>");
}

static void
a_token_is_revoked_and_made_anew(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a;

	add_far(&t);
	assert_holds(tab_get(&t, HERE).body, "Revoke token");
	a = send(&t, "region-901", "regions/901/revoke", "");
	assert_int_equal(a.status, 303);
	a = tab_get(&t, HERE);
	assert_lacks(a.body, "Revoke token");
	assert_holds(a.body, "new clients are not let in there any more");
	assert_holds(a.body, "data-state=\"no-token\"");
	assert_holds(a.body, "No token: it was revoked");
	assert_int_equal(
		send(&t, "region-901", "regions/901/revoke", "").status, 404);
	a = send(&t, "region-901", "regions/901/token", "");
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "token = cairn-relay-901-");
	a = tab_get(&t, HERE);
	assert_holds(a.body, "Revoke token");
	assert_lacks(a.body, "No token");
	assert_int_equal(
		send(&t, "region-900", "regions/900/token", "").status, 404);
}

static void
a_source_that_fails_says_so_and_what_stays(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *found;
	int64_t id;

	assert_holds(tab_get(&t, HERE).body, "None are read.");
	assert_int_equal(send(&t, "relay-sources", "sources",
				 "url=https://maps.example.org/derp.json"
				 "&hours=5")
				 .status,
		303);
	id = source_at(s, URL).id;
	assert_holds(row(s, tab_get(&t, HERE).body, URL), "Not read yet");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(
		db_derp_source_bad(s->db, id, "it answers 500", NOW), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	found = row(s, tab_get(&t, HERE).body, URL);
	assert_holds(found, "data-state=\"failed\"");
	assert_holds(found, "Failed: it answers 500. It was never good.");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(
		db_derp_source_good(s->db, id, "{\"Regions\":{}}", 0, NOW - 60),
		ERR_OK);
	assert_int_equal(
		db_derp_source_bad(s->db, id, "it answers 500", NOW), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	found = row(s, tab_get(&t, HERE).body, URL);
	assert_holds(found, "What was read last stays in force.");
	assert_lacks(found, ">Never<");
	assert_sound(s->mem, t.last.body);
	assert_int_equal(send(&t, at(s, "source-", id, ""),
				 at(s, "sources/", id, "/refresh"), "")
				 .status,
		303);
	assert_holds(tab_get(&t, HERE).body, "It is read in a moment.");
	assert_int_equal(
		send(&t, at(s, "source-", id, ""), "sources/999/refresh", "")
			.status,
		404);
}

static void
sources_that_are_no_https_address_are_refused(void **state)
{
	static const char *const refused[] = {
		"url=http://maps.example.org/&hours=3",
		"url=/etc/passwd&hours=3",
		"url=https://u:p@maps.example.org/&hours=3",
		"url=https://a.example/%0Afile:///etc/passwd&hours=3",
		"url=https://a.example/&hours=0",
		"url=https://a.example/&hours=169",
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct derp_source *rows;
	const char *nine = "hours=3&url=";
	struct answer a;
	size_t count;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		a = send(&t, "relay-sources", "sources", refused[i]);
		if (a.status != 422)
			fail_msg("%s: %d", refused[i], a.status);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, "aria-invalid=\"true\"");
	}
	for (int i = 0; i < RELAY_SOURCES_MAX + 1; i++)
		nine = arena_printf(
			s->mem, "%shttps://a.example/%d%%0A", nine, i);
	a = send(&t, "relay-sources", "sources", nine);
	assert_int_equal(a.status, 422);
	assert_holds(a.body, "Enter at most 8 addresses.");
	assert_int_equal(db_derp_sources(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 0);
}

static void
files_of_the_command_line_count_among_the_sources_and_stay(void **state)
{
	const struct relay_act act = { "cli", NOW };
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *urls = "hours=3&url=";
	struct relay_fault fault;
	struct derp_source *rows;
	struct answer a;
	size_t count;
	int64_t id;

	assert_int_equal(tailnet_relay_source_add(s->db, "/etc/cairn/derp.d",
				 true, &act, s->mem, &id, &fault),
		ERR_OK);
	for (int i = 0; i < RELAY_SOURCES_MAX - 1; i++)
		urls = arena_printf(
			s->mem, "%shttps://a.example/%d%%0A", urls, i);
	a = send(&t, "relay-sources", "sources",
		arena_printf(s->mem, "%shttps://a.example/more", urls));
	assert_int_equal(a.status, 422);
	assert_holds(a.body, "There would be more than 8 sources");
	assert_int_equal(
		send(&t, "relay-sources", "sources", urls).status, 303);
	assert_int_equal(db_derp_sources(s->db, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, RELAY_SOURCES_MAX);
	assert_string_equal(rows[0].place, "/etc/cairn/derp.d");
}

static void
the_own_relay_is_saved_or_refused_at_its_field(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a;

	add_far(&t);
	a = send(&t, "relay-own", "own",
		"enabled=1&region_id=901&code=a&name=b&stun_port=3478");
	assert_int_equal(a.status, 422);
	assert_holds(a.body, "There is a relay with this region already.");
	a = send(&t, "relay-own", "own",
		"enabled=1&region_id=899&code=a&name=b&stun_port=3478");
	assert_int_equal(a.status, 422);
	a = send(&t, "relay-own", "own",
		"enabled=1&region_id=905&code=home&name=At+home&"
		"stun_port=3479");
	assert_int_equal(a.status, 303);
	assert_holds(row(s, tab_get(&t, HERE).body, "905"), "At home");
	assert_sound(s->mem, t.last.body);
	put_test(s, 905, 12, 34, "");
	assert_int_equal(
		send(&t, "region-901", "regions/901/hide", "").status, 303);
	a = send(&t, "relay-own", "own",
		"region_id=905&code=home&name=At+home&stun_port=3479");
	assert_int_equal(a.status, 422);
	assert_holds(a.body, "Machines need at least one relay");
}

static void
two_who_edit_the_own_relay_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER),
		   cat = tab_of(s, "cat", ROLE_NETWORK_ADMIN);
	const char *fields = "enabled=1&region_id=900&code=mine&name=Of+ann&"
			     "stun_port=3478";
	struct answer a;

	(void)tab_get(&ann, HERE);
	tab_choose(&ann, "form-relay-own");
	assert_int_equal(send(&cat, "relay-own", "own",
				 "enabled=1&region_id=900&code=cat&"
				 "name=Of+cat&stun_port=3478")
				 .status,
		303);
	a = tab_post(&ann, HERE "/own", fields);
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"conflict\"");
	assert_holds(a.body, "cat changed this");
	assert_holds(a.body, "Code is now cat, Name is now Of cat.");
	assert_holds(a.body, "value=\"Of ann\"");
	assert_holds(row(s, tab_get(&cat, HERE).body, "900"), "Of cat");
	ann.last = a;
	tab_choose(&ann, "form-relay-own");
	assert_int_equal(tab_post(&ann, HERE "/own", fields).status, 303);
	assert_holds(row(s, tab_get(&cat, HERE).body, "900"), "Of ann");
}

static void
two_who_edit_the_sources_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER),
		   cat = tab_of(s, "cat", ROLE_NETWORK_ADMIN);
	struct answer a;

	(void)tab_get(&ann, HERE);
	tab_choose(&ann, "form-relay-sources");
	assert_int_equal(
		send(&cat, "relay-sources", "sources", "url=" URL "&hours=3")
			.status,
		303);
	a = tab_post(&ann, HERE "/sources",
		"url=https%3A%2F%2Fown.example%2Fd&hours=3");
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "cat changed this");
	assert_holds(a.body, "https://own.example/d</textarea>");
	(void)source_at(s, URL);
	tab_choose(&ann, "form-relay-sources");
	assert_int_equal(tab_post(&ann, HERE "/sources",
				 "url=https%3A%2F%2Fown.example%2Fd&hours=3")
				 .status,
		303);
	(void)source_at(s, "https://own.example/d");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)
	const struct CMUnitTest tests[] = {
		TEST(a_region_tells_where_it_comes_from_and_how_it_answered),
		TEST(more_regions_than_a_page_has_stand_on_the_next_one),
		TEST(who_may_only_read_sees_no_form),
		TEST(a_token_is_shown_once_with_the_lines_for_the_relay),
		TEST(a_region_that_is_wrong_is_refused_at_its_field),
		TEST(a_relay_is_deleted_after_a_question),
		TEST(a_token_is_revoked_and_made_anew),
		TEST(a_source_that_fails_says_so_and_what_stays),
		TEST(sources_that_are_no_https_address_are_refused),
		TEST(files_of_the_command_line_count_among_the_sources_and_stay),
		TEST(two_who_edit_the_own_relay_are_told_of_each_other),
		TEST(two_who_edit_the_sources_are_told_of_each_other),
		TEST(the_own_relay_is_saved_or_refused_at_its_field),
	};

	return cmocka_run_group_tests_name("page of relays", tests, NULL, NULL);
}
