/*
 * audit_find.h: rows of the audit log by what they say, newest first: by time,
 * then id.
 *
 * A log may have a million rows, and what is asked may be anything.  So each
 * filter has an index, the one that leaves the fewest rows leads, and of these
 * at most AUDIT_LOOK are looked at for what the others say.  `further` then
 * tells where a next search goes on.
 */
#ifndef DB_AUDIT_FIND_H
#define DB_AUDIT_FIND_H

#include "db/audit.h"

enum {
	AUDIT_LOOK = 2500,      /* rows that one search looks at */
	AUDIT_MATCHES = 1000,   /* rows that one search finds */
	AUDIT_EVENTS_MAX = 200, /* kinds of events that are told */
};

/* A place in the order; all 0: none. */
struct audit_place {
	int64_t at, id;
};

/* Empty texts and zeroes are no filter. */
struct audit_search {
	const char *q;      /* words joined by AND, -word, "two words" */
	const char *who;    /* "user:3", "cli"; else a name as it was then */
	const char *event;  /* "machine.renamed" */
	const char *target; /* "node:12"; else a name as it was then */
	const char *via;
	int64_t since, until;      /* the last second is not among them */
	struct audit_place before; /* only what stands behind it in the order */
};

struct audit_found {
	int64_t *ids; /* at most AUDIT_MATCHES */
	size_t count;
	bool more;                  /* there are more than these */
	struct audit_place further; /* so far it was looked; 0: to the end */
};

/* Whether nothing is asked. */
bool db_audit_search_is_empty(const struct audit_search *s);
enum err db_audit_find(struct db *db, const struct audit_search *s,
	struct arena *mem, struct audit_found *out);
enum err db_audit_by_id(
	struct db *db, int64_t id, struct arena *mem, struct audit *out);

/* Calls `take` for all rows that match among the next AUDIT_LOOK, each with
 * texts that last until it returns; *further is where the next call goes on,
 * 0 at the end.  No transaction lasts from one call to the next. */
typedef void audit_take(const struct audit *a, void *arg);
enum err db_audit_each(struct db *db, const struct audit_search *s,
	audit_take *take, void *arg, struct audit_place *further);

/* The words of all events that ever were, in order, at most
 * AUDIT_EVENTS_MAX. */
enum err db_audit_events(
	struct db *db, struct arena *mem, const char ***words, size_t *count);

#endif
