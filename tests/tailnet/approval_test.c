/* Who comes in approved, who waits, and what the row says of how it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "db/audit.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/register.h"
#include "tests/tailnet/people.h"

#define NOW      PEOPLE_NOW
#define OK(call) assert_int_equal(call, ERR_OK)

static struct settings
settings(struct people *p, bool device_approval)
{
	struct settings s;

	OK(settings_load(p->db, p->mem, &s));
	s.device_approval = device_approval;
	return s;
}

static const char *
new_key(struct people *p, bool unapproved, int64_t *id)
{
	const struct preauth_key k = { .user_id = p->ann,
		.reusable = true,
		.description = "for tests",
		.unapproved = unapproved };
	const char *text = "";

	OK(tailnet_preauth_key_add(
		p->db, &p->pepper, &k, &p->owner, NOW, p->mem, id, &text));
	return text;
}

static struct register_result
come_as(struct people *p, const struct settings *s, const uint8_t marks[2],
	const char *auth_key)
{
	struct tailcfg_hostinfo hostinfo = { .hostname = "pc" };
	struct tailcfg_auth auth = { auth_key };
	struct register_input in = { .capver = 142,
		.address = "192.0.2.1",
		.may_wait = true,
		.now = NOW };
	struct tailcfg_register_request request = { .hostinfo = &hostinfo,
		.hostinfo_raw = { "{\"Hostname\":\"pc\"}" },
		.auth = auth_key ? &auth : NULL };
	struct register_result r;
	struct key node_key;

	memset(&in.machine_key, marks[0], sizeof(in.machine_key));
	memset(&node_key, marks[1], sizeof(node_key));
	request.node_key = key_text(p->mem, KEY_NODE, &node_key);
	in.request = &request;
	OK(tailnet_register(p->db, s, &p->pepper, &in, p->mem, &r));
	return r;
}

static struct register_result
come(struct people *p, const struct settings *s, uint8_t mark,
	const char *auth_key)
{
	return come_as(p, s, (const uint8_t[2]){ mark, mark }, auth_key);
}

static struct pending
waiting(struct people *p, const struct settings *s, uint8_t mark)
{
	struct register_result r = come(p, s, mark, NULL);
	struct pending out;

	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	OK(tailnet_pending_find(p->db, &p->pepper,
		strstr(r.auth_url, "hskey-authreq-"), p->mem, &out));
	return out;
}

static void
without_the_setting_everybody_comes_in_approved(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	int64_t key;

	assert_false(come(p, &s, 1, new_key(p, true, &key)).node.unapproved);
}

static void
a_key_that_is_not_preapproved_lets_in_who_waits(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, true);
	int64_t key;
	const char *yes = new_key(p, false, &key);
	const char *no = new_key(p, true, &key);
	struct node n;

	assert_false(come(p, &s, 1, yes).node.unapproved);
	n = come(p, &s, 2, no).node;
	assert_true(n.unapproved);
	OK(tailnet_node_approve(p->db, n.id, true, "user:1", NOW));
	assert_string_equal(people_last(p).action, "machine.approved");
	assert_string_equal(people_last(p).before, "{\"approved\":false}");
	assert_string_equal(people_last(p).after, "{\"approved\":true}");
	/* It comes again by the same key and stays what it is. */
	assert_false(come(p, &s, 2, no).node.unapproved);
	OK(tailnet_node_approve(p->db, n.id, false, "user:1", NOW));
	assert_string_equal(people_last(p).action, "machine.unapproved");
}

static void
what_waits_or_was_shut_out_is_not_let_in_by_a_key(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, true);
	struct node n;
	int64_t key;
	const char *yes = new_key(p, false, &key);
	const char *no = new_key(p, true, &key);

	assert_true(come(p, &s, 1, no).node.unapproved);
	assert_true(come_as(p, &s, (uint8_t[2]){ 1, 2 }, no).node.unapproved);
	n = come_as(p, &s, (uint8_t[2]){ 1, 3 }, yes).node;
	assert_true(n.unapproved);
	OK(tailnet_node_approve(p->db, n.id, true, "user:1", NOW));
	assert_false(come_as(p, &s, (uint8_t[2]){ 1, 4 }, no).node.unapproved);
	OK(tailnet_node_approve(p->db, n.id, false, "user:1", NOW));
	assert_true(come_as(p, &s, (uint8_t[2]){ 1, 5 }, yes).node.unapproved);
	assert_false(come(p, &s, 2, yes).node.unapproved);
}

