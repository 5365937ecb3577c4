/*
 * dns_page_test.c: nameservers, search domains, records and base domain by
 * form.
 */
#include "tests/fcgi/hostile.h"

#include "tailnet/dns.h"
#include "tailnet/dnsfile.h"
#include "tests/tailnet/policy_rows.h"

#define DNS "/admin/dns"

static struct settings
now(struct site *s)
{
	struct settings out;

	assert_int_equal(settings_load(s->db, s->mem, &out), ERR_OK);
	return out;
}

static void
send_form(struct tab *t, const char *path, const char *body)
{
	tab_send(t, DNS, path, body);
}

static void
done(struct tab *t, const char *path, const char *body)
{
	send_form(t, path, body);
	if (t->last.status != 303)
		fail_msg("%s %s: %d %s", path, body, t->last.status,
			t->last.body);
	assert_string_equal(t->last.reply.location, DNS);
	assert_holds(tab_get(t, DNS).body, "data-flash=\"dns-saved\"");
	assert_string_equal(audit_last(t->s).action, "dns.changed");
}

static void
refused(struct tab *t, const char *path, const char *body, const char *words)
{
	send_form(t, path, body);
	if (t->last.status != 422)
		fail_msg("%s %s: %d", path, body, t->last.status);
	assert_sound(t->s->mem, t->last.body);
	assert_holds(t->last.body, words);
}

static void
empty_lists_say_what_happens_then(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body = tab_get(&ann, DNS).body;

	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"dns\"");
	assert_holds(body, "data-live=\"dns setting\"");
	assert_holds(body, "<h1>DNS</h1>");
	assert_holds(body, "No nameservers: machines use the resolvers of "
			   "their own network.");
	assert_holds(body, "No records: only machines have names here.");
	assert_holds(body, "aria-current=\"page\">DNS</a>");
	assert_holds(body, "id=\"form-dns-prefs\"");
	assert_holds(body, "id=\"form-dns-domain\"");
	assert_holds(body, "id=\"form-ns-add\"");
	assert_holds(body, "id=\"form-search-add\"");
	assert_holds(body, "id=\"form-record-add\"");
	assert_holds(body, "id=\"form-lookup\"");
}

static void
nameservers_are_added_moved_and_removed(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_NETWORK_ADMIN);
	const char *body;

	done(&ann, DNS "/nameservers", "address=9.9.9.9&domain=");
	assert_string_equal(audit_last(s).actor_name, "ann");
	done(&ann, DNS "/nameservers", "address=1.1.1.1&with_exit_node=1");
	done(&ann, DNS "/nameservers",
		"address=https%3A%2F%2Fdns.example%2Fq&domain=corp.example");
	body = ann.last.body;
	assert_holds(body, "id=\"nameserver-1\"");
	assert_holds(body, "id=\"form-ns-1-order\"");
	assert_holds(body, "id=\"form-ns-2-delete\"");
	assert_lacks(body, "id=\"form-ns-3-order\""); /* alone for its domain */
	assert_true(strstr(body, "9.9.9.9") < strstr(body, "1.1.1.1"));
	done(&ann, DNS "/nameservers/1/order", "move=down");
	assert_true(strstr(ann.last.body, "1.1.1.1") <
		    strstr(ann.last.body, "9.9.9.9"));
	assert_holds(audit_last(s).before, "[\"9.9.9.9\",\"1.1.1.1");
	done(&ann, DNS "/nameservers/1/delete", "");
	assert_lacks(ann.last.body, "id=\"nameserver-1\"");
	send_form(&ann, DNS "/nameservers/1/delete", "");
	assert_int_equal(ann.last.status, 404);
	send_form(&ann, DNS "/nameservers/2/order", "move=sideways");
	assert_int_equal(ann.last.status, 400);
}

