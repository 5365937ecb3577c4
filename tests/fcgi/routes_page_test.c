/*
 * routes_page_test.c: the page of all routes, by prefix, and its form.
 */
#include "tests/fcgi/machines.h"

#include "db/route_approval.h"
#include "fcgi/fields.h"
#include "tailnet/node.h"
#include "tailnet/routes.h"
#include "tests/tailnet/policy_rows.h"

#define NET "10.1.0.0/24"

static int64_t
router(struct site *s, const char *name, const char *nets, const char *approved,
	bool online)
{
	return machine(s, &(struct made){ .name = name,
				  .tags = "[\"tag:a\"]",
				  .routes = nets,
				  .approved = approved,
				  .online = online });
}

/* In this order they stand there. */
static void
assert_order(const char *text, const char *first, const char *second)
{
	const char *at = strstr(text, first);

	if (!at || !strstr(at, second))
		fail_msg("%s does not stand before %s in %s", first, second,
			text);
}

static struct answer
send(struct tab *t, const char *fields)
{
	(void)tab_get(t, "/admin/routes");
	return tab_post(t, "/admin/routes", fields);
}

static void
a_prefix_tells_its_machines_in_the_order_of_their_turn(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *net = "[\"" NET "\"]", *body, *found;

	router(s, "late", net, net, false);
	router(s, "waits", net, "[]", true);
	router(s, "gone", "[]", net, true);
	router(s, "second", net, net, true);
	router(s, "third", net, net, true);
	body = tab_get(&t, "/admin/routes").body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"routes\"");
	assert_holds(body, "data-live=\"machine policy\"");
	assert_holds(body, "<a href=\"/admin/routes\" aria-current=\"page\">"
			   "Network</a>");
	found = row_headed(s, body, NET);
	assert_holds(found, "data-state=\"primary\"");
	assert_order(found, ">second</a> · primary", ">third</a> · standby");
	assert_order(found, ">third</a>", ">late</a> · offline");
	assert_order(found, ">late</a>", ">waits</a> · waiting");
	assert_order(found, ">waits</a>", ">gone</a> · not advertised");
	assert_holds(
		found, "Several offer it: one serves, the others stand by.");
	assert_lacks(found, "onflict");
	assert_lacks(body, "checkbox");
	assert_lacks(body, "form-routes");
}

