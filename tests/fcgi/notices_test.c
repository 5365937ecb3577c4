/*
 * notices_test.c: what others are told of: facts and whom they are for, the
 * page, and what a job does where nobody can be reached.
 */
#include "tests/fcgi/machines.h"

#include "db/job.h"
#include "fcgi/mail.h"
#include "fcgi/webhook.h"
#include "tailnet/notice.h"
#include "tailnet/policy_store.h"

#define HERE "/admin/settings/notifications"

static int64_t
target(struct site *s, const char *place, const char *events)
{
	const struct notice_target t = { .kind = "webhook",
		.place = place,
		.format = "json",
		.events = events,
		.server = "",
		.security = "",
		.sender = "",
		.account = "" };
	struct secret seal;
	const char *text;
	int64_t id = 0;

	assert_int_equal(secret_read(s->home, "seal", &seal), ERR_OK);
	assert_int_equal(tailnet_notice_target_add(s->db, &seal, &t, NULL,
				 "cli", s->now, s->mem, &id, &text),
		ERR_OK);
	assert_true(text_starts(text, "cairn-webhook-"));
	return id;
}

static struct notice *
waiting(struct site *s, int64_t id, size_t *count)
{
	struct notice *rows;

	assert_int_equal(
		db_notices_waiting(s->db, id, 100, s->mem, &rows, count),
		ERR_OK);
	return rows;
}

static void
set(struct site *s, const char *name, const char *value)
{
	const char *why = "";

	if (settings_put(s->db, name, value, "cli", s->now, s->mem, &why))
		fail_msg("%s: %s", name, why);
}

static const struct node new_node = { .name = "laptop",
	.hostname = "laptop",
	.routes = "[]",
	.approved_routes = "[]" };

/* In a transaction of its own. */
#define IN_ONE(s, call)                                            \
	do {                                                       \
		assert_int_equal(db_begin((s)->db), ERR_OK);       \
		assert_int_equal(call, ERR_OK);                    \
		assert_int_equal(db_end((s)->db, ERR_OK), ERR_OK); \
	} while (0)

static void
a_fact_is_for_who_wants_it_and_comes_once(void **state)
{
	struct site *s = *state;
	int64_t all = target(
		s, "https://a.example.org/x", " machine.new approval.needed ");
	int64_t other = target(s, "https://b.example.org/", " policy.changed ");
	struct node n = new_node;
	struct notice *rows;
	size_t count;

	n.id = 7;
	n.unapproved = true;
	for (int i = 0; i < 2; i++)
		IN_ONE(s, notice_machine_new(s->db, s->mem, &n, s->now));
	rows = waiting(s, all, &count);
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].event, "machine.new");
	assert_string_equal(rows[0].message, "The machine laptop joined.");
	assert_string_equal(rows[1].type, "nodeNeedsApproval");
	(void)waiting(s, other, &count);
	assert_int_equal(count, 0);
}

