/*
 * gate_test.c: what stands before a form and behind it, on a site of three
 * addresses: a page with one form, and the same for a fresh sign-in alone.
 */
#include "tests/fcgi/browser.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "db/setting.h"
#include "db/spent_form.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/kept.h"
#include "fcgi/page.h"
#include "tailnet/audit.h"

static const struct choice colours[] = { { "red", "Red" }, { "blue", "Blue" } };
static const struct field note_fields[] = {
	{ "note", "Note", .hint = "Anything.", .max = 10,
		.flags = FIELD_REQUIRED },
	{ "colour", "Colour", .kind = FIELD_SELECT, .choices = colours,
		.choice_count = 2 },
	{ "count", "Count", .kind = FIELD_NUMBER, .least = 1, .most = 9 },
	{ "secret", "Secret", .kind = FIELD_PASSWORD },
	{ "on", "On", .kind = FIELD_BOX },
};

static void
stored(struct request *r, struct form *f)
{
	const char *note = "";

	(void)db_setting_get(r->db, "note", r->mem, &note);
	form_init(r, f, "note", "/note", note_fields, 5);
	form_put(f, "note", note);
	form_put(f, "colour", "red");
	form_edits(f, "setting:1");
}

static enum err
show(struct request *r, struct form *f)
{
	frame_begin(r, &(struct page){ .name = "note", .h1 = "Note" },
		form_refused(f));
	form_show(f, "Save");
	frame_end(r);
	return ERR_OK;
}

static enum err
page_note(struct request *r)
{
	struct form f;

	stored(r, &f);
	return show(r, &f);
}

static enum err
store(struct request *r, const char *note)
{
	enum err e = db_begin(r->db);

	if (!e)
		e = db_setting_put(r->db, "note", note, r->now);
	if (!e)
		e = audit(r->db, r->now, "user:1", "note.set", "setting", 1,
			note);
	return db_end(r->db, e);
}

/* Somebody else is faster, between the look and the commit. */
static void
be_faster(struct request *r)
{
	static int times;
	struct request other = *r;

	if (times++)
		return;
	assert_int_equal(db_open(r->home, &other.db), ERR_OK);
	assert_int_equal(store(&other, "theirs"), ERR_OK);
	db_close(other.db);
}

/* An owner takes the role away, or ends the browsers, between the look and the
 * commit. */
static void
lose(struct request *r, bool role)
{
	struct request other = *r;
	int64_t gone;

	assert_int_equal(db_open(r->home, &other.db), ERR_OK);
	if (role)
		assert_int_equal(tailnet_person_role(other.db, &actor_cli,
					 r->who.user_id, ROLE_MEMBER, r->now),
			ERR_OK);
	else
		assert_int_equal(
			tailnet_person_sessions_end(other.db, &actor_cli,
				r->who.user_id, r->now, &gone),
			ERR_OK);
	db_close(other.db);
}

/* The same form, done while this one is looked at. */
static void
be_overtaken(struct request *r)
{
	static int times;
	struct source body = { (const char *)r->body.at, r->body.len };
	struct request other = { .group = r->group,
		.home = r->home,
		.pepper = r->pepper,
		.seal = r->seal,
		.mem = r->mem,
		.now = r->now,
		.env = r->env,
		.read = read_source,
		.from = &body };

	if (times++)
		return;
	assert_int_equal(db_open(r->home, &other.db), ERR_OK);
	assert_int_equal(
		router_run(r->route, 1, request_take(&other), &other), ERR_OK);
	assert_int_equal(other.reply.status, 303);
	request_done(&other);
	db_close(other.db);
}

/* The same form has just had its effect, and is not answered yet. */
static void
be_beside(struct request *r)
{
	struct db *db;

	assert_int_equal(db_open(r->home, &db), ERR_OK);
	assert_int_equal(db_begin(db), ERR_OK);
	assert_int_equal(db_spent_form_add(db, r->once, r->now), ERR_OK);
	assert_int_equal(db_commit(db), ERR_OK);
	db_close(db);
}

