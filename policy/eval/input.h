/*
 * input.h: what policy-eval is asked: a policy and a tailnet, as JSON.
 */
#ifndef POLICY_EVAL_INPUT_H
#define POLICY_EVAL_INPUT_H

#include "policy/engine.h"

struct eval_user {
	int64_t id;
	const char *name, *login;
	enum policy_role role;
};

struct eval_node {
	const char *name;
	bool decide; /* approvedRoutes is null: the policy approves */
	struct engine_machine machine;
};

struct eval_input {
	struct bytes policy;
	struct json_texts domains;
	struct engine_settings settings;
	struct eval_user *users;
	size_t user_count;
	struct eval_node *nodes;
	size_t node_count;
};

/* ERR_BAD_INPUT: not JSON, or a member is missing or of the wrong kind; *why
 * names it.  Unknown members are skipped. */
enum err eval_read(struct bytes json, struct arena *mem, struct eval_input *out,
	const char **why);

#endif
