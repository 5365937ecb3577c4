/*
 * user_page.h: the page of one user, for what its forms do
 * (spec/pages.md 10.2).
 *
 * All forms are made from what is stored, so that a refused one is shown among
 * the others with what was typed.
 */
#ifndef FCGI_USER_PAGE_H
#define FCGI_USER_PAGE_H

#include "fcgi/person.h"

/* Everything of the page; a form that was refused is shown as it came. */
struct user_page {
	struct user_row row;
	struct form user, role, status, invite, sessions, factor;
	const struct form *refused;
};

/* The forms of the user in `row`. */
void user_page_forms(struct request *r, struct user_page *p);
/* The page, with the form that was acted on (NULL: none). */
enum err user_page_show(
	struct request *r, struct user_page *p, struct form *acted);

#endif