static enum err
do_note(struct request *r)
{
	struct form f;
	enum err e;

	if (fields_say(r, "note", "overtaken"))
		be_overtaken(r);
	if (fields_say(r, "note", "beside"))
		be_beside(r);
	stored(r, &f);
	if (!form_take(&f))
		return show(r, &f);
	if (strcmp(form_get(&f, "note"), "ask") == 0 && !kept_is_confirmed(r))
		return kept_confirm(
			r, &(struct confirm){ .question = "Really?",
				   .effects = { "It is a test.", NULL },
				   .button = "danger:Do it",
				   .cancel = "/note" });
	if (strcmp(form_get(&f, "note"), "race") == 0)
		be_faster(r);
	if (strcmp(form_get(&f, "note"), "demoted") == 0)
		lose(r, true);
	if (strcmp(form_get(&f, "note"), "ended") == 0)
		lose(r, false);
	e = store(r, form_get(&f, "note"));
	if (e == ERR_DENIED)
		return show(r, &f);
	return e ? e : form_done(r, "/note", "settings-saved", 0);
}

/* The other form of a page that edits: this one only adds.  Each time that it
 * is done, somebody changes what the first form edits. */
static enum err
do_add(struct request *r)
{
	static const struct field fields[] = { { "word", "Word", .max = 9 } };
	struct request other = *r;
	struct form edits, adds;
	enum err e;

	stored(r, &edits);
	form_init(r, &adds, "add", "/add", fields, 1);
	if (!form_take(&adds))
		return ERR_BAD_INPUT;
	assert_int_equal(db_open(r->home, &other.db), ERR_OK);
	assert_int_equal(store(&other, "theirs"), ERR_OK);
	db_close(other.db);
	e = store(r, form_get(&adds, "word"));
	return e ? e : form_done(r, "/note", "settings-saved", 0);
}

static enum err
do_fresh(struct request *r)
{
	enum err e = store(r, fields_one(r, "note"));

	return e ? e : form_done(r, "/note", NULL, 0);
}

static enum err
do_secret(struct request *r)
{
	enum err e = store(r, "shown");

	if (e)
		return e;
	form_shows_once(r, "/note");
	frame_begin(r, &(struct page){ .name = "once", .h1 = "Copy this key" },
		NULL);
	frame_end(r);
	return ERR_OK;
}

static const struct route table[] = {
	{ METHOD_GET, "/login", page_login, PEOPLE, 0, 0 },
	{ METHOD_POST, "/login", do_login, PEOPLE | WRITES | STALE,
		FORM_BODY_MAX, 0 },
	{ METHOD_GET, "/note", page_note, PEOPLE, 0, CAN_READ },
	{ METHOD_POST, "/note", do_note, PEOPLE | WRITES | OWN_PAGE,
		FORM_BODY_MAX, CAN_SETTINGS },
	{ METHOD_POST, "/note/below", do_note, PEOPLE | WRITES, FORM_BODY_MAX,
		CAN_SETTINGS },
	{ METHOD_GET, "/fresh", page_note, PEOPLE | FRESH, 0, CAN_READ },
	{ METHOD_POST, "/fresh", do_fresh, PEOPLE | WRITES | FRESH,
		FORM_BODY_MAX, CAN_SETTINGS },
	{ METHOD_POST, "/add", do_add, PEOPLE | WRITES, FORM_BODY_MAX,
		CAN_SETTINGS },
	{ METHOD_POST, "/secret", do_secret, PEOPLE | WRITES, FORM_BODY_MAX,
		CAN_SETTINGS },
};

static int
open_site(void **state)
{
	struct site *s;

	site_open(state);
	s = *state;
	s->table = table;
	s->table_count = sizeof(table) / sizeof(table[0]);
	return 0;
}

