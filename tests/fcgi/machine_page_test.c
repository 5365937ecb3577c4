/*
 * machine_page_test.c: the page of one machine, and its forms.
 */
#include "tests/fcgi/machines.h"

#include "db/noise_session.h"
#include "db/preauth_key.h"
#include "fcgi/form.h"
#include "policy/engine.h"
#include "tailnet/attribute.h"
#include "tailnet/auto_approve.h"
#include "tailnet/node.h"
#include "tailnet/snapshot.h"
#include "tests/tailnet/policy_rows.h"

static struct tab
owner(struct site *s)
{
	return tab_of(s, "ann", ROLE_OWNER);
}

static int64_t
laptop(struct site *s)
{
	return machine(s, &(struct made){ .name = "laptop",
				  .hostname = "Bobs Laptop",
				  .user_id = person_without_password(
					  s, "bob", ROLE_MEMBER),
				  .expires_at = NOW + 86400 });
}

static int64_t
server(struct site *s)
{
	return machine(
		s, &(struct made){ .name = "server", .tags = "[\"tag:a\"]" });
}

static const char *
page(struct site *s, int64_t id)
{
	return at(s, "/admin/machines/", id, "");
}

static struct answer
send(struct tab *t, int64_t id, const char *form, const char *fields)
{
	const char *own = arena_printf(t->s->mem, "form-%s", form);
	const char *path =
		arena_printf(t->s->mem, "/admin/machines/%lld", (long long)id);

	(void)tab_get(t, path);
	tab_choose(t, own);
	return tab_post(t,
		arena_printf(t->s->mem, "%s/%s", path,
			strcmp(form, "rename") == 0    ? "name"
			: strcmp(form, "approve") == 0 ? "approval"
						       : form),
		fields);
}

static void
the_page_says_what_is_known(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct node n = node_of(s, id);
	const char *body = tab_get(&t, page(s, id)).body;

	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "<a href=\"/admin/machines\">All machines</a></p>"
			   "<h1>laptop</h1>");
	assert_holds(body, "<title>laptop · Machines · ");
	assert_holds(body, "data-page=\"machine\"");
	assert_holds(
		body, at(s, "data-live=\"machine\" data-live-id=\"", id, "\""));
	assert_holds(body, "id=\"summary\" data-swap=\"\" "
			   "data-state=\"never\"");
	assert_holds(body, "data-fact=\"hostname\">Bobs Laptop</dd>");
	assert_holds(body, "data-fact=\"fqdn\">laptop.cairn.internal</dd>");
	assert_holds(body, n.ipv4);
	assert_holds(body, n.ipv6);
	assert_holds(body, "data-fact=\"os\">linux 6.1</dd>");
	assert_holds(body, "data-fact=\"version\">1.90.2</dd>");
	assert_holds(body, "by the command line");
	assert_holds(body, "<summary>4000");
	assert_holds(body, key_text(s->mem, KEY_MACHINE, &n.machine_key));
	assert_holds(body, key_text(s->mem, KEY_NODE, &n.node_key));
	assert_holds(body, "data-fact=\"online-since\">not online</dd>");
	assert_lacks(body, "id=\"form-approve\"");
	if (strlen(body) > 30 * 1024)
		fail_msg("%zu bytes", strlen(body));
}