static void
what_is_undone_was_never_told(void **state)
{
	struct site *s = *state;
	int64_t id = target(s, "https://a.example.org/", " machine.new ");
	struct node n = new_node;
	struct job j;
	size_t count;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(notice_machine_new(s->db, s->mem, &n, s->now), ERR_OK);
	db_rollback(s->db);
	(void)waiting(s, id, &count);
	assert_int_equal(count, 0);
	assert_int_equal(
		db_job_of(s->db, NOTICE_JOB, id, s->mem, &j), ERR_NOT_FOUND);
	IN_ONE(s, notice_machine_new(s->db, s->mem, &n, s->now));
	assert_int_equal(db_job_of(s->db, NOTICE_JOB, id, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, 0);
}

static void
a_route_that_waits_is_told_and_one_that_does_not_is_not(void **state)
{
	struct site *s = *state;
	int64_t id = target(s, "https://a.example.org/", " route.waiting ");
	struct node n = new_node;
	struct notice *rows;
	size_t count;

	n.routes = "[\"0.0.0.0/0\",\"10.1.0.0/24\",\"10.2.0.0/24\","
		   "\"10.3.0.0/24\",\"::/0\"]";
	n.approved_routes = "[\"10.1.0.0/24\"]";
	for (int i = 0; i < 2; i++)
		IN_ONE(s, notice_routes(s->db, s->mem, &n, "[\"10.2.0.0/24\"]",
				  s->now));
	rows = waiting(s, id, &count);
	assert_int_equal(count, 2);
	assert_holds(rows[0].message, "The route 0.0.0.0/0 of laptop waits");
	assert_holds(rows[1].data, "\"route\":\"10.3.0.0/24\"");
	s->now += 86400;
	IN_ONE(s, notice_routes(s->db, s->mem, &n, "[]", s->now));
	(void)waiting(s, id, &count);
	assert_int_equal(count, 5);
}

static void
run_expiries(struct site *s)
{
	bool targets = false;

	assert_int_equal(
		tailnet_notice_expiries(s->db, s->now, &targets), ERR_OK);
	assert_true(targets);
}

static void
a_key_that_ends_is_told_at_thirty_seven_and_one_days_each_once(void **state)
{
	static const struct {
		int64_t days_left;
		size_t told;
	} cases[] = { { 31, 0 }, { 30, 1 }, { 29, 1 }, { 8, 1 }, { 7, 2 },
		{ 2, 2 }, { 1, 3 }, { 0, 3 } };
	struct site *s = *state;
	int64_t id = target(s, "https://a.example.org/", " key.expiring ");
	int64_t ends = NOW + 100 * 86400;
	struct notice *rows;
	size_t count;

	machine(s, &(struct made){ .name = "a",
			   .user_id = person_without_password(
				   s, "bob", ROLE_MEMBER),
			   .expires_at = ends });
	machine(s, &(struct made){ .name = "b", .tags = "[\"tag:x\"]" });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s->now = ends - cases[i].days_left * 86400;
		run_expiries(s);
		run_expiries(s);
		rows = waiting(s, id, &count);
		if (count != cases[i].told)
			fail_msg("%lld days: %zu told",
				(long long)cases[i].days_left, count);
	}
	assert_holds(rows[1].message, "The key of a expires within 7 days");
	assert_string_equal(rows[2].type, "nodeKeyExpiringInOneDay");
}

static void
a_policy_that_is_saved_and_a_check_that_fails_are_told(void **state)
{
	struct site *s = *state;
	int64_t id = target(s, "https://a.example.org/",
		" policy.changed health.failing approval.needed ");
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct user u = { .id = 9, .name = "eve" };
	struct notice *rows;
	size_t count;

	tab_send(&t, "/admin/policy", "/admin/policy",
		"do=save&text=%7B%22grants%22%3A%5B%5D%7D");
	assert_int_equal(t.last.status, 303);
	for (int i = 0; i < 2; i++)
		IN_ONE(s, notice_health(s->db, s->mem, "disk", "97 % full.",
				  NOW - 5, s->now));
	IN_ONE(s, notice_user_waits(s->db, s->mem, &u, s->now));
	rows = waiting(s, id, &count);
	assert_int_equal(count, 3);
	assert_holds(rows[0].message, " by ann.");
	assert_string_equal(
		rows[1].message, "The check disk fails: 97 % full.");
	assert_string_equal(rows[2].message, "The user eve needs approval.");
}

static void
run_job(struct site *s, int64_t id)
{
	struct job j;

	assert_int_equal(db_job_of(s->db, NOTICE_JOB, id, s->mem, &j), ERR_OK);
	assert_int_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id),
			NULL)
			.status,
		200);
}

/* By number and by name, with the setting off; nothing listens there, so that
 * a connection would say "refused" instead. */
static void
addresses_of_the_own_network_are_not_connected_to(void **state)
{
	static const char *const places[] = { "https://127.0.0.1:9/",
		"https://[::1]:9/", "https://localhost:9/",
		"https://10.1.2.3:9/", "https://192.168.1.1:9/",
		"https://169.254.169.254:9/", "https://100.64.0.7:9/",
		"https://[fd7a:115c:a1e0::7]:9/",
		"https://[::ffff:127.0.0.1]:9/", "https://0.0.0.0:9/",
		"https://2130706433:9/" };
	struct site *s = *state;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int64_t id = target(s, places[i], " machine.new ");
		struct notice *rows;
		size_t count;

		assert_int_equal(
			tailnet_notice_test(s->db, id, "cli", s->now), ERR_OK);
		run_job(s, id);
		rows = waiting(s, id, &count);
		assert_int_equal(count, 1);
		assert_int_equal(rows[0].tries, 1);
		if (!strstr(rows[0].answer, "notice_private"))
			fail_msg("%s: %s", places[i], rows[0].answer);
	}
}

