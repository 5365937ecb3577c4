/*
 * health_page_test.c: the page of health, what its job finds, and the report
 * that is handed on.
 */
#include "tests/fcgi/hostile.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "db/job.h"
#include "tailnet/backup_due.h"
#include "tailnet/health_checks.h"
#include "tailnet/keys.h"
#include "tailnet/link.h"
#include "tailnet/notice.h"
#include "tailnet/settings.h"

static void
look(struct site *s)
{
	struct job j;

	assert_int_equal(db_job_want(s->db, HEALTH_JOB, 0, s->now), ERR_OK);

	assert_int_equal(db_job_of(s->db, HEALTH_JOB, 0, s->mem, &j), ERR_OK);
	assert_string_equal(
		ask(s, GROUP_JOBS, "POST",
			arena_printf(s->mem, "/job/%lld", (long long)j.id), "")
			.body,
		"done\n");
}

static void
put(struct site *s, enum health_name name, enum health_state state,
	const char *what, const char *remedy)
{
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_health_put(s->db, name,
				 &(struct health_row){ .state = state,
					 .what = what,
					 .remedy = remedy },
				 s->now),
		ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

static void
each_check_has_a_row_before_anything_was_looked_at(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *body = tab_get(&ann, "/admin/health").body;

	assert_int_equal(ann.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"health\"");
	assert_holds(body, "<h1>Health</h1>");
	for (enum health_name n = 0; n < HEALTH_NAMES; n++)
		assert_holds(
			body, arena_printf(s->mem,
				      "id=\"check-%s\" data-state=\"unknown\"",
				      health_name_word(n)));
	assert_holds(body, "not looked at yet");
}

static struct notice *
told(struct site *s, size_t *count)
{
	struct notice *rows;

	assert_int_equal(
		db_notices_waiting(s->db, 1, 100, s->mem, &rows, count),
		ERR_OK);
	return rows;
}

static const struct notice *
told_of(struct site *s, const char *words)
{
	size_t count;
	const struct notice *rows = told(s, &count), *found = NULL;

	for (size_t i = 0; i < count; i++)
		if (strstr(rows[i].message, words)) {
			if (found)
				fail_msg("told twice: %s", words);
			found = &rows[i];
		}
	return found;
}

/* What is told so far is forgotten. */
static void
tell_all(struct site *s)
{
	size_t count;
	const struct notice *rows = told(s, &count);

	assert_int_equal(db_begin(s->db), ERR_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			db_notice_tried(s->db, rows[i].id, "sent", "", s->now),
			ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
}

/* A while later keys/seal is away, or there again. */
static void
hide_seal(struct site *s, bool away)
{
	const char *there = arena_printf(s->mem, "%s/keys/seal", s->home);
	const char *gone = arena_printf(s->mem, "%s/keys/gone", s->home);

	assert_int_equal(away ? rename(there, gone) : rename(gone, there), 0);
	s->now += HEALTH_SECONDS;
	look(s);
}

static void
listen_for_checks(struct site *s)
{
	const struct notice_target t = { .kind = "webhook",
		.place = "https://a.example.org/",
		.format = "json",
		.events = " health.failing ",
		.server = "",
		.security = "",
		.sender = "",
		.account = "" };
	struct secret seal;
	const char *text;
	int64_t id;

	assert_int_equal(secret_current(s->db, s->home, "seal", &seal), ERR_OK);
	assert_int_equal(tailnet_notice_target_add(s->db, &seal, &t, NULL,
				 "cli", s->now, s->mem, &id, &text),
		ERR_OK);
}

static void
a_check_is_told_of_when_it_begins_to_fail_and_when_it_works_again(void **state)
{
	struct site *s = *state;
	size_t count, before;

	listen_for_checks(s);
	look(s); /* no worker runs in this test */
	assert_non_null(
		told_of(s, "The check worker fails: cairn: it is not running"));
	assert_string_equal(
		told_of(s, "The check worker fails")->type, "healthFailing");
	(void)told(s, &before);
	s->now += HEALTH_SECONDS;
	look(s);
	(void)told(s, &count);
	assert_int_equal(count, before);
	for (int i = 0; i < 2; i++) {
		hide_seal(s, true);
		assert_non_null(told_of(s, "The check keys fails: "));
		hide_seal(s, false);
		assert_non_null(told_of(s, "The check keys works again"));
		tell_all(s);
	}
}

/* Between the two it could not be looked at. */
static void
a_check_that_was_unknown_for_a_while_is_told_of_as_any_other(void **state)
{
	struct site *s = *state;
	struct health_row *rows;
	int64_t first = s->now;

	listen_for_checks(s);
	put(s, HEALTH_KEYS, HEALTH_FAIL, "keys: gone", "");
	s->now += HEALTH_SECONDS;
	put(s, HEALTH_KEYS, HEALTH_UNKNOWN, "keys: who knows", "");
	hide_seal(s, true);
	assert_null(told_of(s, "The check keys fails"));
	put(s, HEALTH_KEYS, HEALTH_UNKNOWN, "keys: who knows", "");
	hide_seal(s, false);
	assert_non_null(told_of(
		s, arena_printf(s->mem,
			   "The check keys works again; it failed since %s.",
			   clock_print(s->mem, first))));
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows[HEALTH_KEYS].fails_since, 0);
}

static void
the_job_finds_what_the_doctor_finds(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	const char *body;

	look(s);
	body = tab_get(&ann, "/admin/health").body;
	assert_sound(s->mem, body);
	assert_holds(body, "id=\"check-database\" data-state=\"ok\"");
	assert_holds(body, "id=\"check-keys\" data-state=\"ok\"");
	assert_holds(body, "id=\"check-disk\" data-state=\"ok\"");
	/* No worker runs in this test. */
	assert_holds(body, "id=\"check-worker\" data-state=\"fail\"");
	assert_holds(body, "worker: it does not run");
	assert_holds(body, "Looked at <time");
	/* The look itself, which is a job, is no trouble. */
	assert_lacks(body, "health failed");
	/* All have been looked at. */
	assert_lacks(body, "not looked at yet");
}

/* Its first look is at an instance that is not set up yet. */
static void
setup_has_all_looked_at_again(void **state)
{
	struct site *s = *state;
	struct settings settings;
	struct tab t = tab_new(s);
	const char *url;
	struct job j;

	look(s);
	s->now += 60;
	assert_int_equal(db_job_of(s->db, HEALTH_JOB, 0, s->mem, &j), ERR_OK);
	assert_true(j.due_at > s->now);
	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(tailnet_setup_link(s->db, &settings, &s->pepper,
				 s->now, s->mem, &url),
		ERR_OK);
	url = strstr(url, "/setup/");
	tab_send(&t, url, url,
		"name=ann&password=correct+horse+battery&password_again="
		"correct+horse+battery&org=Acme&policy=own-devices");
	assert_int_equal(t.last.status, 303);
	assert_int_equal(db_job_of(s->db, HEALTH_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now);
	look(s);
	assert_holds(tab_get(&t, "/admin/health").body,
		"policy: the newest version is in force");
}

/* As if a worker had touched it now. */
static void
be_alive(struct site *s)
{
	const char *path = arena_printf(s->mem, "%s/worker.alive", s->home);
	const struct timespec at[2] = { { .tv_sec = s->now },
		{ .tv_sec = s->now } };
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(futimens(fd, at), 0);
	assert_int_equal(close(fd), 0);
}

static void
a_job_that_is_under_way_has_not_failed(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct job j;

	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_job_want(s->db, "stale", 0, s->now), ERR_OK);
	assert_int_equal(db_job_of(s->db, "stale", 0, s->mem, &j), ERR_OK);
	assert_int_equal(
		db_job_begin(s->db, j.id, s->now, s->now + 60), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	s->now += JOB_SECONDS_MOST - 1;
	be_alive(s);
	look(s);
	assert_holds(tab_get(&ann, "/admin/health").body, "all well");
	s->now++;
	be_alive(s);
	look(s);
	assert_holds(tab_get(&ann, "/admin/health").body,
		"stale failed once: it did not come to an end");
}

static void
the_headline_counts_each_check(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);

	assert_holds(tab_get(&ann, "/admin/health").body,
		arena_printf(s->mem,
			"0 fail, 0 to look at, %d unknown, 0 well.",
			HEALTH_NAMES));
	put(s, HEALTH_DISK, HEALTH_FAIL, "disk: full", "make room");
	put(s, HEALTH_WAL, HEALTH_WARN, "wal: large", "wait");
	put(s, HEALTH_CLOCK, HEALTH_OK, "clock: well", "");
	assert_holds(tab_get(&ann, "/admin/health").body,
		arena_printf(s->mem,
			"1 fail, 1 to look at, %d unknown, 1 well.",
			HEALTH_NAMES - 3));
}

static void
what_is_worst_stands_first_with_a_badge(void **state)
{
	static const char *const order[] = { "check-disk\" data-state=\"fail",
		"check-wal\" data-state=\"warn",
		"check-database\" data-state=\"unknown",
		"check-worker\" data-state=\"unknown",
		"check-clock\" data-state=\"ok" };
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *at;

	put(s, HEALTH_CLOCK, HEALTH_OK, "clock: well", "");
	put(s, HEALTH_WAL, HEALTH_WARN, "wal: large", "wait");
	put(s, HEALTH_DISK, HEALTH_FAIL, "disk: full", "make room");
	at = tab_get(&ann, "/admin/health").body;
	assert_sound(s->mem, at);
	assert_holds(at, "<span data-badge=\"fail\">Fails</span>");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		at = strstr(at, order[i]);
		if (!at)
			fail_msg("not in its place: %s", order[i]);
	}
}

