/*
 * desk.c: what the actors do by the pages, as somebody with a browser: sign in,
 * look at a page, send its form, sign out.
 *
 * A change is acknowledged when the form was answered 303 with its flash, a
 * sign-in when its cookie has come.  Whose answer is lost sends the same form
 * again, as a browser offers to; and some click twice.
 */
#include "tests/ledger/actor.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "tests/ledger/complain.h"

enum {
	FORMS_LEAST = 20, /* of one sign-in, then up to … */
	FORMS_MOST = 60,  /* … a session may send 120 a minute */
	TWICE_ONE_IN = 8, /* is sent again though it was answered */
};

/* With the page's headline. */
static const char *
page_words(const struct page *p, struct arena *mem)
{
	const char *h1 = strstr(p->text, "<h1");
	const char *words = h1 ? strchr(h1, '>') : NULL;

	if (!p->status)
		return "no answer";
	return arena_printf(mem, "status %d %s%.*s", p->status, p->location,
		words ? (int)strcspn(words + 1, "<") : 0,
		words ? words + 1 : "");
}

/* A page with a form, filled in. */
static bool
look_at(struct actor *a, const char *path, const char *form,
	const struct typed typed[TYPED_MAX], struct arena *mem,
	struct sent *out)
{
	struct attempt t = begin(a);
	struct page p = tab_get(&a->tab, path, mem);
	bool good = p.status == 200 && tab_fill(&p, form, typed, mem, out);

	end(a, t, good, path, page_words(&p, mem));
	if (p.status == 303 && text_starts(p.location, "/login")) {
		complain(LOST,
			"session %s was acknowledged as open, but its "
			"cookie leads from %s to %s",
			a->session, path, p.location);
		a->session[0] = '\0';
	}
	return good;
}

typedef bool is_done(
	const struct tab *t, const struct page *p, const void *arg);

/* Until it is answered.  A refusal in words is wrong at any time: whoever sent
 * the form before, and never heard of it, is answered as the first time. */
static bool
send(struct actor *a, const struct sent *form, is_done *done, const void *arg,
	struct arena *mem)
{
	int64_t since = clock_now_ms();

	for (unsigned tries = 1;; tries++) {
		struct attempt t = begin_form(a);
		struct page p = tab_send(&a->tab, form, mem);
		bool good = done(&a->tab, &p, arg);

		end(a, t, good, form->action, page_words(&p, mem));
		if (good)
			return true;
		if (p.status && p.status < 500) {
			complain(REFUSED, "%s: %s", form->action,
				page_words(&p, mem));
			return false;
		}
		if (!again(a, tries, since, form->action))
			return false;
	}
}

/* ---- sessions ---- */

static bool
has_session(const struct tab *t, const struct page *p, const void *arg)
{
	(void)arg;
	return p->status == 303 && *tab_cookie(t, TAB_SESSION);
}

/* Who sends the form again may hear that it was done, and get no cookie: the
 * first answer had it. */
static bool
is_in_or_out(const struct tab *t, const struct page *p, const void *arg)
{
	return has_session(t, p, arg) ||
	       (p->status == 303 &&
		       text_starts(tab_cookie(t, TAB_FLASH), "already-done"));
}

static void
sign_in(struct actor *a, struct arena *mem)
{
	const struct typed typed[TYPED_MAX] = {
		{ "name", instance_desk(a->load->instance, a->number, mem) },
		{ "password", DESK_PASSWORD },
	};
	struct sent form;

	tab_forget(&a->tab);
	if (!look_at(a, "/login", "form-login", typed, mem, &form) ||
		!send(a, &form, is_in_or_out, NULL, mem) ||
		!*tab_cookie(&a->tab, TAB_SESSION))
		return;
	view_hash(
		&a->load->pepper, tab_cookie(&a->tab, TAB_SESSION), a->session);
	facts_told(a->load->facts, FACT_SESSION, a->session, "open");
	a->forms_left = FORMS_LEAST +
			(unsigned)(next_random(a) % (FORMS_MOST - FORMS_LEAST));
	count(a, &a->load->counts.signed_in);
}

bool
desk_is_open(struct actor *a, struct arena *mem)
{
	if (a->session[0])
		return true;
	if (pthread_mutex_trylock(&a->load->signing_in))
		return false;
	sign_in(a, mem);
	pthread_mutex_unlock(&a->load->signing_in);
	return a->session[0] != '\0';
}

/* Sent again it finds nobody signed in, and leads to the same page. */
static bool
is_out(const struct tab *t, const struct page *p, const void *arg)
{
	(void)t;
	(void)arg;
	return p->status == 303 && strcmp(p->location, "/login") == 0;
}

void
desk_sign_out(struct actor *a, struct arena *mem)
{
	const struct typed none[TYPED_MAX] = { { NULL, NULL } };
	struct sent form;

	if (!look_at(a, "/me", "form-logout", none, mem, &form))
		return;
	facts_try(a->load->facts, FACT_SESSION, a->session, VIEW_GONE);
	if (send(a, &form, is_out, NULL, mem))
		facts_told(a->load->facts, FACT_SESSION, a->session, VIEW_GONE);
	a->session[0] = '\0';
}

/* ---- changes ---- */

static bool
has_flash(const struct tab *t, const struct page *p, const void *arg)
{
	const char *flash = tab_cookie(t, TAB_FLASH);

	return p->status == 303 &&
	       (text_starts(flash, arg) || text_starts(flash, "already-done"));
}

/* Page and form, with the id in the one or the other. */
static bool
find_form(struct actor *a, const struct change *c, struct arena *mem,
	const char **path, const char **form)
{
	char id[HAND_TEXT] = "";

	*path = c->page;
	*form = c->form;
	if (!c->where)
		return true;
	if (!ask_once(a, id, c->where))
		return false;
	if (c->form_tail)
		*form = arena_printf(mem, "%s%s%s", c->form, id, c->form_tail);
	else
		*path = arena_printf(mem, "/admin/machines/%s%s", id, c->page);
	return true;
}

/* A second click changes nothing, and is answered as the first. */
static void
click_again(struct actor *a, const struct sent *form, const struct change *c,
	struct arena *mem)
{
	if (next_random(a) % TWICE_ONE_IN == 0)
		(void)send(a, form, has_flash, c->flash, mem);
}

bool
desk_change(struct actor *a, struct arena *mem, const struct change *c)
{
	const char *path, *id;
	struct sent form;

	if (!find_form(a, c, mem, &path, &id) ||
		!look_at(a, path, id, c->typed, mem, &form))
		return false;
	facts_try(a->load->facts, c->kind, c->subject, c->value);
	a->forms_left -= a->forms_left > 0;
	if (!send(a, &form, has_flash, c->flash, mem))
		return false;
	facts_told(a->load->facts, c->kind, c->subject, c->value);
	count(a, &a->load->counts.by_form);
	click_again(a, &form, c, mem);
	return true;
}
