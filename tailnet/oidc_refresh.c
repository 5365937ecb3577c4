/*
 * oidc_refresh.c: what a provider says of somebody between two sign-ins.
 */
#include <inttypes.h>

#include "base/text.h"
#include "db/identity.h"
#include "db/job.h"
#include "db/login.h"
#include "tailnet/audit.h"
#include "tailnet/oidc_sign_in.h"
#include "tailnet/oidc_user.h"
#include "tailnet/people.h"
#include "tailnet/secrets.h"

/* ---- the token ---- */

enum err
oidc_token_close(struct db *db, const char *home, const char *token,
	struct arena *mem, struct bytes *sealed)
{
	struct secret seal;
	enum err e = secret_current(db, home, "seal", &seal);

	if (!e)
		*sealed = seal_text_close(mem, &seal, token);
	secret_wipe(&seal);
	return e;
}

enum err
oidc_token_open(struct db *db, const char *home, struct bytes sealed,
	struct arena *mem, const char **token)
{
	struct secret seal;
	enum err e = secret_current(db, home, "seal", &seal);

	if (!e)
		e = seal_text_open(&seal, sealed, mem, token);
	secret_wipe(&seal);
	return e;
}

/* The identity, if its token is the one that was asked with: else
 * ERR_NOT_FOUND. */
static enum err
find_asked(struct db *db, const struct oidc_round *round, struct arena *mem,
	struct identity *out)
{
	const char *token = "";
	enum err e = db_identity_by_id(db, round->identity_id, mem, out);

	if (!e && !out->refresh.len)
		e = ERR_NOT_FOUND;
	if (!e)
		e = oidc_token_open(db, round->home, out->refresh, mem, &token);
	if (!e && !text_same_secret(token, round->asked))
		e = ERR_NOT_FOUND;
	return e;
}

/* ---- what was said ---- */

static enum err
store(struct db *db, const struct provider *p, const struct oidc_round *round,
	const struct oidc_person *who, int64_t now, struct arena *mem)
{
	struct identity i;
	struct user u;
	enum err e = find_asked(db, round, mem, &i);

	if (!e && *round->next)
		e = oidc_token_close(
			db, round->home, round->next, mem, &i.refresh);
	if (!e)
		e = db_user_by_id(db, i.user_id, mem, &u);
	if (e)
		return e;
	i.email = who->email;
	i.groups = who->synced;
	i.refreshed_at = now;
	i.refresh_error = "";
	e = db_identity_update(db, &i);
	if (!e)
		e = provider_groups_settle(db, u.id, mem);
	return e ? e : oidc_user_update(db, p, who, now, mem, &u);
}

enum err
tailnet_oidc_refreshed(struct db *db, const struct provider *p,
	const struct oidc_round *round, const struct oidc_person *who,
	int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);

	if (!e)
		e = store(db, p, round, who, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
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
		e = db_web_sessions_unvouch(db, i->id);
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
withdraw(struct db *db, const struct oidc_round *round, const char *why,
	int64_t now, struct arena *mem)
{
	struct identity i;
	enum err e = find_asked(db, round, mem, &i);

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
		e = db_web_sessions_end_of(db, i.id);
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
tailnet_oidc_withdrawn(struct db *db, const struct oidc_round *round,
	const char *why, int64_t now)
{
	struct arena *mem = arena_new();
	enum err e = db_begin(db);

	if (!e)
		e = withdraw(db, round, why, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
