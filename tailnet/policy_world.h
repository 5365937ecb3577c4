/*
 * policy_world.h: the rows of the database as the policy sees them
 * (docs/POLICY.md has it for people who write policies).
 *
 * Login of a user: the e-mail address; without one, the name if it has an '@',
 * else the name followed by '@' ("olga@", headscale's spelling).  Users and
 * groups may name whoever has an address by that other one too.
 */
#ifndef TAILNET_POLICY_WORLD_H
#define TAILNET_POLICY_WORLD_H

#include "base/json.h"
#include "db/live.h"
#include "db/node.h"
#include "db/user.h"
#include "policy/engine.h"
#include "tailnet/settings.h"

const char *policy_login(struct arena *mem, const struct user *u);
/* Lies in `mem` and in what `u` points at. */
struct engine_person policy_person(struct arena *mem, const struct user *u);
/* What of the settings shows in CapMaps; it lies in them. */
struct engine_settings policy_settings(const struct settings *s);
/* What stands behind the '@' of the logins of everybody who was let in, sorted,
 * each once.  Domains where anybody may have an address are nobody's.  With
 * "group:@" in front those whose groups a provider fills (policy/policy.h). */
enum err policy_domains(
	struct db *db, struct arena *mem, struct json_texts *out);

/* One machine into the engine; `live` NULL: nothing is known.  What is in a
 * hostinfo is the greater part of the work: without `postures` it stays out. */
void policy_put_node(struct engine *e, struct arena *mem, const struct node *n,
	const struct live *live, bool postures);

/* The people and machines of this moment under that policy, which the engine
 * takes over (also when this fails); NULL: none was ever set.  Machines that
 * wait for approval are not there.  For engine_free. */
enum err policy_world(struct db *db, struct policy *p, struct arena *mem,
	struct engine **out);

#endif