static void
who_joined_by_a_key_names_it_as_the_list_of_keys_does(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct node n = node_of(s, id);
	struct preauth_key k = { .prefix = "DjJwabcdefgh",
		.tags = "[\"tag:a\"]",
		.created_at = NOW };

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(
		db_preauth_key_add(s->db, &k, &n.preauth_key_id), ERR_OK);
	n.register_method = "authkey";
	assert_int_equal(db_node_update(s->db, &n), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_holds(tab_get(&t, page(s, id)).body,
		"data-fact=\"registered\">by key hskey-auth-DjJwabcdefgh…<");
}

/* A connection may outlive the key a little. */
static void
an_expired_machine_is_not_called_online(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = machine(s, &(struct made){ .name = "old",
					.tags = "[\"tag:a\"]",
					.online = true,
					.online_since = NOW - 60,
					.expires_at = NOW - 1 });
	const char *body = tab_get(&t, page(s, id)).body;

	assert_holds(body, "data-state=\"expired\"");
	assert_holds(body, "data-fact=\"online-since\">not online</dd>");
}

static void
a_machine_that_is_there_twice_says_so(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t one = laptop(s), two = server(s);

	assert_lacks(tab_get(&t, page(s, one)).body, "also there");
	assert_int_equal(db_exec(s->db, "UPDATE node SET machine_key = (SELECT "
					"min(machine_key) FROM node)"),
		ERR_OK);
	assert_holds(tab_get(&t, page(s, one)).body,
		at(s,
			"The same machine is also there as "
			"<a href=\"/admin/machines/",
			two, "\">server</a>."));
	assert_sound(s->mem, t.last.body);
}

static void
the_connection_is_what_the_worker_wrote(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct node n = node_of(s, id);
	struct live live = { .node_id = id,
		.online = true,
		.online_since = NOW - 60,
		.last_seen = NOW - 60,
		.home_derp = 900,
		.endpoints = "[\"192.0.2.9:41641\",\"[2001:db8::1]:41641\"]",
		.hostinfo = "{\"OS\":\"linux\",\"Distro\":\"debian\","
			    "\"NetInfo\":{\"WorkingUDP\":true,"
			    "\"MappingVariesByDestIP\":false,"
			    "\"DERPLatency\":{\"900-v4\":0.012}}}" };
	const char *body;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_live_put(s->db, &live), ERR_OK);
	for (int64_t i = 1; i <= 2; i++)
		assert_int_equal(
			db_noise_session_add(s->db,
				&(struct noise_session){ .id = i,
					.machine_key = n.machine_key,
					.capver = 130,
					.address = i == 1 ? "198.51.100.1"
							  : "198.51.100.2",
					.started_at = NOW - 90,
					.hash = { 0xab, 0xcd },
					.ended_at = i == 2 ? NOW - 9 : 0 }),
			ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	body = tab_get(&t, page(s, id)).body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-state=\"online\"");
	assert_holds(body, "<code>192.0.2.9:41641</code>");
	assert_holds(body, "<code>[2001:db8::1]:41641</code>");
	assert_holds(body, "data-fact=\"relay\">this server</dd>");
	assert_holds(body, "900-v4: 12 ms");
	assert_holds(body, "data-fact=\"udp\">yes</dd>");
	assert_holds(body, "data-fact=\"mapping-varies\">no</dd>");
	assert_holds(body, "data-fact=\"seen-from\">198.51.100.1</dd>");
	assert_holds(body, "abcd000000000000");
}

static void
a_name_is_set_and_taken_back(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct answer a = send(&t, id, "rename", "name=desk");

	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, page(s, id));
	assert_string_equal(node_of(s, id).name, "desk");
	assert_string_equal(audit_last(s).action, "machine.renamed");
	assert_string_equal(audit_last(s).actor_name, "ann");
	assert_holds(tab_get(&t, page(s, id)).body,
		"data-flash=\"machine-renamed\">Renamed to desk.</p>");
	assert_int_equal(send(&t, id, "rename", "name=").status, 303);
	assert_string_equal(node_of(s, id).name, "bobs-laptop");
}

static void
a_name_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *fields, *code;
	} cases[] = {
		{ "name=server", "name-taken" },
		{ "name=-x", "label" },
		{ "name=a+b", "label" },
		{ "name=%3Cscript%3E", "label" },
		{ "name=wpad", "label" },
		{ "name=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "aaaaaaaaaaaaaaa",
			"too-long" },
	};
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);

	server(s);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = send(&t, id, "rename", cases[i].fields);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, "<title>Error: laptop");
		assert_holds(a.body, "href=\"#rename-name\"");
		assert_holds(a.body, arena_printf(s->mem,
					     "id=\"rename-name-error\" "
					     "data-error=\"%s\"",
					     cases[i].code));
		assert_lacks(a.body, "<script>");
		assert_string_equal(node_of(s, id).name, "laptop");
	}
}