static void
set_live(struct site *s, int64_t id, const char *primary, enum routing routing)
{
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_live_put(s->db, &(struct live){ .node_id = id,
						    .online = true,
						    .primary_routes = primary,
						    .routing = routing }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
whom_the_worker_elected_is_the_primary(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *net = "[\"" NET "\"]", *found;
	int64_t first = router(s, "first", net, net, true),
		second = router(s, "second", net, net, true);

	set_live(s, second, net, ROUTING_FINE);
	found = row_headed(s, tab_get(&t, "/admin/routes").body, NET);
	assert_order(found, ">second</a> · primary", ">first</a> · standby");
	set_live(s, first, "[]", ROUTING_SILENT);
	found = row_headed(s, tab_get(&t, "/admin/routes").body, NET);
	assert_order(
		found, ">second</a> · primary", ">first</a> · does not answer");
	set_live(s, first, "[]", ROUTING_AWAY);
	found = row_headed(s, tab_get(&t, "/admin/routes").body, NET);
	assert_holds(found, ">first</a> · just gone");
}

static void
what_overlaps_says_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *wide = "[\"10.0.0.0/8\",\"0.0.0.0/0\",\"::/0\"]",
		   *narrow = "[\"" NET "\",\"10.1.0.128/25\"]", *body;

	router(s, "wide", wide, wide, true);
	router(s, "narrow", narrow, narrow, true);
	router(s, "apart", "[\"192.168.1.0/24\"]", "[]", true);
	body = tab_get(&t, "/admin/routes").body;
	assert_holds(row_headed(s, body, "10.0.0.0/8"),
		"Holds 2 narrower prefixes, which go before it.");
	assert_holds(row_headed(s, body, NET),
		"Lies in 10.0.0.0/8, and goes before");
	assert_holds(row_headed(s, body, NET),
		"Holds 1 narrower prefix, which goes");
	assert_holds(row_headed(s, body, "10.1.0.128/25"), "Lies in " NET);
	assert_lacks(row_headed(s, body, "192.168.1.0/24"), "Lies in");
	assert_holds(row_headed(s, body, "Exit node"), "data-state=\"in-use\"");
	assert_holds(
		row_headed(s, body, "Exit node"), "each serves who chose it");
	assert_lacks(row_headed(s, body, "Exit node"), "Lies in");
	assert_order(body, ">192.168.1.0/24</th>", ">Exit node</th>");
}

static void
routes_are_found_and_sorted(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *a = "[\"10.1.0.0/24\"]", *b = "[\"10.2.0.0/24\"]", *body;

	router(s, "gate", a, a, true);
	router(s, "door", b, "[]", true);
	body = tab_get(&t, "/admin/routes?q=gate").body;
	assert_holds(body, ">10.1.0.0/24</th>");
	assert_lacks(body, ">10.2.0.0/24</th>");
	assert_holds(body, "1 of 2 routes");
	body = tab_get(&t, "/admin/routes?state=waiting").body;
	assert_lacks(body, ">10.1.0.0/24</th>");
	assert_holds(body, ">10.2.0.0/24</th>");
	body = tab_get(&t, "/admin/routes?sort=-prefix").body;
	assert_order(body, ">10.2.0.0/24</th>", ">10.1.0.0/24</th>");
	body = tab_get(&t, "/admin/routes?state=nonsense").body;
	assert_holds(body, "id=\"filter-note\"");
	assert_holds(tab_get(&t, "/admin/routes?q=nobody").body, "id=\"none\"");
}

static void
a_tailnet_without_routes_says_how_to_have_one(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);

	assert_holds(tab_get(&t, "/admin/routes").body,
		"tailscale set --advertise-routes=192.168.1.0/24");
}

static void
ticked_routes_are_approved_and_withdrawn(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *nets = "[\"0.0.0.0/0\",\"" NET "\",\"::/0\"]";
	int64_t one = router(s, "one", nets, "[]", true),
		two = router(s, "two", nets, "[]", true);
	const char *both = arena_printf(s->mem,
		"route=%lld:10.1.0.0%%2F24&route=%lld:0.0.0.0%%2F0"
		"&route=%lld:10.1.0.0%%2F24",
		(long long)one, (long long)one, (long long)two);
	struct answer a = send(&t, arena_printf(s->mem, "do=approve&%s", both));

	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/routes");
	assert_string_equal(node_of(s, one).approved_routes, nets);
	assert_string_equal(node_of(s, two).approved_routes, "[\"" NET "\"]");
	assert_string_equal(audit_last(s).action, "machine.routes_set");
	assert_holds(tab_get(&t, "/admin/routes").body, "3 routes approved.");
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "form=\"form-routes\"");
	assert_holds(row_headed(s, t.last.body, NET), ">net</a>, <time");
	a = send(&t, arena_printf(s->mem, "do=withdraw&%s", both));
	assert_int_equal(a.status, 303);
	assert_string_equal(node_of(s, one).approved_routes, "[]");
	assert_string_equal(node_of(s, two).approved_routes, "[]");
}

static void
the_line_of_the_policy_that_approves_is_named(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[\"" NET "\"]", "[\"" NET "\"]", true);

	put_policy(s->db, "{\"tagOwners\": {\"tag:a\": []},\n"
			  "\"autoApprovers\": {\"routes\": {\n"
			  "\"10.0.0.0/8\": [\"tag:a\"]}}}");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_route_approval_put(
				 s->db, &(struct route_approval){ .node_id = id,
						.route = NET,
						.actor = "policy",
						.actor_name = "",
						.version = 1,
						.at = NOW }),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_holds(row_headed(s, tab_get(&t, "/admin/routes").body, NET),
		"<a href=\"/admin/policy?line=3\">Policy, line 3</a>");
}

