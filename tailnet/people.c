#include "tailnet/people.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/link.h"
#include "db/web_session.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/check_ends.h"
#include "tailnet/user.h"

const struct actor actor_cli = { .role = ROLE_OWNER };

const char *
actor_text(struct arena *mem, const struct actor *a)
{
	return a->user_id ? arena_printf(mem, "user:%" PRId64, a->user_id)
			  : "cli";
}

bool
actor_may_touch(const struct actor *a, enum role role)
{
	switch (a->role) {
	case ROLE_OWNER:
		return true;
	case ROLE_ADMIN:
		return role != ROLE_OWNER;
	case ROLE_IT_ADMIN:
		return role == ROLE_MEMBER;
	default:
		return false;
	}
}

/* An admin gives roles up to the own one, which are those it may touch. */
bool
actor_may_give(const struct actor *a, enum role role)
{
	return role < ROLES && actor_may_touch(a, role);
}

bool
actor_may_own_as(const struct actor *a, const struct user *owner)
{
	return (a->user_id && a->user_id == owner->id) ||
	       actor_may_touch(a, owner->role);
}

enum err
person_to_touch(struct db *db, const struct actor *a, int64_t id,
	struct arena *mem, struct user *out)
{
	struct user u;
	enum err e = db_user_by_id(db, id, mem, &u);

	if (!e && !actor_may_touch(a, u.role))
		e = ERR_DENIED;
	if (!e)
		*out = u;
	return e;
}

enum err
person_check(const struct user *u)
{
	if (!user_name_is_valid(u->name))
		return ERR_BAD_NAME;
	if (u->email && *u->email && !email_is_valid(u->email))
		return ERR_BAD_EMAIL;
	if (!u->display_name)
		return ERR_OK;
	if (text_length(u->display_name) == SIZE_MAX)
		return ERR_BAD_TEXT;
	return text_length(u->display_name) > DISPLAY_NAME_MAX ? ERR_TOO_BIG
							       : ERR_OK;
}

/* What a person has that forms set, as it was and as it is. */
static enum err
log_change(struct db *db, struct arena *mem, const struct user *before,
	const struct user *after, struct audit *row)
{
	static const struct user none = { .role = ROLES,
		.status = USER_STATUSES };
	struct changes c;

	if (!before)
		before = &none;
	changes_init(&c, mem);
	changes_text(&c, "name", before->name, after->name);
	changes_text(
		&c, "display_name", before->display_name, after->display_name);
	changes_text(&c, "email", before->email, after->email);
	changes_text(
		&c, "role", role_word(before->role), role_word(after->role));
	changes_text(&c, "status", user_status_word(before->status),
		user_status_word(after->status));
	if (!c.count)
		return ERR_OK;
	row->before = before == &none ? "" : changes_before(&c);
	row->after = changes_after(&c);
	return audit_row(db, "user", after->id, row);
}

enum err
person_add(struct db *db, const struct actor *a, const struct user *u,
	int64_t now, int64_t *id)
{
	struct arena *mem = arena_new();
	struct audit log = { .at = now,
		.actor = actor_text(mem, a),
		.action = "user.created",
		.detail = u->name };
	struct user row = *u;
	enum err e = person_check(u);

	row.created_at = now;
	if (!e && !actor_may_give(a, u->role))
		e = ERR_DENIED;
	if (!e)
		e = user_is_distinct(db, NULL, &row);
	if (!e)
		e = db_user_add(db, &row, &row.id);
	if (!e)
		e = log_change(db, mem, NULL, &row, &log);
	if (!e)
		*id = row.id;
	arena_free(mem);
	return e;
}

enum err
tailnet_person_add(struct db *db, const struct actor *a, const struct user *u,
	int64_t now, int64_t *id)
{
	int64_t added = 0;
	enum err e = db_begin(db);

	if (!e)
		e = person_add(db, a, u, now, &added);
	e = db_end(db, e);
	if (!e)
		*id = added;
	return e;
}

enum err
people_revise(struct db *db, const char *actor, int64_t now)
{
	return checks_revise(db,
		"the policy does not let its owner in any more", actor, now);
}

enum err
tailnet_person_change(
	struct db *db, const struct actor *a, const struct user *u, int64_t now)
{
	struct arena *mem = arena_new();
	struct audit log = {
		.at = now, .actor = actor_text(mem, a), .action = "user.changed"
	};
	struct user before, after;
	enum err e = person_check(u);

	if (!e)
		e = db_begin(db);
	if (!e)
		e = person_to_touch(db, a, u->id, mem, &before);
	if (!e) {
		after = before;
		after.name = u->name;
		after.display_name = u->display_name;
		after.email = u->email;
		e = user_is_distinct(db, &before, &after);
	}
	if (!e)
		e = db_user_update(db, &after);
	if (!e)
		e = log_change(db, mem, &before, &after, &log);
	if (!e)
		e = people_revise(db, log.actor, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
person_links_end(struct db *db, int64_t id, bool made, int64_t now)
{
	enum err e = ERR_OK;

	for (enum link_kind k = LINK_INVITE; !e && k < LINK_KINDS; k++)
		e = db_link_revoke(db, k, id, now);
	if (!e && made)
		e = db_link_revoke_made_by(db, id, now);
	return e;
}

enum err
person_set_role(struct db *db, struct arena *mem, const struct user *before,
	enum role role, struct audit *log)
{
	const struct actor then = { before->id, role };
	const bool lower = !actor_may_touch(&then, before->role);
	struct user after = *before;
	enum err e;

	after.role = role;
	e = db_user_update(db, &after);
	if (!e)
		e = db_web_sessions_end(db, before->id, 0, NULL);
	if (!e)
		e = person_links_end(db, before->id, lower, log->at);
	return e ? e : log_change(db, mem, before, &after, log);
}

enum err
tailnet_person_role(struct db *db, const struct actor *a, int64_t id,
	enum role role, int64_t now)
{
	struct arena *mem = arena_new();
	struct audit log = { .at = now,
		.actor = actor_text(mem, a),
		.action = "user.role_set",
		.detail = role_word(role) };
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = person_to_touch(db, a, id, mem, &u);
	/* First, so that a single owner hears why. */
	if (!e && u.role != role)
		e = user_not_last_owner(db, &u);
	if (!e && (a->user_id == id || !actor_may_give(a, role)))
		e = ERR_DENIED;
	if (!e && u.role != role)
		e = person_set_role(db, mem, &u, role, &log);
	if (!e)
		e = people_revise(db, log.actor, now);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_person_sessions_end(struct db *db, const struct actor *a, int64_t id,
	int64_t now, int64_t *gone)
{
	struct arena *mem = arena_new();
	int64_t ended = 0;
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = person_to_touch(db, a, id, mem, &u);
	if (!e)
		e = db_web_sessions_end(db, id, 0, &ended);
	if (!e && ended)
		e = audit(db, now, actor_text(mem, a), "session.revoked",
			"user", id,
			arena_printf(mem, "%" PRId64 " sessions", ended));
	e = db_end(db, e);
	arena_free(mem);
	if (!e)
		*gone = ended;
	return e;
}
