#include "tailnet/oidc_user.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/notice.h"
#include "tailnet/people.h"
#include "tailnet/settings.h"
#include "tailnet/user.h"

enum {
	NAME_TRIES = 100,
	NAME_ROOM = USER_NAME_MAX - 4, /* a number goes behind it */
};

/* Up to an '@', without what a name must not begin with; what it must not hold
 * becomes '-'. */
static const char *
fitting(struct arena *mem, const char *wanted)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char others[] = "0123456789-._";
	char *name =
		arena_printf(mem, "%.*s", (int)strcspn(wanted, "@"), wanted);

	while (*name && !strchr(letters, *name))
		name++;
	if (strlen(name) > NAME_ROOM)
		name[NAME_ROOM] = '\0';
	for (char *c = name; *c; c++)
		if (!strchr(letters, *c) && !strchr(others, *c))
			*c = '-';
	return name;
}

static const char *
base_name(const struct oidc_person *who, struct arena *mem)
{
	const char *const wanted[] = { who->name, who->email,
		who->display_name };

	if (user_name_is_valid(who->name) && strlen(who->name) <= NAME_ROOM &&
		!strchr(who->name, '@'))
		return who->name;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const char *name = fitting(mem, wanted[i]);

		if (user_name_is_valid(name))
			return name;
	}
	return "user";
}

static enum err
find_name(struct db *db, const struct oidc_person *who, struct arena *mem,
	struct user *u)
{
	const char *base = base_name(who, mem);
	enum err e = ERR_EXISTS;

	for (int n = 1; e == ERR_EXISTS && n <= NAME_TRIES; n++) {
		struct user other;

		u->name = n == 1 ? base : arena_printf(mem, "%s-%d", base, n);
		e = db_user_by_name(db, u->name, mem, &other);
		if (e == ERR_NOT_FOUND)
			e = user_is_distinct(db, NULL, u);
		else if (!e)
			e = ERR_EXISTS;
	}
	return e;
}

enum err
oidc_user_new(struct db *db, const struct provider *p,
	const struct oidc_person *who, bool approve, int64_t now,
	struct arena *mem, struct user *out)
{
	struct user u = { .email = who->email,
		.display_name = who->display_name,
		.picture_url = who->picture,
		.groups = "[]",
		.created_at = now,
		.role = ROLE_MEMBER,
		.status = approve ? USER_NEEDS_APPROVAL : USER_ACTIVE };
	struct changes c;
	enum err e = find_name(db, who, mem, &u);

	if (!e)
		e = db_user_add(db, &u, &u.id);
	if (e)
		return e;
	changes_init(&c, mem);
	changes_text(&c, "name", "", u.name);
	changes_text(&c, "email", "", u.email);
	changes_text(&c, "role", "", role_word(u.role));
	changes_text(&c, "status", "", user_status_word(u.status));
	e = audit_row(db, "user", u.id,
		&(struct audit){ .at = now,
			.actor = arena_printf(mem, "user:%" PRId64, u.id),
			.action = "user.created",
			.via = "oidc",
			.detail =
				arena_printf(mem, "%s, by %s", u.name, p->name),
			.after = changes_after(&c) });
	if (!e && approve)
		e = notice_user_waits(db, mem, &u, now);
	if (!e)
		*out = u;
	return e;
}

/* What differs; an address that somebody else has stays away. */
static enum err
take_profile(struct db *db, const struct oidc_person *who, struct user *after)
{
	struct user wanted = *after;
	enum err e;

	if (*who->display_name)
		after->display_name = who->display_name;
	if (!*who->email || strcmp(who->email, after->email) == 0)
		return ERR_OK;
	wanted.email = who->email;
	e = user_is_distinct(db, after, &wanted);
	if (!e)
		after->email = wanted.email;
	return e == ERR_EMAIL_TAKEN || e == ERR_EXISTS ? ERR_OK : e;
}

static enum err
put_profile(struct db *db, const struct user *before, const struct user *after,
	const char *actor, int64_t now, struct arena *mem)
{
	struct changes c;
	enum err e;

	changes_init(&c, mem);
	changes_text(
		&c, "display_name", before->display_name, after->display_name);
	changes_text(&c, "email", before->email, after->email);
	changes_text(&c, "status", user_status_word(before->status),
		user_status_word(after->status));
	if (!c.count)
		return ERR_OK;
	e = db_user_update(db, after);
	return e ? e
		 : audit_row(db, "user", after->id,
			   &(struct audit){ .at = now,
				   .actor = actor,
				   .action = "user.changed",
				   .via = "oidc",
				   .before = changes_before(&c),
				   .after = changes_after(&c) });
}

/* Owners are made and unmade here alone. */
static enum err
take_role(struct db *db, const struct provider *p,
	const struct oidc_person *who, const char *actor, int64_t now,
	struct arena *mem, struct user *u)
{
	struct audit log = { .at = now,
		.actor = actor,
		.action = "user.role_set",
		.via = "oidc",
		.detail = arena_printf(mem, "%s, by %s",
			who->role == ROLES ? "" : role_word(who->role),
			p->name) };
	enum err e;

	if (who->role == ROLES || who->role == u->role || u->role == ROLE_OWNER)
		return ERR_OK;
	e = person_set_role(db, mem, u, who->role, &log);
	if (!e)
		u->role = who->role;
	return e;
}

/* Who was invited has come, or waits to be approved, as by a password. */
static enum err
arrive(struct db *db, struct arena *mem, struct user *u)
{
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	if (!e)
		u->status = s.user_approval ? USER_NEEDS_APPROVAL : USER_ACTIVE;
	return e;
}

enum err
oidc_user_update(struct db *db, const struct provider *p,
	const struct oidc_person *who, int64_t now, struct arena *mem,
	struct user *u)
{
	const char *actor = arena_printf(mem, "user:%" PRId64, u->id);
	bool came = u->status == USER_INVITED;
	struct user after = *u;
	enum err e = came ? arrive(db, mem, &after) : ERR_OK;

	if (!e)
		e = take_profile(db, who, &after);
	if (!e)
		e = put_profile(db, u, &after, actor, now, mem);
	if (!e && came && after.status == USER_NEEDS_APPROVAL)
		e = notice_user_waits(db, mem, &after, now);
	if (!e && *who->picture)
		e = db_user_set_picture(db, u->id, who->picture);
	if (!e)
		e = take_role(db, p, who, actor, now, mem, &after);
	if (!e)
		e = people_revise(db, actor, now);
	if (!e)
		*u = after;
	return e;
}
