/*
 * my_machine_test.c: the page that the owner of a machine has of it, and that
 * nobody has one of another's.
 */
#include "tests/fcgi/machines.h"

#include "db/audit.h"
#include "tests/tailnet/policy_rows.h"

static int64_t
id_of(struct site *s, const char *name)
{
	struct user u;

	assert_int_equal(db_user_by_name(s->db, name, s->mem, &u), ERR_OK);
	return u.id;
}

static int64_t
own(struct site *s, const char *owner, const char *name)
{
	return machine(
		s, &(struct made){ .name = name, .user_id = id_of(s, owner) });
}

static const char *
page(struct site *s, int64_t id)
{
	return at(s, "/me/machines/", id, "");
}

static void
the_owner_reads_what_there_is_to_know_of_the_machine(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = own(s, "bob", "laptop");
	const char *body = tab_get(&bob, "/me").body;

	assert_holds(body, at(s, "href=\"/me/machines/", id, "\""));
	body = tab_get(&bob, page(s, id)).body;
	assert_int_equal(bob.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"my-machine\"");
	assert_holds(
		body, "<a href=\"/me\">Your machines</a></p><h1>laptop</h1>");
	assert_holds(body, "data-fact=\"node-key\"");
	assert_holds(body, "data-fact=\"expires\"");
	assert_holds(body, "id=\"form-rename\"");
	assert_holds(body, at(s, "/me/machines/", id, "/delete"));
	assert_lacks(body, "/admin/");
	assert_lacks(body, "form-tags");
	assert_lacks(body, "form-routes");
	assert_lacks(body, "value=\"never\"");
	assert_lacks(body, "id=\"events\"");
}

static void
it_says_what_the_machine_reaches_and_by_no_rule(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = own(s, "bob", "laptop");
	const char *body;

	machine(s, &(struct made){ .name = "web", .tags = "[\"tag:web\"]" });
	machine(s, &(struct made){ .name = "vault", .tags = "[\"tag:db\"]" });
	put_policy(s->db,
		"{\"tagOwners\": {\"tag:web\": [], \"tag:db\": []},"
		"\"grants\": ["
		"{\"src\": [\"tag:db\"], \"dst\": [\"*\"], \"ip\": [\"*\"]},"
		"{\"src\": [\"bob@\"], \"dst\": [\"tag:web\"],"
		" \"ip\": [\"tcp:443\"]}]}");
	body = tab_get(&bob, page(s, id)).body;
	assert_sound(s->mem, body);
	assert_holds(body, "id=\"can-reach\"");
	assert_holds(body, "web");
	assert_holds(body, "443");
	assert_lacks(body, "vault");
	assert_lacks(body, "reached-by");
	assert_lacks(body, "line 1");
	assert_lacks(body, "data-col=\"rule\"");
	assert_lacks(body, "/admin/");
}

static void
the_owner_renames_it(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = own(s, "bob", "laptop");
	const char *name = at(s, "/me/machines/", id, "/name");

	own(s, "bob", "other");
	tab_get(&bob, page(s, id));
	tab_choose(&bob, "form-rename");
	tab_post(&bob, name, "name=other");
	assert_int_equal(bob.last.status, 422);
	assert_holds(bob.last.body, "data-page=\"my-machine\"");
	assert_holds(bob.last.body, "data-error=\"name-taken\"");
	tab_choose(&bob, "form-rename");
	tab_post(&bob, name, "name=desk");
	assert_int_equal(bob.last.status, 303);
	assert_string_equal(bob.last.reply.location, page(s, id));
	assert_string_equal(node_of(s, id).name, "desk");
	assert_holds(tab_get(&bob, page(s, id)).body, "Renamed to desk.");
	assert_string_equal(audit_last(s).action, "machine.renamed");
	assert_string_equal(audit_last(s).actor,
		arena_printf(s->mem, "user:%lld", (long long)id_of(s, "bob")));
	assert_string_equal(audit_last(s).via, "page");
}

static void
the_owner_expires_its_key_and_sets_no_other_time(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = own(s, "bob", "laptop");
	const char *path = at(s, "/me/machines/", id, "/expiry");
	const char *const others[] = { "do=never", "do=default",
		"do=at&expires=2099-01-01T00:00", "" };

	for (size_t i = 0; i < 4; i++) {
		tab_get(&bob, page(s, id));
		tab_choose(&bob, "form-expiry");
		assert_int_equal(tab_post(&bob, path, others[i]).status, 400);
		assert_int_equal(node_of(s, id).expires_at, 0);
	}
	tab_get(&bob, page(s, id));
	tab_choose(&bob, "form-expiry");
	tab_post(&bob, path, "do=now");
	assert_int_equal(bob.last.status, 200);
	assert_holds(bob.last.body, "Expire the key of laptop?");
	assert_lacks(bob.last.body, "/admin/");
	tab_choose(&bob, "form-confirm");
	tab_post(&bob, path, "do=now&confirm=1");
	assert_int_equal(bob.last.status, 303);
	assert_int_equal(node_of(s, id).expires_at, s->now);
	assert_string_equal(audit_last(s).action, "machine.expired");
}

