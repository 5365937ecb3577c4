/*
 * registration.h: what is shown of a machine that asks to join.
 */
#ifndef FCGI_REGISTRATION_H
#define FCGI_REGISTRATION_H

#include "db/pending.h"
#include "fcgi/request.h"
#include "proto/tailcfg.h"

/* dl#device */
void registration_show(struct request *r, const struct pending *p);

/* What the client says of itself; zeros where it cannot be read. */
struct tailcfg_hostinfo registration_host(
	struct request *r, const struct pending *p);
/* "linux 6.1" */
const char *registration_os(
	struct request *r, const struct tailcfg_hostinfo *h);
/* The first characters of the machine key. */
const char *registration_key(struct request *r, const struct pending *p);
/* With commas; `none` when there are none. */
const char *registration_words(
	struct request *r, const struct json_texts *list, const char *none);

#endif
