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

static enum err
check_size(const char *text, struct policy_error *error)
{
	size_t len = strnlen(text, POLICY_TEXT_MAX + 1);

	if (len > POLICY_TEXT_MAX) {
		error->text = "policy too large";
		return ERR_TOO_BIG;
	}
	if (!text_is_utf8(text, len)) {
		error->text = "the text is not UTF-8";
		return ERR_POLICY;
	}
	return ERR_OK;
}

enum err
policy_try(struct db *db, const char *text, struct arena *mem,
	struct policy_trial *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = check_size(text, &out->error);
	if (!e)
		e = policy_domains(db, mem, &out->domains);
	if (!e)
		e = policy_is_enforced(text, mem, &out->error);
	return e;
}

const char *
policy_error_words(struct arena *mem, const struct policy_error *error)
{
	if (!error->place.line || strstr(error->text, "line "))
		return error->text;
	return arena_printf(mem, "line %u, column %u: %s", error->place.line,
		error->place.column, error->text);
}
