/*
 * once.h: what a page shows this once (spec/pages.md 1.7): a secret to copy.
 */
#ifndef FCGI_ONCE_H
#define FCGI_ONCE_H

#include "fcgi/request.h"

/* <input readonly id="secret">, with a button that copies it, which only the
 * script makes visible. */
void once_secret(struct request *r, const char *label, const char *secret);

#endif
