/*
 * setting_ask.h: what is asked before some settings become others: the same
 * for the pages and the command line.
 *
 * An answer is about what was asked.  What holds, what is wanted and whom it
 * would meet go into `seen`; a change is stored when they are still so inside
 * its transaction, and else refused.
 */
#ifndef TAILNET_SETTING_ASK_H
#define TAILNET_SETTING_ASK_H

#include "tailnet/settings.h"

/* All is NULL, and seen "", when nothing is to be asked. */
struct setting_asked {
	const char *question; /* "Delete 2 machines?" */
	const char *effect; /* "2 machines would be deleted within the hour." */
	const char *names;  /* "laptop, desk."; NULL: none are named */
	const char *seen;   /* what the answer is about, for settings_agree */
};

/* Of the first rule that asks.  Nothing is stored; *field and *why as
 * settings_put_many. */
enum err settings_ask(struct db *db, const struct setting_value *values,
	size_t count, int64_t now, struct arena *mem, struct setting_asked *out,
	const char **field, const char **why);

/* settings_put_many after the answer.  ERR_CHANGED: it is no answer to what
 * would be asked now; *field is NULL then.  seen NULL: whatever it is. */
enum err settings_agree(struct db *db, const struct setting_value *values,
	size_t count, const char *seen, const char *actor, int64_t now,
	struct arena *mem, const char **field, const char **why);

#endif
