/*
 * ssh_kept.h: principals of SSH rules that were written once and are the same
 * for every machine that gets all sources of the rule.
 *
 * Kept as long as the sources are what they were: change.c forgets those of the
 * rules that a changed machine is a source of.
 */
#ifndef POLICY_SSH_KEPT_H
#define POLICY_SSH_KEPT_H

#include "base/buf.h"
#include "policy/engine.h"

enum {
	SSH_KEPT_MAX = 16 * 1024 * 1024, /* bytes of an engine's rules */
};

struct ssh_kept { /* one for each rule of the policy */
	char *json;
	size_t len;
};

/* Writes what is kept of the rule; false: nothing is. */
bool ssh_kept_write(struct engine *e, size_t rule, struct buf *out);
void ssh_kept_put(struct engine *e, size_t rule, const void *json, size_t len);
void ssh_kept_drop(struct engine *e, size_t rule);
void ssh_kept_clear(struct engine *e);

#endif