static const char *
note(struct site *s)
{
	const char *value = "";

	(void)db_setting_get(s->db, "note", s->mem, &value);
	return value;
}

#define GOOD "note=hello&colour=blue&count=3&on=1"

static void
a_good_form_is_stored_and_said_so(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a = tab_send(&t, "/note", "/note", GOOD);

	assert_int_equal(a.status, 303);
	assert_string_equal(note(s), "hello");
	a = tab_get(&t, "/note");
	assert_holds(a.body, "data-flash=\"settings-saved\">Saved.</p>");
	assert_lacks(tab_get(&t, "/note").body, "data-flash");
}

static void
each_wrong_field_is_named_and_the_rest_kept(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a = tab_send(&t, "/note", "/note",
		"note=elevenchars&colour=green&count=10&secret=hidden&on=1");

	assert_int_equal(a.status, 422);
	assert_holds(a.body, "href=\"#note-note\"");
	assert_holds(a.body, "id=\"note-note-error\" data-error=\"too-long\"");
	assert_holds(a.body, "Use at most 10 characters.");
	assert_holds(a.body, "id=\"note-colour-error\" data-error=\"choice\"");
	assert_holds(a.body, "Enter a number from 1 to 9.");
	assert_holds(a.body, "aria-invalid=\"true\"");
	assert_holds(
		a.body, "aria-describedby=\"note-note-hint note-note-error\"");
	assert_holds(a.body, "value=\"elevenchars\"");
	assert_holds(a.body, "checked=\"\"");
	assert_lacks(a.body, "hidden&quot;");
	assert_lacks(a.body, "value=\"hidden\"");
	assert_string_equal(note(s), "");
}

static void
the_limit_of_a_field_counts_characters(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(tab_send(&t, "/note", "/note",
				 "note=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
				 "%C3%A9%C3%A9%C3%A9%C3%A9&colour=red")
				 .status,
		303);
	assert_int_equal(tab_send(&t, "/note", "/note",
				 "note=%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
				 "%C3%A9%C3%A9%C3%A9%C3%A9e&colour=red")
				 .status,
		422);
}

static void
an_empty_field_that_must_be_there_is_asked_for(void **state)
{
	struct tab t = tab_of(*state, "ann", ROLE_OWNER);
	struct answer a = tab_send(&t, "/note", "/note", "note=+%09+");

	assert_int_equal(a.status, 422);
	assert_holds(a.body, "Enter Note.");
}

static void
who_was_slower_sees_the_conflict_and_may_replace_it(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_ADMIN);
	struct answer a;

	tab_get(&ann, "/note");
	tab_get(&bob, "/note");
	tab_post(&ann, "/note", "note=anns&colour=red");
	a = tab_post(&bob, "/note", "note=bobs&colour=red");
	assert_int_equal(a.status, 409);
	assert_holds(a.body, "id=\"conflict\" role=\"alert\"");
	assert_holds(a.body, "ann changed this at ");
	assert_holds(a.body, "Note is now anns");
	assert_holds(a.body, "value=\"bobs\"");
	assert_string_equal(note(s), "anns");
	assert_int_equal(
		tab_post(&bob, "/note", "note=bobs&colour=red").status, 303);
	assert_string_equal(note(s), "bobs");
}

static void
who_is_faster_between_look_and_commit_is_a_conflict_too(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a =
		tab_send(&t, "/note", "/note", "note=race&colour=red");

	assert_int_equal(a.status, 409);
	assert_holds(a.body, "Note is now theirs");
	assert_holds(a.body, "value=\"race\"");
	assert_string_equal(note(s), "theirs");
	assert_int_equal(
		tab_post(&t, "/note", "note=race&colour=red").status, 303);
	assert_string_equal(note(s), "race");
}

