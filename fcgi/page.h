/*
 * page.h: pages for people.  page_x shows, do_x acts and redirects; one file
 * page_x.c holds both.
 */
#ifndef FCGI_PAGE_H
#define FCGI_PAGE_H

#include "fcgi/request.h"

enum {
	REGISTER_PER_MINUTE = 60, /* from one address */
};

/* A path of this site that one may be sent to after signing in, else "". */
const char *page_next(const char *next); /* page_login.c */
/* `path` with ?next= of that, if one may be sent there. */
const char *page_with_next(
	struct request *r, const char *path, const char *next);

/* The start, and pages for everybody. */
enum err page_home(struct request *r);
enum err page_register(struct request *r);

/* Streams of events, for pages that are open: page_events.c. */
enum err page_admin_events(struct request *r);
enum err page_me_events(struct request *r);
enum err page_register_events(struct request *r);
enum err page_check_events(struct request *r);

/* Links that are a secret. */
enum err page_setup(struct request *r);
enum err do_setup(struct request *r);
enum err page_invite(struct request *r);
enum err do_invite(struct request *r);
enum err page_reset(struct request *r);
enum err do_reset(struct request *r);
/* Long enough and the same twice; says so at the fields. */
struct form;
bool page_passwords_fit(struct form *f);

/* Signing in. */
/* A session has begun by what somebody showed: its cookie, and 303 to `next`,
 * or to where the second factor is set up that the setting asks for, which
 * leads to `next` behind it. */
struct session_made;
enum err page_signed_in(
	struct request *r, const struct session_made *made, const char *next);
enum err page_login(struct request *r);
enum err do_login(struct request *r);
enum err page_login_confirm(struct request *r);
enum err do_login_confirm(struct request *r);
enum err page_login_code(struct request *r);
enum err do_login_code(struct request *r);
enum err do_logout(struct request *r);
/* By whom nginx vouches for: page_remote.c has the form, which is none when it
 * vouches for nobody. */
void page_remote_form(struct request *r, const char *next);
enum err do_login_remote(struct request *r);

#endif
