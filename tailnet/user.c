#include "tailnet/user.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "tagged-devices" is the name of the owner of tagged nodes in maps; "ann@" is
 * the login in policies of whoever is named "ann". */
bool
user_name_is_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._@";
	size_t len = strlen(name);
	const char *at = strchr(name, '@');

	return len >= USER_NAME_MIN && len <= USER_NAME_MAX &&
	       is_letter(name[0]) && strspn(name, allowed) == len &&
	       !(at && (!at[1] || strchr(at + 1, '@'))) &&
	       strcasecmp(name, "tagged-devices") != 0;
}

bool
email_is_valid(const char *email)
{
	const char *at = strchr(email, '@');

	for (const unsigned char *c = (const void *)email; *c; c++)
		if (*c == ' ' || *c == '<' || *c == '>')
			return false;
	return at && at != email && at[1] && !strchr(at + 1, '@') &&
	       strlen(email) <= EMAIL_MAX &&
	       text_is_utf8(email, strlen(email)) &&
	       text_length(email) != SIZE_MAX;
}

static bool
is_other(const char *before, const char *after)
{
	return strcasecmp(before ? before : "", after ? after : "") != 0;
}

enum err
user_is_distinct(struct db *db, const struct user *before, const struct user *u)
{
	bool taken = false;
	enum err e = ERR_OK;

	if (is_other(before ? before->name : "", u->name))
		e = db_user_email_is_anothers(db, u->id, u->name, &taken);
	if (!e && taken)
		return ERR_EXISTS;
	if (!e && is_other(before ? before->email : "", u->email))
		e = db_user_word_is_anothers(db, u->id, u->email, &taken);
	return !e && taken ? ERR_EMAIL_TAKEN : e;
}

enum err
user_not_last_owner(struct db *db, const struct user *u)
{
	int64_t owners = 0;
	enum err e;

	if (u->role != ROLE_OWNER)
		return ERR_OK;
	e = db_user_owners(db, &owners);
	if (!e && owners - (u->status == USER_ACTIVE) < 1)
		e = ERR_LAST_OWNER;
	return e;
}

enum err
tailnet_user_add(struct db *db, const struct user *u, const char *actor,
	int64_t now, int64_t *id)
{
	struct user row = *u;
	int64_t added = 0;
	enum err e;

	if (!user_name_is_valid(u->name))
		return ERR_BAD_NAME;
	row.created_at = now;
	e = db_begin(db);
	if (!e)
		e = user_is_distinct(db, NULL, &row);
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

/* In the caller's transaction. */
static enum err
rename_row(struct db *db, struct arena *mem, int64_t id, const char *name,
	struct audit *row)
{
	struct changes c;
	struct user u, after;
	enum err e = db_user_by_id(db, id, mem, &u);

	if (e)
		return e;
	after = u;
	after.name = name;
	e = user_is_distinct(db, &u, &after);
	if (e)
		return e;
	changes_init(&c, mem);
	changes_text(&c, "name", u.name, name);
	row->before = changes_before(&c);
	row->after = changes_after(&c);
	e = db_user_rename(db, id, name);
	return e ? e : audit_row(db, "user", id, row);
}

enum err
tailnet_user_rename(struct db *db, int64_t id, const char *name,
	const char *actor, int64_t now)
{
	struct audit row = { .at = now,
		.actor = actor,
		.action = "user.changed",
		.detail = name };
	struct arena *mem;
	enum err e;

	if (!user_name_is_valid(name))
		return ERR_BAD_NAME;
	mem = arena_new();
	e = db_begin(db);
	if (!e)
		e = rename_row(db, mem, id, name, &row);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_user_delete(struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = db_user_by_id(db, id, mem, &u);
	if (!e)
		e = user_not_last_owner(db, &u);
	if (!e)
		e = db_user_delete(db, id);
	if (!e)
		e = audit_row(db, "user", id,
			&(struct audit){ .at = now,
				.actor = actor,
				.action = "user.deleted",
				.subject_name = u.name });
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
