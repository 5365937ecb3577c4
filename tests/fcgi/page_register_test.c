/*
 * page_register_test.c: the page at the link that `tailscale up` prints.
 */
#include "tests/fcgi/ask.h"

#include "fcgi/page.h"
#include "tailnet/node.h"
#include "tailnet/register.h"
#include "tailnet/user.h"

/* What a machine may call itself to hurt whoever looks at it. */
#define HOSTILE "<script>alert(1)</script>\\u0001\\\" onload=x'&lt;"

static const char *
link_of(struct site *s, const char *hostname)
{
	struct answer a = ask(s, GROUP_INNER, "POST", "/machine/register",
		arena_printf(s->mem,
			"{\"Version\":142,\"NodeKey\":\"" NKEY_A
			"\",\"Hostinfo\":{\"IPNVersion\":\"1.102.3\","
			"\"OS\":\"linux\",\"OSVersion\":\"6.1\","
			"\"Hostname\":\"%s\",\"RoutableIPs\":"
			"[\"192.168.7.0/24\",\"10.0.0.0/8\"]}}",
			hostname));
	const char *at = strstr(a.body, "/register/hskey-authreq-");

	if (!at)
		fail_msg("no link: %d %s", a.status, a.body);
	return arena_printf(s->mem, "%.48s", at);
}

static struct answer
look(struct site *s, const char *path)
{
	return ask(s, GROUP_OUTER, "GET", path, NULL);
}

static struct pending
row_of(struct site *s, const char *path)
{
	struct pending p;

	assert_int_equal(tailnet_pending_find(s->db, &s->pepper,
				 strrchr(path, '/') + 1, s->mem, &p),
		ERR_OK);
	return p;
}

static void
approve(struct site *s, const char *path)
{
	const struct user u = { .name = "ann",
		.display_name = "",
		.email = "",
		.picture_url = "" };
	struct pending p = row_of(s, path);
	struct settings settings;
	struct node node;
	int64_t user;

	assert_int_equal(
		tailnet_user_add(s->db, &u, "cli", NOW, &user), ERR_OK);
	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_pending_approve(s->db, &settings, &p, user,
				 "[]", "cli", &actor_cli, NOW, s->mem, &node),
		ERR_OK);
}

static void
a_waiting_machine_is_shown_with_the_command_that_admits_it(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct answer a = look(s, path);

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "<h1>Add laptop?</h1>");
	assert_holds(a.body, "data-state=\"waiting\"");
	assert_holds(a.body, "<dd data-fact=\"hostname\">laptop</dd>");
	assert_holds(a.body, "<dd data-fact=\"os\">linux 6.1</dd>");
	assert_holds(a.body, "<dd data-fact=\"version\">1.102.3</dd>");
	assert_holds(a.body, "<dd data-fact=\"address\">192.0.2.7</dd>");
	assert_holds(a.body, "<dd data-fact=\"key\">aaaaaaaaaaaa</dd>");
	assert_holds(a.body,
		"<dd data-fact=\"routes\">192.168.7.0/24, 10.0.0.0/8</dd>");
	assert_holds(
		a.body, arena_printf(s->mem, "<dd data-fact=\"code\">%s</dd>",
				path + strlen(path) - 6));
	assert_holds(a.body, arena_printf(s->mem,
				     "<code>cairn auth register --auth-id %s "
				     "--user NAME</code>",
				     strrchr(path, '/') + 1));
}

static void
looking_changes_nothing(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct db *other; /* sees whether the first one committed anything */
	int64_t before;

	assert_int_equal(db_open(s->home, &other), ERR_OK);
	before = db_data_version(other);
	for (int i = 0; i < 3; i++)
		assert_int_equal(look(s, path).status, 200);
	assert_int_equal(row_of(s, path).state, PENDING_WAITING);
	assert_int_equal(db_data_version(other), before);
	db_close(other);
}

static void
an_approved_machine_names_its_owner(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct answer a;

	approve(s, path);
	a = look(s, path);
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "<h1>laptop is added</h1>");
	assert_holds(a.body, "data-state=\"approved\"");
	assert_holds(a.body, "as ann. You can close this window.");
	assert_lacks(a.body, "auth register");
}