static void
what_cannot_be_sent_is_given_up_after_three_days(void **state)
{
	struct site *s = *state;
	int64_t id = target(s, "https://127.0.0.1:9/", " machine.new ");
	struct node n = new_node;
	struct notice *rows;
	struct job j;
	size_t count;

	IN_ONE(s, notice_machine_new(s->db, s->mem, &n, s->now));
	run_job(s, id);
	assert_int_equal(db_job_of(s->db, NOTICE_JOB, id, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now + 60);
	s->now += NOTICE_GIVE_UP_SECONDS;
	run_job(s, id);
	(void)waiting(s, id, &count);
	assert_int_equal(count, 1);
	s->now += 3600;
	run_job(s, id);
	(void)waiting(s, id, &count);
	assert_int_equal(count, 0);
	assert_int_equal(
		db_notices_of(s->db, id, 0, 9, s->mem, &rows, &count), ERR_OK);
	assert_string_equal(rows[0].state, "failed");
	assert_int_equal(
		db_job_of(s->db, NOTICE_JOB, id, s->mem, &j), ERR_NOT_FOUND);
}

static void
what_is_no_address_is_said_at_its_field(void **state)
{
	static const char *const bad[] = { "http://a.example.org/",
		"ftp://a.example.org/", "https://", "https:///x",
		"https://u:p@a.example.org/", "https://a.example.org/a b",
		"https://a.example.org/%0D%0AX: y\r\n", "file:///etc/passwd" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tab_send(&t, HERE, HERE,
			arena_printf(s->mem,
				"url=%s&format=json&event=machine.new",
				text_url_encode(s->mem, bad[i])));
		if (t.last.status != 422)
			fail_msg("%s: %d", bad[i], t.last.status);
		assert_sound(s->mem, t.last.body);
		if (i == 0)
			assert_holds(t.last.body,
				"or switch on &quot;They may go into private "
				"networks&quot; (setting notice_private).");
	}
	tab_send(&t, HERE, HERE, "url=https://a.example.org/&format=json");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "Tick at least one.");
}

static void
forms_to_add_a_target_are_folded_unless_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	tab_get(&t, HERE);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "<details id=\"add-webhook\"><summary>");
	assert_holds(t.last.body, "<details id=\"add-mail\"><summary>");
	tab_send(&t, HERE, HERE, "url=&format=json");
	assert_int_equal(t.last.status, 422);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "<details id=\"add-webhook\" open");
	assert_holds(t.last.body, "<details id=\"add-mail\"><summary>");
	tab_send(&t, HERE, HERE "/mail", "to=");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "<details id=\"add-webhook\"><summary>");
	assert_holds(t.last.body, "<details id=\"add-mail\" open");
}

static void
the_page_shows_a_secret_once_and_the_log_what_became_of_it(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct tab audrey = tab_of(s, "audrey", ROLE_AUDITOR);
	const char *body;

	tab_send(&t, HERE, HERE,
		"url=https://127.0.0.1:9/token&format=json&event=machine.new&"
		"event=policy.changed");
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, t.last.body);
	assert_holds(t.last.body, "value=\"cairn-webhook-");
	assert_string_equal(audit_last(s).action, "notice.added");
	assert_lacks(audit_last(s).detail, "token");
	body = tab_get(&t, HERE).body;
	assert_sound(s->mem, body);
	assert_lacks(body, "cairn-webhook-");
	assert_holds(body, ">A machine joined; The policy was changed</td>");
	assert_holds(body, "127.0.0.1:9/token");
	assert_lacks(tab_get(&audrey, HERE).body, "token");
	tab_post(&t, HERE "/1/test", "");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(audit_last(s).action, "notice.tested");
	run_job(s, 1);
	body = tab_get(&t, HERE "/1").body;
	assert_sound(s->mem, body);
	assert_holds(body, "data-event=\"test\">A test</td>");
	assert_holds(body, "This is a test.");
	assert_holds(body, "notice_private");
	tab_send(&t, HERE, HERE "/1/delete", "");
	assert_holds(t.last.body, "data-page=\"confirm\"");
	tab_send(&t, HERE, HERE "/1/delete", "confirm=1");
	assert_int_equal(t.last.status, 303);
	assert_int_equal(tab_get(&t, HERE "/1").status, 404);
}

