/*
 * kept.h: pages that keep what somebody typed in hidden fields, to be sent
 * again to the same address: after the session ended, when the form was of
 * another time, when it must be confirmed, when the sign-in is not fresh
 * (spec/pages.md 1.3, 1.7, 3.2).  Passwords and secrets are never kept.
 */
#ifndef FCGI_KEPT_H
#define FCGI_KEPT_H

#include "fcgi/frame.h"

/* 401, page session-ended. */
enum err kept_session_ended(struct request *r);
/* 403, page form-old. */
enum err kept_form_old(struct request *r);
/* 503 for a form: what was typed, with a button that sends it again. */
enum err kept_busy(struct request *r, const char *words);
/* With the right `password` in the form, or `code` of who has a second factor,
 * the session is fresh, and *passed stays true; else 403, page fresh, which has
 * also a link to each provider that may vouch for this user, in a tab of its
 * own, and a form that is sent again behind that. */
enum err kept_fresh(struct request *r, bool *passed);

/* What a confirm page asks (200; the button sends it with confirm=1). */
struct confirm {
	const char *question;   /* h1: "Delete laptop?" */
	const char *effects[4]; /* sentences; NULL ends them */
	/* More of it, below them; NULL: nothing. */
	void (*more)(struct request *r, const void *arg);
	const void *more_arg;
	enum section section;        /* where it stands in the menu */
	const char *button, *cancel; /* "danger:Delete", of what destroys, as
				      * in form.h; where the link leads */
	/* Comes back as field `seen`: what the answer is about; NULL: nothing.
	 */
	const char *seen;
};
enum err kept_confirm(struct request *r, const struct confirm *c);
/* Whether the form says confirm=1. */
bool kept_is_confirmed(struct request *r);

#endif
