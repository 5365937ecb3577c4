/*
 * key_where.h: where keys stand: all of them (/admin/keys), or those in the
 * name of who looks (/me/keys), which are there while the setting
 * members_make_keys is on.  The same code makes both sides' pages, and asks
 * here.
 */
#ifndef FCGI_KEY_WHERE_H
#define FCGI_KEY_WHERE_H

#include "db/preauth_key.h"
#include "fcgi/frame.h"

struct key_where {
	bool own; /* the portal: only what is in the own name */
	const char *list, *list_words,
		*made; /* paths, and words of the first */
	enum section section;
};

/* By the route of the request. */
const struct key_where *key_where(const struct request *r);
/* ERR_NOT_FOUND on the side of the portal while the setting is off. */
enum err key_where_is_open(const struct request *r);
/* "hskey-auth-XXXXXXXXXXXX…" */
const char *key_words(struct request *r, const struct preauth_key *k);
const char *key_revoke_path(struct request *r, int64_t id);

#endif
