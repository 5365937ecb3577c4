/*
 * policy_trial.h: what a policy text is worth on this tailnet, before it is
 * stored.  Nothing is written.
 */
#ifndef TAILNET_POLICY_TRIAL_H
#define TAILNET_POLICY_TRIAL_H

#include "db/db.h"
#include "policy/policy.h"

struct policy_trial {
	struct json_texts domains; /* that it was read with */
	struct policy_error error; /* why it is refused; text NULL: it is not */
};

/* In the caller's transaction, so that what is tried is what is stored.
 * ERR_POLICY and ERR_TOO_BIG, with the error told. */
enum err policy_try(struct db *db, const char *text, struct arena *mem,
	struct policy_trial *out);

/* The error with its place, as it is told in one line: "line 3, column 7: …".
 * A text that names its place itself is left as it is. */
const char *policy_error_words(
	struct arena *mem, const struct policy_error *error);

/*
 * Whether maps obey what this text says.  Until they do what the engine says,
 * only everything being allowed is enforced, and what is not enforced is not
 * stored: ERR_POLICY.
 */
enum err policy_is_enforced(
	const char *text, struct arena *mem, struct policy_error *error);

#endif
