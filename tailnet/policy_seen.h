/*
 * policy_seen.h: what a policy can see of a machine and of a person, out of the
 * texts that rows and the snapshot keep of them.
 */
#ifndef TAILNET_POLICY_SEEN_H
#define TAILNET_POLICY_SEEN_H

#include "db/user.h"
#include "policy/engine.h"

struct seen_machine {
	int64_t id, user_id;     /* user_id 0: tagged */
	const char *tags;        /* JSON lists */
	const char *ipv4, *ipv6; /* NULL: none */
	const char *routes, *approved_routes;
	const char *hostinfo; /* JSON; NULL: its attributes are not asked for */
	/* Set by people, beside what the hostinfo tells. */
	const struct engine_attribute *custom;
	size_t custom_count;
	bool online, doubtful;
	const char *primary_routes; /* JSON list: it was elected for them */
};

/* Whether the policy looks at what hostinfos and people say of machines: else
 * nobody needs to read it. */
bool policy_asks_machines(const struct policy *p);

/* Lies in `mem` and in what `from` points at.  Lists that cannot be read are
 * empty: a row that was damaged names less, never more. */
void policy_machine(struct arena *mem, const struct seen_machine *from,
	struct engine_machine *out);

/* As autogroups name them. */
enum policy_role policy_role_of_user(enum role role);

#endif