/* For live pages: a row is the same one wherever it stands. */
static void
a_row_is_called_by_its_prefix(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);

	router(s, "gate", "[\"0.0.0.0/0\",\"" NET "\",\"::/0\"]", "[]", true);
	(void)tab_get(&t, "/admin/routes");
	assert_holds(
		t.last.body, "<tr id=\"route-" NET "\" data-id=\"" NET "\"");
	assert_holds(t.last.body, "<tr id=\"route-exit\" data-id=\"exit\"");
	assert_holds(t.last.body, "data-live=\"machine policy\"");
}

static void
boxes_of_a_refused_form_stay_ticked(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id =
		router(s, "gate", "[\"" NET "\",\"10.2.0.0/24\"]", "[]", true);
	struct answer a =
		send(&t, arena_printf(s->mem,
				 "do=approve&route=%lld:10.2.0.0%%2F24"
				 "&route=99:10.9.0.0%%2F24",
				 (long long)id));

	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(row_headed(s, a.body, "10.2.0.0/24"), " checked=\"\"");
	assert_lacks(row_headed(s, a.body, NET), "checked");
	assert_lacks(a.body, "data-live=");
}

static void
what_is_refused_leads_to_the_boxes_and_has_its_code(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a;

	router(s, "gate", "[\"" NET "\",\"10.2.0.0/24\"]", "[]", true);
	a = send(&t, "do=approve");
	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "<a href=\"#routes-route\">Tick the routes");
	assert_holds(row_headed(s, a.body, NET), " id=\"routes-route\"");
	assert_lacks(
		row_headed(s, a.body, "10.2.0.0/24"), " id=\"routes-route\"");
	assert_holds(a.body,
		"id=\"routes-route-error\" data-error=\"refused\">Tick");
}

/* There is nothing that one could overwrite unseen: each says of a route what
 * it shall be, and the log has both. */
static void
two_who_decide_on_routes_do_not_meet(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_NETWORK_ADMIN),
		   cat = tab_of(s, "cat", ROLE_ADMIN);
	int64_t id =
		router(s, "gate", "[\"" NET "\",\"10.2.0.0/24\"]", "[]", true);
	const char *one = arena_printf(
		s->mem, "do=approve&route=%lld:10.1.0.0%%2F24", (long long)id);
	const char *two = arena_printf(
		s->mem, "do=approve&route=%lld:10.2.0.0%%2F24", (long long)id);

	(void)tab_get(&ann, "/admin/routes");
	(void)tab_get(&cat, "/admin/routes");
	assert_int_equal(tab_post(&ann, "/admin/routes", one).status, 303);
	assert_int_equal(tab_post(&cat, "/admin/routes", two).status, 303);
	assert_string_equal(node_of(s, id).approved_routes,
		"[\"" NET "\",\"10.2.0.0/24\"]");
	assert_string_equal(audit_last(s).actor_name, "cat");
}

/* Not a part of it is done. */
static void
what_is_no_route_of_a_machine_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[\"" NET "\"]", "[]", true);
	const char *good = arena_printf(
		s->mem, "do=approve&route=%lld:10.1.0.0%%2F24", (long long)id);
	const char *refused[] = { "do=approve", "do=withdraw&route=",
		arena_printf(s->mem, "%s&route=%lld:10.9.0.0%%2F24", good,
			(long long)id),
		arena_printf(s->mem, "%s&route=99999:10.1.0.0%%2F24", good),
		arena_printf(s->mem, "%s&route=%%3Cscript%%3E", good),
		arena_printf(s->mem, "%s&route=:", good),
		arena_printf(
			s->mem, "route=%lld:10.1.0.0%%2F24", (long long)id) };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct answer a = send(&t, refused[i]);

		if (a.status != 422)
			fail_msg("%s: %d", refused[i], a.status);
		assert_sound(s->mem, a.body);
		assert_lacks(a.body, "<script>");
		assert_string_equal(node_of(s, id).approved_routes, "[]");
	}
}