static void
a_refused_nameserver_is_kept_in_its_form(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	refused(&ann, DNS "/nameservers", "address=", "Enter Address.");
	refused(&ann, DNS "/nameservers", "address=dns.example",
		"data-error=\"resolver\"");
	assert_holds(ann.last.body, "id=\"ns-add-address-error\"");
	assert_holds(ann.last.body, "value=\"dns.example\"");
	refused(&ann, DNS "/nameservers", "address=1.1.1.1&domain=a+b",
		"data-error=\"domain\"");
	refused(&ann, DNS "/nameservers",
		"address=1.1.1.1&domain=cairn.internal",
		"cairn.internal is the base domain");
	done(&ann, DNS "/nameservers", "address=1.1.1.1&domain=corp.example");
	refused(&ann, DNS "/nameservers", "address=1.1.1.1&domain=corp.example",
		"in the list for that domain already");
}

static void
search_domains_are_added_and_removed(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	done(&ann, DNS "/search", "domain=Lan.Example");
	assert_holds(ann.last.body, "lan.example");
	assert_holds(ann.last.body, "id=\"form-search-1-delete\"");
	refused(&ann, DNS "/search", "domain=a..b", "data-error=\"domain\"");
	refused(&ann, DNS "/search", "domain=lan.example", "already");
	for (int i = 1; i < DNS_SEARCH_MAX; i++)
		done(&ann, DNS "/search",
			arena_printf(s->mem, "domain=d%d.example", i));
	refused(&ann, DNS "/search", "domain=more.example",
		"There are 10 search domains at most.");
	done(&ann, DNS "/search/1/delete", "");
	assert_lacks(ann.last.body, "lan.example");
}

static void
records_are_of_an_address_or_of_a_machine(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t pi = machine_of(s, 1, "pi");
	const char *of = arena_printf(s->mem, "%lld", (long long)pi);

	done(&ann, DNS "/records", "name=git.lan&type=A&value=10.0.0.1");
	done(&ann, DNS "/records",
		arena_printf(s->mem, "name=pi.lan&type=A&machine=%s", of));
	assert_holds(ann.last.body, "id=\"form-record-2-delete\"");
	assert_holds(ann.last.body,
		arena_printf(s->mem,
			"address of <a href=\"/admin/machines/%s\"", of));
	assert_holds(audit_last(s).after, "pi.lan A of machine pi");
	refused(&ann, DNS "/records", "name=git.lan&type=A",
		"Enter an address or choose a machine");
	refused(&ann, DNS "/records",
		arena_printf(s->mem,
			"name=x.lan&type=A&value=10.0.0.1&machine=%s", of),
		"one of both");
	refused(&ann, DNS "/records", "name=x.lan&type=A&machine=99",
		"Choose one of the list.");
	refused(&ann, DNS "/records", "name=git&type=A&value=10.0.0.1",
		"data-error=\"domain\"");
	refused(&ann, DNS "/records", "name=x.lan&type=MX&value=10.0.0.1",
		"data-error=\"choice\"");
	refused(&ann, DNS "/records", "name=x.lan&type=AAAA&value=10.0.0.1",
		"id=\"record-add-value-error\"");
	refused(&ann, DNS "/records",
		"name=pi.cairn.internal&type=A&value=10.0.0.1",
		"Another machine is called pi.");
	refused(&ann, DNS "/records", "name=git.lan&type=A&value=10.0.0.1",
		"This record is there already.");
	done(&ann, DNS "/records/1/delete", "");
	assert_lacks(ann.last.body, "git.lan");
}

static void
override_needs_a_nameserver(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&ann, DNS);
	tab_choose(&ann, "form-dns-prefs");
	tab_post(&ann, DNS "/preferences", "magic_dns=1&override_local=1");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "Add a nameserver first.");
}

