#include "tailnet/register.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/audit.h"
#include "db/change.h"
#include "db/migrate.h"
#include "db/retired.h"
#include "db/ssh_check.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/pending.h"
#include "tailnet/user.h"
#include "tests/tailnet/policy_rows.h"

#define NOW INT64_C(1800000000)

enum {
	DAY = 86400,
};

struct fixture {
	struct db *db;
	struct arena *mem;
	struct settings s;
	struct secret pepper;
	int64_t alice, bob;
};

static int
setup(void **state)
{
	static struct fixture f;
	struct user alice = { .name = "alice" }, bob = { .name = "bob" };

	memset(&f, 0, sizeof(f));
	f.mem = arena_new();
	*state = &f;
	if (db_open_memory(&f.db) || settings_load(f.db, f.mem, &f.s) ||
		tailnet_user_add(f.db, &alice, "cli", NOW, &f.alice) ||
		tailnet_user_add(f.db, &bob, "cli", NOW, &f.bob))
		return -1;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	db_close(f->db);
	arena_free(f->mem);
	return 0;
}

static struct key
key_of(int n)
{
	struct key k;

	memset(&k, 0, sizeof(k));
	memcpy(k.bytes, &n, sizeof(n));
	k.bytes[31] = 1;
	return k;
}

/* One request; what is left out is what a client sends most of the time. */
struct ask {
	int machine, node_key;
	const char *auth_key, *expiry, *followup, *hostname, *tag, *route;
	int old_key; /* the node key that it had, 0: none */
	bool ephemeral, may_not_wait;
	int64_t capver, now;
	const char *address;
};

static enum err
register_as(struct fixture *f, const struct ask *a, struct register_result *r)
{
	struct key node_key = key_of(a->node_key), old = key_of(a->old_key);
	struct tailcfg_hostinfo hostinfo = {
		.hostname = a->hostname ? a->hostname : "pc",
		.request_tags = { (const char **)&a->tag, a->tag ? 1 : 0 },
		.routable_ips = { (const char **)&a->route, a->route ? 1 : 0 },
	};
	struct tailcfg_auth auth = { a->auth_key };
	struct tailcfg_register_request request = {
		.node_key = key_text(f->mem, KEY_NODE, &node_key),
		.old_node_key =
			a->old_key ? key_text(f->mem, KEY_NODE, &old) : "",
		.auth = a->auth_key ? &auth : NULL,
		.expiry = a->expiry ? a->expiry : "0001-01-01T00:00:00Z",
		.followup = a->followup ? a->followup : "",
		.ephemeral = a->ephemeral,
		.hostinfo = &hostinfo,
		.hostinfo_raw = { a->tag ? arena_printf(f->mem,
						   "{\"Hostname\":\"%s\","
						   "\"RequestTags\":[\"%s\"]}",
						   hostinfo.hostname, a->tag)
					 : arena_printf(f->mem,
						   "{\"Hostname\":\"%s\"}",
						   hostinfo.hostname) },
	};
	struct register_input in = {
		.request = &request,
		.machine_key = key_of(a->machine),
		.capver = a->capver ? a->capver : 142,
		.address = a->address ? a->address : "192.0.2.1",
		.may_wait = !a->may_not_wait,
		.now = a->now ? a->now : NOW,
	};

	return tailnet_register(f->db, &f->s, &f->pepper, &in, f->mem, r);
}

static struct register_result
ask(struct fixture *f, struct ask a)
{
	struct register_result r;

	assert_int_equal(register_as(f, &a, &r), ERR_OK);
	return r;
}

static const char *
new_key(struct fixture *f, struct preauth_key k)
{
	const char *text;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(f->db, &f->pepper, &k,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_OK);
	return text;
}

#define KEY(...)    new_key(f, (struct preauth_key){ __VA_ARGS__ })
#define ASK(...)    ask(f, (struct ask){ __VA_ARGS__ })
#define REUSABLE(u) KEY(.user_id = (u), .reusable = true)

static const char *
at(struct fixture *f, int64_t when)
{
	return clock_print(f->mem, when);
}

static struct node
node_of(struct fixture *f, int node_key)
{
	struct key k = key_of(node_key);
	struct node n;

	assert_int_equal(db_node_by_node_key(f->db, &k, f->mem, &n), ERR_OK);
	return n;
}

static int64_t
node_count(struct fixture *f)
{
	int64_t count = -1;

	assert_int_equal(db_node_count(f->db, &count), ERR_OK);
	return count;
}

static int64_t
last_change(struct fixture *f)
{
	int64_t seq = -1;

	assert_int_equal(db_change_last(f->db, &seq), ERR_OK);
	return seq;
}

static bool
is_retired(struct fixture *f, int node_key)
{
	struct key k = key_of(node_key);
	struct retired_key r;

	return db_retired_by_key(f->db, &k, f->mem, &r) == ERR_OK;
}

static void
assert_same_node(const struct node *a, const struct node *b)
{
	assert_int_equal(a->id, b->id);
	assert_memory_equal(&a->node_key, &b->node_key, sizeof(a->node_key));
	assert_memory_equal(
		&a->machine_key, &b->machine_key, sizeof(a->machine_key));
	assert_int_equal(a->user_id, b->user_id);
	assert_int_equal(a->expires_at, b->expires_at);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->ipv4, b->ipv4);
	assert_string_equal(a->ipv6, b->ipv6);
	assert_string_equal(a->tags, b->tags);
}

/* ---- joining by key ---- */

static void
a_good_key_makes_a_node(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.user_id = f->alice);
	struct register_result r = ASK(.machine = 1, .node_key = 10,
		.auth_key = key, .hostname = "Alice's PC");

	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_equal(r.user.id, f->alice);
	assert_string_equal(r.user.name, "alice");
	assert_string_equal(r.node.name, "alices-pc");
	assert_string_equal(r.node.hostname, "Alice's PC");
	assert_string_equal(r.node.register_method, "authkey");
	assert_int_equal(r.node.expires_at, NOW + 180 * DAY);
	assert_int_equal(r.node.capver, 142);
	assert_true(text_starts(r.node.ipv4, "100."));
	assert_true(text_starts(r.node.ipv6, "fd7a:115c:a1e0:"));
	assert_int_equal(node_of(f, 10).id, r.node.id);
}

static void
each_bad_key_is_refused_with_its_own_words(void **state)
{
	struct fixture *f = *state;
	const char *expired = KEY(.user_id = f->alice, .expires_at = NOW + 1);
	const char *revoked = REUSABLE(f->alice);
	const char *used = KEY(.user_id = f->alice);
	char *altered = arena_strdup(f->mem, revoked);
	struct preauth_key k;
	int64_t before;

	altered[strlen(altered) - 1] ^= 1;
	assert_int_equal(tailnet_preauth_key_find(
				 f->db, &f->pepper, revoked, f->mem, &k),
		ERR_OK);
	assert_int_equal(
		tailnet_preauth_key_revoke(f->db, k.id, "cli", NOW), ERR_OK);
	ASK(.machine = 9, .node_key = 90, .auth_key = used);
	before = last_change(f);

	const struct {
		const char *key;
		enum err error;
		const char *words;
	} cases[] = {
		{ "x", ERR_KEY_UNKNOWN, "does not know it" },
		{ altered, ERR_KEY_UNKNOWN, "does not know it" },
		{ expired, ERR_KEY_EXPIRED, "has expired" },
		{ revoked, ERR_KEY_REVOKED, "revoked" },
		{ used, ERR_KEY_USED, "used already" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct register_result r = ASK(.machine = 1, .node_key = 10,
			.auth_key = cases[i].key, .now = NOW + 1);

		assert_int_equal(r.outcome, REGISTER_REFUSED);
		assert_int_equal(r.error, cases[i].error);
		assert_non_null(strstr(r.words, cases[i].words));
	}
	assert_int_equal(last_change(f), before);
	assert_int_equal(node_count(f), 1);
}

static void
a_key_counts_until_the_second_of_its_end(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.user_id = f->alice, .reusable = true,
		.expires_at = NOW + 10);

	assert_int_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				 .now = NOW + 9)
				 .outcome,
		REGISTER_DONE);
	assert_int_equal(ASK(.machine = 2, .node_key = 20, .auth_key = key,
				 .now = NOW + 10)
				 .error,
		ERR_KEY_EXPIRED);
}

