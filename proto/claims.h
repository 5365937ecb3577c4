/*
 * claims.h: what a provider says of somebody: JSON whose member names are
 * chosen by others.
 *
 * A claim is named by a path.  At each step the whole rest is tried as a name
 * first, so that "https://example.org/groups" is one claim; then up to each
 * dot, so that "realm_access.roles" is one member inside another.
 */
#ifndef PROTO_CLAIMS_H
#define PROTO_CLAIMS_H

#include "base/json.h"

enum {
	CLAIM_TEXTS_MAX = 512, /* of a list; further ones are not looked at */
	CLAIM_STEPS_MAX = 6,
};

/* Whether it is an object that can be read. */
bool claims_are_good(struct arena *mem, const char *json);
/* The JSON of a claim; NULL: there is none, or it is null. */
const char *claim_raw(struct arena *mem, const char *json, const char *path);
/* "" for what is no text. */
const char *claim_text(struct arena *mem, const char *json, const char *path);
/* true, or "true" as some providers have it. */
bool claim_is_true(struct arena *mem, const char *json, const char *path);
/* A list of texts, or one text as a list of one; else none. */
struct json_texts claim_texts(
	struct arena *mem, const char *json, const char *path);
/* 0 for what is no whole number. */
int64_t claim_int(struct arena *mem, const char *json, const char *path);

#endif
