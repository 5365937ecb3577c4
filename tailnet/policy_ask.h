/*
 * policy_ask.h: the policy in force, asked by a rule in its transaction.
 *
 * Each connection keeps the policy that it loaded last, and loads it anew when
 * the newest version is another.  The engine beside it holds nobody but those
 * that the question is about, so an answer costs the same in a tailnet of any
 * size.
 */
#ifndef TAILNET_POLICY_ASK_H
#define TAILNET_POLICY_ASK_H

#include "base/ip.h"
#include "db/node.h"
#include "db/user.h"
#include "policy/policy.h"

/* In the memory of the connection, until it is asked again.  NULL: no policy
 * was ever set. */
enum err policy_ask(struct db *db, const struct policy **out);

/* Whether that user or, with NULL, a machine or key with those tags may take
 * the tag.  Without a policy nobody may. */
enum err policy_ask_tag(struct db *db, const struct user *u,
	const struct json_texts *held, const char *tag, bool *may);

/* Which of these routes the policy approves for the node by itself.  `owner`
 * NULL: it has tags. */
enum err policy_ask_routes(struct db *db, const struct node *n,
	const struct user *owner, const struct json_texts *routes,
	struct arena *mem, struct json_texts *out);

/* Out of which prefixes the node, which is new, gets its IPv4 address; none:
 * the tailnet's. */
enum err policy_ask_pools(struct db *db, const struct node *n,
	const struct user *owner, struct arena *mem, struct prefix **out,
	size_t *count);

/* The entries that approve each of these routes for the node, in the same
 * order; line 0: none does. */
enum err policy_ask_approvers(struct db *db, const struct node *n,
	const struct user *owner, const struct json_texts *routes,
	struct arena *mem, struct policy_place **out);

/* What the policy says of a login by SSH, as those two machines are now. */
struct policy_ssh {
	bool allowed;
	bool check;               /* who owns the source is asked first */
	int64_t period;           /* seconds that an answer holds; 0: none */
	struct policy_place rule; /* in the text of the policy */
};
enum err policy_ask_ssh(struct db *db, const struct node *from,
	const struct node *to, const char *login, struct policy_ssh *out);

#endif
