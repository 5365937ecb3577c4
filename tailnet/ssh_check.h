/*
 * ssh_check.h: a login by SSH that the policy lets in after a check.
 *
 * The machine that is logged in to asks twice (spec/map-and-state.md 8.2).  The
 * first time it is told to go on if somebody allowed the same not long ago
 * (checkPeriod of the rule), else it gets a link for the person at the terminal
 * and an id to ask with again.  The second answer waits for the row.
 *
 * What is remembered is bound to source, its node key and its owner,
 * destination and login.  Each answer asks the policy anew: a rule that is gone
 * lets nobody in, whoever allowed it before.  An approval ends with the period
 * that it was given for, or that of the rule as it is now if that is shorter;
 * when somebody revokes it; and with what tailnet/check_ends.h names.
 *
 * The id in the link follows from pepper, row and code, so that connections of
 * the same kind share one link while it waits; only its hash is stored.
 */
#ifndef TAILNET_SSH_CHECK_H
#define TAILNET_SSH_CHECK_H

#include "db/node.h"
#include "db/ssh_check.h"
#include "tailnet/people.h"
#include "tailnet/policy_ask.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

/* Where clients ask; they take the way through Noise whatever stands there. */
#define SSH_HOLD_BASE "https://unused"

/* The machine that is logged in to asks, and may be up to no good: so where the
 * first two are used up, a destination with more gives way to one with less. */
enum {
	CHECKS_MAX = 1024,           /* that wait, in all … */
	CHECKS_SOURCE_MAX = 32,      /* … of one machine that logs in … */
	CHECKS_DESTINATION_MAX = 64, /* … at one machine … */
	CHECKS_PAIR_MAX = 8,         /* … of the one at the other */
	CHECK_LIFE_SECONDS = 900,    /* of a link */
	SSH_LOGIN_MAX = 256,         /* bytes of a login */
	/* A row is kept longer than any approval holds (checkPeriod 168h). */
	CHECK_KEPT_SECONDS = 8 * 86400,
	CHECKS_OVER_MAX = 4096, /* kept of those that are over */
};

struct ssh_ask {
	struct key machine_key; /* of the Noise session */
	int64_t src_id, dst_id;
	const char *login;
	const char *auth_id; /* NULL: the first time */
	bool over;           /* it waited, and its time is over */
	int64_t now;
};

enum ssh_answer {
	SSH_SAY,  /* `action` is the answer */
	SSH_WAIT, /* for the row `id`, until `deadline` */
};

struct ssh_result {
	enum ssh_answer answer;
	const char *action; /* SSHAction as JSON */
	const char *word;   /* for the log: "accepted", "refused", "asked" */
	int64_t id;         /* of the row; 0: none */
	int64_t deadline;
};

/* ERR_NOT_FOUND for a destination that is not the session's, ERR_BAD_INPUT for
 * a login that is none (empty, too long, or with what does not show). */
enum err tailnet_ssh_ask(struct db *db, const struct settings *s,
	const struct secret *pepper, const struct ssh_ask *in,
	struct arena *mem, struct ssh_result *out);

/* The row of an id as it stands in a link.  ERR_BAD_INPUT for a wrong form,
 * ERR_NOT_FOUND. */
enum err tailnet_check_find(struct db *db, const struct secret *pepper,
	const char *auth_id, struct arena *mem, struct ssh_check *out);
/* And the id of a row. */
const char *tailnet_check_id(struct arena *mem, const struct secret *pepper,
	const struct ssh_check *c);

/* What the policy has to say to the row now.  ERR_NOT_FOUND: one of the
 * machines is gone. */
enum err tailnet_check_rule(struct db *db, const struct ssh_check *c,
	struct arena *mem, struct policy_ssh *out);

/* Until when an approval holds, as its rule was; 0: for its connection. */
int64_t check_until(const struct ssh_check *c);
/* Still counts: it waits for somebody, or is remembered. */
bool check_is_open(const struct ssh_check *c, int64_t now);

/*
 * By the owner of the source, or the command line: ERR_NOT_OWNER,
 * ERR_SOURCE_TAGGED.  ERR_DECIDED, ERR_EXPIRED; ERR_NOT_FOUND when a machine is
 * gone.
 */
enum err tailnet_check_approve(
	struct db *db, int64_t id, const struct actor *a, int64_t now);
/* By the owner, or who manages machines (the caller's business). */
enum err tailnet_check_reject(struct db *db, int64_t id, const char *reason,
	const char *actor, int64_t now);
/* An approval, or what waits.  ERR_DECIDED: it is over already. */
enum err tailnet_check_revoke(
	struct db *db, int64_t id, const char *actor, int64_t now);

#endif
