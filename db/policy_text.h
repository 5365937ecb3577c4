/*
 * policy_text.h: the versions of the policy, table `policy`; the newest counts.
 */
#ifndef DB_POLICY_TEXT_H
#define DB_POLICY_TEXT_H

#include "db/db.h"

struct policy_text {
	int64_t id;
	const char *text, *author;
	int64_t created_at;
};

enum err db_policy_add(struct db *db, const char *text, const char *author,
	int64_t now, int64_t *id);
/* ERR_NOT_FOUND when none was ever stored: then everything is allowed. */
enum err db_policy_current(
	struct db *db, struct arena *mem, struct policy_text *out);

#endif