static void
two_who_edit_one_name_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = owner(s), cat = tab_of(s, "cat", ROLE_ADMIN);
	int64_t id = laptop(s);
	struct answer a;

	tab_get(&cat, page(s, id));
	tab_choose(&cat, "form-rename");
	assert_int_equal(send(&ann, id, "rename", "name=desk").status, 303);
	a = tab_post(
		&cat, at(s, "/admin/machines/", id, "/name"), "name=table");
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"conflict\"");
	assert_holds(a.body, "ann changed this");
	assert_holds(a.body, "Name is now desk.");
	assert_holds(a.body, "value=\"table\"");
	tab_choose(&cat, "form-rename");
	a = tab_post(
		&cat, at(s, "/admin/machines/", id, "/name"), "name=table");
	assert_int_equal(a.status, 303);
	assert_string_equal(node_of(s, id).name, "table");
}

static void
two_forms_of_one_machine_do_not_meet(void **state)
{
	struct site *s = *state;
	struct tab ann = owner(s), cat = tab_of(s, "cat", ROLE_ADMIN);
	int64_t id = server(s);

	tab_get(&cat, page(s, id));
	tab_choose(&cat, "form-tags");
	assert_int_equal(send(&ann, id, "rename", "name=box").status, 303);
	assert_int_equal(tab_post(&cat, at(s, "/admin/machines/", id, "/tags"),
				 "tags=tag:z")
				 .status,
		303);
	assert_string_equal(node_of(s, id).tags, "[\"tag:z\"]");
	assert_string_equal(node_of(s, id).name, "box");
}

static void
the_same_form_twice_is_done_once(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s), audits, again;
	const char *path = at(s, "/admin/machines/", id, "/name"), *form;
	struct answer a;

	tab_get(&t, page(s, id));
	tab_choose(&t, "form-rename");
	form = tab_form(&t, "name=desk");
	a = tab_ask(&t, "POST", path, form);
	assert_int_equal(a.status, 303);
	assert_int_equal(db_audit_count(s->db, &audits), ERR_OK);
	a = tab_ask(&t, "POST", path, form);
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, page(s, id));
	assert_int_equal(db_audit_count(s->db, &again), ERR_OK);
	assert_int_equal(again, audits);
}

static void
tags_are_replaced(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = server(s);

	assert_int_equal(
		send(&t, id, "tags", "tags=tag:web,+tag:db%0Atag:web").status,
		303);
	assert_string_equal(node_of(s, id).tags, "[\"tag:db\",\"tag:web\"]");
	assert_string_equal(audit_last(s).action, "machine.tagged");
	assert_holds(
		tab_get(&t, page(s, id)).body, "data-flash=\"machine-tagged\"");
	assert_holds(t.last.body, "value=\"tag:db tag:web\"");
}

static void
tags_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *fields, *code;
	} cases[] = {
		{ "tags=", "tag-needed" },
		{ "tags=+,+", "tag-needed" },
		{ "tags=web", "tag-form" },
		{ "tags=tag:1", "tag-form" },
		{ "tags=tag:%3Cb%3E", "tag-form" },
		{ "tags=tag:a+tag:b+tag:c+tag:d+tag:e+tag:f+tag:g+tag:h+tag:i+"
		  "tag:j+tag:k+tag:l+tag:m+tag:n+tag:o+tag:p+tag:q",
			"refused" },
	};
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = server(s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = send(&t, id, "tags", cases[i].fields);

		assert_int_equal(a.status, 422);
		assert_holds(a.body, arena_printf(s->mem,
					     "id=\"tags-tags-error\" "
					     "data-error=\"%s\"",
					     cases[i].code));
		assert_lacks(a.body, "<b>");
		assert_string_equal(node_of(s, id).tags, "[\"tag:a\"]");
	}
}

