/*
 * person.h: what the pages about users share: who it is about, what the actor
 * may do to them, words, and the link that lets them in.
 */
#ifndef FCGI_PERSON_H
#define FCGI_PERSON_H

#include "db/user_list.h"
#include "fcgi/form.h"

extern const struct choice person_roles[];    /* ROLES of them */
extern const struct choice person_statuses[]; /* USER_STATUSES */

/* "IT admin"; and in a sentence what it may do. */
const char *person_role_label(enum role role);
const char *person_role_may(enum role role);
/* The roles that the actor may give, for a field to choose from; and below it,
 * a line each, what they may do. */
void person_role_field(struct request *r, struct field *d);
void person_role_lines(struct request *r, const struct field *d);
/* <span data-badge>: who is active and has no way to sign in says that. */
void person_badge(struct request *r, const struct user_row *row);

/* The user of the address.  *found false: the answer is made. */
enum err person_find(struct request *r, struct user_row *out, bool *found);
/* The same for who may do something to them. */
enum err person_to_change(struct request *r, struct user_row *out, bool *found);
bool person_may_touch(const struct request *r, const struct user *u);
/* 403: who may do something to users of that role, or give it. */
enum err person_refuse(struct request *r, enum role role);
/* Whether no other owner is there to act. */
enum err person_is_last_owner(
	struct request *r, const struct user *u, bool *last);
const char *person_path(struct request *r, int64_t id, const char *tail);

/* Page invite-link: the address to send to somebody, shown this once. */
struct invite_link {
	const char *name; /* whom it is for */
	const char *token;
	bool reset;
};
enum err person_show_link(struct request *r, const struct invite_link *l);
/* Why names and mail were refused, said at their fields; false: it is not the
 * form's fault. */
bool person_blame(struct form *f, enum err e);

#endif
