#include "tailnet/check_ends.h"

#include <string.h>

#include "tailnet/audit.h"
#include "tailnet/ssh_check.h"

enum err
check_tell(struct db *db, const struct ssh_check *c, const char *event,
	const char *actor, const char *reason, int64_t now, struct arena *mem)
{
	return audit_row(db, "check", c->id,
		&(struct audit){ .at = now,
			.actor = actor,
			.action = event,
			.detail = arena_printf(mem, "as %s, asked of %s%s%s",
				c->login, c->user_name, *reason ? ": " : "",
				reason) });
}

enum err
check_end(struct db *db, const struct ssh_check *c, const char *reason,
	const char *actor, int64_t now, struct arena *mem)
{
	enum err e = db_ssh_check_end(db, c->id, reason, now);

	return e ? e
		 : check_tell(db, c, "ssh.revoked", actor, reason, now, mem);
}

/* An approval lets its own connection in while the link lives, too. */
static bool
counts(const struct ssh_check *c, int64_t now)
{
	return check_is_open(c, now) ||
	       (c->state == CHECK_APPROVED && c->expires_at > now);
}

static enum err
end(struct db *db, const struct ssh_check *c, const char *reason,
	const char *actor, int64_t now, struct arena *mem)
{
	return counts(c, now) ? check_end(db, c, reason, actor, now, mem)
			      : db_ssh_check_end(db, c->id, reason, now);
}

/* ---- the machines ---- */

static bool
is_past(int64_t at, int64_t now)
{
	return at && at <= now;
}

/* NULL: nothing that matters to both ends. */
static const char *
reason_of(const struct node *before, const struct node *after, int64_t now)
{
	if (!after)
		return "the machine was deleted";
	if (before->user_id != after->user_id ||
		strcmp(before->tags, after->tags) != 0)
		return "the machine has another owner or other tags";
	if (before->expires_at != after->expires_at &&
		(is_past(before->expires_at, now) ||
			is_past(after->expires_at, now)))
		return "the key of the machine expired";
	return NULL;
}

static enum err
end_of(struct db *db, const struct node *n, bool source_alone,
	const char *reason, int64_t now)
{
	struct arena *mem = arena_new();
	struct ssh_check *rows = NULL;
	size_t count = 0;
	enum err e = db_ssh_checks_of(db, n->id, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		if (!source_alone || rows[i].src_id == n->id)
			e = end(db, &rows[i], reason, "server", now, mem);
	arena_free(mem);
	return e;
}

enum err
checks_follow(struct db *db, const struct node *before,
	const struct node *after, int64_t now)
{
	const char *reason = reason_of(before, after, now);

	if (reason)
		return end_of(db, before, false, reason, now);
	if (!key_equal(&before->node_key, &after->node_key))
		return end_of(
			db, before, true, "the machine has another key", now);
	return ERR_OK;
}

/* ---- the policy ---- */

enum err
checks_revise(struct db *db, const char *reason, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct ssh_check *rows = NULL;
	size_t count = 0;
	enum err e = db_ssh_checks_open(
		db, now - CHECK_KEPT_SECONDS, now, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		struct policy_ssh rule = { .allowed = false };

		e = tailnet_check_rule(db, &rows[i], mem, &rule);
		if (!e && !(rule.allowed && rule.check))
			e = end(db, &rows[i], reason, actor, now, mem);
		else if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	arena_free(mem);
	return e;
}