static void
once_there_is_a_policy_tags_need_an_owner_in_it(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = server(s);
	struct answer a;

	put_policy(s->db, "{\"tagOwners\": {\"tag:web\": []}}");
	a = send(&t, id, "tags", "tags=tag:web+tag:db");
	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "id=\"tags-tags-error\" "
			     "data-error=\"tag-unknown\">"
			     "The policy has no owner for tag:db.");
	assert_string_equal(node_of(s, id).tags, "[\"tag:a\"]");
	assert_int_equal(send(&t, id, "tags", "tags=tag:web").status, 303);
}

static void
first_tags_are_confirmed(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct answer a = send(&t, id, "tags", "tags=tag:web+tag:db");

	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"confirm\"");
	assert_holds(a.body, "<p>It gets tag:db tag:web.</p>");
	assert_holds(a.body, "bob loses this machine; its key stops expiring.");
	assert_int_not_equal(node_of(s, id).user_id, 0);
	a = tab_post(&t, at(s, "/admin/machines/", id, "/tags"),
		"tags=tag:web&confirm=1");
	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).user_id, 0);
	assert_int_equal(node_of(s, id).expires_at, 0);
	id = machine(s, &(struct made){ .name = "other",
				.user_id = person_without_password(
					s, "eve", ROLE_MEMBER) });
	assert_int_equal(send(&t, id, "tags", "tags=").status, 422);
	assert_holds(t.last.body, "data-error=\"required\"");
}

static int64_t
router(struct site *s, const char *name, const char *approved, bool online)
{
	return machine(s, &(struct made){ .name = name,
				  .tags = "[\"tag:a\"]",
				  .routes = "[\"0.0.0.0/0\",\"10.1.0.0/24\","
					    "\"10.2.0.0/24\",\"::/0\"]",
				  .approved = approved,
				  .online = online });
}

static void
routes_are_shown_with_their_state(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const char *both = "[\"10.1.0.0/24\",\"172.16.0.0/12\"]", *body;
	int64_t first = router(s, "first", both, true),
		second = router(s, "second", both, true);

	body = tab_get(&t, page(s, first)).body;
	assert_sound(s->mem, body);
	assert_lacks(body, "form-routes");
	assert_holds(
		row_headed(s, body, "10.1.0.0/24"), "data-state=\"primary\"");
	assert_holds(
		row_headed(s, body, "10.2.0.0/24"), "data-state=\"waiting\"");
	assert_holds(row_headed(s, body, "172.16.0.0/12"),
		"data-state=\"not-advertised\"");
	assert_holds(
		row_headed(s, body, "Exit node"), "data-state=\"waiting\"");
	assert_lacks(body, "::/0");
	body = tab_get(&t, page(s, second)).body;
	assert_holds(
		row_headed(s, body, "10.1.0.0/24"), "data-state=\"standby\"");
	body = tab_get(&t, page(s, server(s))).body;
	assert_holds(body, "<p>It advertises none.</p>");
}

/* A router whose key expired keeps its stream and loses its subnets; as the
 * worker does once a second, and at its start. */
static void
the_page_names_the_router_that_peers_are_told(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	struct snapshot *snap = snapshot_new("/nowhere");
	const char *net = "[\"10.1.0.0/24\"]", *served = "10.1.0.0/24";
	int64_t ids[] = { router(s, "first", net, false),
		router(s, "second", net, true), router(s, "third", net, true) };

	assert_int_equal(
		tailnet_node_expire(s->db, ids[1], NOW, "cli", NOW), ERR_OK);
	assert_int_equal(snapshot_load(snap, s->db), ERR_OK);
	snapshot_tick(snap, NOW);
	for (size_t i = 0; i < 3; i++) {
		const char *body = tab_get(&t, page(s, ids[i])).body;
		struct engine_record own;

		engine_record(snap->engine, ids[i], ids[i], s->mem, &own);
		assert_int_equal(own.primary_routes.count, i == 2);
		assert_holds(row_headed(s, body, served),
			i == 2 ? "data-state=\"primary\""
			       : "data-state=\"standby\"");
	}
	snapshot_free(snap);
}

