/*
 * check_ends.h: what ends an SSH check beside its time, inside the caller's
 * transaction: a rule that changes or removes either machine, and one that
 * changes whom the policy lets in.
 *
 * What still counted then gets an audit row, ssh.revoked; what was over by
 * itself is only closed.
 */
#ifndef TAILNET_CHECK_ENDS_H
#define TAILNET_CHECK_ENDS_H

#include "db/node.h"
#include "db/ssh_check.h"

/*
 * A machine was `before` and is `after` (NULL: deleted).  Ends with it, with
 * another owner or other tags, with its expiry and with the end of that, by the
 * server; of who logs in also with another node key.  Cheap where none of these
 * changed.
 */
enum err checks_follow(struct db *db, const struct node *before,
	const struct node *after, int64_t now);

/* Machines, people or policy changed: ends what the policy does not check any
 * more, by the actor of that. */
enum err checks_revise(
	struct db *db, const char *reason, const char *actor, int64_t now);

/* One, with its audit row. */
enum err check_end(struct db *db, const struct ssh_check *c, const char *reason,
	const char *actor, int64_t now, struct arena *mem);
/* The row alone: what an event did to a check.  `reason` may be "". */
enum err check_tell(struct db *db, const struct ssh_check *c, const char *event,
	const char *actor, const char *reason, int64_t now, struct arena *mem);

#endif