static void
a_repeated_request_does_not_use_the_key_twice(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.user_id = f->alice);
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = key);
	int64_t before = last_change(f);
	struct register_result two =
		ASK(.machine = 1, .node_key = 10, .auth_key = key);

	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_same_node(&one.node, &two.node);
	assert_int_equal(last_change(f), before);
}

static void
a_deleted_key_keeps_its_node_and_its_ephemerality(void **state)
{
	struct fixture *f = *state;
	const char *key =
		KEY(.user_id = f->alice, .reusable = true, .ephemeral = true);
	struct preauth_key k;

	ASK(.machine = 1, .node_key = 10, .auth_key = key);
	assert_int_equal(
		tailnet_preauth_key_find(f->db, &f->pepper, key, f->mem, &k),
		ERR_OK);
	assert_int_equal(
		tailnet_preauth_key_delete(f->db, k.id, "cli", NOW), ERR_OK);
	assert_true(node_of(f, 10).ephemeral);
	assert_int_equal(node_of(f, 10).preauth_key_id, 0);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .auth_key = key).outcome,
		REGISTER_DONE);
}

static void
ephemeral_follows_from_the_key_or_the_request(void **state)
{
	struct fixture *f = *state;
	const char *plain = REUSABLE(f->alice);
	const char *ephemeral =
		KEY(.user_id = f->alice, .reusable = true, .ephemeral = true);

	assert_false(ASK(.machine = 1, .node_key = 10, .auth_key = plain)
			     .node.ephemeral);
	assert_true(ASK(.machine = 2, .node_key = 20, .auth_key = plain,
		.ephemeral = true)
			    .node.ephemeral);
	assert_true(ASK(.machine = 3, .node_key = 30, .auth_key = ephemeral)
			    .node.ephemeral);
}

static void
a_tagged_key_makes_a_tagged_node_without_expiry(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.user_id = f->alice,
		.tags = "[\"tag:b\",\"tag:a\",\"tag:b\"]");
	struct register_result r =
		ASK(.machine = 1, .node_key = 10, .auth_key = key);

	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_string_equal(r.node.tags, "[\"tag:a\",\"tag:b\"]");
	assert_int_equal(r.node.user_id, 0);
	assert_int_equal(r.node.expires_at, 0);
	assert_int_equal(r.user.id, 0);
}

static void
requested_tags_must_be_among_the_keys(void **state)
{
	struct fixture *f = *state;
	const char *tagged =
		KEY(.reusable = true, .tags = "[\"tag:a\",\"tag:b\"]");
	const char *plain = REUSABLE(f->alice);

	assert_int_equal(ASK(.machine = 1, .node_key = 10, .auth_key = tagged,
				 .tag = "tag:b")
				 .outcome,
		REGISTER_DONE);
	assert_int_equal(ASK(.machine = 2, .node_key = 20, .auth_key = tagged,
				 .tag = "tag:c")
				 .error,
		ERR_TAGS_REFUSED);
	assert_int_equal(ASK(.machine = 2, .node_key = 20, .auth_key = plain,
				 .tag = "tag:a")
				 .error,
		ERR_TAGS_REFUSED);
	assert_int_equal(
		ASK(.machine = 2, .node_key = 20, .tag = "tag:a").error,
		ERR_TAGS_REFUSED);
	assert_int_equal(node_count(f), 1);
}

static void
a_rotated_key_keeps_the_row_and_needs_a_good_auth_key(void **state)
{
	struct fixture *f = *state;
	const char *once = KEY(.user_id = f->alice);
	const char *key = REUSABLE(f->alice);
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = once);
	struct register_result two;

	assert_int_equal(ASK(.machine = 1, .node_key = 11, .auth_key = once,
				 .now = NOW + REPEAT_SECONDS + 1)
				 .error,
		ERR_KEY_USED);
	two = ASK(.machine = 1, .node_key = 11, .auth_key = key,
		.now = NOW + DAY, .hostname = "new");
	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_int_equal(two.node.id, one.node.id);
	assert_string_equal(two.node.ipv4, one.node.ipv4);
	assert_string_equal(two.node.ipv6, one.node.ipv6);
	assert_string_equal(two.node.name, "new");
	assert_int_equal(two.node.expires_at, NOW + 181 * DAY);
	assert_true(is_retired(f, 10));
	assert_int_equal(node_count(f), 1);
}

/* 1.90 gives a register up that was answered, and sends another. */
static void
a_spent_key_is_good_for_a_moment_for_the_machine_that_spent_it(void **state)
{
	struct fixture *f = *state;
	const char *once = KEY(.user_id = f->alice);
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = once);
	struct register_result two = ASK(.machine = 1, .node_key = 11,
		.auth_key = once, .now = NOW + REPEAT_SECONDS);

	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_int_equal(two.node.id, one.node.id);
	assert_true(is_retired(f, 10));
	assert_int_equal(
		ASK(.machine = 2, .node_key = 12, .auth_key = once).error,
		ERR_KEY_USED);
	assert_int_equal(ASK(.machine = 1, .node_key = 13, .auth_key = once,
				 .now = NOW + REPEAT_SECONDS + 1)
				 .error,
		ERR_KEY_USED);
	assert_int_equal(node_count(f), 1);
}

static void
a_spent_key_does_not_revive_a_node_that_was_expired_or_deleted(void **state)
{
	struct fixture *f = *state;
	const char *once = KEY(.user_id = f->alice);
	const char *other = KEY(.user_id = f->bob);
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = once);
	struct register_result two =
		ASK(.machine = 2, .node_key = 20, .auth_key = other);

	assert_int_equal(
		tailnet_node_expire(f->db, one.node.id, NOW, "cli", NOW),
		ERR_OK);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 11, .auth_key = once).error,
		ERR_KEY_USED);
	assert_int_equal(
		tailnet_node_delete(f->db, two.node.id, "cli", NOW), ERR_OK);
	assert_int_equal(
		ASK(.machine = 2, .node_key = 21, .auth_key = other).error,
		ERR_KEY_USED);
}

static void
another_owner_is_another_node_and_needs_another_node_key(void **state)
{
	struct fixture *f = *state;
	const char *alices = REUSABLE(f->alice);
	const char *bobs = KEY(.user_id = f->bob);
	const char *tagged = KEY(.tags = "[\"tag:a\"]");
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = alices);
	struct register_result two;

	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .auth_key = bobs).outcome,
		REGISTER_KEY_EXPIRED);
	two = ASK(.machine = 1, .node_key = 11, .auth_key = bobs);
	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_int_not_equal(two.node.id, one.node.id);
	assert_string_equal(two.node.name, "pc-1");
	assert_int_equal(
		ASK(.machine = 1, .node_key = 12, .auth_key = tagged).outcome,
		REGISTER_DONE);
	assert_int_equal(node_count(f), 3);
	assert_same_node(&one.node, &(struct node[]){ node_of(f, 10) }[0]);
	assert_false(is_retired(f, 10));
}

static void
a_spent_key_of_another_owner_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *alices = REUSABLE(f->alice);
	const char *bobs = KEY(.user_id = f->bob);

	ASK(.machine = 2, .node_key = 20, .auth_key = bobs);
	ASK(.machine = 1, .node_key = 10, .auth_key = alices);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .auth_key = bobs).error,
		ERR_KEY_USED);
}