static void
a_route_tells_who_approved_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[\"172.16.0.0/12\"]", false);
	const char *body;

	put_policy(s->db, "{\"tagOwners\": {\"tag:a\": []},\n"
			  "\"autoApprovers\": {\"routes\": {\n"
			  "\"10.2.0.0/16\": [\"tag:a\"]}}}");
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(auto_approve_all(s->db, s->mem, s->now), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	assert_int_equal(send(&t, id, "routes",
				 "route=10.1.0.0%2F24&route=10.2.0.0%2F24"
				 "&route=172.16.0.0%2F12&exit=1")
				 .status,
		303);
	body = tab_get(&t, page(s, id)).body;
	assert_sound(s->mem, body);
	assert_holds(row_headed(s, body, "10.1.0.0/24"), ">net</a>, <time");
	assert_holds(row_headed(s, body, "Exit node"), ">net</a>, <time");
	assert_holds(row_headed(s, body, "172.16.0.0/12"),
		"data-label=\"Approved by\">not known</td>");
	assert_holds(row_headed(s, body, "10.2.0.0/24"),
		"<a href=\"/admin/policy?line=3\">Policy, line 3</a>, <time");
	put_policy(s->db, "{}");
	body = tab_get(&t, page(s, id)).body;
	assert_holds(row_headed(s, body, "10.2.0.0/24"),
		"<a href=\"/admin/policy/history/1\">Policy version 1</a>");
	assert_int_equal(send(&t, id, "routes", "").status, 303);
	body = tab_get(&t, page(s, id)).body;
	assert_holds(row_headed(s, body, "10.1.0.0/24"),
		"data-label=\"Approved by\"></td>");
}

static void
routes_are_approved_and_withdrawn(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[\"10.1.0.0/24\"]", false);
	struct answer a = send(&t, id, "routes", "route=10.2.0.0%2F24&exit=1");

	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, page(s, id));
	assert_string_equal(node_of(s, id).approved_routes,
		"[\"0.0.0.0/0\",\"10.2.0.0/24\",\"::/0\"]");
	assert_string_equal(audit_last(s).action, "machine.routes_set");
	assert_holds(tab_get(&t, page(s, id)).body,
		"data-flash=\"routes-saved\">2 routes approved, 1 withdrawn.");
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body,
		"name=\"route\" value=\"10.2.0.0/24\" checked=\"\"");
	assert_holds(t.last.body, "name=\"exit\" value=\"1\" checked=\"\"");
	assert_holds(row_headed(s, t.last.body, "Exit node"), "in use");
	assert_int_equal(send(&t, id, "routes", "").status, 303);
	assert_string_equal(node_of(s, id).approved_routes, "[]");
	assert_holds(tab_get(&t, page(s, id)).body, "2 routes withdrawn.");
	assert_int_equal(send(&t, id, "routes", "").status, 303);
	assert_holds(tab_get(&t, page(s, id)).body, "No route was changed.");
	assert_int_equal(
		send(&t, id, "routes", "route=10.1.0.0%2F24").status, 303);
	assert_holds(tab_get(&t, page(s, id)).body, "1 route approved.");
}

/* It may have been approved before it was first advertised. */
static void
only_routes_that_are_there_are_approved(void **state)
{
	static const char *const refused[] = { "route=10.3.0.0%2F24",
		"route=10.1.0.0%2F24&route=10.3.0.0%2F24", "route=0.0.0.0%2F0",
		"route=", "route=%3Cscript%3E",
		"route=10.1.0.0%2F24+10.2.0.0" };
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = router(s, "gate", "[\"172.16.0.0/12\"]", false);
	int64_t none = server(s);

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct answer a = send(&t, id, "routes", refused[i]);

		assert_int_equal(a.status, 422);
		assert_sound(s->mem, a.body);
		assert_holds(a.body, "data-error=\"prefix\"");
		assert_lacks(a.body, "<script>");
		assert_string_equal(
			node_of(s, id).approved_routes, "[\"172.16.0.0/12\"]");
	}
	assert_int_equal(
		send(&t, id, "routes", "route=172.16.0.0%2F12").status, 303);
	assert_lacks(tab_get(&t, page(s, none)).body, "form-routes");
	assert_holds(t.last.body, "There is nothing to approve.");
	tab_choose(&t, "form-rename");
	assert_int_equal(
		tab_post(&t, at(s, "/admin/machines/", none, "/routes"),
			"exit=1")
			.status,
		409);
}

