/*
 * relays_inside.h: what the rules of relays.h share, in relays.c and
 * relay_sources.c.
 */
#ifndef TAILNET_RELAYS_INSIDE_H
#define TAILNET_RELAYS_INSIDE_H

#include "tailnet/relays.h"

/* ERR_BAD_INPUT, said in *fault. */
enum err relay_blame(
	struct relay_fault *fault, const char *field, const char *why);

/* A setting; what is wrong with it is in *fault. */
enum err relay_store(struct db *db, const char *name, const char *value,
	int64_t now, struct arena *mem, struct relay_fault *fault);

/* The last steps of every rule: relays_settle, the audit row, and the end of
 * the transaction that it began; `e` is how it went so far. */
enum err relay_end(struct db *db, const struct relay_act *act, int64_t region,
	const char *name, const char *detail, enum err e);

#endif