static void
tags_that_an_admin_gave_survive_a_new_login(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.reusable = true, .tags = "[\"tag:a\"]");
	struct register_result r =
		ASK(.machine = 1, .node_key = 10, .auth_key = key);

	assert_int_equal(
		tailnet_node_tag(f->db, r.node.id, "[\"tag:z\"]", "cli", NOW),
		ERR_OK);
	r = ASK(.machine = 1, .node_key = 11, .auth_key = key);
	assert_string_equal(r.node.tags, "[\"tag:z\"]");
}

static void
an_asked_expiry_may_only_be_sooner(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);

	assert_int_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				 .expiry = at(f, NOW + DAY))
				 .node.expires_at,
		NOW + DAY);
	assert_int_equal(ASK(.machine = 2, .node_key = 20, .auth_key = key,
				 .expiry = at(f, NOW + 999 * DAY))
				 .node.expires_at,
		NOW + 180 * DAY);
	f->s.node_expiry = 0;
	assert_int_equal(ASK(.machine = 3, .node_key = 30, .auth_key = key)
				 .node.expires_at,
		0);
}

static struct pending
pending_of(struct fixture *f, const char *url)
{
	struct pending p;

	assert_true(text_starts(url, f->s.url));
	assert_int_equal(tailnet_pending_find(f->db, &f->pepper,
				 strstr(url, "hskey-authreq-"), f->mem, &p),
		ERR_OK);
	return p;
}

/* ---- tags that the policy gives ---- */

static const char owners[] =
	"{\"groups\": {\"group:ops\": [\"bob@\"]}, \"tagOwners\": {"
	"\"tag:web\": [\"alice@\"], \"tag:db\": [\"group:ops\"], "
	"\"tag:any\": [\"autogroup:member\"], \"tag:sub\": [\"tag:web\"], "
	"\"tag:none\": []}, "
	"\"grants\": [{\"src\": [\"*\"], \"dst\": [\"*\"], "
	"\"ip\": [\"*\"]}]}";

static void
a_plain_key_gives_the_tags_that_its_user_owns(void **state)
{
	static const struct {
		const char *tag;
		bool alice, bob;
	} rows[] = {
		{ "tag:web", true, false },
		{ "tag:db", false, true },
		{ "tag:any", true, true },
		{ "tag:sub", true, false },
		{ "tag:none", false, false },
		{ "tag:other", false, false },
		{ "web", false, false },
	};
	struct fixture *f = *state;
	const char *keys[] = { REUSABLE(f->alice), REUSABLE(f->bob) };

	put_policy(f->db, owners);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int k = 0; k < 2; k++) {
			int n = 100 + (int)i * 2 + k;
			struct register_result r = ASK(.machine = n,
				.node_key = n, .auth_key = keys[k],
				.tag = rows[i].tag);

			if (!(k ? rows[i].bob : rows[i].alice)) {
				assert_int_equal(r.outcome, REGISTER_REFUSED);
				assert_int_equal(r.error, ERR_TAGS_REFUSED);
				continue;
			}
			assert_int_equal(r.outcome, REGISTER_DONE);
			assert_int_equal(r.node.user_id, 0);
			assert_int_equal(r.node.expires_at, 0);
			assert_string_equal(r.node.tags,
				arena_printf(f->mem, "[\"%s\"]", rows[i].tag));
		}
}

static void
an_admin_takes_every_tag_that_the_policy_names(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->bob);

	put_policy(f->db, owners);
	assert_int_equal(tailnet_person_role(f->db, &actor_cli, f->bob,
				 ROLE_NETWORK_ADMIN, NOW),
		ERR_OK);
	assert_int_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				 .tag = "tag:none")
				 .outcome,
		REGISTER_DONE);
	assert_int_equal(ASK(.machine = 2, .node_key = 20, .auth_key = key,
				 .tag = "tag:other")
				 .error,
		ERR_TAGS_REFUSED);
}

static void
a_refusal_of_tags_says_which_and_why(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	const char *tagged = KEY(.reusable = true, .tags = "[\"tag:a\"]");

	assert_string_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				    .tag = "tag:web")
				    .words,
		"requested tags [tag:web] are invalid or not permitted: "
		"without a policy tags come by auth key or from an admin");
	put_policy(f->db, owners);
	assert_string_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				    .tag = "tag:x")
				    .words,
		"requested tags [tag:x] are invalid or not permitted: "
		"the policy has no owner for it");
	assert_string_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				    .tag = "tag:db")
				    .words,
		"requested tags [tag:db] are invalid or not permitted: "
		"alice does not own tag:db in the policy");
	assert_string_equal(ASK(.machine = 1, .node_key = 10,
				    .auth_key = tagged, .tag = "tag:db")
				    .words,
		"requested tags [tag:db] are invalid or not permitted: "
		"neither its tags nor the auth key's own tag:db in the policy");
	assert_int_equal(node_count(f), 0);
}

static void
the_tags_of_a_key_give_the_tags_that_they_own(void **state)
{
	struct fixture *f = *state;
	struct register_result r;
	const char *key;

	put_policy(f->db, owners);
	key = KEY(.tags = "[\"tag:web\"]");
	r = ASK(.machine = 1, .node_key = 10, .auth_key = key,
		.tag = "tag:sub");
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_string_equal(r.node.tags, "[\"tag:sub\"]");
	/* The answer was lost. */
	r = ASK(.machine = 1, .node_key = 11, .auth_key = key,
		.tag = "tag:sub");
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_equal(node_count(f), 1);
}

