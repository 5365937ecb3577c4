/*
 * attribute.h (rules): attributes that people give machines, for postures of
 * the policy (spec/policy.md 3).  One transaction each, with audit row; the
 * change log names the machine.
 *
 * A value has no type: a posture compares it as text, as a number or as true
 * and false, whichever the condition is about.
 */
#ifndef TAILNET_ATTRIBUTE_H
#define TAILNET_ATTRIBUTE_H

#include "db/attribute.h"
#include "policy/engine.h"

enum {
	ATTRIBUTE_NAME_MAX = 50, /* bytes, with "custom:" */
	ATTRIBUTE_VALUE_MAX = 50,
	ATTRIBUTES_MAX = 50, /* of one machine */
};

/* "custom:", then letters, digits, '_' and ':'. */
bool attribute_name_is_valid(const char *name);
/* Letters, digits, '_', '.' and '-'. */
bool attribute_value_is_valid(const char *value);

/* node_id, name, value and expires_at are taken of `a`.  ERR_NOT_FOUND (the
 * machine), ERR_BAD_ATTRIBUTE, ERR_TOO_BIG past ATTRIBUTES_MAX, ERR_EXPIRED
 * when its time is over already. */
enum err tailnet_attribute_set(struct db *db, const struct attribute *a,
	const char *actor, int64_t now);
/* ERR_NOT_FOUND: there is no such machine or attribute. */
enum err tailnet_attribute_unset(struct db *db, int64_t node_id,
	const char *name, const char *actor, int64_t now);
/* Those whose time is over; without any nothing is written. */
enum err tailnet_attributes_expire(struct db *db, int64_t now, int64_t *gone);

/* As node.attributes has them: "custom:a=b custom:c=d". */
struct engine_attribute *attributes_seen(
	struct arena *mem, const char *text, size_t *count);

#endif
