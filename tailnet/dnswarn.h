/*
 * dnswarn.h: what is set and will leave machines without answers, for whoever
 * must be told: the page, the command line, doctor.
 */
#ifndef TAILNET_DNSWARN_H
#define TAILNET_DNSWARN_H

#include "base/json.h"
#include "tailnet/settings.h"

enum {
	DNS_WARNINGS_MAX = 20, /* more are not told */
};

/* Whole sentences; none is a good sign.  The file's trouble is the first. */
enum err dns_warnings(struct db *db, const struct settings *s,
	struct arena *mem, struct json_texts *out);

#endif