static void
what_is_so_already_leaves_no_row(void **state)
{
	struct people *p = *state;
	int64_t machine = people_machine(p, p->ann, 1), before, after;

	OK(db_audit_count(p->db, &before));
	OK(tailnet_node_approve(p->db, machine, true, "user:1", NOW));
	OK(db_audit_count(p->db, &after));
	assert_int_equal(before, after);
	assert_int_equal(tailnet_node_approve(p->db, 99, true, "cli", NOW),
		ERR_NOT_FOUND);
}

static void
who_may_not_approve_machines_adds_one_that_waits(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, true);
	struct pending one = waiting(p, &s, 1), two = waiting(p, &s, 2);
	struct pending_decision d = { .user_id = p->ann,
		.method = "web",
		.actor = &p->owner,
		.without_right = true };
	struct node n;

	OK(tailnet_pending_decide(p->db, &s, &one, &d, NOW, p->mem, &n));
	assert_true(n.unapproved);
	assert_string_equal(n.registered_by, "user:1");
	assert_string_equal(n.register_method, "web");
	assert_int_equal(n.signed_in_at, NOW);
	d.without_right = false;
	OK(tailnet_pending_decide(p->db, &s, &two, &d, NOW, p->mem, &n));
	assert_false(n.unapproved);
}

static void
the_row_of_a_registration_says_who_decided(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	struct pending one = waiting(p, &s, 1), two = waiting(p, &s, 2);
	struct node n;

	OK(tailnet_pending_approve(p->db, &s, &one, p->ann, NULL, "cli",
		&actor_cli, NOW, p->mem, &n));
	OK(tailnet_pending_reject(p->db, &two, "", "user:1", NOW));
	OK(db_pending_by_id(p->db, one.id, p->mem, &one));
	OK(db_pending_by_id(p->db, two.id, p->mem, &two));
	assert_string_equal(one.decided_by, "cli");
	assert_string_equal(two.decided_by, "user:1");
	assert_string_equal(n.registered_by, "cli");
}

static void
a_key_counts_its_uses_and_the_machine_names_it(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	struct preauth_key k;
	int64_t id;
	const char *key = new_key(p, false, &id);
	struct node n = come(p, &s, 1, key).node;

	come(p, &s, 2, key);
	OK(db_preauth_key_by_id(p->db, id, p->mem, &k));
	assert_int_equal(k.uses, 2);
	assert_string_equal(k.made_by, "user:1");
	assert_string_equal(k.description, "for tests");
	assert_string_equal(n.registered_by,
		arena_printf(p->mem, "preauth-key:%lld", (long long)id));
}

static void
who_is_suspended_lets_no_machine_in(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	int64_t id;
	const char *key = new_key(p, false, &id);
	struct pending one = waiting(p, &s, 1);
	struct user u = people_user(p, p->ann);
	struct register_result r;
	struct node n;

	u.status = USER_SUSPENDED;
	OK(db_user_update(p->db, &u));
	r = come(p, &s, 2, key);
	assert_int_equal(r.outcome, REGISTER_REFUSED);
	assert_int_equal(r.error, ERR_SUSPENDED);
	assert_int_equal(tailnet_pending_approve(p->db, &s, &one, p->ann, NULL,
				 "cli", &actor_cli, NOW, p->mem, &n),
		ERR_SUSPENDED);
}

static void
a_description_has_at_most_fifty_characters(void **state)
{
	struct people *p = *state;
	char text[PREAUTH_DESCRIPTION_MAX + 2];
	struct preauth_key k = { .user_id = p->ann, .description = text };
	const char *made;
	int64_t id;

	memset(text, 'a', sizeof(text));
	text[PREAUTH_DESCRIPTION_MAX + 1] = '\0';
	assert_int_equal(tailnet_preauth_key_add(p->db, &p->pepper, &k,
				 &actor_cli, NOW, p->mem, &id, &made),
		ERR_TOO_BIG);
	text[PREAUTH_DESCRIPTION_MAX] = '\0';
	OK(tailnet_preauth_key_add(
		p->db, &p->pepper, &k, &actor_cli, NOW, p->mem, &id, &made));
}