static void
sizes_are_folded_and_a_page_that_helps_is_a_link(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	const char *body;

	put(s, HEALTH_DATABASE, HEALTH_OK,
		"database: whole\ngrowth: audit 3 rows, 36 kB\n"
		"growth: link 1 rows, 20 kB",
		"");
	put(s, HEALTH_BACKUP, HEALTH_WARN, "backup: none",
		"cairn backup, or the page Settings, Backup; soon");
	body = tab_get(&ann, "/admin/health").body;
	assert_sound(s->mem, body);
	assert_holds(body,
		"<p>database: whole</p><details><summary>What 2 tables have "
		"grown to</summary><p>growth: audit 3 rows, 36 kB</p>"
		"<p>growth: link 1 rows, 20 kB</p></details></td>");
	assert_holds(body,
		"cairn backup, or the <a href=\"/admin/settings/backup\">page "
		"Settings, Backup</a>; soon</td>");
}

static void
a_state_that_stays_keeps_its_time(void **state)
{
	struct site *s = *state;
	struct health_row *rows;
	int64_t first = s->now;

	put(s, HEALTH_DISK, HEALTH_WARN, "disk: 9 MB left", "make room");
	s->now += 60;
	put(s, HEALTH_DISK, HEALTH_WARN, "disk: 8 MB left", "make room");
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows[HEALTH_DISK].since, first);
	assert_string_equal(rows[HEALTH_DISK].what, "disk: 8 MB left");
	put(s, HEALTH_DISK, HEALTH_OK, "disk: 80 MB left", "");
	assert_int_equal(db_health(s->db, s->mem, &rows), ERR_OK);
	assert_int_equal(rows[HEALTH_DISK].since, s->now);
}

