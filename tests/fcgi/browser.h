/*
 * browser.h: a browser for pages, without a process or a socket between: it
 * keeps cookies, and sends forms with the tokens of the page it looked at last.
 */
#ifndef TESTS_FCGI_BROWSER_H
#define TESTS_FCGI_BROWSER_H

#include "tests/fcgi/ask.h"

#include "base/text.h"
#include "db/audit.h"
#include "db/login.h"
#include "tailnet/link.h"
#include "tailnet/password.h"
#include "tailnet/people.h"

#define PASSWORD "correct horse battery"

enum {
	BROWSER_COOKIES = 8,
};

struct browser_cookie {
	const char *name, *value;
};

struct tab {
	struct site *s;
	struct browser_cookie cookies[BROWSER_COOKIES];
	size_t count;
	struct answer last;
	const char *csrf, *once, *was; /* of the page looked at last */
	const char *more[4];           /* further headers, HTTP_… */
};

static inline void
tab_keep(struct tab *t, const char *text)
{
	size_t name_len = strcspn(text, "="), i = 0;
	const char *name = arena_printf(t->s->mem, "%.*s", (int)name_len, text);
	const char *value = text + name_len + 1;

	while (i < t->count && strcmp(t->cookies[i].name, name) != 0)
		i++;
	if (i == t->count) /* in the place of one that is gone */
		for (i = 0; i < t->count && *t->cookies[i].value; i++)
			continue;
	if (i == BROWSER_COOKIES)
		fail_msg("no room for the cookie %s", name);
	if (i == t->count)
		t->count++;
	t->cookies[i].name = name;
	t->cookies[i].value = arena_printf(
		t->s->mem, "%.*s", (int)strcspn(value, ";"), value);
}

static inline const char *
tab_cookies(struct tab *t)
{
	const char *all = "HTTP_COOKIE=";

	for (size_t i = 0; i < t->count; i++)
		if (*t->cookies[i].value)
			all = arena_printf(t->s->mem, "%s%s=%s; ", all,
				t->cookies[i].name, t->cookies[i].value);
	return all;
}

static inline const char *
tab_cookie(struct tab *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->cookies[i].name, name) == 0)
			return t->cookies[i].value;
	return "";
}

/* The value of the last hidden field of that name: of the page's own form, not
 * of the one that signs out. */
static inline const char *
tab_hidden(struct tab *t, const char *name)
{
	const char *mark = arena_printf(
		t->s->mem, "type=\"hidden\" name=\"%s\" value=\"", name);
	const char *at = t->last.body, *found = NULL;

	while ((at = strstr(at, mark)))
		found = at += strlen(mark);
	return found ? arena_printf(t->s->mem, "%.*s",
			       (int)strcspn(found, "\""), found)
		     : NULL;
}