static struct notice_target
stored(struct site *s, int64_t id)
{
	struct notice_target t;

	assert_int_equal(db_notice_target(s->db, id, s->mem, &t), ERR_OK);
	return t;
}

static const char *
secret_of(struct site *s, int64_t id)
{
	struct notice_target t = stored(s, id);
	struct secret seal;
	const char *text;

	assert_int_equal(secret_read(s->home, "seal", &seal), ERR_OK);
	assert_int_equal(notice_secret_open(&seal, &t, s->mem, &text), ERR_OK);
	return text;
}

static void
a_webhook_is_changed_and_keeps_its_key_and_its_log(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t id = target(s, "https://a.example.org/token", " machine.new ");
	const char *key = secret_of(s, id);
	struct node n = new_node;
	size_t count;

	IN_ONE(s, notice_machine_new(s->db, s->mem, &n, s->now));
	tab_get(&t, HERE "/1");
	assert_sound(s->mem, t.last.body);
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		"url=https://a.example.org/other&format=slack&"
		"event=policy.changed&event=machine.new");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(stored(s, id).place, "https://a.example.org/other");
	assert_string_equal(stored(s, id).format, "slack");
	assert_string_equal(
		stored(s, id).events, " machine.new policy.changed ");
	assert_string_equal(secret_of(s, id), key);
	(void)waiting(s, id, &count);
	assert_int_equal(count, 1);
	assert_string_equal(audit_last(s).action, "notice.changed");
	assert_holds(audit_last(s).after, "\"address\":\"changed\"");
	assert_lacks(audit_last(s).after, "other");
	assert_lacks(audit_last(s).before, "token");
}

static void
two_who_change_one_target_meet(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_ADMIN);

	(void)target(s, "https://a.example.org/", " machine.new ");
	tab_get(&t, HERE "/1");
	tab_choose(&t, "form-target");
	tab_get(&bob, HERE "/1");
	tab_choose(&bob, "form-target");
	tab_post(&bob, HERE "/1",
		"url=https://b.example.org/&format=json&event=machine.new");
	assert_int_equal(bob.last.status, 303);
	tab_post(&t, HERE "/1",
		"url=https://c.example.org/&format=json&event=machine.new");
	assert_int_equal(t.last.status, 409);
	assert_holds(t.last.body, "id=\"conflict\"");
	assert_holds(t.last.body, "https://c.example.org/");
	assert_string_equal(stored(s, 1).place, "https://b.example.org/");
}

#define MAIL                                                                 \
	"to=a@b.example&security=starttls&sender=c@d.example&event=machine." \
	"new"

/* Who sends it to a server of their own must know it. */
static void
a_password_stays_while_it_goes_to_where_it_went(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&t, HERE, HERE "/mail",
		MAIL "&server=mail.example.org:587&account=cairn&"
		     "password=swordfish");
	assert_int_equal(t.last.status, 303);
	tab_get(&t, HERE "/1");
	assert_sound(s->mem, t.last.body);
	assert_lacks(t.last.body, "swordfish");
	assert_holds(t.last.body, "the one that is stored stays");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		"to=e@b.example&security=starttls&sender=c@d.example&event="
		"machine.new&server=mail.example.org:587&account=cairn&"
		"password=");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(stored(s, 1).place, "e@b.example");
	assert_string_equal(secret_of(s, 1), "swordfish");
	tab_get(&t, HERE "/1");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		MAIL "&server=evil.example.org:587&account=cairn&password=");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "Enter it again");
	assert_string_equal(stored(s, 1).server, "mail.example.org:587");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		MAIL "&server=mx.example.org:587&account=cairn&password=new");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(secret_of(s, 1), "new");
	tab_get(&t, HERE "/1");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		MAIL "&server=mx.example.org:587&account=&password=");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(secret_of(s, 1), "");
}

