#include "tailnet/policy_store.h"

#include <string.h>

#include "base/text.h"
#include "policy/allow_all.h"
#include "tailnet/audit.h"

enum err
policy_check(const char *text, struct arena *mem, const char **why)
{
	size_t len = strnlen(text, POLICY_TEXT_MAX + 1);

	if (len > POLICY_TEXT_MAX) {
		*why = "a policy has at most 1 MiB";
		return ERR_TOO_BIG;
	}
	if (!text_is_utf8(text, len)) {
		*why = "the text is not UTF-8";
		return ERR_POLICY;
	}
	return policy_allows_all(text, mem, why);
}

enum err
tailnet_policy_set(struct db *db, const char *text, const char *actor,
	int64_t now, struct arena *mem, const char **why)
{
	int64_t id = 0;
	enum err e = policy_check(text, mem, why);

	if (e)
		return e;
	*why = "the database failed";
	e = db_begin(db);
	if (!e)
		e = db_policy_add(db, text, actor, now, &id);
	if (!e)
		e = audit(db, now, actor, "policy.saved", "policy", id, NULL);
	return db_end(db, e);
}
