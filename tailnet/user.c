#include "tailnet/user.h"

#include <string.h>
#include <strings.h>

#include "tailnet/audit.h"

enum {
	USER_NAME_MIN = 2,
	USER_NAME_MAX = 63,
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "tagged-devices" is the name of the owner of tagged nodes in maps. */
static enum err
check_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._@";
	size_t len = strlen(name);
	const char *at = strchr(name, '@');

	if (len < USER_NAME_MIN || len > USER_NAME_MAX || !is_letter(name[0]) ||
		strspn(name, allowed) != len || (at && strchr(at + 1, '@')) ||
		strcasecmp(name, "tagged-devices") == 0)
		return ERR_BAD_NAME;
	return ERR_OK;
}

enum err
tailnet_user_add(struct db *db, const struct user *u, const char *actor,
	int64_t now, int64_t *id)
{
	struct user row = *u;
	int64_t added = 0;
	enum err e = check_name(u->name);

	if (e)
		return e;
	row.created_at = now;
	e = db_begin(db);
	if (!e)
		e = db_user_add(db, &row, &added);
	if (!e)
		e = audit(
			db, now, actor, "user.created", "user", added, u->name);
	e = db_end(db, e);
	if (!e)
		*id = added;
	return e;
}

enum err
tailnet_user_rename(struct db *db, int64_t id, const char *name,
	const char *actor, int64_t now)
{
	enum err e = check_name(name);

	if (e)
		return e;
	e = db_begin(db);
	if (!e)
		e = db_user_rename(db, id, name);
	if (!e)
		e = audit(db, now, actor, "user.changed", "user", id, name);
	return db_end(db, e);
}

enum err
tailnet_user_delete(struct db *db, int64_t id, const char *actor, int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = db_user_delete(db, id);
	if (!e)
		e = audit(db, now, actor, "user.deleted", "user", id, NULL);
	return db_end(db, e);
}
