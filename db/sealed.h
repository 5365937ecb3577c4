/*
 * sealed.h: every column that is sealed with keys/seal, in one table: what a
 * new seal must close again (tailnet/rotate.h).
 *
 * A test walks the schema: a BLOB that stands neither here nor among those that
 * are known to be none fails it.
 */
#ifndef DB_SEALED_H
#define DB_SEALED_H

#include "db/db.h"

/* What becomes of a row whose seal is lost. */
enum sealed_lost {
	SEALED_GOES,   /* empty, which is "none" */
	SEALED_RANDOM, /* a secret that nobody has */
	SEALED_BLANK,  /* the empty text */
};

struct sealed_place {
	const char *table, *column;
	const char *list; /* SELECT id and value of those that are sealed */
	const char *put;  /* UPDATE … ?2 WHERE … ?1 */
	bool pages;       /* with what handlers hold of the seal */
	enum sealed_lost lost;
	const char *one, *many; /* to people */
};

enum {
	SEALED_PLACES = 5,
};
extern const struct sealed_place sealed_places[SEALED_PLACES];

struct sealed_row {
	int64_t id;
	struct bytes value;
};

enum err db_sealed_rows(struct db *db, const struct sealed_place *p,
	struct arena *mem, struct sealed_row **rows, size_t *count);
enum err db_sealed_put(struct db *db, const struct sealed_place *p, int64_t id,
	struct bytes value);

#endif