static void
the_default_expiry_is_that_of_a_login_now(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	int64_t machine = people_machine(p, p->ann, 1);
	struct node n;

	OK(tailnet_node_expire_default(p->db, &s, machine, "cli", NOW));
	OK(db_node_by_id(p->db, machine, p->mem, &n));
	assert_int_equal(n.expires_at, NOW + s.node_expiry);
	assert_string_equal(people_last(p).action, "machine.expiry_set");
	assert_string_equal(people_last(p).before, "{\"expires_at\":null}");
	s.node_expiry = 0;
	OK(tailnet_node_expire_default(p->db, &s, machine, "cli", NOW));
	OK(db_node_by_id(p->db, machine, p->mem, &n));
	assert_int_equal(n.expires_at, 0);
}

static void
tags_on_an_owned_machine_take_owner_and_expiry(void **state)
{
	struct people *p = *state;
	int64_t machine = people_machine(p, p->ann, 1);

	OK(tailnet_node_expire(p->db, machine, NOW + 9, "cli", NOW));
	OK(tailnet_node_tag(p->db, machine, "[\"tag:a\"]", "user:1", NOW));
	assert_string_equal(people_last(p).after,
		"{\"tags\":[\"tag:a\"],\"owner\":0,\"expires_at\":null}");
	OK(tailnet_node_delete(p->db, machine, "user:1", NOW));
	assert_string_equal(people_last(p).subject_name, "m1-1");
}

static void
nobody_puts_a_machine_or_key_in_the_name_of_who_is_above(void **state)
{
	struct people *p = *state;
	struct settings s = settings(p, false);
	const struct actor ida = { people_add(p, "ida", ROLE_IT_ADMIN),
		ROLE_IT_ADMIN };
	int64_t bob = people_add(p, "bob", ROLE_MEMBER), id = 0;
	const struct actor self = { bob, ROLE_MEMBER };
	struct pending one = waiting(p, &s, 1), two = waiting(p, &s, 2);
	struct pending_decision d = {
		.user_id = p->ann, .method = "web", .actor = &ida
	};
	struct preauth_key k = { .user_id = p->ann };
	const char *text;
	struct node n;

	assert_int_equal(
		tailnet_pending_decide(p->db, &s, &one, &d, NOW, p->mem, &n),
		ERR_DENIED);
	d.actor = &self;
	d.user_id = ida.user_id;
	assert_int_equal(
		tailnet_pending_decide(p->db, &s, &one, &d, NOW, p->mem, &n),
		ERR_DENIED);
	d.user_id = bob;
	OK(tailnet_pending_decide(p->db, &s, &one, &d, NOW, p->mem, &n));
	d.actor = &ida;
	OK(tailnet_pending_decide(p->db, &s, &two, &d, NOW, p->mem, &n));
	assert_int_equal(tailnet_preauth_key_add(p->db, &p->pepper, &k, &ida,
				 NOW, p->mem, &id, &text),
		ERR_DENIED);
	k.user_id = ida.user_id;
	OK(tailnet_preauth_key_add(
		p->db, &p->pepper, &k, &ida, NOW, p->mem, &id, &text));
	k.user_id = bob;
	OK(tailnet_preauth_key_add(
		p->db, &p->pepper, &k, &ida, NOW, p->mem, &id, &text));
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, people_setup, people_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_the_setting_everybody_comes_in_approved),
		TEST(a_key_that_is_not_preapproved_lets_in_who_waits),
		TEST(what_waits_or_was_shut_out_is_not_let_in_by_a_key),
		TEST(what_is_so_already_leaves_no_row),
		TEST(who_may_not_approve_machines_adds_one_that_waits),
		TEST(the_row_of_a_registration_says_who_decided),
		TEST(a_key_counts_its_uses_and_the_machine_names_it),
		TEST(who_is_suspended_lets_no_machine_in),
		TEST(a_description_has_at_most_fifty_characters),
		TEST(the_default_expiry_is_that_of_a_login_now),
		TEST(tags_on_an_owned_machine_take_owner_and_expiry),
		TEST(nobody_puts_a_machine_or_key_in_the_name_of_who_is_above),
	};

	return cmocka_run_group_tests_name(
		"tailnet/approval", tests, NULL, NULL);
}