static void
a_key_gets_only_tags_that_have_an_owner(void **state)
{
	struct fixture *f = *state;
	struct preauth_key k = { .tags = "[\"tag:web\",\"tag:x\"]" };
	const char *text;
	int64_t id;

	put_policy(f->db, owners);
	assert_int_equal(tailnet_preauth_key_add(f->db, &f->pepper, &k,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_TAG_UNKNOWN);
	k.tags = "[\"tag:web\"]";
	assert_int_equal(tailnet_preauth_key_add(f->db, &f->pepper, &k,
				 &actor_cli, NOW, f->mem, &id, &text),
		ERR_OK);
}

/* Its id, addresses, name and approved routes go along. */
static void
a_login_with_tags_takes_the_users_machine_along(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result one, two;
	struct node n;

	put_policy(f->db, owners);
	one = ASK(.machine = 1, .node_key = 10, .auth_key = key);
	n = one.node;
	n.approved_routes = "[\"10.0.0.0/8\"]";
	assert_int_equal(db_node_update(f->db, &n), ERR_OK);
	two = ASK(.machine = 1, .node_key = 11, .old_key = 10, .auth_key = key,
		.tag = "tag:web");
	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_int_equal(two.node.id, one.node.id);
	assert_string_equal(two.node.ipv4, one.node.ipv4);
	assert_string_equal(two.node.name, one.node.name);
	assert_string_equal(two.node.approved_routes, "[\"10.0.0.0/8\"]");
	assert_string_equal(two.node.tags, "[\"tag:web\"]");
	assert_int_equal(two.node.user_id, 0);
	assert_int_equal(two.node.expires_at, 0);
	assert_true(is_retired(f, 10));
	/* Another machine's old key, or none, takes nothing along. */
	one = ASK(.machine = 2, .node_key = 20, .auth_key = key);
	two = ASK(.machine = 3, .node_key = 30, .old_key = 20, .auth_key = key,
		.tag = "tag:web");
	assert_int_not_equal(two.node.id, one.node.id);
	two = ASK(.machine = 2, .node_key = 21, .auth_key = key,
		.tag = "tag:web");
	assert_int_not_equal(two.node.id, one.node.id);
}

static void
a_container_that_starts_again_keeps_what_became_of_it(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result r;

	put_policy(f->db, owners);
	r = ASK(.machine = 1, .node_key = 10, .auth_key = key);
	assert_int_equal(
		tailnet_node_tag(f->db, r.node.id, "[\"tag:db\"]", "cli", NOW),
		ERR_OK);
	r = ASK(.machine = 1, .node_key = 10, .auth_key = key);
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_string_equal(r.node.tags, "[\"tag:db\"]");
	r = ASK(.machine = 2, .node_key = 20, .auth_key = key,
		.tag = "tag:web");
	r = ASK(.machine = 2, .node_key = 20, .auth_key = REUSABLE(f->alice),
		.tag = "tag:web");
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_equal(node_count(f), 2);
}

static enum err
let_in(struct fixture *f, const char *url, int64_t user, struct node *n,
	const char **words)
{
	struct pending p = pending_of(f, url);
	struct pending_decision d = { .user_id = user,
		.tags = "[]",
		.method = "cli",
		.actor = &actor_cli,
		.words = words };

	return tailnet_pending_decide(f->db, &f->s, &p, &d, NOW, f->mem, n);
}

static void
a_person_lets_in_with_the_tags_that_the_owner_owns(void **state)
{
	struct fixture *f = *state;
	struct register_result r =
		ASK(.machine = 1, .node_key = 10, .tag = "tag:web");
	const char *words = "";
	struct node n, back;

	assert_int_equal(r.error, ERR_TAGS_REFUSED);
	put_policy(f->db, owners);
	r = ASK(.machine = 1, .node_key = 10, .tag = "tag:x");
	assert_int_equal(r.error, ERR_TAGS_REFUSED);
	r = ASK(.machine = 1, .node_key = 10, .tag = "tag:web");
	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	assert_int_equal(
		let_in(f, r.auth_url, f->bob, &n, &words), ERR_TAGS_REFUSED);
	assert_string_equal(words,
		"requested tags [tag:web] are invalid or not permitted: "
		"bob does not own tag:web in the policy");
	assert_int_equal(pending_of(f, r.auth_url).state, PENDING_WAITING);
	assert_int_equal(let_in(f, r.auth_url, f->alice, &n, &words), ERR_OK);
	assert_int_equal(n.user_id, 0);
	assert_string_equal(n.tags, "[\"tag:web\"]");
	/* Another set replaces. */
	r = ASK(.machine = 1, .node_key = 11, .old_key = 10, .tag = "tag:any");
	assert_int_equal(
		let_in(f, r.auth_url, f->alice, &back, &words), ERR_OK);
	assert_int_equal(back.id, n.id);
	assert_string_equal(back.tags, "[\"tag:any\"]");
	/* And none goes back to who logs in. */
	r = ASK(.machine = 1, .node_key = 12, .old_key = 11);
	assert_int_equal(let_in(f, r.auth_url, f->bob, &back, &words), ERR_OK);
	assert_int_equal(back.id, n.id);
	assert_int_equal(back.user_id, f->bob);
	assert_string_equal(back.tags, "[]");
	assert_int_equal(back.expires_at, NOW + 180 * DAY);
	assert_string_equal(back.ipv4, n.ipv4);
}

/* A second profile on a tagged machine is another node. */
static void
nothing_goes_back_to_a_user_by_key_or_without_the_old_key(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	const char *words = "";
	struct register_result one, r;
	struct node n;

	put_policy(f->db, owners);
	one = ASK(.machine = 1, .node_key = 10, .auth_key = key,
		.tag = "tag:web");
	r = ASK(.machine = 1, .node_key = 11, .old_key = 10,
		.auth_key = REUSABLE(f->alice));
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_not_equal(r.node.id, one.node.id);
	r = ASK(.machine = 1, .node_key = 12);
	assert_int_equal(let_in(f, r.auth_url, f->bob, &n, &words), ERR_OK);
	assert_int_not_equal(n.id, one.node.id);
	assert_string_equal(node_of(f, 10).tags, "[\"tag:web\"]");
}

/* ---- routes that the policy approves ---- */

static void
a_route_that_the_policy_approves_is_approved_as_it_arrives(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result r;
	struct audit *rows;
	size_t count;

	put_policy(f->db, "{\"autoApprovers\": {\"routes\": "
			  "{\"10.0.0.0/8\": [\"alice@\"]}}}");
	r = ASK(.machine = 1, .node_key = 10, .auth_key = key,
		.route = "10.1.0.0/24");
	assert_string_equal(r.node.approved_routes, "[\"10.1.0.0/24\"]");
	assert_string_equal(
		node_of(f, 10).approved_routes, "[\"10.1.0.0/24\"]");
	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].action, "machine.routes_set");
	assert_string_equal(rows[0].actor, "policy");
	assert_string_equal(
		rows[0].after, "{\"approved_routes\":[\"10.1.0.0/24\"]}");
	assert_string_equal(ASK(.machine = 2, .node_key = 20, .auth_key = key,
				    .route = "192.168.0.0/24")
				    .node.approved_routes,
		"[]");
	assert_string_equal(
		ASK(.machine = 3, .node_key = 30, .auth_key = REUSABLE(f->bob),
			.route = "10.1.0.0/24")
			.node.approved_routes,
		"[]");
}

/* ---- the table: machine × node key × expiry × what is presented ---- */

enum row_state {
	FRESH,         /* nobody has the node key */
	LIVE,          /* this machine's node, not expired */
	EXPIRED,       /* this machine's node, expired */
	ROTATED,       /* this machine's, rotated away */
	DELETED,       /* this machine's, of a deleted node */
	OTHER_LIVE,    /* another machine's */
	OTHER_EXPIRED, /* another machine's, expired */
	OTHER_ROTATED, /* another machine's, rotated away */
	OTHER_DELETED, /* another machine's, of a deleted node */
	ROW_STATES,
};

enum presented {
	NOTHING,
	GOOD_KEY,
	SPENT_KEY,
	BAD_KEY,
	OTHERS_KEY, /* good, of another user */
	WAITING_LINK,
	FOREIGN_LINK, /* waits, of another machine */
	PRESENTED,
};

enum want {
	WANT_ZERO,
	WANT_PAST,
	WANT_SOONER,
	WANT_LATER,
	WANTS,
};

/* What node key 10 of machine 1 is before the request. */
static void
bring_about(struct fixture *f, enum row_state state)
{
	const char *key = REUSABLE(f->alice);
	int machine = state >= OTHER_LIVE ? 2 : 1;
	struct register_result r;

	if (state == FRESH)
		return;
	r = ASK(.machine = machine, .node_key = 10, .auth_key = key);
	assert_int_equal(r.outcome, REGISTER_DONE);
	if (state == EXPIRED || state == OTHER_EXPIRED)
		assert_int_equal(
			tailnet_node_expire(f->db, r.node.id, 1, "cli", NOW),
			ERR_OK);
	if (state == ROTATED || state == OTHER_ROTATED)
		ASK(.machine = machine, .node_key = 19, .auth_key = key);
	if (state == DELETED || state == OTHER_DELETED)
		assert_int_equal(
			tailnet_node_delete(f->db, r.node.id, "cli", NOW),
			ERR_OK);
}

static void
present(struct fixture *f, enum presented p, struct ask *a)
{
	const char *spent;

	switch (p) {
	case GOOD_KEY:
		a->auth_key = REUSABLE(f->alice);
		break;
	case SPENT_KEY:
		spent = KEY(.user_id = f->alice);
		ASK(.machine = 7, .node_key = 70, .auth_key = spent);
		a->auth_key = spent;
		break;
	case BAD_KEY:
		a->auth_key = "hskey-auth-nonsense";
		break;
	case OTHERS_KEY:
		a->auth_key = REUSABLE(f->bob);
		break;
	case WAITING_LINK:
		a->followup = ASK(.machine = 1, .node_key = 10).auth_url;
		break;
	case FOREIGN_LINK:
		a->followup = ASK(.machine = 3, .node_key = 33).auth_url;
		break;
	case NOTHING:
	case PRESENTED:
		break;
	}
}

