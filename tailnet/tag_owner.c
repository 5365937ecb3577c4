#include "tailnet/tag_owner.h"

#include "base/list.h"
#include "tailnet/policy_ask.h"

enum err
tags_known(struct db *db, const struct json_texts *tags, const char **tag)
{
	const struct policy *p = NULL;
	enum err e = tags->count ? policy_ask(db, &p) : ERR_OK;

	if (e || !p)
		return e;
	for (size_t i = 0; i < tags->count; i++)
		if (!policy_has_tag(p, tags->at[i])) {
			*tag = tags->at[i];
			return ERR_TAG_UNKNOWN;
		}
	return ERR_OK;
}

enum err
tag_unknown(
	struct db *db, struct arena *mem, const char *json, const char **tag)
{
	struct json_texts l;
	enum err e = json_texts_parse(json, mem, &l);

	*tag = NULL;
	if (e)
		return ERR_OK;
	e = tags_known(db, &l, tag);
	return e == ERR_TAG_UNKNOWN ? ERR_OK : e;
}

/* headscale's words, and why. */
static enum err
refuse(struct arena *mem, const char *tag, const char *why, const char **words)
{
	*words = arena_printf(mem,
		"requested tags [%s] are invalid or not permitted: %s", tag,
		why);
	return ERR_TAGS_REFUSED;
}

static const char *
not_owned(struct arena *mem, const struct user *u, const char *tag)
{
	return u ? arena_printf(mem, "%s does not own %s in the policy",
			   u->name, tag)
		 : arena_printf(mem,
			   "neither its tags nor the auth key's own %s "
			   "in the policy",
			   tag);
}

static enum err
check_declared(const struct policy *p, const char *tag, struct arena *mem,
	const char **words)
{
	if (!p)
		return refuse(mem, tag,
			"without a policy tags come by auth key or from an "
			"admin",
			words);
	if (!policy_has_tag(p, tag))
		return refuse(
			mem, tag, "the policy has no owner for it", words);
	return ERR_OK;
}

enum err
tags_askable(struct db *db, const struct json_texts *wanted, struct arena *mem,
	const char **words)
{
	const struct policy *p = NULL;
	enum err e = wanted->count ? policy_ask(db, &p) : ERR_OK;

	for (size_t i = 0; !e && i < wanted->count; i++)
		e = check_declared(p, wanted->at[i], mem, words);
	return e;
}

enum err
tags_taken(struct db *db, const struct user *u, const struct json_texts *held,
	const struct json_texts *wanted, struct arena *mem, const char **words)
{
	const struct policy *p = NULL;
	enum err e = wanted->count ? policy_ask(db, &p) : ERR_OK;

	for (size_t i = 0; !e && i < wanted->count; i++) {
		const char *tag = wanted->at[i];
		bool may = !u && list_has(held, tag);

		if (may)
			continue;
		e = check_declared(p, tag, mem, words);
		if (!e)
			e = policy_ask_tag(db, u, held, tag, &may);
		if (!e && !may)
			return refuse(mem, tag, not_owned(mem, u, tag), words);
	}
	return e;
}