static void
a_change_that_is_no_target_is_said_at_its_field(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct tab audrey = tab_of(s, "audrey", ROLE_AUDITOR);

	(void)target(s, "https://a.example.org/x", " machine.new ");
	tab_get(&t, HERE "/1");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1",
		"url=http://a.example.org/&format=json&event=machine.new");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "id=\"target-url-error\"");
	tab_get(&t, HERE "/1");
	tab_choose(&t, "form-target");
	tab_post(&t, HERE "/1", "url=https://a.example.org/&format=json");
	assert_holds(t.last.body, "Tick at least one.");
	assert_lacks(tab_get(&audrey, HERE "/1").body, "form-target");
	assert_lacks(audrey.last.body, "a.example.org/x");
}

static void
there_are_at_most_thirty_two(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (int i = 0; i < NOTICE_TARGETS_MAX; i++)
		(void)target(s, "https://a.example.org/", " machine.new ");
	tab_send(&t, HERE, HERE,
		"url=https://a.example.org/&format=json&event=machine.new");
	assert_int_equal(t.last.status, 422);
	assert_holds(t.last.body, "There are 32 targets already.");
}

static void
mail_takes_addresses_and_nothing_that_begins_a_header(void **state)
{
	static const struct {
		const char *fields;
		int status;
	} cases[] = {
		{ "to=a@b.example&sender=c@d.example", 303 },
		{ "to=a@b.example%2C+c@b.example&sender=c@d.example", 303 },
		{ "to=a@b.example%0D%0ABcc%3A+x@y.example&"
		  "sender=c@d.example",
			422 },
		{ "to=a@b.example&sender=c@d.example%0D%0ASubject%3A+x", 422 },
		{ "to=%3Ca@b.example%3E&sender=c@d.example", 422 },
		{ "to=&sender=c@d.example", 422 },
		{ "to=a@b.example&sender=nobody", 422 },
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tab_send(&t, HERE, HERE "/mail",
			arena_printf(s->mem,
				"%s&server=mail.example.org:587&"
				"security=starttls&account=&password=&"
				"event=machine.new",
				cases[i].fields));
		if (t.last.status != cases[i].status)
			fail_msg("%s: %d", cases[i].fields, t.last.status);
	}
	tab_send(&t, HERE, HERE "/mail",
		"to=a@b.example&sender=c@d.example&security=none&"
		"server=mail.example.org:25&account=&password=&"
		"event=machine.new");
	assert_int_equal(t.last.status, 422);
	set(s, "notice_private", "true");
	tab_send(&t, HERE, HERE "/mail",
		"to=a@b.example&sender=c@d.example&security=none&"
		"server=mail.example.org:25&account=&password=&"
		"event=machine.new");
	assert_int_equal(t.last.status, 303);
}

static void
no_word_of_a_mail_begins_a_header_of_its_own(void **state)
{
	struct site *s = *state;
	const char *to[] = { "a@b.example" };
	struct mail m = { .from_name = "Acme\r\nBcc: x@y.example",
		.from = "c@d.example",
		.to = to,
		.to_count = 1,
		.subject = "laptop\r\nBcc: x@y.example\r\n\r\nbody \xc3\xa4"
			   "\xc3\xb6\xc3\xbc \xc3\xa4\xc3\xb6\xc3\xbc "
			   "\xc3\xa4\xc3\xb6\xc3\xbc \xc3\xa4\xc3\xb6",
		.text = "\r\n.\r\nMAIL FROM:<x@y.example>\r\n",
		.id = "1@d.example",
		.at = NOW };
	struct buf b;
	const char *text;

	buf_init(&b, s->mem, 8192);
	assert_int_equal(mail_write(&b, &m), ERR_OK);
	buf_put(&b, "", 1);
	text = (const char *)b.bytes;
	assert_lacks(text, "Bcc");
	assert_lacks(text, "MAIL FROM");
	assert_lacks(text, "\r\n.\r\n");
	assert_int_equal(sound_count(text, "\r\n\r\n"), 1);
	for (const char *line = text; *line; line = strstr(line, "\r\n") + 2)
		assert_true(strcspn(line, "\r") <= 76);
	m.from = "c@d.example>\r\nBcc: <x@y.example";
	assert_int_equal(mail_write(&b, &m), ERR_BAD_INPUT);
	m.from = "c@d.example";
	to[0] = "a@b.example\nBcc: x@y.example";
	assert_int_equal(mail_write(&b, &m), ERR_BAD_INPUT);
}

