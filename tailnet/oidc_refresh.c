/*
 * oidc_refresh.c: what a provider says of somebody between two sign-ins.
 */
#include <inttypes.h>

#include "db/identity.h"
#include "db/job.h"
#include "db/login.h"
#include "tailnet/audit.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/oidc_user.h"
#include "tailnet/people.h"

static enum err
store(struct db *db, const struct provider *p, int64_t identity_id,
	const struct oidc_person *who, struct bytes refresh, int64_t now,
	struct arena *mem)
{
	struct identity i;
	struct user u;
	enum err e = db_identity_by_id(db, identity_id, mem, &i);

	if (!e)
		e = db_user_by_id(db, i.user_id, mem, &u);
	if (e)
		return e;
	i.email = who->email;
	i.groups = who->synced;
	i.refreshed_at = now;
	i.refresh_error = "";
	if (refresh.len)
		i.refresh = refresh;
	e = db_identity_update(db, &i);
	if (!e)
		e = provider_groups_settle(db, u.id, mem);
	return e ? e : oidc_user_update(db, p, who, now, mem, &u);
}

enum err
tailnet_oidc_refreshed(struct db *db, const struct provider *p,
	int64_t identity_id, const struct oidc_person *who,
	struct bytes refresh, int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);

	if (!e)
		e = store(db, p, identity_id, who, refresh, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

/* A password, or another provider. */
static enum err
has_another_way(struct db *db, const struct settings *s,
	const struct identity *but, struct arena *mem)
{
	struct login l = { .password = "" };
	struct identity *rows;
	size_t count;
	enum err e = db_login_by_user(db, but->user_id, mem, &l);

	if (!e && *l.password && s->password_sign_in)
		return ERR_OK;
	if (e && e != ERR_NOT_FOUND)
		return e;
	e = db_identities_of_user(db, but->user_id, mem, &rows, &count);
	for (size_t i = 0; !e && i < count; i++)
		if (rows[i].id != but->id && rows[i].provider_id)
			return ERR_OK;
	return e ? e : ERR_LAST_PROVIDER;
}

static enum err
unlink_row(struct db *db, const struct settings *s, const struct identity *i,
	const char *actor, int64_t now, struct arena *mem)
{
	enum err e = has_another_way(db, s, i, mem);

	if (!e)
		e = db_job_drop(db, OIDC_JOB_REFRESH, i->id);
	if (!e)
		e = db_identity_delete(db, i->id);
	if (!e)
		e = provider_groups_settle(db, i->user_id, mem);
	if (!e && !s->password_sign_in)
		e = provider_owner_is_there(db, 0);
	return e ? e
		 : audit_row(db, "user", i->user_id,
			   &(struct audit){ .at = now,
				   .actor = actor,
				   .action = "identity.unlinked",
				   .detail = i->issuer });
}

enum err
tailnet_identity_unlink(struct db *db, const struct settings *s, int64_t id,
	int64_t user_id, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct identity i;
	enum err e = db_begin(db);

	if (!e)
		e = db_identity_by_id(db, id, mem, &i);
	if (!e && i.user_id != user_id)
		e = ERR_NOT_FOUND;
	if (!e)
		e = unlink_row(db, s, &i, actor, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

static enum err
withdraw(struct db *db, int64_t identity_id, const char *why, int64_t now,
	struct arena *mem)
{
	struct identity i;
	enum err e = db_identity_by_id(db, identity_id, mem, &i);

	if (e)
		return e;
	i.groups = "[]";
	i.refresh = (struct bytes){ NULL, 0 };
	i.refreshed_at = now;
	i.refresh_error = why;
	e = db_identity_update(db, &i);
	if (!e)
		e = provider_groups_settle(db, i.user_id, mem);
	if (!e)
		e = db_web_sessions_end_of(db, identity_id);
	if (!e)
		e = people_revise(db, "server", now);
	return e ? e
		 : audit_row(db, "user", i.user_id,
			   &(struct audit){ .at = now,
				   .actor = "server",
				   .action = "identity.withdrawn",
				   .via = "oidc",
				   .detail = why });
}

enum err
tailnet_oidc_withdrawn(
	struct db *db, int64_t identity_id, const char *why, int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);

	if (!e)
		e = withdraw(db, identity_id, why, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
