/*
 * notice_form.h: the form of a webhook and that of mail, to add one and to
 * change one.
 *
 * The address of a webhook often is a secret in itself: who may not change it
 * sees its host alone.
 */
#ifndef FCGI_NOTICE_FORM_H
#define FCGI_NOTICE_FORM_H

#include "fcgi/form.h"
#include "tailnet/notice.h"

/* A new one. */
void notice_form_init(struct request *r, struct form *f, bool mail,
	const char *name, const char *action);
/* One that is there; a password that stays empty stays. */
void notice_form_edit(struct request *r, struct form *f,
	const struct notice_target *t, const char *action);
/* What was sent as a target, where nothing is wrong with it. */
bool notice_form_take(struct form *f, bool mail, struct notice_target *t);

/* As much of its place as who looks may see. */
const char *notice_place(struct request *r, const struct notice_target *t);
/* The address of its page, and `behind` it. */
const char *notice_path(struct request *r, int64_t id, const char *behind);

#endif
