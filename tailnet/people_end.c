/* people.h: suspending, restoring and deleting, and what goes along. */
#include <inttypes.h>

#include "db/node.h"
#include "db/pending.h"
#include "db/web_session.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/check_ends.h"
#include "tailnet/node.h"
#include "tailnet/people.h"
#include "tailnet/user.h"

/* One act on its way. */
struct act {
	struct db *db;
	struct arena *mem;
	const struct actor *who;
	const char *actor;
	int64_t now;
};

static enum err
end_machine_key(const struct act *t, struct node *n)
{
	struct audit log = {
		.at = t->now, .actor = t->actor, .action = "machine.expired"
	};
	const struct node old = *n;
	struct changes c;
	enum err e;

	if (n->expires_at && n->expires_at <= t->now)
		return ERR_OK;
	changes_init(&c, t->mem);
	changes_time(&c, "expires_at", n->expires_at, t->now);
	log.before = changes_before(&c);
	log.after = changes_after(&c);
	n->expires_at = t->now;
	e = db_node_update(t->db, n);
	if (!e)
		e = audit_row(t->db, "node", n->id, &log);
	return e ? e : checks_follow(t->db, &old, n, t->now);
}

/* A machine of that user that waits to be signed in again hears why it will not
 * be; else its terminal waits for somebody who is not there. */
static enum err
end_logins(const struct act *t, const struct user *u, const char *words)
{
	struct pending *rows = NULL;
	size_t count = 0;
	enum err e = db_pendings_of_user(
		t->db, u->id, t->now, t->mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		e = db_pending_reject(
			t->db, rows[i].id, words, t->actor, t->now);
		if (!e)
			e = audit(t->db, t->now, t->actor,
				"registration.rejected", "pending", rows[i].id,
				words);
	}
	return e;
}

static enum err
suspend(const struct act *t, const struct user *u)
{
	struct node *nodes = NULL;
	size_t count = 0;
	enum err e = user_not_last_owner(t->db, u);

	if (!e)
		e = end_logins(t, u, "its owner is suspended");
	if (!e)
		e = db_web_sessions_end(t->db, u->id, 0, NULL);
	if (!e)
		e = person_links_end(t->db, u->id, true, t->now);
	if (!e)
		e = db_nodes_of_user(t->db, u->id, t->mem, &nodes, &count);
	for (size_t i = 0; !e && i < count; i++)
		e = end_machine_key(t, &nodes[i]);
	return e;
}

static const struct {
	enum user_status to;
	const char *event;
} acts[] = {
	[PERSON_APPROVE] = { USER_ACTIVE, "user.approved" },
	[PERSON_SUSPEND] = { USER_SUSPENDED, "user.suspended" },
	[PERSON_RESTORE] = { USER_ACTIVE, "user.restored" },
};

static enum err
set_status(const struct act *t, const struct user *before, enum person_act act)
{
	struct audit log = {
		.at = t->now, .actor = t->actor, .action = acts[act].event
	};
	struct user after = *before;
	struct changes c;
	enum err e = ERR_OK;

	after.status = acts[act].to;
	changes_init(&c, t->mem);
	changes_text(&c, "status", user_status_word(before->status),
		user_status_word(after.status));
	log.before = changes_before(&c);
	log.after = changes_after(&c);
	if (act == PERSON_SUSPEND)
		e = suspend(t, before);
	if (!e)
		e = db_user_update(t->db, &after);
	if (!e)
		e = audit_row(t->db, "user", before->id, &log);
	return e ? e : people_revise(t->db, t->actor, t->now);
}

static bool
leads_on(enum user_status from, enum person_act act)
{
	switch (act) {
	case PERSON_APPROVE:
		return from == USER_NEEDS_APPROVAL;
	case PERSON_RESTORE:
		return from == USER_SUSPENDED;
	case PERSON_SUSPEND:
		break;
	}
	return true;
}

enum err
tailnet_person_status(struct db *db, const struct actor *a, int64_t id,
	enum person_act act, int64_t now)
{
	struct act t = { db, arena_new(), a, NULL, now };
	struct user u;
	enum err e = db_begin(db);

	t.actor = actor_text(t.mem, a);
	if (!e)
		e = person_to_touch(db, a, id, t.mem, &u);
	if (!e && u.status != acts[act].to)
		e = leads_on(u.status, act) ? set_status(&t, &u, act)
					    : ERR_BAD_INPUT;
	e = db_end(db, e);
	arena_free(t.mem);
	return e;
}

static enum err
move_machine(const struct act *t, struct node *n, const struct user *from,
	const struct user *to)
{
	struct audit log = { .at = t->now,
		.actor = t->actor,
		.action = "machine.owner_set",
		.detail = to->name };
	const struct node old = *n;
	struct changes c;
	enum err e;

	changes_init(&c, t->mem);
	changes_text(&c, "owner", from->name, to->name);
	log.before = changes_before(&c);
	log.after = changes_after(&c);
	n->user_id = to->id;
	e = db_node_update(t->db, n);
	if (e == ERR_EXISTS)
		return ERR_HAS_MACHINE;
	if (!e)
		e = audit_row(t->db, "node", n->id, &log);
	return e ? e : checks_follow(t->db, &old, n, t->now);
}

static enum err
find_heir(const struct act *t, const struct person_delete *d, struct user *to)
{
	enum err e = db_user_by_id(t->db, d->to, t->mem, to);

	if (!e && to->id == d->id)
		e = ERR_BAD_INPUT;
	if (!e && !actor_may_own_as(t->who, to))
		e = ERR_DENIED;
	return e;
}

static enum err
leave_machines(const struct act *t, const struct person_delete *d,
	const struct user *from)
{
	struct user to = { .id = 0 };
	struct node *nodes = NULL;
	size_t count = 0;
	enum err e = db_nodes_of_user(t->db, d->id, t->mem, &nodes, &count);

	if (e || !count)
		return e;
	if (d->machines == PERSON_KEEP)
		return ERR_IN_USE;
	if (d->machines == PERSON_MOVE)
		e = find_heir(t, d, &to);
	for (size_t i = 0; !e && i < count; i++)
		e = d->machines == PERSON_MOVE
			    ? move_machine(t, &nodes[i], from, &to)
			    : node_remove(t->db, &nodes[i], t->actor,
				      "machine.deleted", t->now);
	return e;
}

static enum err
delete_row(const struct act *t, const struct user *u)
{
	enum err e = user_not_last_owner(t->db, u);

	if (!e)
		e = person_links_end(t->db, u->id, true, t->now);
	if (!e)
		e = db_user_delete(t->db, u->id);
	return e ? e
		 : audit_row(t->db, "user", u->id,
			   &(struct audit){ .at = t->now,
				   .actor = t->actor,
				   .action = "user.deleted",
				   .detail = u->name,
				   .subject_name = u->name });
}

enum err
tailnet_person_delete(struct db *db, const struct actor *a,
	const struct person_delete *d, int64_t now)
{
	struct act t = { db, arena_new(), a, NULL, now };
	struct user u;
	enum err e = db_begin(db);

	t.actor = actor_text(t.mem, a);
	if (!e)
		e = person_to_touch(db, a, d->id, t.mem, &u);
	if (!e && d->machines == PERSON_DELETE)
		e = end_logins(&t, &u, "its owner was deleted");
	if (!e)
		e = leave_machines(&t, d, &u);
	if (!e)
		e = delete_row(&t, &u);
	e = db_end(db, e);
	arena_free(t.mem);
	return e;
}