struct cell {
	enum register_outcome outcome;
	enum err error;
};

/* The rules once more, as a person would say them. */
static struct cell
expected(enum row_state state, enum presented p, enum want w)
{
	switch (state) {
	case OTHER_LIVE:
	case OTHER_EXPIRED:
	case OTHER_ROTATED:
	case OTHER_DELETED:
		return (struct cell){ REGISTER_REFUSED, ERR_NODE_KEY_TAKEN };
	case EXPIRED:
	case ROTATED:
	case DELETED:
		return (struct cell){ w == WANT_PAST ? REGISTER_LOGGED_OUT
						     : REGISTER_KEY_EXPIRED,
			ERR_OK };
	case LIVE:
		if (w == WANT_PAST)
			return (struct cell){ REGISTER_LOGGED_OUT, ERR_OK };
		if (w == WANT_LATER)
			return (struct cell){ REGISTER_REFUSED, ERR_EXTEND };
		if (w == WANT_ZERO && p == OTHERS_KEY)
			return (struct cell){ REGISTER_KEY_EXPIRED, ERR_OK };
		return (struct cell){ REGISTER_DONE, ERR_OK };
	case FRESH:
	case ROW_STATES:
		break;
	}
	if (w == WANT_PAST)
		return (struct cell){ REGISTER_LOGGED_OUT, ERR_OK };
	switch (p) {
	case GOOD_KEY:
	case OTHERS_KEY:
		return (struct cell){ REGISTER_DONE, ERR_OK };
	case SPENT_KEY:
		return (struct cell){ REGISTER_REFUSED, ERR_KEY_USED };
	case BAD_KEY:
		return (struct cell){ REGISTER_REFUSED, ERR_KEY_UNKNOWN };
	case WAITING_LINK:
		return (struct cell){ REGISTER_WAIT, ERR_OK };
	default:
		return (struct cell){ REGISTER_AUTH_URL, ERR_OK };
	}
}

static void
check_victim(struct fixture *f, const struct node *before)
{
	struct node after;

	assert_int_equal(
		db_node_by_id(f->db, before->id, f->mem, &after), ERR_OK);
	assert_same_node(before, &after);
}

static void
check_cell(enum row_state state, enum presented p, enum want w)
{
	static const int64_t wants[] = { CLOCK_GO_ZERO, 123, NOW + DAY,
		NOW + 9999 * (int64_t)DAY };
	struct fixture *f;
	struct ask a = { .machine = 1, .node_key = 10 };
	struct node *nodes;
	struct register_result r;
	struct cell c = expected(state, p, w);
	size_t count;
	void *fixture = NULL;

	assert_int_equal(setup(&fixture), 0);
	f = fixture;
	/* A link of this node key must exist before the key is anybody's. */
	if (p == WAITING_LINK)
		present(f, p, &a);
	bring_about(f, state);
	if (p != WAITING_LINK)
		present(f, p, &a);
	a.expiry = at(f, wants[w]);
	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	r = ask(f, a);
	if (r.outcome != c.outcome || r.error != c.error)
		fail_msg("state %d presented %d want %d: outcome %d (%d), "
			 "error %d (%d)",
			state, p, w, r.outcome, c.outcome, r.error, c.error);
	if (r.outcome == REGISTER_REFUSED)
		for (size_t i = 0; i < count; i++)
			check_victim(f, &nodes[i]);
	teardown(&fixture);
}

static void
every_cell_of_the_table_answers_as_the_rules_say(void **state)
{
	(void)state;
	for (enum row_state s = 0; s < ROW_STATES; s++)
		for (enum presented p = 0; p < PRESENTED; p++)
			for (enum want w = 0; w < WANTS; w++)
				check_cell(s, p, w);
}

/* ---- logout and expiry ---- */

static void
logout_expires_the_node_and_deletes_an_ephemeral_one(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result r;

	ASK(.machine = 1, .node_key = 10, .auth_key = key);
	ASK(.machine = 2, .node_key = 20, .auth_key = key, .ephemeral = true);
	r = ASK(.machine = 1, .node_key = 10, .auth_key = key,
		.expiry = "1970-01-01T01:02:03+01:00");
	assert_int_equal(r.outcome, REGISTER_LOGGED_OUT);
	assert_int_equal(node_of(f, 10).expires_at, NOW);
	r = ASK(.machine = 2, .node_key = 20, .expiry = "1970-01-01T00:02:03Z");
	assert_int_equal(r.outcome, REGISTER_LOGGED_OUT);
	assert_int_equal(node_count(f), 1);
	assert_true(is_retired(f, 20));
}

/* Of a login of that node by SSH; its row. */
static int64_t
allowed_by_ssh(struct fixture *f, const struct node *n)
{
	struct ssh_check c = { .code = "abcdef",
		.src_id = n->id,
		.dst_id = n->id,
		.src_key = n->node_key,
		.user_id = n->user_id,
		.login = "root",
		.src_name = n->name,
		.dst_name = n->name,
		.user_name = "alice",
		.period = DAY,
		.created_at = NOW,
		.expires_at = NOW + 900 };
	int64_t id;

	memcpy(c.auth_hash, &n->node_key, sizeof(c.auth_hash));
	assert_int_equal(db_begin(f->db), ERR_OK);
	assert_int_equal(db_ssh_check_add(f->db, &c, &id), ERR_OK);
	assert_int_equal(
		db_ssh_check_decide(f->db, id, CHECK_APPROVED, "", "cli", NOW),
		ERR_OK);
	assert_int_equal(db_commit(f->db), ERR_OK);
	return id;
}

static void
ssh_ended(struct fixture *f, int64_t id, const char *reason)
{
	struct ssh_check c;
	struct audit a;

	assert_int_equal(db_ssh_check_by_id(f->db, id, f->mem, &c), ERR_OK);
	assert_int_equal(c.state, CHECK_ENDED);
	assert_string_equal(c.reason, reason);
	assert_int_equal(
		db_audit_last(f->db,
			arena_printf(f->mem, "check:%lld", (long long)id),
			"ssh.revoked", f->mem, &a),
		ERR_OK);
	assert_string_equal(a.actor, "server");
}

static void
what_ssh_allowed_ends_with_a_logout_and_with_another_key(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct node n;
	int64_t id;

	ASK(.machine = 1, .node_key = 11, .auth_key = key);
	n = node_of(f, 11);
	id = allowed_by_ssh(f, &n);
	ASK(.machine = 1, .node_key = 12, .old_key = 11, .auth_key = key);
	ssh_ended(f, id, "the machine has another key");
	n = node_of(f, 12);
	id = allowed_by_ssh(f, &n);
	ASK(.machine = 1, .node_key = 12, .expiry = "2001-01-01T00:00:00Z");
	ssh_ended(f, id, "the key of the machine expired");
}

static void
after_logout_a_new_node_key_finds_the_row_again(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result one =
		ASK(.machine = 1, .node_key = 10, .auth_key = key);
	struct register_result two;

	ASK(.machine = 1, .node_key = 10, .expiry = "1970-01-01T00:02:03Z");
	two = ASK(.machine = 1, .node_key = 11, .auth_key = key,
		.now = NOW + 5);
	assert_int_equal(two.outcome, REGISTER_DONE);
	assert_int_equal(two.node.id, one.node.id);
	assert_int_equal(two.node.expires_at, NOW + 5 + 180 * DAY);
}

