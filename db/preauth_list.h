/*
 * preauth_list.h: the keys that let machines in as their list shows them:
 * filtered, sorted, a page at a time.  A revoked key is listed for
 * PREAUTH_LISTED_SECONDS more.
 */
#ifndef DB_PREAUTH_LIST_H
#define DB_PREAUTH_LIST_H

#include "db/preauth_key.h"

enum {
	PREAUTH_LISTED_SECONDS = 7 * 86400,
};

struct preauth_search {
	const char *q;      /* words of words.h over prefix, description, owner,
			       tags and who made it */
	const char *status; /* "valid", "used", "expired", "revoked"; "": any */
	const char *tag;    /* "": any */
	int64_t user_id;    /* the owner; 0: any */
	int64_t now;
	const char *sort; /* key description owner uses expires created */
	bool descending;
	int64_t skip, limit;
};

struct preauth_row {
	struct preauth_key key;
	const char *owner;   /* "" of a key with tags */
	const char *made_by; /* the name of who made it, or the actor */
	const char *status;
};

/* Equal ones by prefix. */
enum err db_preauth_rows(struct db *db, const struct preauth_search *s,
	struct arena *mem, struct preauth_row **rows, size_t *count);
/* How many rows there are of that search, on all pages. */
enum err db_preauth_rows_count(
	struct db *db, const struct preauth_search *s, int64_t *count);
/* Machines of now that joined with it. */
enum err db_preauth_node_count(struct db *db, int64_t id, int64_t *count);

#endif
