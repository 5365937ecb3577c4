#include "tailnet/link.h"

#include <inttypes.h>

#include "base/text.h"
#include "db/login.h"
#include "tailnet/audit.h"

/* Other than a session's, so that no token opens what it is not for. */
static void
link_hash(const struct secret *pepper, struct arena *mem, const char *token,
	uint8_t out[32])
{
	pepper_hash(pepper, arena_printf(mem, "link %s", token), out);
}

/* The only one of its kind and user from now on. */
static enum err
add_link(struct db *db, const struct secret *pepper,
	const struct link_row *want, struct arena *mem, const char **token)
{
	const char *made = text_random(mem, LINK_TOKEN_LEN);
	struct link_row row = *want;
	enum err e = db_link_revoke(db, row.kind, row.user_id, row.created_at);

	link_hash(pepper, mem, made, row.hash);
	if (!e)
		e = db_link_add(db, &row, &row.id);
	if (!e)
		*token = made;
	return e;
}

enum err
tailnet_setup_link(struct db *db, const struct settings *s,
	const struct secret *pepper, int64_t now, struct arena *mem,
	const char **url)
{
	const struct link_row want = { .kind = LINK_SETUP,
		.created_at = now,
		.expires_at = now + SETUP_SECONDS };
	const char *token = "";
	enum err e = db_begin(db);

	if (!e)
		e = add_link(db, pepper, &want, mem, &token);
	if (!e)
		e = audit(db, now, "cli", "setup.link_made", "link", 0, NULL);
	e = db_end(db, e);
	if (!e)
		*url = arena_printf(mem, "%s/setup/%s", s->url, token);
	return e;
}

static enum err
invite(struct db *db, const struct secret *pepper, const struct actor *a,
	int64_t user_id, int64_t now, struct arena *mem, const char **token)
{
	const struct link_row want = { .kind = LINK_INVITE,
		.user_id = user_id,
		.made_by = a->user_id,
		.created_at = now,
		.expires_at = now + INVITE_SECONDS };
	enum err e = add_link(db, pepper, &want, mem, token);

	return e ? e
		 : audit(db, now, actor_text(mem, a), "user.invited", "user",
			   user_id, NULL);
}

enum err
tailnet_invite_new(struct db *db, const struct secret *pepper,
	const struct actor *a, const struct user *u, int64_t now,
	struct arena *mem, int64_t *id, const char **token)
{
	struct user row = *u;
	const char *made = "";
	enum err e = db_begin(db);

	row.status = USER_INVITED;
	if (!e)
		e = person_add(db, a, &row, now, &row.id);
	if (!e)
		e = invite(db, pepper, a, row.id, now, mem, &made);
	e = db_end(db, e);
	if (e)
		return e;
	*id = row.id;
	*token = made;
	return ERR_OK;
}

/* A user who can be sent a link. */
static enum err
find_guest(struct db *db, const struct actor *a, int64_t user_id,
	struct arena *mem, struct user *u, bool *has_password)
{
	struct login l = { .password = "" };
	enum err e = person_to_touch(db, a, user_id, mem, u);

	if (!e && u->status == USER_SUSPENDED)
		e = ERR_DENIED;
	if (e)
		return e;
	e = db_login_by_user(db, user_id, mem, &l);
	if (e && e != ERR_NOT_FOUND)
		return e;
	*has_password = !e && *l.password;
	return ERR_OK;
}

enum err
tailnet_invite(struct db *db, const struct secret *pepper,
	const struct actor *a, int64_t user_id, int64_t now, struct arena *mem,
	const char **token)
{
	bool has_password = false;
	const char *made = "";
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = find_guest(db, a, user_id, mem, &u, &has_password);
	if (!e && has_password)
		e = ERR_EXISTS;
	if (!e)
		e = invite(db, pepper, a, user_id, now, mem, &made);
	e = db_end(db, e);
	if (!e)
		*token = made;
	return e;
}

enum err
tailnet_reset(struct db *db, const struct secret *pepper, const struct actor *a,
	int64_t user_id, int64_t now, struct arena *mem, const char **token)
{
	const struct link_row want = { .kind = LINK_RESET,
		.user_id = user_id,
		.made_by = a->user_id,
		.created_at = now,
		.expires_at = now + RESET_SECONDS };
	bool has_password = false;
	const char *made = "";
	struct user u;
	enum err e = db_begin(db);

	if (!e)
		e = find_guest(db, a, user_id, mem, &u, &has_password);
	if (!e)
		e = add_link(db, pepper, &want, mem, &made);
	if (!e)
		e = audit(db, now, actor_text(mem, a), "user.reset", "user",
			user_id, NULL);
	e = db_end(db, e);
	if (!e)
		*token = made;
	return e;
}

static enum err
find_user(struct db *db, const struct link_row *l, struct arena *mem,
	struct user *out)
{
	struct user u = { .id = 0 };
	enum err e = l->user_id ? db_user_by_id(db, l->user_id, mem, &u)
				: db_user_first_owner(db, mem, &u);

	if (e == ERR_NOT_FOUND && !l->user_id)
		e = ERR_OK;
	if (!e)
		*out = u;
	return e;
}

enum err
link_maker_may(struct db *db, const struct link_row *l, const struct user *u,
	struct arena *mem)
{
	struct user maker;
	struct actor a;
	enum err e;

	if (!l->made_by)
		return ERR_OK;
	e = db_user_by_id(db, l->made_by, mem, &maker);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_EXPIRED : e;
	a = (struct actor){ maker.id, maker.role };
	return maker.status == USER_ACTIVE && actor_may_touch(&a, u->role)
		       ? ERR_OK
		       : ERR_EXPIRED;
}

enum err
tailnet_link_find(struct db *db, const struct secret *pepper,
	enum link_kind kind, const char *token, int64_t now, struct arena *mem,
	struct link_found *out)
{
	struct link_found found;
	uint8_t hash[32];
	enum err e;

	link_hash(pepper, mem, token, hash);
	e = db_link_by_hash(db, hash, &found.row);
	if (!e && found.row.kind != kind)
		e = ERR_NOT_FOUND;
	if (!e && (found.row.used_at || found.row.expires_at <= now))
		e = ERR_EXPIRED;
	if (!e)
		e = find_user(db, &found.row, mem, &found.user);
	if (!e)
		e = link_maker_may(db, &found.row, &found.user, mem);
	if (!e)
		*out = found;
	return e;
}