static void
preferences_are_saved_and_conflicts_told(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);

	done(&ann, DNS "/nameservers", "address=9.9.9.9");
	tab_get(&ann, DNS);
	tab_choose(&ann, "form-dns-prefs");
	tab_get(&eve, DNS);
	tab_choose(&eve, "form-dns-prefs");
	tab_post(&eve, DNS "/preferences", "magic_dns=1&override_local=1");
	assert_int_equal(eve.last.status, 303);
	assert_true(now(s).override_local_dns);
	tab_post(&ann, DNS "/preferences", "override_local=1");
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "id=\"conflict\"");
	assert_holds(ann.last.body, "eve changed this");
	assert_true(now(s).magic_dns);
	tab_choose(&ann, "form-dns-prefs");
	tab_post(&ann, DNS "/preferences", "override_local=1");
	assert_int_equal(ann.last.status, 303);
	assert_false(now(s).magic_dns);
}

static void
post_domain(struct tab *t, const char *body)
{
	tab_get(t, DNS);
	tab_choose(t, "form-dns-domain");
	tab_post(t, DNS "/domain", body);
}

static void
machines_to_choose_come_by_name(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body, *two, *ten;

	machine_of(s, 1, "pi-10");
	machine_of(s, 1, "pi-2");
	body = tab_get(&ann, DNS).body;
	two = strstr(body, ">pi-2</option>");
	ten = strstr(body, ">pi-10</option>");
	assert_true(two && ten && two < ten);
}

static void
another_base_domain_is_asked_about_first(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	machine_of(s, 1, "pi");
	post_domain(&ann, "base_domain=Tail.Example");
	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "data-page=\"confirm\"");
	assert_holds(ann.last.body, "Change the base domain to tail.example?");
	assert_holds(ann.last.body, "1 machine changes its name.");
	assert_holds(
		ann.last.body, "pi.cairn.internal becomes pi.tail.example.");
	assert_string_equal(now(s).dns_domain, "cairn.internal");
	post_domain(&ann, "base_domain=Tail.Example&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(now(s).dns_domain, "tail.example");
	assert_string_equal(audit_last(s).action, "dns.changed");
	/* As it is: nothing to ask, nothing to tell. */
	post_domain(&ann, "base_domain=tail.example");
	assert_int_equal(ann.last.status, 303);
}

static void
two_who_edit_the_base_domain_are_told_of_each_other(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve = tab_of(s, "eve", ROLE_ADMIN);

	tab_get(&ann, DNS);
	tab_choose(&ann, "form-dns-domain");
	post_domain(&eve, "base_domain=eve.example&confirm=1");
	assert_int_equal(eve.last.status, 303);
	tab_post(&ann, DNS "/domain", "base_domain=ann.example&confirm=1");
	assert_int_equal(ann.last.status, 409);
	assert_sound(s->mem, ann.last.body);
	assert_holds(ann.last.body, "eve changed this");
	assert_holds(ann.last.body, "value=\"ann.example\"");
	assert_string_equal(now(s).dns_domain, "eve.example");
	tab_choose(&ann, "form-dns-domain");
	tab_post(&ann, DNS "/domain", "base_domain=ann.example&confirm=1");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(now(s).dns_domain, "ann.example");
}

static void
a_base_domain_that_holds_the_server_is_refused(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *why;

	assert_int_equal(settings_put(s->db, "url", "http://vpn.example.org",
				 "cli", s->now, s->mem, &why),
		ERR_OK);
	post_domain(&ann, "base_domain=example.org");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body,
		"The server vpn.example.org must not lie inside this domain.");
	post_domain(&ann, "base_domain=a_b");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "Enter a domain like tail.example.org.");
	post_domain(&ann, "base_domain=b%C3%BCro.example");
	assert_int_equal(ann.last.status, 422);
	assert_holds(ann.last.body, "in punycode, as xn--\xe2\x80\xa6.");
	post_domain(&ann, "base_domain=");
	assert_int_equal(ann.last.status, 422);
	assert_string_equal(now(s).dns_domain, "cairn.internal");
}

