/*
 * user.h: the people of the tailnet, table `user`.
 */
#ifndef DB_USER_H
#define DB_USER_H

#include "db/db.h"

/* What a user may do: fcgi/who.h has the table of capabilities. */
#define ROLE_TABLE(X)                     \
	X(MEMBER, "member")               \
	X(OWNER, "owner")                 \
	X(ADMIN, "admin")                 \
	X(NETWORK_ADMIN, "network-admin") \
	X(IT_ADMIN, "it-admin")           \
	X(AUDITOR, "auditor")

enum role {
#define X(name, word) ROLE_##name,
	ROLE_TABLE(X)
#undef X
	ROLES, /* how many; also "no role of this program" */
};

#define USER_STATUS_TABLE(X)                \
	X(ACTIVE, "active")                 \
	X(INVITED, "invited")               \
	X(NEEDS_APPROVAL, "needs-approval") \
	X(SUSPENDED, "suspended")

enum user_status {
#define X(name, word) USER_##name,
	USER_STATUS_TABLE(X)
#undef X
	USER_STATUSES,
};

struct user {
	int64_t id;
	const char *name; /* unique without regard to case */
	const char *display_name, *email, *picture_url; /* "" if not known */
	int64_t created_at;
	enum role role; /* zero is member, and zero is active */
	enum user_status status;
	/* JSON: what providers say, as policies write it ("group:dev@login.
	 * example.org" without "group:"); NULL or "[]": nothing. */
	const char *groups;
};

const char *role_word(enum role role);
enum role role_of(const char *word); /* ROLES when there is none */
const char *user_status_word(enum user_status status);
enum user_status user_status_of(const char *word);

/* All but id.  ERR_EXISTS when the name is taken. */
enum err db_user_add(struct db *db, const struct user *u, int64_t *id);
enum err db_user_rename(struct db *db, int64_t id, const char *name);
/* Writes every column but id, picture, groups and created_at.  ERR_EXISTS. */
enum err db_user_update(struct db *db, const struct user *u);
/* Touches the row, and so the change log, only when they differ. */
enum err db_user_set_groups(struct db *db, int64_t id, const char *groups);
enum err db_user_set_picture(struct db *db, int64_t id, const char *url);
/* ERR_IN_USE while nodes name the user; its preauth keys go with it. */
enum err db_user_delete(struct db *db, int64_t id);
enum err db_user_by_id(
	struct db *db, int64_t id, struct arena *mem, struct user *out);
enum err db_user_by_name(
	struct db *db, const char *name, struct arena *mem, struct user *out);
/* By id. */
enum err db_users(
	struct db *db, struct arena *mem, struct user **users, size_t *count);
enum err db_user_node_count(struct db *db, int64_t id, int64_t *count);
/* Without regard to case; ERR_NOT_FOUND also when two have it. */
enum err db_user_by_email(
	struct db *db, const char *email, struct arena *mem, struct user *out);
/* Whether another than `but` has that for an e-mail address, or for either of
 * name and address; without regard to case, and nobody has "". */
enum err db_user_email_is_anothers(
	struct db *db, int64_t but, const char *text, bool *found);
enum err db_user_word_is_anothers(
	struct db *db, int64_t but, const char *text, bool *found);
/* Owners that are not suspended. */
enum err db_user_owners(struct db *db, int64_t *count);
/* The oldest owner, an active one before others. */
enum err db_user_first_owner(
	struct db *db, struct arena *mem, struct user *out);

#endif