static void
a_machine_may_bring_its_end_nearer(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result r;

	ASK(.machine = 1, .node_key = 10, .auth_key = key);
	r = ASK(.machine = 1, .node_key = 10, .expiry = at(f, NOW + DAY));
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_equal(r.node.expires_at, NOW + DAY);
	r = ASK(.machine = 1, .node_key = 10, .expiry = at(f, NOW + DAY));
	assert_int_equal(r.outcome, REGISTER_DONE);
	r = ASK(.machine = 1, .node_key = 10, .expiry = at(f, NOW + DAY + 1));
	assert_int_equal(r.error, ERR_EXTEND);
	assert_int_equal(node_of(f, 10).expires_at, NOW + DAY);
}

/* ---- what is malformed ---- */

static void
a_client_too_old_is_told_from_which_version_on(void **state)
{
	struct fixture *f = *state;
	const char *key = REUSABLE(f->alice);
	struct register_result r = ASK(.machine = 1, .node_key = 10,
		.auth_key = key, .capver = 112);

	assert_int_equal(r.outcome, REGISTER_REFUSED);
	assert_string_equal(r.words,
		"this client is too old: version 1.80 or newer is needed");
	assert_int_equal(ASK(.machine = 1, .node_key = 10, .auth_key = key,
				 .capver = 113)
				 .outcome,
		REGISTER_DONE);
}

static void
a_malformed_request_is_refused(void **state)
{
	struct fixture *f = *state;
	struct tailcfg_hostinfo hostinfo = { .hostname = "x" };
	struct tailcfg_register_request request = { .hostinfo = &hostinfo };
	struct register_input in = { .request = &request,
		.machine_key = key_of(1),
		.capver = 142,
		.address = "192.0.2.1",
		.now = NOW };
	static const char *const bad[] = { NULL, "", "nodekey:00",
		"nodekey:0000000000000000000000000000000000000000000000000000"
		"000000000000" };
	struct register_result r;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request.node_key = bad[i];
		assert_int_equal(tailnet_register(f->db, &f->s, &f->pepper, &in,
					 f->mem, &r),
			ERR_OK);
		assert_int_equal(r.outcome, REGISTER_REFUSED);
		assert_int_equal(r.error, ERR_BAD_INPUT);
	}
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .expiry = "soon").error,
		ERR_BAD_INPUT);
}

static void
a_hostinfo_past_its_limit_is_refused(void **state)
{
	struct fixture *f = *state;
	char *name = arena_alloc(f->mem, REGISTER_HOSTINFO_MAX + 1);
	size_t len = REGISTER_HOSTINFO_MAX - strlen("{\"Hostname\":\"\"}");

	memset(name, 'a', len + 1);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .hostname = name).error,
		ERR_TOO_BIG);
	name[len] = '\0';
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .hostname = name).outcome,
		REGISTER_AUTH_URL);
}

/* ---- approval ---- */

static struct node
approve(struct fixture *f, const char *url, int64_t user, const char *tags)
{
	struct pending p = pending_of(f, url);
	struct node n;

	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &p, user, tags,
				 "cli", &actor_cli, NOW, f->mem, &n),
		ERR_OK);
	return n;
}

static void
a_machine_without_key_waits_and_is_approved(void **state)
{
	struct fixture *f = *state;
	struct register_result r =
		ASK(.machine = 1, .node_key = 10, .hostname = "web");
	const char *url = r.auth_url;
	struct node n;

	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	assert_int_equal(strlen(strstr(url, "hskey-authreq-")), 38);
	assert_int_equal(strcmp(url + strlen(url) - PENDING_CODE_LEN,
				 pending_of(f, url).code),
		0);
	r = ASK(.machine = 1, .node_key = 10, .followup = url, .now = NOW + 1);
	assert_int_equal(r.outcome, REGISTER_WAIT);
	assert_int_equal(r.pending_id, pending_of(f, url).id);
	assert_int_equal(r.deadline, NOW + PENDING_LIFE_SECONDS);
	n = approve(f, url, f->alice, NULL);
	assert_string_equal(n.name, "web");
	assert_string_equal(n.register_method, "cli");
	r = ASK(.machine = 1, .node_key = 10, .followup = url);
	assert_int_equal(r.outcome, REGISTER_DONE);
	assert_int_equal(r.node.id, n.id);
	assert_int_equal(r.user.id, f->alice);
}

static void
a_second_request_gets_the_same_link(void **state)
{
	struct fixture *f = *state;
	const char *one = ASK(.machine = 1, .node_key = 10).auth_url;
	const char *two =
		ASK(.machine = 1, .node_key = 10, .now = NOW + 800).auth_url;
	const char *other = ASK(.machine = 1, .node_key = 11).auth_url;
	int64_t count;

	assert_string_equal(one, two);
	assert_string_not_equal(one, other);
	assert_int_equal(pending_of(f, one).expires_at,
		NOW + 800 + PENDING_LIFE_SECONDS);
	assert_int_equal(db_pending_count(f->db, NOW, &count), ERR_OK);
	assert_int_equal(count, 1);
}

/* Two `up --force-reauth` in a row. */
static void
a_newer_link_of_a_machine_ends_its_older_one(void **state)
{
	struct fixture *f = *state;
	const char *old = ASK(.machine = 1, .node_key = 10).auth_url;
	const char *others = ASK(.machine = 2, .node_key = 20).auth_url;
	const char *new = ASK(.machine = 1, .node_key = 11).auth_url;
	struct pending p = pending_of(f, old);
	struct register_result r;
	struct node n;

	assert_true(pending_is_replaced(&p));
	assert_int_equal(pending_of(f, others).state, PENDING_WAITING);
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &p, f->alice,
				 NULL, "cli", &actor_cli, NOW, f->mem, &n),
		ERR_DECIDED);
	r = ASK(.machine = 1, .node_key = 10, .followup = old);
	assert_int_equal(r.error, ERR_REJECTED);
	assert_non_null(strstr(r.words, "a newer link"));
	(void)approve(f, new, f->alice, NULL);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 11).outcome, REGISTER_DONE);
}

static void
at_the_deadline_there_is_a_new_link(void **state)
{
	struct fixture *f = *state;
	int64_t end = NOW + PENDING_LIFE_SECONDS;
	const char *one = ASK(.machine = 1, .node_key = 10).auth_url;
	struct register_result r = ASK(.machine = 1, .node_key = 10,
		.followup = one, .now = end, .may_not_wait = true);

	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	assert_string_not_equal(r.auth_url, one);
	assert_int_equal(ASK(.machine = 1, .node_key = 10,
				 .followup = r.auth_url, .now = end)
				 .outcome,
		REGISTER_WAIT);
}

static void
who_may_not_wait_never_gets_the_same_link(void **state)
{
	struct fixture *f = *state;
	const char *one = ASK(.machine = 1, .node_key = 10).auth_url;
	struct register_result r = ASK(.machine = 1, .node_key = 10,
		.followup = one, .may_not_wait = true);

	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	assert_string_not_equal(r.auth_url, one);
}

static void
a_link_that_is_not_known_is_answered_with_a_new_one(void **state)
{
	struct fixture *f = *state;
	static const char *const links[] = { "x", "http://x/register/",
		"http://x/register/hskey-authreq-short",
		"http://x/register/hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA",
		"http://x/register/hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAA/" };

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		assert_int_equal(
			ASK(.machine = 1, .node_key = 10, .followup = links[i])
				.outcome,
			REGISTER_AUTH_URL);
}

static void
a_leaked_link_tells_another_machine_nothing(void **state)
{
	struct fixture *f = *state;
	const char *url = ASK(.machine = 1, .node_key = 10).auth_url;
	struct register_result r;

	approve(f, url, f->alice, NULL);
	r = ASK(.machine = 2, .node_key = 20, .followup = url);
	assert_int_equal(r.outcome, REGISTER_AUTH_URL);
	assert_string_not_equal(r.auth_url, url);
	assert_int_equal(r.user.id, 0);
	r = ASK(.machine = 2, .node_key = 10, .followup = url);
	assert_int_equal(r.error, ERR_NODE_KEY_TAKEN);
}

