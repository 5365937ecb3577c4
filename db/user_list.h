/*
 * user_list.h: the users as their list shows them: filtered, sorted, a page at
 * a time.
 */
#ifndef DB_USER_LIST_H
#define DB_USER_LIST_H

#include "db/user.h"

enum user_factor {
	USER_FACTOR_ANY,
	USER_FACTOR_YES,
	USER_FACTOR_NO
};

struct user_search {
	const char *q; /* words of words.h over name, display name and
			  e-mail */
	const char *role, *status; /* words of user.h; "": any */
	enum user_factor factor;   /* whether they have a second one */
	const char *sort; /* name role status machines signed-in created */
	bool descending;
	int64_t skip, limit;
};

struct user_row {
	struct user user;
	int64_t machines;
	int64_t signed_in_at; /* 0: never */
	bool has_password;
	const char *providers; /* names, ", " between; "" if none */
	int64_t factor_at;     /* since when there is a second one; 0: none */
};

/* Equal ones by name. */
enum err db_user_rows(struct db *db, const struct user_search *s,
	struct arena *mem, struct user_row **rows, size_t *count);
/* How many rows there are of that search, on all pages. */
enum err db_user_rows_count(
	struct db *db, const struct user_search *s, int64_t *count);
enum err db_user_row(
	struct db *db, int64_t id, struct arena *mem, struct user_row *out);

#endif
