/*
 * setup_check.h: what is wrong with the form of setting up, at its fields
 * (spec/pages.md 6).
 */
#ifndef FCGI_SETUP_CHECK_H
#define FCGI_SETUP_CHECK_H

#include "fcgi/form.h"

/* What the rule would refuse of the fields that form_take let pass: so all is
 * told at once, not one thing a try.  Not of the passwords: page.h. */
void setup_check(struct form *f);
/* What the rule refused (tailnet_setup), and of which setting (NULL: of none),
 * said at its field; false: not the form's fault. */
bool setup_blame(struct form *f, enum err e, const char *setting);

#endif
