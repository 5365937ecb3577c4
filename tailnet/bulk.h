/*
 * bulk.h: the same done to many machines: all of them or none, in one
 * transaction, with an audit row for each that changed.
 */
#ifndef TAILNET_BULK_H
#define TAILNET_BULK_H

#include "db/db.h"

enum {
	BULK_MAX = 1000, /* machines at once */
};

/* Word of the form, what is done, and whether who minds routes may. */
#define BULK_TABLE(X)                                     \
	X(APPROVE, "approve", "Approve", false)           \
	X(TAG, "tag", "Set tags", false)                  \
	X(ROUTES, "routes", "Approve their routes", true) \
	X(NO_EXPIRY, "no-expiry", "Never expire", false)  \
	X(EXPIRE, "expire", "Expire now", false)          \
	X(DELETE, "delete", "Delete", false)

enum bulk_action {
#define X(name, word, words, routes) BULK_##name,
	BULK_TABLE(X)
#undef X
	BULK_ACTIONS,
};

struct bulk {
	enum bulk_action action;
	const char *tags; /* of BULK_TAG: JSON */
	const int64_t *ids;
	size_t count;
	const char *actor;
	int64_t now;
};

/* One that it cannot be done to. */
struct bulk_refusal {
	int64_t id;
	const char *name; /* NULL: it is gone */
	enum err why;
};

/* ERR_DENIED with *refused when it cannot be done to one of them, and nothing
 * was done then; ERR_TOO_BIG past BULK_MAX; ERR_NO_TAGS, ERR_TAG_UNKNOWN,
 * ERR_BAD_INPUT for the tags.  An id that stands there twice counts once. */
enum err tailnet_bulk(struct db *db, const struct bulk *b, struct arena *mem,
	struct bulk_refusal **refused, size_t *count);

#endif