static void
two_who_edit_routes_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = owner(s), cat = tab_of(s, "cat", ROLE_NETWORK_ADMIN);
	int64_t id = router(s, "gate", "[]", false);
	struct answer a;

	tab_get(&cat, page(s, id));
	tab_choose(&cat, "form-routes");
	assert_int_equal(
		send(&ann, id, "routes", "route=10.1.0.0%2F24").status, 303);
	a = tab_post(&cat, at(s, "/admin/machines/", id, "/routes"),
		"route=10.2.0.0%2F24&route=10.1.0.0%2F24&exit=1");
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "Approved is now 10.1.0.0/24");
	assert_holds(
		a.body, "name=\"route\" value=\"10.2.0.0/24\" checked=\"\"");
	assert_string_equal(
		node_of(s, id).approved_routes, "[\"10.1.0.0/24\"]");
}

static int64_t
with_routes(struct site *s, const char *name, size_t count)
{
	const char *list = "", *all;

	for (size_t i = 0; i < count; i++)
		list = arena_printf(
			s->mem, "%s%s\"10.0.%zu.0/24\"", list, i ? "," : "", i);
	all = arena_printf(s->mem, "[%s]", list);
	return machine(s,
		&(struct made){
			.name = name, .tags = "[\"tag:a\"]", .routes = all });
}

static void
a_form_has_so_many_routes_and_no_more(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t most = with_routes(s, "most", FORM_VALUES_MAX);
	int64_t more = with_routes(s, "more", FORM_VALUES_MAX + 1);

	assert_holds(tab_get(&t, page(s, most)).body, "id=\"form-routes\"");
	assert_lacks(tab_get(&t, page(s, more)).body, "id=\"form-routes\"");
	assert_holds(t.last.body, "use cairn nodes approve-routes");
	assert_sound(s->mem, t.last.body);
}

static void
attributes_are_shown(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "aud", ROLE_AUDITOR);
	const struct attribute a = { .node_id = server(s),
		.name = "custom:tier",
		.value = "prod",
		.expires_at = NOW + 60 };

	assert_holds(tab_get(&t, page(s, a.node_id)).body,
		"<h2>Attributes</h2><p>It has none.</p>");
	assert_sound(s->mem, t.last.body);
	assert_int_equal(tailnet_attribute_set(s->db, &a, "cli", NOW), ERR_OK);
	assert_holds(tab_get(&t, page(s, a.node_id)).body,
		"data-fact=\"custom:tier\">prod, until <time");
	assert_sound(s->mem, t.last.body);
}

static void
expiry_has_four_ways(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	struct answer a =
		send(&t, id, "expiry", "do=at&expires=2027-01-02T03:04");

	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).expires_at, INT64_C(1798859040));
	assert_string_equal(audit_last(s).action, "machine.expiry_set");
	assert_holds(
		tab_get(&t, page(s, id)).body, "value=\"2027-01-02T03:04\"");
	assert_int_equal(
		send(&t, id, "expiry", "do=never&expires=").status, 303);
	assert_int_equal(node_of(s, id).expires_at, 0);
	assert_int_equal(
		send(&t, id, "expiry", "do=default&expires=").status, 303);
	assert_int_equal(node_of(s, id).expires_at, NOW + 180 * 86400);
	a = send(&t, id, "expiry", "do=now&expires=");
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "Expire the key of laptop?");
	assert_int_equal(node_of(s, id).expires_at, NOW + 180 * 86400);
	a = tab_post(&t, at(s, "/admin/machines/", id, "/expiry"),
		"do=now&expires=&confirm=1");
	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).expires_at, NOW);
	assert_string_equal(audit_last(s).action, "machine.expired");
}