static void
what_fails_stands_in_the_strip_of_each_page(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	put(s, HEALTH_DISK, HEALTH_FAIL, "disk: full", "make room");
	tab_get(&ann, "/admin/users");
	assert_holds(ann.last.body, "Something fails on the server: Disk.");
	assert_holds(ann.last.body, "data-level=\"bad\"");
	assert_lacks(tab_get(&bob, "/me").body, "Something fails");
	put(s, HEALTH_DISK, HEALTH_OK, "disk: 80 MB left", "");
	assert_lacks(tab_get(&ann, "/admin/users").body, "Something fails");
}

/* No worker runs in here. */
static void
the_strip_leads_from_a_silent_worker_to_its_check(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	assert_holds(tab_get(&ann, "/admin/users").body,
		"<a href=\"/admin/health#check-worker\">The worker is "
		"silent</a>");
	assert_holds(
		tab_get(&ann, "/admin/health").body, "<tr id=\"check-worker\"");
	assert_lacks(tab_get(&bob, "/me").body, "silent");
}

static void
set_backup_days(struct site *s, const char *days)
{
	const char *why;

	assert_int_equal(settings_put(s->db, "backup_days", days, "cli", s->now,
				 s->mem, &why),
		ERR_OK);
}

/* An instance without any, and one whose last is as old, say the same. */
static void
a_backup_is_overdue_after_the_days_that_are_set(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab eve, bob;
	const int64_t begun = s->now, week = INT64_C(7) * 86400;

	tab_get(&ann, "/admin/settings/backup");
	tab_send(&ann, "/admin/settings/backup", "/admin/settings/backup",
		"passphrase=&passphrase_again=");
	assert_int_equal(ann.last.status, 303);
	s->now = begun + week - 1;
	look(s);
	ann = tab_of(s, "joe", ROLE_OWNER); /* cookies last less */
	eve = tab_of(s, "kim", ROLE_AUDITOR);
	bob = tab_of(s, "leo", ROLE_MEMBER);
	assert_lacks(tab_get(&ann, "/admin/users").body, "overdue");
	assert_holds(tab_get(&ann, "/admin/health").body,
		"id=\"check-backup\" data-state=\"ok\"");
	assert_holds(ann.last.body, "backup: the last is 6 days old");

	s->now++;
	look(s);
	assert_holds(tab_get(&ann, "/admin/users").body,
		"<a href=\"/admin/settings/backup\">The backup is overdue");
	assert_holds(tab_get(&eve, "/admin/users").body,
		"<a href=\"/admin/health#check-backup\">The backup is");
	assert_lacks(tab_get(&bob, "/me").body, "overdue");
	assert_holds(tab_get(&ann, "/admin/health").body,
		"id=\"check-backup\" data-state=\"warn\"");
	assert_holds(ann.last.body, "cairn backup --passphrase-file FILE");
	assert_holds(ann.last.body,
		"backup: the last is 7 days old, more than the setting "
		"backup_days allows (7)");

	set_backup_days(s, "0");
	look(s);
	assert_lacks(tab_get(&ann, "/admin/health").body, "overdue");
	assert_holds(ann.last.body, "id=\"check-backup\" data-state=\"ok\"");
}