static inline size_t
browser_utf8(unsigned long c, char *to)
{
	if (c < 0x80) {
		*to = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* What stands for one character, "&…;": its bytes in *to, their count in *len;
 * where it ends.  Numbers from 128 to 159 are other characters to a browser. */
static inline const char *
browser_reference(const char *at, char *to, size_t *len)
{
	static const char *const names[][2] = { { "&lt;", "<" },
		{ "&gt;", ">" }, { "&quot;", "\"" }, { "&amp;", "&" } };
	unsigned long c;
	char *end;

	*len = 1;
	for (size_t i = 0; i < 4; i++)
		if (text_starts(at, names[i][0])) {
			*to = *names[i][1];
			return at + strlen(names[i][0]);
		}
	c = at[1] == '#' ? strtoul(at + 2 + (at[2] == 'x'), &end,
				   at[2] == 'x' ? 16 : 10)
			 : 0;
	if (!c || *end != ';' || (c >= 0x80 && c < 0xa0))
		fail_msg("no browser reads %.9s as it is meant", at);
	*len = browser_utf8(c, to);
	return end + 1;
}

/* The markup from `at` to `end` as a browser reads it. */
static inline const char *
browser_text(struct arena *mem, const char *at, const char *end)
{
	char *out = arena_alloc(mem, (size_t)(end - at) + 1), *to = out;

	while (at < end) {
		size_t len = 1;

		if (*at == '&')
			at = browser_reference(at, to, &len);
		else if (*at != '\r')
			*to = *at++;
		else
			*to = '\n', at += at[1] == '\n' ? 2 : 1;
		to += len;
	}
	*to = '\0';
	return out;
}

/* As tab_hidden, for values that are more than letters; "" if it is not
 * there. */
static inline const char *
tab_value(struct tab *t, const char *name)
{
	const char *raw = tab_hidden(t, name);

	return raw ? browser_text(t->s->mem, raw, raw + strlen(raw)) : "";
}

static inline struct answer
tab_ask(struct tab *t, const char *method, const char *uri, const char *body)
{
	struct ask a = {
		.group = GROUP_OUTER, .method = method, .uri = uri, .body = body
	};
	size_t n = 0;

	a.more[n++] = tab_cookies(t);
	if (body)
		a.more[n++] = "CONTENT_TYPE=application/x-www-form-urlencoded";
	for (size_t i = 0; i < 4 && t->more[i]; i++)
		a.more[n++] = t->more[i];
	t->last = ask_with(t->s, &a);
	for (size_t i = 0; i < t->last.reply.cookie_count; i++)
		tab_keep(t, t->last.reply.cookies[i]);
	t->csrf = tab_hidden(t, "csrf");
	t->once = tab_hidden(t, "once");
	t->was = tab_hidden(t, "was");
	return t->last;
}

static inline struct answer
tab_get(struct tab *t, const char *uri)
{
	return tab_ask(t, "GET", uri, NULL);
}

/* Of a page with several forms: the tokens of this one ("form-role"). */
static inline void
tab_choose(struct tab *t, const char *form)
{
	const char *mark = arena_printf(t->s->mem, " id=\"%s\"", form);
	const char *from = strstr(t->last.body, mark), *until;
	struct tab part = *t;

	if (!from)
		fail_msg("no %s in %s", form, t->last.body);
	until = strstr(from, "</form>");
	part.last.body =
		arena_printf(t->s->mem, "%.*s", (int)(until - from), from);
	t->csrf = tab_hidden(&part, "csrf");
	t->once = tab_hidden(&part, "once");
	t->was = tab_hidden(&part, "was");
}

/* A form of the page looked at last: its tokens, and these fields. */
static inline const char *
tab_form(struct tab *t, const char *fields)
{
	return arena_printf(t->s->mem, "csrf=%s&once=%s%s%s&%s",
		t->csrf ? t->csrf : "", t->once ? t->once : "",
		t->was ? "&was=" : "", t->was ? t->was : "", fields);
}

static inline struct answer
tab_post(struct tab *t, const char *uri, const char *fields)
{
	return tab_ask(t, "POST", uri, tab_form(t, fields));
}

/* Looks at the page first. */
static inline struct answer
tab_send(struct tab *t, const char *page, const char *uri, const char *fields)
{
	(void)tab_get(t, page);
	return tab_post(t, uri, fields);
}

static inline struct tab
tab_new(struct site *s)
{
	return (struct tab){ .s = s };
}

/* A user of that role with PASSWORD, by the rules. */
static inline int64_t
person(struct site *s, const char *name, enum role role)
{
	struct user u = { .name = name, .role = role };
	const char *hash;
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &u, s->now, &id), ERR_OK);
	assert_int_equal(password_hash(s->mem, PASSWORD, &hash), ERR_OK);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(
		db_login_set_password(s->db, id, hash, s->now), ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	return id;
}

static inline void
tab_sign_in(struct tab *t, const char *name)
{
	struct answer a = tab_send(t, "/login", "/login",
		arena_printf(t->s->mem, "name=%s&password=%s&next=", name,
			"correct+horse+battery"));

	if (a.status != 303)
		fail_msg("sign-in of %s: %d %s", name, a.status, a.body);
}

/* A user without a password: hashing one takes a tenth of a second. */
static inline int64_t
person_without_password(struct site *s, const char *name, enum role role)
{
	struct user u = { .name = name, .role = role };
	int64_t id;

	assert_int_equal(
		tailnet_person_add(s->db, &actor_cli, &u, s->now, &id), ERR_OK);
	return id;
}

/* A tab of somebody who has just been made, signed in as by a password. */
static inline struct tab
tab_of(struct site *s, const char *name, enum role role)
{
	struct browser b = { .address = "192.0.2.7", .agent = "test" };
	int64_t id = person_without_password(s, name, role);
	struct tab t = tab_new(s);
	struct session_made made;

	assert_int_equal(tailnet_session_begin(s->db, &s->pepper, id, NULL, &b,
				 s->now, s->mem, &made),
		ERR_OK);
	tab_keep(&t, arena_printf(s->mem, "cairn=%s", made.token));
	return t;
}

/* The same, with PASSWORD. */
static inline struct tab
tab_with_password(struct site *s, const char *name, enum role role)
{
	struct tab t = tab_new(s);

	(void)person(s, name, role);
	tab_sign_in(&t, name);
	return t;
}

/* The newest audit row. */
static inline struct audit
audit_last(struct site *s)
{
	struct audit *rows;
	size_t count;

	assert_int_equal(db_audits(s->db, 0, 1, s->mem, &rows, &count), ERR_OK);
	assert_int_equal(count, 1);
	return rows[0];
}

#endif
