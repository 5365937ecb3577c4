/*
 * relays_hide_test.c: what may be hidden on the page of relays, and when it is
 * asked about first.
 */
#include "tests/fcgi/machines.h"

#include "db/derp.h"

#define HERE "/admin/relays"
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

static bool
is_hidden(struct site *s, int64_t id)
{
	int64_t *ids;
	size_t count;

	assert_int_equal(db_derp_hidden(s->db, s->mem, &ids, &count), ERR_OK);
	return count == 1 && ids[0] == id;
}

static void
the_last_region_cannot_be_hidden_and_another_one_can(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a = send(&t, "region-900", "regions/900/hide", "");

	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "Machines need at least one relay");
	add_far(&t);
	put_test(s, 901, 12, 34, "");
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_int_equal(a.status, 303);
	assert_holds(tab_get(&t, HERE).body, "data-state=\"hidden\"");
	assert_holds(t.last.body, "Machines are not told of it any more.");
	assert_int_equal(
		send(&t, "region-901", "regions/901/hide", "").status, 422);
	a = send(&t, "region-900", "regions/900/show", "");
	assert_int_equal(a.status, 303);
	assert_false(is_hidden(s, 900));
}

/* The one that is left: not tried, in vain, without a token; then it is well.
 */
static void
what_leaves_no_relay_that_is_known_to_answer_is_hidden_after_a_question(
	void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a;

	add_far(&t);
	put_test(s, 900, 1, 2, "");
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-page=\"confirm\"");
	assert_holds(a.body, "Hide cairn?");
	assert_holds(a.body, "0 machines have their home there");
	assert_holds(a.body, "1 relay is left, and it is not known to answer.");
	put_test(s, 901, -1, -1, "no answer");
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_int_equal(a.status, 200);
	put_test(s, 901, 12, 34, "");
	assert_int_equal(
		send(&t, "region-901", "regions/901/revoke", "").status, 303);
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_int_equal(a.status, 200);
	assert_false(is_hidden(s, 900));
	a = tab_post(&t, HERE "/regions/900/hide", "confirm=1");
	assert_int_equal(a.status, 303);
	assert_true(is_hidden(s, 900));
	a = send(&t, "region-900", "regions/900/show", "");
	assert_int_equal(a.status, 303);
	assert_false(is_hidden(s, 900));
}

/* Of those that are left one is enough, and what is hidden already counts for
 * nothing. */
static void
of_many_relays_one_that_answers_is_enough(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct answer a;

	add_far(&t);
	assert_int_equal(send(&t, "relay-add", "regions",
				 "region_id=902&code=b&name=Near&"
				 "host=b.example.org&port=443&stun_port=0")
				 .status,
		200);
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_holds(a.body,
		"2 relays are left, and none of them is known to answer.");
	put_test(s, 902, 12, 34, "");
	a = send(&t, "region-900", "regions/900/hide", "");
	assert_int_equal(a.status, 303);
	a = send(&t, "region-902", "regions/902/hide", "");
	assert_holds(a.body, "1 relay is left, and it is not known to answer.");
	put_test(s, 900, 12, 34, "");
	a = send(&t, "region-902", "regions/902/hide", "");
	assert_int_equal(a.status, 200);
}

static void
the_own_relay_that_machines_are_told_of_no_more_is_asked_about_too(void **state)
{
	const char *fields = "region_id=900&code=home&name=At+home&"
			     "stun_port=3478";
	struct site *s = *state;
	struct tab t = tab_of(s, "net", ROLE_NETWORK_ADMIN);
	struct settings now;
	struct answer a;

	add_far(&t);
	a = send(&t, "relay-own", "own", fields);
	assert_int_equal(a.status, 200);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "Hide cairn?");
	assert_int_equal(settings_load(s->db, s->mem, &now), ERR_OK);
	assert_true(now.relay_enabled);
	a = tab_post(
		&t, HERE "/own", arena_printf(s->mem, "%s&confirm=1", fields));
	assert_int_equal(a.status, 303);
	assert_int_equal(settings_load(s->db, s->mem, &now), ERR_OK);
	assert_false(now.relay_enabled);
	assert_string_equal(now.relay_name, "At home");
	a = send(&t, "relay-own", "own", fields);
	assert_int_equal(a.status, 303);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)
	const struct CMUnitTest tests[] = {
		TEST(the_last_region_cannot_be_hidden_and_another_one_can),
		TEST(what_leaves_no_relay_that_is_known_to_answer_is_hidden_after_a_question),
		TEST(of_many_relays_one_that_answers_is_enough),
		TEST(the_own_relay_that_machines_are_told_of_no_more_is_asked_about_too),
	};

	return cmocka_run_group_tests_name("hiding relays", tests, NULL, NULL);
}
