/*
 * snappolicy.h: the policy engine of the snapshot: it is told what changes, and
 * what it finds changed by that becomes aspects of nodes.
 */
#ifndef TAILNET_SNAPPOLICY_H
#define TAILNET_SNAPPOLICY_H

#include "db/user.h"
#include "policy/policy.h"
#include "tailnet/snapshot.h"

void snap_policy_start(struct snapshot *s);
void snap_policy_free(struct snapshot *s);

/* Takes it over; NULL: everything is allowed. */
void snap_policy_take(struct snapshot *s, struct policy *p);
void snap_policy_settings(struct snapshot *s);
void snap_policy_user(struct snapshot *s, const struct user *row);
void snap_policy_user_gone(struct snapshot *s, int64_t id);
/* As it stands now; a hidden one is as good as gone. */
void snap_policy_node(struct snapshot *s, struct snap_node *n);
void snap_policy_node_gone(struct snapshot *s, int64_t id);

/* Touches whatever answers came out different since the last time. */
void snap_policy_settle(struct snapshot *s);

#endif
