/*
 * machine_expiry_test.c: until when a machine's key is good, in the time zone
 * of the pages.
 */
#include "tests/fcgi/machines.h"

static int64_t
laptop(struct site *s)
{
	return machine(s, &(struct made){ .name = "laptop",
				  .user_id = person_without_password(
					  s, "bob", ROLE_MEMBER),
				  .expires_at = NOW + 86400 });
}

static const char *
page(struct site *s, int64_t id)
{
	return at(s, "/admin/machines/", id, "");
}

static struct answer
send(struct tab *t, int64_t id, const char *fields)
{
	(void)tab_get(t, page(t->s, id));
	tab_choose(t, "form-expiry");
	return tab_post(t, at(t->s, "/admin/machines/", id, "/expiry"), fields);
}

static void
zone_is(struct site *s, const char *zone)
{
	const char *why;

	assert_int_equal(settings_put(s->db, "time_zone", zone, "cli", NOW,
				 s->mem, &why),
		ERR_OK);
}

/* Europe/Vienna: the clocks go on to 03:00 on 2027-03-28 and back to 02:00 on
 * 2027-10-31. */
static void
expiry_is_by_the_clocks_of_the_zone_that_is_set(void **state)
{
	static const struct {
		const char *text;
		int64_t at;
	} cases[] = {
		{ "2027-01-02T03:04", INT64_C(1798855440) },
		{ "2027-03-28T01:59", INT64_C(1806195540) },
		{ "2027-03-28T03:00", INT64_C(1806195600) },
		{ "2027-10-31T01:59", INT64_C(1824940740) },
		{ "2027-10-31T02:30", INT64_C(1824942600) },
		{ "2027-10-31T03:00", INT64_C(1824948000) },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = laptop(s);

	assert_holds(tab_get(&t, page(s, id)).body,
		"id=\"expiry-expires-hint\">In UTC.</p>");
	zone_is(s, "Europe/Vienna");
	assert_holds(tab_get(&t, page(s, id)).body,
		"id=\"expiry-expires-hint\">In Europe/Vienna.</p>");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer a = send(&t, id,
			arena_printf(
				s->mem, "do=at&expires=%s", cases[i].text));

		assert_int_equal(a.status, 303);
		if (node_of(s, id).expires_at != cases[i].at)
			fail_msg("%s: %lld", cases[i].text,
				(long long)node_of(s, id).expires_at);
		assert_holds(tab_get(&t, page(s, id)).body,
			arena_printf(s->mem, "value=\"%s\"", cases[i].text));
	}
}

static void
an_expiry_that_the_clocks_go_past_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = laptop(s);
	struct answer a;

	zone_is(s, "Europe/Vienna");
	a = send(&t, id, "do=at&expires=2027-03-28T02:30");
	assert_int_equal(a.status, 422);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "data-error=\"time-skipped\">The clocks of "
			     "Europe/Vienna go past this time");
	assert_int_equal(node_of(s, id).expires_at, NOW + 86400);
}

/* 02:30 comes twice: what stands there stays what it is. */
static void
an_expiry_sent_as_it_stands_stays_to_the_second(void **state)
{
	const int64_t second = INT64_C(1824946211);
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = laptop(s);

	zone_is(s, "Europe/Vienna");
	assert_int_equal(
		tailnet_node_expire(s->db, id, second, "cli", NOW), ERR_OK);
	assert_holds(
		tab_get(&t, page(s, id)).body, "value=\"2027-10-31T02:30\"");
	assert_int_equal(
		send(&t, id, "do=at&expires=2027-10-31T02:30").status, 303);
	assert_int_equal(node_of(s, id).expires_at, second);
}

/* What was typed under "In Europe/Vienna." is no time of New York. */
static void
a_time_typed_in_another_zone_is_a_conflict(void **state)
{
	static const char typed[] = "do=at&expires=2027-01-02T03:04&zone=";
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = laptop(s);
	const char *to = at(s, "/admin/machines/", id, "/expiry");
	struct answer a;

	assert_int_equal(tailnet_node_expire(s->db, id, 0, "cli", NOW), ERR_OK);
	zone_is(s, "Europe/Vienna");
	(void)tab_get(&t, page(s, id));
	tab_choose(&t, "form-expiry");
	zone_is(s, "America/New_York");
	a = tab_post(&t, to, arena_printf(s->mem, "%sEurope/Vienna", typed));
	assert_int_equal(a.status, 409);
	assert_sound(s->mem, a.body);
	assert_holds(a.body, "The time zone of these pages is America/New_York "
			     "now: the time below is read by it.");
	assert_int_equal(node_of(s, id).expires_at, 0);
	/* It is shown under its new zone, and stored by it. */
	tab_choose(&t, "form-expiry");
	assert_holds(a.body, "name=\"zone\" value=\"America/New_York\"");
	assert_holds(a.body, "value=\"2027-01-02T03:04\"");
	a = tab_post(&t, to, arena_printf(s->mem, "%sAmerica/New_York", typed));
	assert_int_equal(a.status, 303);
	assert_int_equal(node_of(s, id).expires_at, INT64_C(1798877040));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expiry_is_by_the_clocks_of_the_zone_that_is_set),
		TEST(an_expiry_that_the_clocks_go_past_is_refused),
		TEST(a_time_typed_in_another_zone_is_a_conflict),
		TEST(an_expiry_sent_as_it_stands_stays_to_the_second),
	};

	return cmocka_run_group_tests_name(
		"fcgi/machine_expiry", tests, NULL, NULL);
}