static void
an_expiry_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *fields, *code;
		int status;
	} cases[] = {
		{ "do=at&expires=", "required", 422 },
		{ "do=at&expires=2020-01-02T03:04", "past", 422 },
		{ "do=at&expires=tomorrow", "time", 422 },
		{ "do=at&expires=2027-13-02T03:04", "time", 422 },
		{ "do=later&expires=", NULL, 400 },
		{ "expires=", NULL, 400 },
	};
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = send(&t, id, "expiry", cases[i].fields);

		assert_int_equal(a.status, cases[i].status);
		if (cases[i].code)
			assert_holds(a.body,
				arena_printf(s->mem, "data-error=\"%s\"",
					cases[i].code));
		assert_int_equal(node_of(s, id).expires_at, NOW + 86400);
	}
}

static void
a_machine_is_let_in_and_shut_out(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = machine(s, &(struct made){ .name = "box",
					.tags = "[\"tag:x\"]",
					.unapproved = true });
	const char *why;

	assert_holds(
		tab_get(&t, page(s, id)).body, "data-state=\"needs-approval\"");
	assert_int_equal(send(&t, id, "approve", "do=approve").status, 303);
	assert_false(node_of(s, id).unapproved);
	assert_string_equal(audit_last(s).action, "machine.approved");
	assert_lacks(tab_get(&t, page(s, id)).body, "form-approve");
	assert_int_equal(settings_put(s->db, "device_approval", "true", "cli",
				 NOW, s->mem, &why),
		ERR_OK);
	assert_int_equal(send(&t, id, "approve", "do=withdraw").status, 303);
	assert_true(node_of(s, id).unapproved);
	assert_string_equal(audit_last(s).action, "machine.unapproved");
	assert_int_equal(send(&t, id, "approve", "do=dance").status, 400);
	assert_int_equal(send(&t, id, "approve", "x=1").status, 400);
}

static void
a_machine_is_deleted_after_a_question(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);
	const char *path = at(s, "/admin/machines/", id, "/delete");
	struct answer a = tab_get(&t, path);

	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"machine-delete\"");
	assert_holds(a.body, "<h1>Delete laptop?</h1>");
	assert_holds(a.body, "id=\"form-delete\"");
	assert_holds(a.body, "class=\"danger\"");
	assert_holds(a.body, "can rejoin with a new key");
	assert_lacks(a.body, "SSH approval");
	a = tab_post(&t, path, "x=");
	assert_int_equal(a.status, 303);
	assert_string_equal(a.reply.location, "/admin/machines");
	assert_holds(tab_get(&t, "/admin/machines").body,
		"data-flash=\"machine-deleted\">Deleted laptop.</p>");
	assert_int_equal(tab_get(&t, page(s, id)).status, 410);
	assert_holds(t.last.body, "ann deleted laptop");
	assert_holds(t.last.body, "href=\"/admin/machines\"");
}

/* While somebody looked at its page. */
static void
a_machine_that_vanished_says_who_deleted_it(void **state)
{
	static const char *const forms[][2] = {
		{ "name", "name=x" },
		{ "tags", "tags=tag:x" },
		{ "expiry", "do=never&expires=" },
		{ "approval", "do=approve" },
		{ "delete", "x=" },
	};
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = laptop(s);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		int64_t other = server(s);

		tab_get(&t, page(s, other));
		assert_int_equal(
			tailnet_node_delete(s->db, other, "cli", NOW), ERR_OK);
		assert_int_equal(tab_post(&t,
					 at(s, "/admin/machines/", other,
						 arena_printf(s->mem, "/%s",
							 forms[i][0])),
					 forms[i][1])
					 .status,
			410);
		assert_holds(t.last.body, "data-status=\"410\"");
	}
	assert_int_equal(tab_get(&t, "/admin/machines/999").status, 404);
	assert_holds(t.last.body, "href=\"/admin/machines\"");
	assert_int_equal(tab_get(&t, "/admin/machines/x").status, 404);
	assert_int_equal(
		tab_get(&t, at(s, "/admin/machines/0", id, "")).status, 404);
}

