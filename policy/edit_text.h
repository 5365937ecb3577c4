/*
 * edit_text.h: entries of a policy as text, for policy/edit.c.
 */
#ifndef POLICY_EDIT_TEXT_H
#define POLICY_EDIT_TEXT_H

#include "policy/edit.h"

const char *edit_quoted(struct arena *mem, const char *text);
/* A grant, SSH rule, test or SSH test, by the kind of the edit. */
const char *edit_entry_text(struct arena *mem, const struct policy_edit *e);
/* The rule as an acl; NULL: it cannot say that. */
const char *edit_acl_text(struct arena *mem, const struct policy_edit *e);

#endif
