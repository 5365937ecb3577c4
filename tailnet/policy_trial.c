#include "tailnet/policy_trial.h"

#include <string.h>

#include "base/text.h"
#include "policy/allow_all.h"
#include "tailnet/policy_world.h"

enum err
policy_is_enforced(
	const char *text, struct arena *mem, struct policy_error *error)
{
	error->place = (struct policy_place){ 0, 0 };
	return policy_allows_all(text, mem, &error->text);
}

enum err
policy_try(struct db *db, const char *text, struct arena *mem,
	struct policy_trial *out)
{
	struct bytes bytes = { (const void *)text, strlen(text) };
	struct policy *policy;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = policy_domains(db, mem, &out->domains);
	if (!e)
		e = policy_load(
			bytes, &out->domains, mem, &policy, &out->error);
	if (e)
		return e;
	policy_free(policy);
	return policy_is_enforced(text, mem, &out->error);
}

const char *
policy_error_words(struct arena *mem, const struct policy_error *error)
{
	if (!error->place.line || text_starts(error->text, "hujson: line "))
		return error->text;
	return arena_printf(mem, "line %u, column %u: %s", error->place.line,
		error->place.column, error->text);
}