static void
who_may_not_change_machines_has_no_forms(void **state)
{
	static const char *const posts[] = { "name", "tags", "expiry",
		"approval", "delete" };
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	int64_t id = laptop(s);

	assert_int_equal(tab_get(&t, page(s, id)).status, 200);
	assert_lacks(t.last.body, "form-rename");
	assert_lacks(t.last.body, "/delete");
	for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++)
		assert_int_equal(
			tab_send(&t, page(s, id),
				at(s, "/admin/machines/", id,
					arena_printf(s->mem, "/%s", posts[i])),
				"name=x&do=never&tags=tag:x")
				.status,
			403);
	assert_int_equal(
		tab_get(&t, at(s, "/admin/machines/", id, "/delete")).status,
		403);
	assert_string_equal(node_of(s, id).name, "laptop");
}

static void
nothing_a_client_says_becomes_markup(void **state)
{
	struct site *s = *state;
	struct tab t = owner(s);
	int64_t id = machine(
		s, &(struct made){ .name = "x",
			   .hostname = HOSTILE,
			   .tags = "[\"tag:<script>\"]",
			   .routes = "[\"" HOSTILE_JSON "\"]",
			   .hostinfo = "{\"OS\":\"" HOSTILE_JSON
				       "\",\"Distro\":\"" HOSTILE_JSON
				       "\",\"IPNVersion\":\"" HOSTILE_JSON
				       "\",\"NetInfo\":{\"DERPLatency\":"
				       "{\"" HOSTILE_JSON "\":1}}}" });
	struct live live = { .node_id = id,
		.endpoints = "[\"" HOSTILE_JSON "\"]" };
	const char *body;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_live_put(s->db, &live), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	body = tab_get(&t, page(s, id)).body;
	assert_int_equal(t.last.status, 200);
	assert_lacks(body, "<script>");
	assert_holds(body, "&lt;script&gt;alert(1)");
	assert_sound(s->mem, body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_page_says_what_is_known),
		TEST(who_joined_by_a_key_names_it_as_the_list_of_keys_does),
		TEST(an_expired_machine_is_not_called_online),
		TEST(a_machine_that_is_there_twice_says_so),
		TEST(the_connection_is_what_the_worker_wrote),
		TEST(a_name_is_set_and_taken_back),
		TEST(a_name_that_cannot_be_is_refused),
		TEST(two_who_edit_one_name_are_told_of_each_other),
		TEST(two_forms_of_one_machine_do_not_meet),
		TEST(the_same_form_twice_is_done_once),
		TEST(tags_are_replaced),
		TEST(tags_that_cannot_be_are_refused),
		TEST(once_there_is_a_policy_tags_need_an_owner_in_it),
		TEST(first_tags_are_confirmed),
		TEST(routes_are_shown_with_their_state),
		TEST(the_page_names_the_router_that_peers_are_told),
		TEST(a_route_tells_who_approved_it),
		TEST(routes_are_approved_and_withdrawn),
		TEST(only_routes_that_are_there_are_approved),
		TEST(two_who_edit_routes_are_told_of_each_other),
		TEST(a_form_has_so_many_routes_and_no_more),
		TEST(attributes_are_shown),
		TEST(expiry_has_four_ways),
		TEST(an_expiry_that_cannot_be_is_refused),
		TEST(a_machine_is_let_in_and_shut_out),
		TEST(a_machine_is_deleted_after_a_question),
		TEST(a_machine_that_vanished_says_who_deleted_it),
		TEST(who_may_not_change_machines_has_no_forms),
		TEST(nothing_a_client_says_becomes_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