static void
who_loses_the_session_or_the_role_meanwhile_does_nothing(void **state)
{
	static const char *const forms[] = { "note=demoted&colour=red",
		"note=ended&colour=red" };
	struct site *s = *state;

	for (size_t i = 0; i < 2; i++) {
		struct tab t = tab_of(s, i ? "ben" : "ada", ROLE_ADMIN);
		struct answer a = tab_send(&t, "/note", "/note", forms[i]);

		assert_int_equal(a.status, 401);
		assert_holds(a.body, "data-page=\"session-ended\"");
		assert_holds(
			a.body, i ? "value=\"ended\"" : "value=\"demoted\"");
		assert_string_equal(note(s), "");
	}
}

static void
a_session_acts_in_the_role_of_its_user(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ada", ROLE_ADMIN);
	bool acts;

	tab_get(&t, "/note");
	assert_int_equal(
		db_web_session_acts(s->db, 1, s->now, "admin", &acts), ERR_OK);
	assert_true(acts);
	assert_int_equal(
		db_web_session_acts(s->db, 1, s->now, "owner", &acts), ERR_OK);
	assert_false(acts);
	assert_int_equal(
		db_web_session_acts(s->db, 2, s->now, "admin", &acts), ERR_OK);
	assert_false(acts);
}

static void
a_conflict_is_seen_behind_a_mistake_too(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_ADMIN);
	struct answer a;

	tab_get(&ann, "/note");
	tab_get(&bob, "/note");
	tab_post(&ann, "/note", "note=anns&colour=red");
	a = tab_post(&bob, "/note", "note=far+too+long+for+it&colour=red");
	assert_int_equal(a.status, 422);
	assert_holds(a.body, "id=\"conflict\"");
	assert_holds(a.body, "id=\"errors\"");
}

static void
who_may_not_is_told_who_may(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "eve", ROLE_AUDITOR);
	struct answer a = tab_send(&t, "/note", "/note", GOOD);

	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-error=\"role\"");
	assert_holds(a.body, "an owner or admin; you are an auditor.");
	assert_string_equal(note(s), "");
	assert_string_equal(who_may(CAN_READ),
		"an owner, admin, network-admin, it-admin or auditor");
}

static void
a_confirm_page_spends_nothing_and_sends_it_all(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a = tab_send(
		&t, "/note", "/note", "note=ask&colour=blue&secret=never");

	assert_int_equal(a.status, 200);
	assert_holds(a.body, "data-page=\"confirm\"");
	assert_holds(a.body, "id=\"form-confirm\" novalidate");
	assert_holds(a.body, "name=\"colour\" value=\"blue\"");
	assert_holds(a.body, "class=\"danger\"");
	assert_lacks(a.body, "never");
	assert_string_equal(note(s), "");
	a = tab_post(&t, "/note", "note=ask&colour=blue&confirm=1");
	assert_int_equal(a.status, 303);
	assert_string_equal(note(s), "ask");
}

static void
an_old_sign_in_is_asked_for_the_password_and_nothing_is_lost(void **state)
{
	struct site *s = *state;
	struct tab t = tab_with_password(s, "ann", ROLE_OWNER);
	struct answer a;

	tab_get(&t, "/note");
	s->now += FRESH_SECONDS;
	assert_int_equal(tab_get(&t, "/fresh").status, 303);
	assert_string_equal(
		t.last.reply.location, "/login/confirm?next=/fresh");
	a = tab_send(&t, "/note", "/fresh", "note=kept");
	assert_int_equal(a.status, 403);
	assert_holds(a.body, "data-page=\"fresh\"");
	assert_holds(a.body, "name=\"note\" value=\"kept\"");
	a = tab_post(&t, "/fresh", "note=kept&password=wrong+password");
	assert_int_equal(a.status, 403);
	assert_holds(a.body, "Name and password do not match.");
	assert_string_equal(note(s), "");
	a = tab_post(&t, "/fresh", "note=kept&password=correct+horse+battery");
	assert_int_equal(a.status, 303);
	assert_string_equal(note(s), "kept");
	assert_int_equal(tab_get(&t, "/fresh").status, 200);
}