static void
the_owner_deletes_it_after_a_question(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = own(s, "bob", "laptop");
	const char *path = at(s, "/me/machines/", id, "/delete");
	struct node n;

	tab_get(&bob, path);
	assert_sound(s->mem, bob.last.body);
	assert_holds(bob.last.body, "<h1>Delete laptop?</h1>");
	assert_lacks(bob.last.body, "/admin/");
	tab_post(&bob, path, "");
	assert_int_equal(bob.last.status, 303);
	assert_string_equal(bob.last.reply.location, "/me");
	assert_int_equal(db_node_by_id(s->db, id, s->mem, &n), ERR_NOT_FOUND);
	assert_holds(tab_get(&bob, "/me").body, "Deleted laptop.");
	assert_string_equal(audit_last(s).action, "machine.deleted");
	assert_int_equal(tab_get(&bob, path).status, 404);
}

/* What is answered for a machine that never was, to the letter. */
static const char *
answer_of(struct site *s, struct tab *t, int64_t id, const char *tail)
{
	const char *path = at(s, "/me/machines/", id, tail);

	tab_get(t, "/me/security");
	if (*tail && strcmp(tail, "/delete?") != 0)
		tab_post(t, path, "name=taken&do=now&confirm=1");
	else
		tab_get(t, arena_printf(s->mem, "%.*s", (int)strcspn(path, "?"),
				   path));
	assert_int_equal(t->last.status, 404);
	return t->last.body;
}

static void
anothers_machine_is_as_one_that_never_was(void **state)
{
	static const char *const tails[] = { "", "/name", "/expiry", "/delete",
		"/delete?" };
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	int64_t ids[3];

	ids[0] = own(s, "ann", "anns");
	ids[1] = machine(
		s, &(struct made){ .name = "tagged", .tags = "[\"tag:web\"]" });
	ids[2] = own(s, "ann", "gone");
	assert_int_equal(
		tailnet_node_delete(s->db, ids[2], "cli", s->now), ERR_OK);
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 5; k++) {
			const char *body = answer_of(s, &bob, ids[i], tails[k]);

			assert_lacks(body, "anns");
			assert_lacks(body, "tagged");
			assert_holds(body, "no machine of yours");
			(void)answer_of(s, &bob, 999, tails[k]);
		}
	assert_string_equal(node_of(s, ids[0]).name, "anns");
	assert_string_equal(node_of(s, ids[1]).name, "tagged");
	/* An owner has none of others in the portal either. */
	assert_int_equal(tab_get(&ann, page(s, ids[1])).status, 404);
	assert_int_equal(tab_get(&ann, page(s, ids[0])).status, 200);
}

static void
a_planted_message_names_no_machine_of_another(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id;

	(void)tab_of(s, "ann", ROLE_OWNER);
	id = own(s, "ann", "anns");
	tab_keep(&bob, at(s, "cairn-flash=machine-renamed.", id, ""));
	assert_lacks(tab_get(&bob, "/me").body, "anns");
	assert_int_equal(tailnet_node_delete(s->db, id, "cli", s->now), ERR_OK);
	tab_keep(&bob, at(s, "cairn-flash=machine-deleted.", id, ""));
	assert_lacks(tab_get(&bob, "/me").body, "anns");
}

static void
no_name_becomes_markup(void **state)
{
	struct site *s = *state;
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);
	int64_t id = machine(
		s, &(struct made){ .name = "laptop",
			   .hostname = HOSTILE,
			   .user_id = id_of(s, "bob"),
			   .hostinfo = "{\"OS\":\"" HOSTILE_JSON "\"}" });

	machine(s, &(struct made){ .name = "b",
			   .hostname = HOSTILE,
			   .user_id = id_of(s, "bob") });
	tab_get(&bob, page(s, id));
	assert_sound(s->mem, bob.last.body);
	assert_lacks(bob.last.body, "<script>alert");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_owner_reads_what_there_is_to_know_of_the_machine),
		TEST(it_says_what_the_machine_reaches_and_by_no_rule),
		TEST(the_owner_renames_it),
		TEST(the_owner_expires_its_key_and_sets_no_other_time),
		TEST(the_owner_deletes_it_after_a_question),
		TEST(anothers_machine_is_as_one_that_never_was),
		TEST(a_planted_message_names_no_machine_of_another),
		TEST(no_name_becomes_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
