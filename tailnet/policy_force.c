#include "tailnet/policy_force.h"

#include <string.h>

#include "db/policy_text.h"
#include "tailnet/policy_trial.h"

/* A policy that allows nothing. */
static const char nothing[] = "{\"grants\": []}";

static enum err
load(const char *text, const char *domains, struct arena *mem,
	struct policy **out, const char **why)
{
	struct json_texts list = { 0 };
	struct policy_error error = { 0 };
	struct bytes bytes = { (const unsigned char *)text, strlen(text) };
	enum err e = json_texts_parse(domains, mem, &list);

	if (!e)
		e = policy_load(bytes, &list, mem, out, &error);
	if (e)
		*why = error.text ? policy_error_words(mem, &error)
				  : err_words(e);
	return e;
}

/* Why it is of no use, or NULL. */
static const char *
take(const struct policy_text *row, struct arena *mem, struct policy_force *out)
{
	const char *why = NULL;

	if (!policy_text_is_whole(row))
		return err_words(ERR_POLICY_DAMAGED);
	if (load(row->text, row->domains, mem, &out->policy, &why))
		return why;
	out->version = row->id;
	return NULL;
}

static enum err
take_newest(struct db *db, struct arena *mem, struct policy_force *out)
{
	struct policy_text row;
	enum err e = db_policy_current(db, mem, &row);

	while (!e) {
		const char *why = take(&row, mem, out);

		if (!why)
			return ERR_OK;
		if (!out->broken) {
			out->broken = row.id;
			out->why = why;
		}
		e = db_policy_before(db, row.id, mem, &row);
	}
	return e;
}

enum err
policy_in_force(struct db *db, struct arena *mem, struct policy_force *out)
{
	const char *why;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = take_newest(db, mem, out);
	if (e != ERR_NOT_FOUND)
		return e;
	return out->broken ? load(nothing, "[]", mem, &out->policy, &why)
			   : ERR_OK;
}