static void
a_rejected_machine_is_told_why(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct pending p = row_of(s, path);
	struct answer a;

	assert_int_equal(
		tailnet_pending_reject(s->db, &p, "not <ours>", "cli", NOW),
		ERR_OK);
	a = look(s, path);
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "<h1>laptop was turned away</h1>");
	assert_holds(a.body, "data-state=\"rejected\"");
	assert_holds(a.body, "not &lt;ours&gt;");
}

static void
a_link_that_a_newer_one_has_replaced_says_so(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct pending p = row_of(s, path);
	struct key other = p.node_key;
	struct answer a;

	other.bytes[0] ^= 1;
	assert_int_equal(
		db_pending_replace(s->db, &p.machine_key, &other, NOW), ERR_OK);
	a = look(s, path);
	assert_int_equal(a.status, 200);
	assert_holds(a.body, "<h1>laptop has a newer link</h1>");
	assert_holds(a.body, "data-state=\"replaced\"");
	assert_holds(a.body, "open the link that it shows now");
}

static void
an_old_or_unknown_link_is_gone(void **state)
{
	struct site *s = *state;
	const char *path = link_of(s, "laptop");
	struct answer a = look(s, "/register/hskey-authreq-"
				  "AAAAAAAAAAAAAAAAAAAAAAAA");

	assert_int_equal(a.status, 410);
	assert_holds(a.body, "tailscale up");
	s->now += PENDING_LIFE_SECONDS;
	a = look(s, path);
	assert_int_equal(a.status, 410);
	assert_lacks(a.body, "auth register");
}

static void
a_link_that_was_cut_is_400(void **state)
{
	struct answer a = look(*state, "/register/hskey-authreq-AAAA");

	assert_int_equal(a.status, 400);
	assert_holds(a.body, "not copied whole");
	assert_int_equal(look(*state, "/register/").status, 404);
}

static void
a_name_cannot_become_markup(void **state)
{
	struct site *s = *state;
	struct answer a = look(s, link_of(s, HOSTILE));

	assert_int_equal(a.status, 200);
	assert_lacks(a.body, "<script>");
	assert_holds(a.body, "&lt;script&gt;");
	for (const char *c = a.body; *c; c++)
		assert_true((unsigned char)*c >= ' ' || *c == '\n');
}

static void
a_name_cannot_turn_the_text_round(void **state)
{
	struct site *s = *state;
	struct answer a =
		look(s, link_of(s, "a\\u202eb\\u2067c\\u0085d\\u00e9"));

	assert_holds(
		a.body, "<dd data-fact=\"hostname\">a???b???c??d\u00e9</dd>");
}

/* The writer of XML would make three other characters of its bytes. */
static void
what_is_no_character_becomes_no_other(void **state)
{
	struct site *s = *state;
	struct answer a = look(s, link_of(s, "a\xef\xbf\xbe"
					     "b"));

	assert_holds(a.body, "<dd data-fact=\"hostname\">a???b</dd>");
}

static void
guessing_is_slowed_down(void **state)
{
	struct site *s = *state;
	const char *path = "/register/hskey-authreq-AAAAAAAAAAAAAAAAAAAAAAAA";
	struct answer a;

	s->rate = rate_new();
	for (int i = 0; i < REGISTER_PER_MINUTE; i++)
		assert_int_equal(look(s, path).status, 410);
	a = look(s, path);
	assert_int_equal(a.status, 429);
	assert_holds(a.head, "Retry-After: 60\r\n");
	s->now += 60;
	assert_int_equal(look(s, path).status, 410);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_waiting_machine_is_shown_with_the_command_that_admits_it),
		TEST(looking_changes_nothing),
		TEST(an_approved_machine_names_its_owner),
		TEST(a_rejected_machine_is_told_why),
		TEST(a_link_that_a_newer_one_has_replaced_says_so),
		TEST(an_old_or_unknown_link_is_gone),
		TEST(a_link_that_was_cut_is_400),
		TEST(a_name_cannot_become_markup),
		TEST(a_name_cannot_turn_the_text_round),
		TEST(what_is_no_character_becomes_no_other),
		TEST(guessing_is_slowed_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
