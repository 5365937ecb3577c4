/*
 * policy_store.h: a policy text becomes the next version, or is refused with
 * everything that is wrong with it.
 *
 * The text is tried before anything is locked, so that nobody waits for its
 * tests.  Then one transaction: the version that was edited is still the newest
 * one, the text is tried again if machines or people changed meanwhile, stored
 * byte for byte, and the audit log says so.
 */
#ifndef TAILNET_POLICY_STORE_H
#define TAILNET_POLICY_STORE_H

#include "db/policy_text.h"
#include "tailnet/policy_trial.h"

struct policy_save {
	const char *text;
	const char *was;   /* hash of the version that was edited; "": there was
			      none; NULL: whichever it is */
	const char *note;  /* "" or NULL: none */
	int64_t restored;  /* the version whose text it is, or 0 */
	const char *actor; /* as audit.actor */
	bool from_file;    /* of policy_path, which says what the policy is */
};

struct policy_saved {
	int64_t version; /* the newest now */
	bool unchanged;  /* it had this text already: nothing was stored */
	struct policy_trial trial;
};

/* ERR_POLICY and ERR_TOO_BIG: the trial says why.  ERR_CHANGED: another
 * version came meanwhile.  ERR_BAD_INPUT: the note is too long.
 * ERR_POLICY_FILE: the policy is a file (policy_file.h), and this is none. */
enum err tailnet_policy_save(struct db *db, const struct policy_save *in,
	int64_t now, struct arena *mem, struct policy_saved *out);
/* The same in the caller's transaction. */
enum err policy_save_in(struct db *db, const struct policy_save *in,
	int64_t now, struct arena *mem, struct policy_saved *out);
/* The text of that version again, as the newest.  ERR_NOT_FOUND too, and
 * ERR_POLICY_DAMAGED when its text is not the one that was saved. */
enum err tailnet_policy_restore(struct db *db, int64_t version, const char *was,
	const char *actor, int64_t now, struct arena *mem,
	struct policy_saved *out);

/* As the command line sets it: whatever stood there before. */
enum err tailnet_policy_set(struct db *db, const char *text, const char *actor,
	int64_t now, struct arena *mem, const char **why);

#endif