static const char *
webhook(struct site *s, const char *format, const char *message)
{
	const struct notice n = {
		.type = "t", .message = message, .data = "{}"
	};
	struct buf b;

	buf_init(&b, s->mem, 64 * 1024);
	webhook_write(&b, format, "Home", &n);
	buf_put(&b, "", 1);
	assert_int_equal(buf_error(&b), ERR_OK);
	return (const char *)b.bytes;
}

#define HIDDEN "\xe2\x80\x8b"

/* Names of people and what other servers say stand in messages. */
static void
no_word_of_a_message_calls_a_room_together(void **state)
{
	static const char odd[] = "@all (@here) a@b.example <!channel> <x|y>";
	struct site *s = *state;

	assert_string_equal(webhook(s, "slack", odd),
		"{\"text\":\"@" HIDDEN "all (@" HIDDEN
		"here) a@b.example <" HIDDEN "!channel> <" HIDDEN "x|y>\"}");
	assert_holds(webhook(s, "discord", odd),
		",\"allowed_mentions\":{\"parse\":[]}}");
	assert_string_equal(webhook(s, "text", odd), odd);
	assert_holds(webhook(s, "json", odd),
		"\"version\":1,\"type\":\"t\",\"tailnet\":\"Home\","
		"\"message\":\"@all (@here)");
}

static void
a_message_is_as_long_as_a_chat_takes_it(void **state)
{
	struct site *s = *state;
	char *text = arena_alloc(s->mem, 2 * CHAT_MOST + 3);

	for (size_t i = 0; i <= CHAT_MOST; i++)
		memcpy(text + 2 * i, "\xc3\xa4", 2);
	text[2 * CHAT_MOST] = '\0';
	assert_null(strstr(webhook(s, "discord", text), "\xe2\x80\xa6"));
	text[2 * CHAT_MOST] = '\xc3';
	text[2 * CHAT_MOST + 2] = '\0';
	assert_non_null(
		strstr(webhook(s, "discord", text), "\xc3\xa4\xe2\x80\xa6\""));
	assert_null(strstr(webhook(s, "text", text), "\xe2\x80\xa6"));
}

static void
a_secret_is_sealed(void **state)
{
	struct site *s = *state;
	int64_t id = target(s, "https://a.example.org/", " machine.new ");
	struct notice_target t;
	struct secret seal;
	const char *text;

	assert_int_equal(secret_read(s->home, "seal", &seal), ERR_OK);
	assert_int_equal(db_notice_target(s->db, id, s->mem, &t), ERR_OK);
	assert_null(memmem(t.secret.at, t.secret.len, "cairn-webhook-", 14));
	assert_int_equal(notice_secret_open(&seal, &t, s->mem, &text), ERR_OK);
	assert_true(text_starts(text, "cairn-webhook-"));
	seal.bytes[0] ^= 1;
	assert_int_equal(
		notice_secret_open(&seal, &t, s->mem, &text), ERR_CRYPTO);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fact_is_for_who_wants_it_and_comes_once),
		TEST(what_is_undone_was_never_told),
		TEST(a_route_that_waits_is_told_and_one_that_does_not_is_not),
		TEST(a_key_that_ends_is_told_at_thirty_seven_and_one_days_each_once),
		TEST(a_policy_that_is_saved_and_a_check_that_fails_are_told),
		TEST(addresses_of_the_own_network_are_not_connected_to),
		TEST(what_cannot_be_sent_is_given_up_after_three_days),
		TEST(what_is_no_address_is_said_at_its_field),
		TEST(forms_to_add_a_target_are_folded_unless_refused),
		TEST(the_page_shows_a_secret_once_and_the_log_what_became_of_it),
		TEST(a_webhook_is_changed_and_keeps_its_key_and_its_log),
		TEST(two_who_change_one_target_meet),
		TEST(a_password_stays_while_it_goes_to_where_it_went),
		TEST(a_change_that_is_no_target_is_said_at_its_field),
		TEST(there_are_at_most_thirty_two),
		TEST(mail_takes_addresses_and_nothing_that_begins_a_header),
		TEST(no_word_of_a_mail_begins_a_header_of_its_own),
		TEST(no_word_of_a_message_calls_a_room_together),
		TEST(a_message_is_as_long_as_a_chat_takes_it),
		TEST(a_secret_is_sealed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
