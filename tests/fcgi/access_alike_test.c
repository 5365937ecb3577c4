/*
 * access_alike_test.c: the verdict on many pairs: those that are alike are told
 * once, and times as all pages have them.
 */
#include "tests/fcgi/machines.h"

#include "fcgi/access_pairs.h"
#include "tailnet/settings.h"
#include "tests/tailnet/policy_rows.h"

#define PAGE "/admin/access"

static const char owned[] =
	"{\"tagOwners\": {\"tag:web\": []},\n"
	"\"grants\": [\n"
	"{\"src\": [\"ann@\"], \"dst\": [\"tag:web\"], \"ip\": "
	"[\"tcp:443\"]}]}";

static size_t
count_of(const char *body, const char *what)
{
	size_t count = 0;

	for (; (body = strstr(body, what)); body++)
		count++;
	return count;
}

/* A web that is online and one that is not, and machines of ann. */
static void
begin(struct site *s, struct tab *eve, size_t many)
{
	int64_t ann = person_without_password(s, "ann", ROLE_MEMBER);

	*eve = tab_of(s, "eve", ROLE_AUDITOR);
	machine(s, &(struct made){ .name = "web",
			   .tags = "[\"tag:web\"]",
			   .online = true });
	for (size_t i = 0; i < many; i++)
		machine(s, &(struct made){
				   .name = arena_printf(s->mem, "box%zu", i),
				   .user_id = ann });
	put_policy(s->db, owned);
}

static void
machines_that_are_alike_are_told_once(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve, 30);
	tab_get(&eve, PAGE "?src=ann@&dst=web&port=443");
	assert_int_equal(eve.last.status, 200);
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body, ">box0 is not online.</div>");
	assert_int_equal(count_of(eve.last.body, "is not online"), 1);
	assert_holds(eve.last.body, "data-alike=\"\">Alike: <a href=");
	assert_holds(eve.last.body, ">box4</a> and 25 more.</div>");
	/* The other way round, where no rule leads. */
	tab_get(&eve, PAGE "?src=web&dst=ann@");
	assert_sound(s->mem, eve.last.body);
	assert_int_equal(count_of(eve.last.body, "does not reach"), 1);
	assert_holds(eve.last.body, ">box4</a> and 25 more.</div>");
}

static void
a_few_that_are_alike_are_all_named(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve, 3);
	tab_get(&eve, PAGE "?src=ann@&dst=web&port=443");
	assert_holds(eve.last.body, ">box2</a>.</div>");
	tab_get(&eve, PAGE "?src=box0&dst=web&port=443");
	assert_lacks(eve.last.body, "data-alike");
}

static void
who_is_online_is_not_like_who_is_not(void **state)
{
	struct site *s = *state;
	struct tab eve;
	struct user u;

	begin(s, &eve, 3);
	assert_int_equal(db_user_by_name(s->db, "ann", s->mem, &u), ERR_OK);
	machine(s, &(struct made){
			   .name = "phone", .user_id = u.id, .online = true });
	tab_get(&eve, PAGE "?src=ann@&dst=web&port=443");
	assert_holds(eve.last.body, ">phone</a> reaches <a ");
	assert_int_equal(count_of(eve.last.body, "data-hindrance"), 1);
	assert_int_equal(count_of(eve.last.body, "data-alike"), 1);
}

/* Each by a rule of its own. */
static void
let_each(struct site *s, size_t many)
{
	struct buf b;

	buf_init(&b, s->mem, SIZE_MAX);
	buf_puts(&b, "{\"tagOwners\": {\"tag:web\": []}, \"grants\": [");
	for (size_t i = 0; i < many; i++)
		buf_putf(&b,
			"%s\n{\"src\": [\"box%zu\"], \"dst\": [\"tag:web\"], "
			"\"ip\": [\"*\"]}",
			i ? "," : "", i);
	buf_puts(&b, "], \"hosts\": {");
	for (size_t i = 0; i < many; i++) {
		char name[32];
		struct node n;

		(void)snprintf(name, sizeof(name), "box%zu", i);
		assert_int_equal(
			db_node_by_name(s->db, name, s->mem, &n), ERR_OK);
		buf_putf(&b, "%s\"%s\": \"%s\"", i ? "," : "", name, n.ipv4);
	}
	buf_puts(&b, "}}");
	buf_put(&b, "", 1);
	put_policy(s->db, (const char *)b.bytes);
}

static void
what_is_not_alike_is_cut_at_a_limit_and_counted(void **state)
{
	struct site *s = *state;
	struct tab eve;

	begin(s, &eve, ACCESS_PAIRS_MAX + 2);
	let_each(s, ACCESS_PAIRS_MAX);
	tab_get(&eve, PAGE "?src=ann@&dst=web");
	/* And one for the two that no rule is for. */
	assert_holds(eve.last.body, "2 more pairs are not shown: ask for "
				    "fewer, by name, user or tag.");
	assert_int_equal(
		count_of(eve.last.body, "is allowed to"), ACCESS_PAIRS_MAX);
	let_each(s, ACCESS_PAIRS_MAX - 1);
	tab_get(&eve, PAGE "?src=ann@&dst=web");
	assert_lacks(eve.last.body, "not shown");
	assert_int_equal(
		count_of(strstr(eve.last.body, "id=\"verdict\""), "<li>"),
		ACCESS_PAIRS_MAX);
}

static void
when_a_key_expired_is_a_time_of_the_zone_that_is_set(void **state)
{
	struct site *s = *state;
	struct tab eve;
	struct user u;

	begin(s, &eve, 0);
	assert_int_equal(db_user_by_name(s->db, "ann", s->mem, &u), ERR_OK);
	assert_int_equal(settings_put(s->db, "time_zone", "Europe/Vienna",
				 "cli", s->now, s->mem, &(const char *){ "" }),
		ERR_OK);
	machine(s, &(struct made){ .name = "old",
			   .user_id = u.id,
			   .expires_at = s->now - 60 });
	machine(s, &(struct made){ .name = "older",
			   .user_id = u.id,
			   .expires_at = s->now - 90 });
	tab_get(&eve, PAGE "?src=ann@&dst=web");
	assert_sound(s->mem, eve.last.body);
	assert_holds(eve.last.body,
		">The key of old expired at <time datetime=\"2026-");
	assert_holds(eve.last.body,
		" CET</time>: its user signs in again, or an admin gives it "
		"more time.</div>");
	assert_holds(eve.last.body, ">older</a>.</div>");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(machines_that_are_alike_are_told_once),
		TEST(a_few_that_are_alike_are_all_named),
		TEST(who_is_online_is_not_like_who_is_not),
		TEST(what_is_not_alike_is_cut_at_a_limit_and_counted),
		TEST(when_a_key_expired_is_a_time_of_the_zone_that_is_set),
	};

	return cmocka_run_group_tests_name(
		"fcgi/access_alike", tests, NULL, NULL);
}
