/*
 * compile.h: the entries of a policy's filter, in their order.
 */
#ifndef POLICY_COMPILE_H
#define POLICY_COMPILE_H

#include "policy/plan.h"

/* Fills ssets, entries and what points at them. */
void plan_compile(struct plan *p, const struct policy *policy);

#endif