static void
no_backup_is_to_be_looked_at_and_overdue_when_the_instance_is_old(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct backup_due due;
	struct settings settings;

	look(s);
	assert_lacks(tab_get(&ann, "/admin/health").body, "overdue");
	assert_holds(ann.last.body, "id=\"check-backup\" data-state=\"warn\"");
	assert_holds(ann.last.body, "backup: none was made yet");
	set_backup_days(s, "0");
	look(s);
	assert_holds(tab_get(&ann, "/admin/health").body,
		"id=\"check-backup\" data-state=\"ok\"");
	assert_holds(ann.last.body, "backup_days asks for none");
	set_backup_days(s, "7");
	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	assert_int_equal(backup_due(s->db, &settings, s->now, &due), ERR_OK);
	assert_int_equal(due.last_at, 0);
	assert_int_equal(
		backup_due(s->db, &settings, due.due_at - 1, &due), ERR_OK);
	assert_false(due.overdue);
	assert_int_equal(
		backup_due(s->db, &settings, due.due_at, &due), ERR_OK);
	assert_true(due.overdue);
}

static void
whoever_asks_gets_a_look_at_most_each_ten_seconds(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_AUDITOR);
	struct job j;

	look(s);
	s->now += HEALTH_ASK_SECONDS - 1;
	tab_send(&ann, "/admin/health", "/admin/health/run", "");
	assert_int_equal(ann.last.status, 303);
	assert_string_equal(ann.last.reply.location, "/admin/health");
	assert_int_equal(db_job_of(s->db, HEALTH_JOB, 0, s->mem, &j), ERR_OK);
	assert_true(j.due_at > s->now);
	s->now += 1;
	tab_send(&ann, "/admin/health", "/admin/health/run", "");
	assert_int_equal(db_job_of(s->db, HEALTH_JOB, 0, s->mem, &j), ERR_OK);
	assert_int_equal(j.due_at, s->now);
	assert_holds(tab_get(&ann, "/admin/health").body,
		"data-flash=\"health-asked\"");
}

static void
hostile_evidence_stays_text(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);

	put(s, HEALTH_RELAYS, HEALTH_FAIL, HOSTILE, HOSTILE);
	assert_harmless(s, tab_get(&ann, "/admin/health").body);
}

struct secrets {
	const char *texts[16];
	size_t count;
};

static void
add_secret(struct secrets *all, const char *text)
{
	assert_non_null(text);
	assert_true(strlen(text) >= 8);
	all->texts[all->count++] = text;
}

/* An instance with one of everything that is secret. */
static void
fill(struct site *s, struct secrets *all)
{
	struct preauth_key k = { .description = "d",
		.tags = "[]",
		.expires_at = s->now + 3600,
		.user_id = 1 };
	struct settings settings;
	const char *text, *why;
	int64_t id;

	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &k,
				 &actor_cli, s->now, s->mem, &id, &text),
		ERR_OK);
	/* Its secret may have a '-' of its own. */
	add_secret(all, text + strlen(text) - 16);
	assert_int_equal(settings_put(s->db, "metrics_token",
				 "metrics-token-of-this-test", "cli", s->now,
				 s->mem, &why),
		ERR_OK);
	add_secret(all, "metrics-token-of-this-test");
	assert_int_equal(settings_load(s->db, s->mem, &settings), ERR_OK);
	add_secret(all, settings.metrics_token); /* its hash neither */
	assert_int_equal(tailnet_setup_link(s->db, &settings, &s->pepper,
				 s->now, s->mem, &text),
		ERR_OK);
	add_secret(all, strrchr(text, '/') + 1);
	assert_int_equal(password_hash(s->mem, PASSWORD, &text), ERR_OK);
	add_secret(all, "argon2id");
	put(s, HEALTH_RELAYS, HEALTH_FAIL,
		"relays: https://joe:pass-of-source@map.example/"
		"token-of-source?key=key-of-source cannot be read: 403",
		"");
	add_secret(all, "pass-of-source");
	add_secret(all, "token-of-source");
	add_secret(all, "key-of-source");
}

