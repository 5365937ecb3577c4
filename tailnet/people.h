/*
 * people.h: what people may do to each other (spec/pages.md 3.1, 10).
 *
 * Each rule is one transaction with its audit row, and asks who acts: an owner
 * may everything; an admin everything but what concerns owners; an it-admin
 * what concerns members; others nothing: ERR_DENIED.  Nobody changes the own
 * role.  The last active owner is neither demoted, suspended nor deleted:
 * ERR_LAST_OWNER.
 */
#ifndef TAILNET_PEOPLE_H
#define TAILNET_PEOPLE_H

#include "db/user.h"

/* Who acts.  The command line acts as an owner, with user_id 0. */
struct actor {
	int64_t user_id;
	enum role role;
};

extern const struct actor actor_cli;
/* "user:3" or "cli", as audit rows name it. */
const char *actor_text(struct arena *mem, const struct actor *a);
/* Whether `a` may do something to a user of that role, and give that role. */
bool actor_may_touch(const struct actor *a, enum role role);
bool actor_may_give(const struct actor *a, enum role role);
/* Whether `a` may put machines and keys in that user's name: the own, or that
 * of who it may touch. */
bool actor_may_own_as(const struct actor *a, const struct user *owner);
/* The row of a user that `a` may touch; in the caller's transaction.
 * ERR_NOT_FOUND, ERR_DENIED. */
enum err person_to_touch(struct db *db, const struct actor *a, int64_t id,
	struct arena *mem, struct user *out);
/* Ends the invites and resets for that user, and with `made` those by them. */
enum err person_links_end(struct db *db, int64_t id, bool made, int64_t now);
/* Names and address of mail: ERR_BAD_NAME, ERR_BAD_EMAIL, ERR_TOO_BIG and
 * ERR_BAD_TEXT (display name).  Both but the name may be empty or NULL. */
enum err person_check(const struct user *u);

/* Name, display name, e-mail, role and status are taken of `u`.  ERR_EXISTS
 * when the name is taken, ERR_EMAIL_TAKEN (user_is_distinct). */
enum err tailnet_person_add(struct db *db, const struct actor *a,
	const struct user *u, int64_t now, int64_t *id);
/* The same without transaction, for rules that do more. */
enum err person_add(struct db *db, const struct actor *a, const struct user *u,
	int64_t now, int64_t *id);
/* Name, display name and e-mail of u->id. */
enum err tailnet_person_change(struct db *db, const struct actor *a,
	const struct user *u, int64_t now);
struct audit;
/* Another role for `before`, in the caller's transaction, whoever says so: what
 * ends is as below.  `log` has time, actor and action. */
enum err person_set_role(struct db *db, struct arena *mem,
	const struct user *before, enum role role, struct audit *log);
/* All sessions of that user end, and all invites and resets for them; of a
 * lower role also those that they made. */
enum err tailnet_person_role(struct db *db, const struct actor *a, int64_t id,
	enum role role, int64_t now);

/* approve: needs-approval to active.  suspend: sessions end, links for them
 * and by them end, machine keys expire.  restore: suspended to active.  What is
 * so already stays, without a row; another way is ERR_BAD_INPUT. */
enum person_act {
	PERSON_APPROVE,
	PERSON_SUSPEND,
	PERSON_RESTORE,
};
enum err tailnet_person_status(struct db *db, const struct actor *a, int64_t id,
	enum person_act act, int64_t now);
/* *gone: how many.  No row when there were none. */
enum err tailnet_person_sessions_end(struct db *db, const struct actor *a,
	int64_t id, int64_t now, int64_t *gone);

/* What becomes of the machines of who is deleted. */
enum person_machines {
	PERSON_KEEP, /* ERR_IN_USE while there are any */
	PERSON_DELETE,
	PERSON_MOVE, /* to the user `to`, whom the actor may own as:
		      * ERR_NOT_FOUND, ERR_DENIED; ERR_HAS_MACHINE */
};
struct person_delete {
	int64_t id;
	enum person_machines machines;
	int64_t to;
};
enum err tailnet_person_delete(struct db *db, const struct actor *a,
	const struct person_delete *d, int64_t now);

/* Who somebody is to the policy changed: SSH checks that it does not allow any
 * more end, in the caller's transaction. */
enum err people_revise(struct db *db, const char *actor, int64_t now);

#endif