static void
what_nobody_can_carry_is_refused_with_the_reason(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id =
		router(s, "gate", "[\"" NET "\",\"224.0.0.0/4\"]", "[]", true);
	struct answer a =
		send(&t, arena_printf(s->mem,
				 "do=approve&route=%lld:10.1.0.0%%2F24"
				 "&route=%lld:224.0.0.0%%2F4",
				 (long long)id, (long long)id));

	assert_int_equal(a.status, 422);
	assert_holds(a.body,
		"224.0.0.0/4 is for multicast: no machine can carry it.");
	assert_holds(row_headed(s, a.body, "224.0.0.0/4"),
		"It is for multicast: no machine can carry it.");
	assert_string_equal(node_of(s, id).approved_routes, "[]");
}

static void
the_same_form_twice_is_done_once(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[\"" NET "\"]", "[]", true);
	const char *form;

	(void)tab_get(&t, "/admin/routes");
	form = tab_form(
		&t, arena_printf(s->mem, "do=approve&route=%lld:10.1.0.0%%2F24",
			    (long long)id));
	assert_int_equal(
		tab_ask(&t, "POST", "/admin/routes", form).status, 303);
	assert_int_equal(
		tab_ask(&t, "POST", "/admin/routes", form).status, 303);
	assert_string_equal(node_of(s, id).approved_routes, "[\"" NET "\"]");
}

/* Ticked on one page are as many as a machine may have; then one field more
 * than the body may have. */
static void
all_routes_of_a_machine_are_ticked_at_once(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	const char *nets = "", *ticked = "do=approve", *form;
	size_t fields = 1;
	struct answer a;
	int64_t id;

	for (int i = 0; i < ROUTES_MAX; i++)
		nets = arena_printf(s->mem, "%s%s\"10.%d.%d.0/24\"", nets,
			i ? "," : "", i / 256, i % 256);
	nets = arena_printf(s->mem, "[%s]", nets);
	id = router(s, "gate", nets, "[]", true);
	for (int i = 0; i < ROUTES_MAX; i++)
		ticked = arena_printf(s->mem, "%s&route=%lld:10.%d.%d.0%%2F24",
			ticked, (long long)id, i / 256, i % 256);
	(void)tab_get(&t, "/admin/routes");
	form = tab_form(&t, ticked);
	for (const char *c = form; *c; c++)
		fields += *c == '&';
	for (; fields < FIELDS_BOXES_MAX; fields++)
		form = arena_printf(s->mem, "%s&f=", form);
	a = tab_ask(&t, "POST", "/admin/routes",
		arena_printf(s->mem, "%s&f=", form));
	assert_int_equal(a.status, 400);
	assert_holds(a.body, "too many fields");
	assert_int_equal(
		tab_ask(&t, "POST", "/admin/routes", form).status, 303);
	assert_int_equal(strlen(node_of(s, id).approved_routes), strlen(nets));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)
	const struct CMUnitTest tests[] = {
		TEST(a_prefix_tells_its_machines_in_the_order_of_their_turn),
		TEST(whom_the_worker_elected_is_the_primary),
		TEST(what_overlaps_says_so),
		TEST(routes_are_found_and_sorted),
		TEST(a_tailnet_without_routes_says_how_to_have_one),
		TEST(ticked_routes_are_approved_and_withdrawn),
		TEST(the_line_of_the_policy_that_approves_is_named),
		TEST(a_row_is_called_by_its_prefix),
		TEST(boxes_of_a_refused_form_stay_ticked),
		TEST(what_is_refused_leads_to_the_boxes_and_has_its_code),
		TEST(two_who_decide_on_routes_do_not_meet),
		TEST(what_is_no_route_of_a_machine_is_refused),
		TEST(what_nobody_can_carry_is_refused_with_the_reason),
		TEST(the_same_form_twice_is_done_once),
		TEST(all_routes_of_a_machine_are_ticked_at_once),
	};

	return cmocka_run_group_tests_name("page of routes", tests, NULL, NULL);
}
