/*
 * policy_case.h: policies as tests write them.
 *
 * In a case ' stands for a quote and ` for an apostrophe; ^ marks a byte and is
 * left out, and its line and column are told.
 */
#ifndef TESTS_LIB_POLICY_CASE_H
#define TESTS_LIB_POLICY_CASE_H

#include "policy/policy.h"

struct policy_case {
	struct bytes text;
	struct policy_place place; /* of ^, else 0 */
};

struct policy_case policy_case_read(struct arena *mem, const char *written);

/* For a tailnet that owns example.com.  A refused policy: NULL and *error. */
struct policy *policy_case_load(
	struct arena *mem, const char *written, struct policy_error *error);

#endif