static void
the_same_form_again_is_not_done_again(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *form;
	int64_t rows, after;

	tab_get(&t, "/note");
	form = tab_form(&t, GOOD);
	assert_int_equal(tab_ask(&t, "POST", "/note", form).status, 303);
	assert_int_equal(db_audit_count(s->db, &rows), ERR_OK);
	assert_int_equal(tab_ask(&t, "POST", "/note", form).status, 303);
	assert_string_equal(t.last.reply.location, "/note");
	assert_string_equal(t.last.reply.flash, "settings-saved");
	assert_int_equal(db_audit_count(s->db, &after), ERR_OK);
	assert_int_equal(rows, after);
}

static void
what_the_same_form_did_meanwhile_is_no_conflict(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t before, after;

	tab_get(&t, "/note");
	assert_int_equal(db_audit_count(s->db, &before), ERR_OK);
	tab_post(&t, "/note", "note=overtaken&colour=red");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(t.last.reply.location, "/note");
	assert_string_equal(t.last.reply.flash, "settings-saved");
	assert_string_equal(note(s), "overtaken");
	assert_int_equal(db_audit_count(s->db, &after), ERR_OK);
	assert_int_equal(after, before + 1);
}

static void
a_form_that_edits_nothing_is_done_whatever_others_change(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	tab_send(&t, "/note", "/add", "word=mine");
	assert_int_equal(t.last.status, 303);
	assert_string_equal(note(s), "mine");
}