static void
what_would_cut_machines_off_is_told(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t id;

	machine_of(s, 1, "pi"); /* advertises 10.1.0.0/24, not approved */
	done(&ann, DNS "/nameservers", "address=10.1.0.53");
	assert_holds(ann.last.body,
		"The nameserver 10.1.0.53 lies behind the route 10.1.0.0/24 of "
		"pi, which is not approved");
	done(&ann, DNS "/nameservers", "address=100.99.0.1");
	assert_holds(ann.last.body,
		"No machine has the address of the nameserver 100.99.0.1");
	assert_int_equal(
		tailnet_dns_prefs(s->db, true, true, "cli", s->now), ERR_OK);
	done(&ann, DNS "/nameservers/1/delete", "");
	done(&ann, DNS "/nameservers/2/delete", "");
	assert_holds(ann.last.body, "there is no nameserver for all names");
	assert_int_equal(
		db_dns_record_add(s->db,
			&(struct dns_record){ .name = "pi.cairn.internal",
				.type = "A",
				.value = "10.0.0.1" },
			&id),
		ERR_OK);
	assert_holds(tab_get(&ann, DNS).body,
		"pi.cairn.internal is a record and a machine");
}

static void
the_file_stands_beside_with_its_trouble(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const struct dns_file file = { "/etc/records.json", "00",
		"[{\"Name\":\"nas.lan\",\"Type\":\"A\",\"Value\":\"10.0.0.9\"}]",
		s->now, "it is no JSON list" };
	const char *body;

	assert_int_equal(db_dns_file_put(s->db, &file), ERR_OK);
	body = tab_get(&ann, DNS).body;
	assert_sound(s->mem, body);
	assert_holds(body, "nas.lan");
	assert_holds(body, "/etc/records.json");
	assert_holds(body, "cannot be taken, so those of");
}

static void
a_look_up_says_what_and_from_where(void **state)
{
	static const struct {
		const char *name, *from, *holds;
	} cases[] = {
		{ "pi", "machine", "pi.cairn.internal" },
		{ "PI.cairn.internal.", "machine", "100.64." },
		{ "nobody.cairn.internal", "nobody", "no such name" },
		{ "git.lan", "record", "<li>10.0.0.1</li>" },
		{ "x.git.lan", "nobody", "no such name" },
		{ "www.corp.example", "domain", "<li>10.0.0.53</li>" },
		{ "other", "domain", "other.corp.example" },
		{ "example.org", "network", "own network" },
	};
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *pi =
		arena_printf(s->mem, "%lld", (long long)machine_of(s, 1, "pi"));
	int64_t id;

	assert_int_equal(tailnet_nameserver_add(s->db,
				 &(struct nameserver){ .address = "10.0.0.53",
					 .domain = "corp.example" },
				 "cli", s->now, &id),
		ERR_OK);
	assert_int_equal(
		tailnet_search_add(s->db, "corp.example", "cli", s->now, &id),
		ERR_OK);
	assert_int_equal(tailnet_record_add(s->db,
				 &(struct dns_record){ .name = "git.lan",
					 .type = "A",
					 .value = "10.0.0.1" },
				 "cli", s->now, &id),
		ERR_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_get(&ann, arena_printf(s->mem, DNS "?name=%s&machine=%s",
				      cases[i].name, pi));
		assert_sound(s->mem, ann.last.body);
		assert_holds(ann.last.body,
			arena_printf(s->mem, "id=\"lookup\" data-from=\"%s\"",
				cases[i].from));
		assert_holds(ann.last.body, cases[i].holds);
	}
	assert_int_equal(tailnet_nameserver_add(s->db,
				 &(struct nameserver){
					 .address = "9.9.9.9", .domain = "" },
				 "cli", s->now, &id),
		ERR_OK);
	assert_int_equal(
		tailnet_dns_prefs(s->db, true, true, "cli", s->now), ERR_OK);
	assert_holds(tab_get(&ann, DNS "?name=example.org&machine=pi").body,
		"data-from=\"global\"");
	assert_holds(ann.last.body, "<li>9.9.9.9</li>");
	assert_holds(tab_get(&ann, DNS "?name=a+b&machine=pi").body,
		"Enter a name like git.example.org.");
	assert_holds(tab_get(&ann, DNS "?name=a.b&machine=nope").body,
		"There is no such machine.");
	assert_holds(tab_get(&ann, DNS "?name=a.b").body,
		"Enter a name and choose a machine.");
}

