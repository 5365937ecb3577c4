/*
 * code_form.h: the field that a code of a second factor is typed in.
 */
#ifndef FCGI_CODE_FORM_H
#define FCGI_CODE_FORM_H

#include "fcgi/form.h"

/* `code`, and a hidden `next` behind it. */
extern const struct field code_fields[];
/* `code` for an authenticator that is being added, and such a `next`. */
extern const struct field new_code_fields[];

#endif