static void
until_the_first_is_answered_the_same_form_leads_to_its_page(void **state)
{
	static const char *const paths[] = { "/note", "/note/below" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	for (size_t i = 0; i < 2; i++) {
		tab_send(&t, "/note", paths[i], "note=beside&colour=red");
		assert_int_equal(t.last.status, 303);
		assert_string_equal(t.last.reply.location, "/note");
		assert_string_equal(t.last.reply.flash, "already-done");
	}
}

static void
a_secret_is_shown_once(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *form;

	tab_get(&t, "/note");
	form = tab_form(&t, "");
	assert_int_equal(tab_ask(&t, "POST", "/secret", form).status, 200);
	assert_int_equal(tab_ask(&t, "POST", "/secret", form).status, 303);
	assert_string_equal(t.last.reply.location, "/note");
	assert_string_equal(t.last.reply.flash, "already-done");
}

/* In a process of its own, with a connection of its own. */
static pid_t
send_beside(struct tab *t, const char *form)
{
	pid_t pid = fork();
	struct site *s = t->s;

	if (pid)
		return pid;
	assert_int_equal(db_open(s->home, &s->db), ERR_OK);
	_exit(tab_ask(t, "POST", "/note", form).status == 303 ? 0 : 1);
}

static void
the_same_form_at_once_has_one_effect(void **state)
{
	enum {
		TIMES = 6
	};
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	int64_t before, after;
	pid_t pids[TIMES];
	const char *form;

	tab_get(&t, "/note");
	form = tab_form(&t, GOOD);
	assert_int_equal(db_audit_count(s->db, &before), ERR_OK);
	db_close(s->db); /* none is carried over a fork */
	for (int i = 0; i < TIMES; i++)
		pids[i] = send_beside(&t, form);
	for (int i = 0; i < TIMES; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(db_open(s->home, &s->db), ERR_OK);
	assert_int_equal(db_audit_count(s->db, &after), ERR_OK);
	assert_int_equal(after, before + 1);
}

static void
a_busy_database_loses_nothing_that_was_typed(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct answer a;
	int lock;

	tab_get(&t, "/note");
	lock = open(arena_printf(s->mem, "%s/cairn.lock", s->home), O_RDWR);
	assert_true(lock >= 0);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	a = tab_post(&t, "/note", GOOD);
	assert_int_equal(a.status, 503);
	assert_holds(a.head, "Retry-After: 5\r\n");
	assert_holds(a.body, "<h1>Busy, try again</h1>");
	assert_holds(a.body, "id=\"resend\"");
	assert_holds(a.body, "name=\"note\" value=\"hello\"");
	close(lock);
	assert_string_equal(note(s), "");
	assert_int_equal(tab_post(&t, "/note", GOOD).status, 303);
}

/* What stands in the page is what was sent, name and value. */
static void
assert_kept(struct tab *t, const char *page, const char *name, const char *sent)
{
	assert_holds(t->last.body,
		arena_printf(t->s->mem, "data-page=\"%s\"", page));
	assert_string_equal(tab_value(t, name), sent);
}

static void
what_is_kept_is_kept_byte_for_byte(void **state)
{
	static const char odd[] =
		"\r\n\tline \r\n\r lone \n\"quoted\" <b> ' & &amp; &#13; \x01\x1f\x7f "
		"\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0 \xc3\xbc \xe2\x80\xae "
		"\xe2\x80\xa8 \xef\xbb\xbf \xef\xbf\xbe\xef\xbf\xbf "
		"\xf0\x9f\x98\x80 \r\n";
	struct site *s = *state;
	struct tab t = tab_with_password(s, "ann", ROLE_OWNER);
	const char *form = arena_printf(s->mem, "note=ask&text=%s&n%%C2%%85=%s",
		text_url_encode(s->mem, odd), text_url_encode(s->mem, odd));
	struct tab out = t;
	int lock;

	tab_get(&t, "/note");
	out.csrf = t.csrf;
	out.once = t.once;
	out.count = 0;
	tab_post(&out, "/note", form);
	assert_kept(&out, "session-ended", "text", odd);
	assert_kept(&out, "session-ended", "n\xc2\x85", odd);
	tab_post(&t, "/note", form);
	assert_kept(&t, "confirm", "text", odd);
	t.csrf = "of another time";
	tab_post(&t, "/note", form);
	assert_kept(&t, "form-old", "text", odd);
	lock = open(arena_printf(s->mem, "%s/cairn.lock", s->home), O_RDWR);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	tab_post(&t, "/note", arena_printf(s->mem, "%s&confirm=1", form));
	close(lock);
	assert_kept(&t, "error", "text", odd);
	s->now += FRESH_SECONDS;
	tab_get(&t, "/note");
	tab_post(&t, "/fresh", form);
	assert_kept(&t, "fresh", "text", odd);
}

static void
what_no_page_can_hold_is_refused_at_once(void **state)
{
	static const char *const bad[] = { "a%00b", "a%ff", "a%ed%a0%80",
		"a%c0%80" };
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct tab out = tab_new(s);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *form = arena_printf(s->mem, "note=%s", bad[i]);

		assert_int_equal(
			tab_send(&t, "/note", "/note", form).status, 400);
		assert_holds(
			t.last.body, "field of the form is not well encoded");
		assert_int_equal(tab_post(&out, "/note", form).status, 400);
	}
	assert_string_equal(note(s), "");
}

static void
too_many_forms_of_one_session_wait(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	s->rate = rate_new();
	for (int i = 0; i < FORMS_PER_MINUTE; i++)
		assert_int_equal(
			tab_send(&t, "/note", "/note", "note=").status, 422);
	assert_int_equal(tab_send(&t, "/note", "/note", "note=").status, 429);
	assert_holds(t.last.head, "Retry-After: 60\r\n");
	s->now += 60;
	assert_int_equal(tab_send(&t, "/note", "/note", "note=").status, 422);
}

static void
two_hundred_fields_are_taken_and_one_more_is_not(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	const char *many = "note=x";
	struct answer a;

	/* csrf, once, was and note are the first four */
	for (int i = 0; i < FIELDS_MAX - 4; i++)
		many = arena_printf(s->mem, "%s&f%d=", many, i);
	a = tab_send(&t, "/note", "/note", many);
	assert_int_equal(a.status, 303);
	a = tab_send(&t, "/note", "/note",
		arena_printf(s->mem, "%s&one=more", many));
	assert_int_equal(a.status, 400);
	assert_holds(a.body, "too many fields");
}

static void
a_field_that_stands_there_twice_changes_nothing(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);

	assert_int_equal(
		tab_send(&t, "/note", "/note", "note=one&note=two").status,
		400);
	assert_string_equal(note(s), "");
}

