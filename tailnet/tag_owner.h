/*
 * tag_owner.h: which tags there are, and who may take them (spec/policy.md 3,
 * spec/map-and-state.md 5.4, 5.5).
 *
 * Once there is a policy, a tag exists when the policy names its owners: who
 * manages machines gives any of those, and who owns one takes it by
 * --advertise-tags.  Where no policy was ever set, who manages machines gives
 * any well-formed tag, and nobody takes one.  All in the caller's transaction.
 */
#ifndef TAILNET_TAG_OWNER_H
#define TAILNET_TAG_OWNER_H

#include "base/json.h"
#include "db/user.h"

/* ERR_TAG_UNKNOWN with *tag: the first of them without an owner. */
enum err tags_known(
	struct db *db, const struct json_texts *tags, const char **tag);
/* The same for a JSON list; *tag NULL: all are known, or it is no list.  For
 * the words of who was refused. */
enum err tag_unknown(
	struct db *db, struct arena *mem, const char *json, const char **tag);

/*
 * Whether all that a machine asks for may be taken: by `u` in whose name it
 * joins or, with NULL, by what has the tags `held` already.  ERR_TAGS_REFUSED
 * with *words for the client, in `mem`.
 */
enum err tags_taken(struct db *db, const struct user *u,
	const struct json_texts *held, const struct json_texts *wanted,
	struct arena *mem, const char **words);

/* Whether a person could let a machine in that asks for these: each has an
 * owner.  ERR_TAGS_REFUSED with *words. */
enum err tags_askable(struct db *db, const struct json_texts *wanted,
	struct arena *mem, const char **words);

#endif
