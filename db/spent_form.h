/*
 * spent_form.h: forms that were sent and had their effect, table `spent_form`.
 *
 * The hash is keyed and covers the session (before the sign-in: the
 * pre-session) and the form's field `once`.  The row is written in the
 * transaction of the change: of two equal forms at once one fails with
 * ERR_EXISTS, whole.
 */
#ifndef DB_SPENT_FORM_H
#define DB_SPENT_FORM_H

#include "db/db.h"

enum {
	SPENT_HASH_SIZE = 32,
	SPENT_SECONDS = 86400,
};

/* How the first of them was answered; "" until it was. */
struct spent_form {
	const char *location, *flash;
	int64_t session; /* that the form began, 0 if none */
};

enum err db_spent_form_add(
	struct db *db, const uint8_t hash[SPENT_HASH_SIZE], int64_t now);
enum err db_spent_form_answer(struct db *db,
	const uint8_t hash[SPENT_HASH_SIZE], const struct spent_form *answer);
enum err db_spent_form_find(struct db *db, const uint8_t hash[SPENT_HASH_SIZE],
	int64_t now, struct arena *mem, struct spent_form *out);
enum err db_spent_form_prune(struct db *db, int64_t before, int64_t *gone);

#endif