/* What the machine may not see it is not told of, here neither. */
static void
a_look_up_sees_what_the_machine_sees(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t pi = machine_of(s, 1, "pi"), id;

	machine_of(s, 1, "box");
	assert_int_equal(
		tailnet_record_add(s->db,
			&(struct dns_record){
				.name = "pi.lan", .type = "A", .node_id = pi },
			"cli", s->now, &id),
		ERR_OK);
	assert_holds(tab_get(&ann, DNS "?name=pi.lan&machine=box").body,
		"data-from=\"record\"");
	(void)put_policy(s->db, "{\"acls\":[]}");
	assert_holds(tab_get(&ann, DNS "?name=pi.lan&machine=box").body,
		"data-from=\"network\"");
	assert_holds(
		tab_get(&ann, DNS "?name=pi.cairn.internal&machine=box").body,
		"data-from=\"nobody\"");
	assert_holds(tab_get(&ann, DNS "?name=pi.lan&machine=pi").body,
		"data-from=\"record\"");
}

static void
who_only_reads_sees_no_form(void **state)
{
	static const enum role readers[] = { ROLE_IT_ADMIN, ROLE_AUDITOR };
	struct site *s = *state;
	int64_t id;

	assert_int_equal(tailnet_nameserver_add(s->db,
				 &(struct nameserver){
					 .address = "9.9.9.9", .domain = "" },
				 "cli", s->now, &id),
		ERR_OK);
	for (size_t i = 0; i < 2; i++) {
		struct tab t =
			tab_of(s, arena_printf(s->mem, "r%zu", i), readers[i]);

		tab_get(&t, DNS);
		assert_int_equal(t.last.status, 200);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body, "9.9.9.9");
		assert_lacks(t.last.body, "form-ns");
		assert_lacks(t.last.body, "form-dns");
		assert_int_equal(
			tab_post(&t, DNS "/nameservers", "address=1.1.1.1")
				.status,
			403);
		assert_holds(t.last.body, "data-error=\"role\"");
	}
}

static void
hostile_texts_stay_texts(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *odd = text_url_encode(s->mem, HOSTILE);
	const struct dns_file file = { HOSTILE, "00", "[]", s->now, HOSTILE };

	send_form(&ann, DNS "/nameservers",
		arena_printf(s->mem, "address=%s&domain=%s", odd, odd));
	assert_harmless(s, ann.last.body);
	send_form(&ann, DNS "/records",
		arena_printf(
			s->mem, "name=%s&type=%s&value=%s", odd, odd, odd));
	assert_harmless(s, ann.last.body);
	assert_int_equal(db_dns_file_put(s->db, &file), ERR_OK);
	tab_get(&ann,
		arena_printf(s->mem, DNS "?name=%s&machine=%s", odd, odd));
	assert_harmless(s, ann.last.body);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_lists_say_what_happens_then),
		TEST(nameservers_are_added_moved_and_removed),
		TEST(a_refused_nameserver_is_kept_in_its_form),
		TEST(search_domains_are_added_and_removed),
		TEST(records_are_of_an_address_or_of_a_machine),
		TEST(override_needs_a_nameserver),
		TEST(preferences_are_saved_and_conflicts_told),
		TEST(machines_to_choose_come_by_name),
		TEST(another_base_domain_is_asked_about_first),
		TEST(two_who_edit_the_base_domain_are_told_of_each_other),
		TEST(a_base_domain_that_holds_the_server_is_refused),
		TEST(what_would_cut_machines_off_is_told),
		TEST(the_file_stands_beside_with_its_trouble),
		TEST(a_look_up_says_what_and_from_where),
		TEST(a_look_up_sees_what_the_machine_sees),
		TEST(who_only_reads_sees_no_form),
		TEST(hostile_texts_stay_texts),
	};

	return cmocka_run_group_tests_name("fcgi/dns", tests, NULL, NULL);
}
