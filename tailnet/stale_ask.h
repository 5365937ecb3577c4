/*
 * stale_ask.h: what is refused and asked before the rule about stale machines
 * (stale.h) becomes another: the same for the pages and the command line.
 */
#ifndef TAILNET_STALE_ASK_H
#define TAILNET_STALE_ASK_H

#include "tailnet/stale.h"

enum {
	STALE_ASKED_MAX = 20, /* machines that the question names */
};

/* Whom a rule that is not in force yet would meet now. */
struct stale_asked {
	size_t count;         /* 0: nothing is to be asked; all else is unset */
	const char *question; /* "Delete 2 machines?" */
	const char *effect; /* "2 machines would be deleted within the hour." */
	const char *names;  /* "laptop, desk." */
};

/* "machine" for 1. */
const char *stale_machines_word(size_t count);
/* Names that no machine has protect none: ERR_BAD_INPUT with *why. */
enum err stale_exempt_check(
	struct db *db, const char *names, struct arena *mem, const char **why);
enum err stale_ask(struct db *db, const struct stale_rule *in_force,
	const struct stale_rule *wanted, int64_t now, struct arena *mem,
	struct stale_asked *out);

#endif
