/*
 * user_policy.h: the policy and the names of a user: whoever changes these is
 * told which lines name the user by them (spec/pages.md 10.2).
 */
#ifndef FCGI_USER_POLICY_H
#define FCGI_USER_POLICY_H

#include "db/user.h"
#include "fcgi/request.h"

/* A sentence with the lines as links, above the form; nothing if none does. */
enum err user_policy_note(struct request *r, const struct user *u);
/* Lines name the user as it was and will not any more, or another was called
 * what it will be called: *asked, and the page that asks whether that is meant
 * was written. */
enum err user_policy_ask(struct request *r, const struct user *before,
	const struct user *after, bool *asked);

#endif