static void
a_link_is_good_for_one_machine_and_one_node_key(void **state)
{
	struct fixture *f = *state;
	const char *url = ASK(.machine = 1, .node_key = 10).auth_url;

	assert_int_equal(
		ASK(.machine = 2, .node_key = 10, .followup = url).outcome,
		REGISTER_AUTH_URL);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 10, .followup = url).outcome,
		REGISTER_WAIT);
	assert_int_equal(
		ASK(.machine = 1, .node_key = 11, .followup = url).outcome,
		REGISTER_AUTH_URL);
}

static void
a_rejection_is_final_and_says_why(void **state)
{
	struct fixture *f = *state;
	const char *url = ASK(.machine = 1, .node_key = 10).auth_url, *again;
	struct pending p = pending_of(f, url);
	struct register_result r;
	struct node n;

	assert_int_equal(
		tailnet_pending_reject(f->db, &p, "not yours", "cli", NOW),
		ERR_OK);
	for (int i = 0; i < 2; i++) {
		r = ASK(.machine = 1, .node_key = 10, .followup = url,
			.may_not_wait = i == 1);
		assert_int_equal(r.outcome, REGISTER_REFUSED);
		assert_int_equal(r.error, ERR_REJECTED);
		assert_string_equal(r.words,
			"an admin turned this machine away: not yours");
	}
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &p, f->alice,
				 NULL, "cli", &actor_cli, NOW, f->mem, &n),
		ERR_DECIDED);
	assert_int_equal(
		tailnet_pending_reject(f->db, &p, "", "cli", NOW), ERR_DECIDED);
	assert_int_equal(node_count(f), 0);
	again = ASK(.machine = 1, .node_key = 10).auth_url;
	assert_string_not_equal(again, url);
}

static void
approving_twice_or_too_late_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *url = ASK(.machine = 1, .node_key = 10).auth_url;
	struct pending one = pending_of(f, url);
	struct pending two =
		pending_of(f, ASK(.machine = 2, .node_key = 20).auth_url);
	struct node n;

	approve(f, url, f->alice, NULL);
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &one, f->bob,
				 NULL, "cli", &actor_cli, NOW, f->mem, &n),
		ERR_DECIDED);
	assert_int_equal(
		tailnet_pending_approve(f->db, &f->s, &two, f->bob, NULL, "cli",
			&actor_cli, NOW + PENDING_LIFE_SECONDS, f->mem, &n),
		ERR_EXPIRED);
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &two, 0, "[]",
				 "cli", &actor_cli, NOW, f->mem, &n),
		ERR_NO_OWNER);
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &two, 99, NULL,
				 "cli", &actor_cli, NOW, f->mem, &n),
		ERR_NOT_FOUND);
	assert_int_equal(
		tailnet_pending_approve(f->db, &f->s, &two, 0, "[\"tag:\"]",
			"cli", &actor_cli, NOW, f->mem, &n),
		ERR_BAD_TAG);
	assert_int_equal(node_count(f), 1);
	n = approve(f, ASK(.machine = 2, .node_key = 20).auth_url, 0,
		"[\"tag:x\"]");
	assert_string_equal(n.tags, "[\"tag:x\"]");
	assert_int_equal(n.expires_at, 0);
}

static void
an_approval_of_a_key_that_another_machine_got_meanwhile_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pending p =
		pending_of(f, ASK(.machine = 1, .node_key = 10).auth_url);
	struct node n;

	ASK(.machine = 2, .node_key = 10, .auth_key = REUSABLE(f->bob));
	assert_int_equal(tailnet_pending_approve(f->db, &f->s, &p, f->alice,
				 NULL, "cli", &actor_cli, NOW, f->mem, &n),
		ERR_NODE_KEY_TAKEN);
	assert_int_equal(
		pending_of(f, ASK(.machine = 3, .node_key = 30).auth_url).state,
		PENDING_WAITING);
	assert_int_equal(node_of(f, 10).user_id, f->bob);
}

static void
an_expired_machine_is_admitted_again_into_its_row(void **state)
{
	struct fixture *f = *state;
	struct register_result one = ASK(.machine = 1, .node_key = 10,
		.auth_key = REUSABLE(f->alice));
	const char *url;
	struct node n;

	assert_int_equal(
		tailnet_node_expire(f->db, one.node.id, 1, "cli", NOW), ERR_OK);
	assert_int_equal(ASK(.machine = 1, .node_key = 10).outcome,
		REGISTER_KEY_EXPIRED);
	url = ASK(.machine = 1, .node_key = 11).auth_url;
	n = approve(f, url, f->alice, NULL);
	assert_int_equal(n.id, one.node.id);
	assert_string_equal(n.ipv4, one.node.ipv4);
	assert_true(n.expires_at > NOW);
	assert_true(is_retired(f, 10));
}

static void
so_many_may_wait_from_one_address_and_no_more(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < PENDING_ADDRESS_MAX; i++)
		assert_int_equal(
			ASK(.machine = i, .node_key = 1000 + i).outcome,
			REGISTER_AUTH_URL);
	assert_int_equal(ASK(.machine = 90, .node_key = 2000).error, ERR_FULL);
	assert_int_equal(
		ASK(.machine = 0, .node_key = 1000).outcome, REGISTER_AUTH_URL);
	assert_int_equal(
		ASK(.machine = 90, .node_key = 2000, .address = "192.0.2.2")
			.outcome,
		REGISTER_AUTH_URL);
	assert_int_equal(ASK(.machine = 90, .node_key = 2001,
				 .now = NOW + PENDING_LIFE_SECONDS)
				 .outcome,
		REGISTER_AUTH_URL);
}

/* Whoever has one IPv6 address has a network of them. */
static void
so_many_may_wait_from_one_network(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < PENDING_ADDRESS_MAX; i++)
		assert_int_equal(ASK(.machine = i, .node_key = 1000 + i,
					 .address = arena_printf(f->mem,
						 "2001:db8:0:1::%x", i + 1))
					 .outcome,
			REGISTER_AUTH_URL);
	assert_int_equal(ASK(.machine = 90, .node_key = 2000,
				 .address = "2001:db8:0:1:ffff::1")
				 .error,
		ERR_FULL);
	assert_int_equal(ASK(.machine = 90, .node_key = 2000,
				 .address = "2001:db8:0:2::1")
				 .outcome,
		REGISTER_AUTH_URL);
	assert_int_equal(ASK(.machine = 91, .node_key = 2001,
				 .address = "::ffff:192.0.2.1")
				 .outcome,
		REGISTER_AUTH_URL);
}

static void
so_many_may_wait_in_all_and_no_more(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < PENDING_MAX; i++)
		assert_int_equal(ASK(.machine = i, .node_key = 5000 + i,
					 .address = arena_printf(
						 f->mem, "192.0.2.%d", i / 16))
					 .outcome,
			REGISTER_AUTH_URL);
	assert_int_equal(ASK(.machine = 9999, .node_key = 9999,
				 .address = "198.51.100.1")
				 .error,
		ERR_FULL);
}

/* ---- audit ---- */