static const char *
hex_of(struct site *s, const void *bytes, size_t len)
{
	char *text = arena_alloc(s->mem, 2 * len + 1);

	text_hex(text, bytes, len);
	return text;
}

static void
assert_not_in(struct site *s, const char *report, const struct bytes *b)
{
	assert_lacks(report, hex_of(s, b->at, b->len));
	assert_lacks(report, text_base64(s->mem, b->at, b->len));
}

struct blob_row {
	struct bytes value;
};

static void
read_blob(struct stmt *q, struct arena *mem, void *row)
{
	((struct blob_row *)row)->value = col_blob(q, 0, mem);
}

/* Whatever the database keeps as bytes is a key, a hash or sealed. */
static void
assert_no_blobs(struct site *s, const char *report)
{
	static const char *const queries[] = {
		"SELECT sealed FROM server_key",
		"SELECT hash FROM preauth_key",
		"SELECT hash FROM link",
		"SELECT hash FROM web_session",
		"SELECT secret FROM factor",
		"SELECT machine_key FROM node",
	};

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		struct blob_row *rows;
		size_t count;

		assert_int_equal(db_all(db_stmt(s->db, queries[i]), read_blob,
					 s->mem, sizeof(*rows), &rows, &count),
			ERR_OK);
		for (size_t n = 0; n < count; n++)
			assert_not_in(s, report, &rows[n].value);
	}
}

static void
the_report_has_no_secret(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_with_password(s, "ann", ROLE_OWNER);
	struct secrets all = { .count = 0 };
	struct secret seal;
	const char *report;

	machine_of(s, 0, "laptop");
	look(s);
	fill(s, &all);
	report = tab_get(&ann, "/admin/health/bundle").body;
	assert_int_equal(ann.last.status, 200);
	assert_holds(ann.last.head, "filename=\"cairn-report.txt\"");
	assert_holds(report, "schema ");
	assert_holds(report, "ok       database since ");
	assert_holds(report, "metrics_token: (set)");
	assert_holds(report, "relays: https://map.example cannot be read");
	for (size_t i = 0; i < all.count; i++)
		assert_lacks(report, all.texts[i]);
	assert_lacks(report, tab_cookie(&ann, "cairn"));
	assert_no_blobs(s, report);
	assert_int_equal(secret_read(s->home, "seal", &seal), ERR_OK);
	assert_lacks(report, hex_of(s, seal.bytes, sizeof(seal.bytes)));
	assert_lacks(report, hex_of(s, s->pepper.bytes, sizeof(seal.bytes)));
	secret_wipe(&seal);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_check_has_a_row_before_anything_was_looked_at),
		TEST(a_check_is_told_of_when_it_begins_to_fail_and_when_it_works_again),
		TEST(a_check_that_was_unknown_for_a_while_is_told_of_as_any_other),
		TEST(the_job_finds_what_the_doctor_finds),
		TEST(setup_has_all_looked_at_again),
		TEST(a_job_that_is_under_way_has_not_failed),
		TEST(the_headline_counts_each_check),
		TEST(what_is_worst_stands_first_with_a_badge),
		TEST(sizes_are_folded_and_a_page_that_helps_is_a_link),
		TEST(a_state_that_stays_keeps_its_time),
		TEST(the_strip_leads_from_a_silent_worker_to_its_check),
		TEST(what_fails_stands_in_the_strip_of_each_page),
		TEST(a_backup_is_overdue_after_the_days_that_are_set),
		TEST(no_backup_is_to_be_looked_at_and_overdue_when_the_instance_is_old),
		TEST(whoever_asks_gets_a_look_at_most_each_ten_seconds),
		TEST(hostile_evidence_stays_text),
		TEST(the_report_has_no_secret),
	};

	return cmocka_run_group_tests_name("fcgi/health", tests, NULL, NULL);
}
