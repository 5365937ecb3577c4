/* link.h: what spends a link. */
#include <inttypes.h>
#include <string.h>

#include "db/factor.h"
#include "db/job.h"
#include "db/login.h"
#include "db/web_session.h"
#include "tailnet/audit.h"
#include "tailnet/health_checks.h"
#include "tailnet/link.h"
#include "tailnet/notice.h"
#include "tailnet/password.h"
#include "tailnet/policy_store.h"
#include "tailnet/settings.h"
#include "tailnet/user.h"

static enum err
spend(struct db *db, const struct link_row *l, int64_t now)
{
	enum err e = db_link_spend(db, l->id, now);

	return e == ERR_NOT_FOUND ? ERR_EXPIRED : e;
}

static enum err
log_own(struct db *db, struct arena *mem, int64_t user_id, const char *event,
	int64_t now)
{
	return audit(db, now, arena_printf(mem, "user:%" PRId64, user_id),
		event, "user", user_id, NULL);
}

/* ---- setup ---- */

static enum err
check_setup(struct db *db, const struct setup *s, struct arena *mem)
{
	struct user u = { .name = s->name, .email = s->email };
	enum err e = person_check(&u);

	if (!e)
		e = db_user_first_owner(db, mem, &u);
	if (!e)
		return ERR_EXISTS;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The CLI may have made a user of that name before there was an owner: the
 * machines it has stay its own. */
static enum err
make_owner(struct db *db, const struct setup *s, int64_t now, struct arena *mem,
	int64_t *id)
{
	struct user u = { .id = 0 }, before;
	enum err e = db_user_by_name(db, s->name, mem, &u);
	bool known = !e;

	before = u;

	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!known)
		u = (struct user){ .name = s->name, .created_at = now };
	u.role = ROLE_OWNER;
	u.status = USER_ACTIVE;
	if (!known || (s->email && *s->email))
		u.email = s->email;
	e = user_is_distinct(db, known ? &before : NULL, &u);
	if (!e)
		e = known ? db_user_update(db, &u) : db_user_add(db, &u, &u.id);
	if (!e)
		*id = u.id;
	return e;
}

static enum err
first_settings(struct db *db, const struct setup *s, int64_t id, int64_t now,
	struct arena *mem, const char **field)
{
	const char *actor = arena_printf(mem, "user:%" PRId64, id);
	const struct setting_value values[] = {
		{ "tailnet_name", s->org },
		{ "magic_dns", *s->domain ? "true" : "false" },
		{ "dns_domain", s->domain },
	};
	size_t count = sizeof(values) / sizeof(values[0]) - !*s->domain;
	const char *why;

	*field = "tailnet_name";
	if (!*s->org)
		return ERR_BAD_INPUT;
	return settings_put_in(db, values, count, actor, now, mem, field, &why);
}

static enum err
set_up(struct db *db, const struct setup *s, const char *hash, int64_t now,
	struct arena *mem, int64_t *id)
{
	enum err e = check_setup(db, s, mem);

	if (!e)
		e = make_owner(db, s, now, mem, id);
	if (!e)
		e = db_login_set_password(db, *id, hash, now);
	if (!e)
		e = log_own(db, mem, *id, "setup.finished", now);
	return e;
}

/* Tried as any other text is. */
static enum err
first_policy(struct db *db, const struct setup *s, int64_t id, int64_t now,
	struct arena *mem, const char **field)
{
	struct policy_save in = { .text = s->policy,
		.note = "chosen at setup",
		.actor = arena_printf(mem, "user:%" PRId64, id) };
	struct policy_saved out;
	enum err e;

	if (!s->policy || !*s->policy)
		return ERR_OK;
	*field = "policy";
	e = policy_save_in(db, &in, now, mem, &out);
	return e == ERR_POLICY_FILE ? ERR_OK : e; /* there is one already */
}

enum err
tailnet_setup(struct db *db, const struct secret *pepper,
	const struct link_row *link, const struct setup *setup,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *made, const char **field)
{
	struct user form = { .name = setup->name, .email = setup->email };
	struct session_made begun = { .id = 0 };
	const char *hash = "";
	int64_t id = 0;
	enum err e = person_check(&form);

	*field = NULL;
	if (!e)
		e = password_hash(mem, setup->password, &hash);
	if (!e)
		e = db_begin(db);
	if (!e)
		e = spend(db, link, now);
	if (!e)
		e = set_up(db, setup, hash, now, mem, &id);
	if (!e)
		e = first_settings(db, setup, id, now, mem, field);
	if (!e)
		e = first_policy(db, setup, id, now, mem, field);
	if (!e) /* what it found before is not so any more */
		e = db_job_want(db, HEALTH_JOB, 0, now);
	if (!e)
		e = session_begin(db, pepper, id, b, now, mem, &begun);
	e = db_end(db, e);
	if (!e)
		*made = begun;
	return e;
}

