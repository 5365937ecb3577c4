/*
 * stale_ask.h: what is refused and asked before the rule about stale machines
 * (stale.h) becomes another: the same for the pages and the command line.
 */
#ifndef TAILNET_STALE_ASK_H
#define TAILNET_STALE_ASK_H

#include "tailnet/setting_ask.h"
#include "tailnet/stale.h"

enum {
	STALE_ASKED_MAX = 20, /* machines that the question names */
};

/* "machine" for 1. */
const char *stale_machines_word(size_t count);
/* Names that no machine has protect none: ERR_BAD_INPUT with *why. */
enum err stale_exempt_check(
	struct db *db, const char *names, struct arena *mem, const char **why);
/* Of a rule that is not in force yet and would meet machines now. */
enum err stale_ask(struct db *db, const struct settings *in_force,
	const struct settings *wanted, int64_t now, struct arena *mem,
	struct setting_asked *out);

#endif