static void
the_audit_log_tells_who_let_the_machine_in(void **state)
{
	struct fixture *f = *state;
	const char *key = KEY(.user_id = f->alice);
	struct audit *rows;
	size_t count;

	ASK(.machine = 1, .node_key = 10, .auth_key = key);
	assert_int_equal(db_audits(f->db, 0, 1, f->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_string_equal(rows[0].action, "machine.registered");
	assert_string_equal(rows[0].actor, "preauth-key:1");
	assert_true(text_starts(rows[0].subject, "node:"));
	assert_non_null(strstr(rows[0].detail, "from 192.0.2.1"));
	assert_null(strstr(rows[0].detail, key));
	assert_string_equal(rows[0].via, "machine");
	assert_string_equal(rows[0].address, "192.0.2.1");
}

/* ---- several processes ---- */

enum {
	CHILDREN = 8,
	EACH = 25,
};

/* Child `n`: EACH machines by keys of their own, then one by the key that all
 * the children have.  Exits with 1 if that one was let in, 2 on an error. */
static int
child(struct fixture *f, const char *home, int n, const char *const *own,
	const char *shared)
{
	struct register_result r;
	struct ask a;

	if (db_open(home, &f->db) != ERR_OK)
		return 2;
	for (int i = 0; i < EACH; i++) {
		int number = n * 1000 + i + 1;

		a = (struct ask){ .machine = number,
			.node_key = 100000 + number,
			.auth_key = own[n * EACH + i] };
		if (register_as(f, &a, &r) != ERR_OK ||
			r.outcome != REGISTER_DONE)
			return 2;
	}
	a = (struct ask){
		.machine = 50000 + n, .node_key = 60000 + n, .auth_key = shared
	};
	if (register_as(f, &a, &r) != ERR_OK)
		return 2;
	db_close(f->db);
	if (r.outcome == REGISTER_REFUSED)
		return r.error == ERR_KEY_USED ? 0 : 2;
	return r.outcome == REGISTER_DONE ? 1 : 2;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
assert_all_differ(const char **texts, size_t count)
{
	qsort(texts, count, sizeof(texts[0]), by_name);
	for (size_t i = 1; i < count; i++)
		assert_string_not_equal(texts[i - 1], texts[i]);
}

static void
check_all_differ(struct fixture *f)
{
	const char **names, **fours, **sixes;
	struct node *nodes;
	size_t count;

	assert_int_equal(db_nodes(f->db, f->mem, &nodes, &count), ERR_OK);
	assert_int_equal(count, CHILDREN * EACH + 1);
	names = arena_array(f->mem, count, sizeof(char *));
	fours = arena_array(f->mem, count, sizeof(char *));
	sixes = arena_array(f->mem, count, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		names[i] = nodes[i].name;
		fours[i] = nodes[i].ipv4;
		sixes[i] = nodes[i].ipv6;
	}
	assert_all_differ(names, count);
	assert_all_differ(fours, count);
	assert_all_differ(sixes, count);
}

static void
remove_home(const char *home)
{
	static const char *const names[] = { "cairn.db", "cairn.db-wal",
		"cairn.db-shm", "cairn.lock" };
	char path[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", home, names[i]);
		(void)unlink(path);
	}
	rmdir(home);
}

static void
check_at_once(const char *order)
{
	struct fixture fixture = { .mem = arena_new() }, *f = &fixture;
	const char *own[CHILDREN * EACH], *shared;
	struct user alice = { .name = "alice" };
	char home[] = "/tmp/cairn-register-XXXXXX";
	pid_t children[CHILDREN];
	int let_in = 0, status;
	int64_t from;

	assert_non_null(mkdtemp(home));
	assert_int_equal(db_migrate(home, &from), ERR_OK);
	assert_int_equal(db_open(home, &f->db), ERR_OK);
	assert_int_equal(settings_load(f->db, f->mem, &f->s), ERR_OK);
	f->s.address_order = order;
	assert_int_equal(
		tailnet_user_add(f->db, &alice, "cli", NOW, &f->alice), ERR_OK);
	for (size_t i = 0; i < CHILDREN * EACH; i++)
		own[i] = KEY(.user_id = f->alice);
	shared = KEY(.user_id = f->alice);
	db_close(f->db);
	for (int n = 0; n < CHILDREN; n++) {
		children[n] = fork();
		if (children[n] == 0)
			_exit(child(f, home, n, own, shared));
	}
	for (int n = 0; n < CHILDREN; n++) {
		assert_int_equal(waitpid(children[n], &status, 0), children[n]);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 2);
		let_in += WEXITSTATUS(status);
	}
	assert_int_equal(let_in, 1);
	assert_int_equal(db_open(home, &f->db), ERR_OK);
	check_all_differ(f);
	db_close(f->db);
	remove_home(home);
	arena_free(f->mem);
}

static void
eight_processes_share_no_address_name_or_one_time_key(void **state)
{
	(void)state;
	check_at_once("random");
	check_at_once("sequential");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_key_makes_a_node),
		TEST(each_bad_key_is_refused_with_its_own_words),
		TEST(a_key_counts_until_the_second_of_its_end),
		TEST(a_repeated_request_does_not_use_the_key_twice),
		TEST(a_deleted_key_keeps_its_node_and_its_ephemerality),
		TEST(ephemeral_follows_from_the_key_or_the_request),
		TEST(a_tagged_key_makes_a_tagged_node_without_expiry),
		TEST(requested_tags_must_be_among_the_keys),
		TEST(a_rotated_key_keeps_the_row_and_needs_a_good_auth_key),
		TEST(a_spent_key_is_good_for_a_moment_for_the_machine_that_spent_it),
		TEST(a_spent_key_does_not_revive_a_node_that_was_expired_or_deleted),
		TEST(another_owner_is_another_node_and_needs_another_node_key),
		TEST(a_spent_key_of_another_owner_is_refused),
		TEST(tags_that_an_admin_gave_survive_a_new_login),
		TEST(a_plain_key_gives_the_tags_that_its_user_owns),
		TEST(an_admin_takes_every_tag_that_the_policy_names),
		TEST(a_refusal_of_tags_says_which_and_why),
		TEST(the_tags_of_a_key_give_the_tags_that_they_own),
		TEST(a_key_gets_only_tags_that_have_an_owner),
		TEST(a_login_with_tags_takes_the_users_machine_along),
		TEST(a_container_that_starts_again_keeps_what_became_of_it),
		TEST(a_person_lets_in_with_the_tags_that_the_owner_owns),
		TEST(nothing_goes_back_to_a_user_by_key_or_without_the_old_key),
		TEST(a_route_that_the_policy_approves_is_approved_as_it_arrives),
		TEST(an_asked_expiry_may_only_be_sooner),
		cmocka_unit_test(
			every_cell_of_the_table_answers_as_the_rules_say),
		TEST(logout_expires_the_node_and_deletes_an_ephemeral_one),
		TEST(what_ssh_allowed_ends_with_a_logout_and_with_another_key),
		TEST(after_logout_a_new_node_key_finds_the_row_again),
		TEST(a_machine_may_bring_its_end_nearer),
		TEST(a_client_too_old_is_told_from_which_version_on),
		TEST(a_malformed_request_is_refused),
		TEST(a_hostinfo_past_its_limit_is_refused),
		TEST(a_machine_without_key_waits_and_is_approved),
		TEST(a_second_request_gets_the_same_link),
		TEST(a_newer_link_of_a_machine_ends_its_older_one),
		TEST(at_the_deadline_there_is_a_new_link),
		TEST(who_may_not_wait_never_gets_the_same_link),
		TEST(a_link_that_is_not_known_is_answered_with_a_new_one),
		TEST(a_leaked_link_tells_another_machine_nothing),
		TEST(a_link_is_good_for_one_machine_and_one_node_key),
		TEST(a_rejection_is_final_and_says_why),
		TEST(approving_twice_or_too_late_is_refused),
		TEST(an_approval_of_a_key_that_another_machine_got_meanwhile_is_refused),
		TEST(an_expired_machine_is_admitted_again_into_its_row),
		TEST(so_many_may_wait_from_one_address_and_no_more),
		TEST(so_many_may_wait_from_one_network),
		TEST(so_many_may_wait_in_all_and_no_more),
		TEST(the_audit_log_tells_who_let_the_machine_in),
		cmocka_unit_test(
			eight_processes_share_no_address_name_or_one_time_key),
	};

	return cmocka_run_group_tests_name(
		"tailnet/register", tests, NULL, NULL);
}
