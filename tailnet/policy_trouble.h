/*
 * policy_trouble.h: whether the newest version of the policy is the one that is
 * obeyed, for whoever must be told: pages, health, doctor.
 */
#ifndef TAILNET_POLICY_TROUBLE_H
#define TAILNET_POLICY_TROUBLE_H

#include "db/db.h"

/* NULL, or in words which version cannot be loaded, why, and what is in force.
 * A version is loaded once in a process; then the answer is remembered. */
const char *policy_trouble(struct db *db, struct arena *mem);

#endif