static void
a_form_of_another_type_is_refused(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct ask ask_ = { .group = GROUP_OUTER,
		.method = "POST",
		.uri = "/note",
		.body = "{}",
		.more = { NULL, "CONTENT_TYPE=application/json" } };

	ask_.more[0] = tab_cookies(&t);
	assert_int_equal(ask_with(s, &ask_).status, 415);
	ask_.more[1] = "CONTENT_TYPE=application/x-www-form-urlencodedx";
	assert_int_equal(ask_with(s, &ask_).status, 415);
	ask_.more[1] =
		"CONTENT_TYPE=application/x-www-form-urlencoded; charset=UTF-8";
	assert_int_equal(ask_with(s, &ask_).status, 403);
}

static void
the_last_use_is_written_once_in_ten_minutes(void **state)
{
	struct site *s = *state;
	struct tab t = tab_of(s, "ann", ROLE_OWNER);
	struct db *other;
	int64_t before;

	assert_int_equal(db_open(s->home, &other), ERR_OK);
	before = db_data_version(other);
	s->now += USED_SECONDS - 1;
	tab_get(&t, "/note");
	assert_int_equal(db_data_version(other), before);
	s->now += 1;
	tab_get(&t, "/note");
	assert_int_not_equal(db_data_version(other), before);
	before = db_data_version(other);
	tab_get(&t, "/note");
	assert_int_equal(db_data_version(other), before);
	db_close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_site, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_form_is_stored_and_said_so),
		TEST(each_wrong_field_is_named_and_the_rest_kept),
		TEST(the_limit_of_a_field_counts_characters),
		TEST(an_empty_field_that_must_be_there_is_asked_for),
		TEST(who_was_slower_sees_the_conflict_and_may_replace_it),
		TEST(who_is_faster_between_look_and_commit_is_a_conflict_too),
		TEST(who_loses_the_session_or_the_role_meanwhile_does_nothing),
		TEST(a_session_acts_in_the_role_of_its_user),
		TEST(a_conflict_is_seen_behind_a_mistake_too),
		TEST(who_may_not_is_told_who_may),
		TEST(a_confirm_page_spends_nothing_and_sends_it_all),
		TEST(an_old_sign_in_is_asked_for_the_password_and_nothing_is_lost),
		TEST(the_same_form_again_is_not_done_again),
		TEST(what_the_same_form_did_meanwhile_is_no_conflict),
		TEST(a_form_that_edits_nothing_is_done_whatever_others_change),
		TEST(until_the_first_is_answered_the_same_form_leads_to_its_page),
		TEST(a_secret_is_shown_once),
		TEST(the_same_form_at_once_has_one_effect),
		TEST(a_busy_database_loses_nothing_that_was_typed),
		TEST(what_is_kept_is_kept_byte_for_byte),
		TEST(what_no_page_can_hold_is_refused_at_once),
		TEST(too_many_forms_of_one_session_wait),
		TEST(two_hundred_fields_are_taken_and_one_more_is_not),
		TEST(a_field_that_stands_there_twice_changes_nothing),
		TEST(a_form_of_another_type_is_refused),
		TEST(the_last_use_is_written_once_in_ten_minutes),
	};

	return cmocka_run_group_tests_name("fcgi/gate", tests, NULL, NULL);
}
