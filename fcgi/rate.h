/*
 * rate.h: how often an address may ask, counted over all children of the
 * program.
 *
 * The table lies in memory that the children share from before the fork.  It
 * has a fixed number of places; two addresses that fall on the same one share
 * its budget, which errs on the side of refusing.  An IPv6 address counts by
 * its /64.
 */
#ifndef FCGI_RATE_H
#define FCGI_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate;

/* Each has a budget of its own. */
enum rate_of {
	RATE_REGISTER_PAGE,
	RATE_AUDIT_LOG,
	RATE_REFUSED_LINE, /* log lines of refusals: clients ask for ever */
	RATE_FORM,         /* forms of a session */
	RATE_LINK,         /* links that nobody made */
	RATE_EXPORT,       /* files of a session (export.h) */
	RATE_OIDC,         /* ways to a provider */
};

/* NULL when the system has no memory: then nothing is limited. */
struct rate *rate_new(void);
void rate_free(struct rate *rate);

/* By a word that is no address: the number of a session. */
bool rate_take_word(struct rate *rate, enum rate_of what, const char *word,
	int64_t now, unsigned per_minute);
/* Takes one of the `per_minute` of that address; false if none is left. */
bool rate_take(struct rate *rate, enum rate_of what, const char *address,
	int64_t now, unsigned per_minute);

#endif