/* ---- passwords by link ---- */

static enum err
revive(struct db *db, const struct user *u)
{
	struct user row = *u;

	if (row.status == USER_ACTIVE)
		return ERR_OK;
	row.status = USER_ACTIVE;
	return db_user_update(db, &row);
}

/* The link is spent, the password set, every session over. */
static enum err
set_by_link(struct db *db, const struct link_row *link, int64_t user_id,
	const char *hash, int64_t now)
{
	enum err e = spend(db, link, now);

	if (!e)
		e = db_login_set_password(db, user_id, hash, now);
	if (!e)
		e = db_web_sessions_end(db, user_id, 0, NULL);
	return e;
}

/* Who recovers lost all of it. */
static enum err
drop_factor(struct db *db, int64_t user_id, int64_t now, struct arena *mem)
{
	enum err e = db_factor_delete(db, user_id);

	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	return e ? e : log_own(db, mem, user_id, "user.factor_removed", now);
}

static enum err
recover(struct db *db, const struct link_row *link, const char *hash,
	int64_t now, struct arena *mem)
{
	struct user u;
	enum err e = db_user_first_owner(db, mem, &u);

	if (!e)
		e = set_by_link(db, link, u.id, hash, now);
	if (!e)
		e = db_link_revoke(db, LINK_RESET, u.id, now);
	if (!e)
		e = drop_factor(db, u.id, now, mem);
	if (!e)
		e = revive(db, &u);
	return e ? e : log_own(db, mem, u.id, "user.recovered", now);
}

/* What a link does with the hash of a new password, in the transaction. */
typedef enum err link_rule(struct db *db, const struct link_row *link,
	const char *hash, int64_t now, struct arena *mem);

/* Hashes first: that takes a tenth of a second. */
static enum err
with_password(struct db *db, const struct link_row *link, const char *password,
	int64_t now, link_rule *rule)
{
	struct arena *mem = arena_new();
	const char *hash = "";
	enum err e = password_hash(mem, password, &hash);

	if (!e)
		e = db_begin(db);
	if (!e)
		e = rule(db, link, hash, now, mem);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}

enum err
tailnet_recover(struct db *db, const struct link_row *link,
	const char *password, int64_t now)
{
	return with_password(db, link, password, now, recover);
}

/* Who was invited is here now, or waits to be approved. */
static enum err
arrive(struct db *db, const struct user *u, struct arena *mem, bool *waits)
{
	struct user row = *u;
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	*waits = !e && s.user_approval && u->status != USER_ACTIVE;
	if (e || !*waits)
		return e ? e : revive(db, u);
	row.status = USER_NEEDS_APPROVAL;
	return db_user_update(db, &row);
}

static enum err
join(struct db *db, const struct link_row *link, const char *hash, int64_t now,
	struct arena *mem, bool *waits)
{
	struct user u;
	enum err e = db_user_by_id(db, link->user_id, mem, &u);

	if (!e)
		e = link_maker_may(db, link, &u, mem);
	if (!e)
		e = set_by_link(db, link, u.id, hash, now);
	if (!e)
		e = arrive(db, &u, mem, waits);
	if (!e)
		e = log_own(db, mem, u.id, "user.joined", now);
	return e || !*waits ? e : notice_user_waits(db, mem, &u, now);
}

enum err
tailnet_join_people(struct db *db, const struct secret *pepper,
	const struct link_row *link, const char *password,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *made)
{
	struct session_made begun = { .id = 0 };
	const char *hash = "";
	bool waits = false;
	enum err e = password_hash(mem, password, &hash);

	if (!e)
		e = db_begin(db);
	if (!e)
		e = join(db, link, hash, now, mem, &waits);
	if (!e && !waits)
		e = session_begin(
			db, pepper, link->user_id, b, now, mem, &begun);
	e = db_end(db, e);
	if (!e)
		*made = begun;
	return e;
}

/* Whoever was only invited has come by this; who waits for approval waits on.
 */
static enum err
reset(struct db *db, const struct link_row *link, const char *hash, int64_t now,
	struct arena *mem)
{
	struct user u;
	bool waits;
	enum err e = db_user_by_id(db, link->user_id, mem, &u);

	if (!e)
		e = link_maker_may(db, link, &u, mem);
	if (!e)
		e = set_by_link(db, link, u.id, hash, now);
	if (!e && u.status == USER_INVITED)
		e = arrive(db, &u, mem, &waits);
	return e ? e : log_own(db, mem, u.id, "user.password_set", now);
}

enum err
tailnet_reset_finish(struct db *db, const struct link_row *link,
	const char *password, int64_t now)
{
	return with_password(db, link, password, now, reset);
}
