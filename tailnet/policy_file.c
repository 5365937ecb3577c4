#include "tailnet/policy_file.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "db/job.h"
#include "tailnet/policy_store.h"

const char *
policy_file_text(const char *path, struct arena *mem, const char **why)
{
	struct bytes found;
	enum err e = file_read(path, POLICY_TEXT_MAX, mem, &found);
	const char *text = NULL;

	if (!e)
		text = arena_printf(
			mem, "%.*s", (int)found.len, (const char *)found.at);
	if (e == ERR_TOO_BIG)
		*why = arena_printf(mem, "%s is larger than %d bytes", path,
			POLICY_TEXT_MAX);
	else if (e)
		*why = arena_printf(
			mem, "%s cannot be read: %s", path, err_words(e));
	else if (strlen(text) != found.len || !text_is_utf8(text, found.len))
		*why = arena_printf(mem, "%s is not text in UTF-8", path);
	else if (strspn(text, " \t\r\n") == found.len)
		/* As it is while somebody writes it; and then all were open. */
		*why = arena_printf(mem, "%s is empty", path);
	else
		return text;
	return NULL;
}

enum err
tailnet_policy_file(
	struct db *db, int64_t now, struct arena *mem, const char **why)
{
	struct policy_save in = {
		.note = "of the file", .actor = "system", .from_file = true
	};
	struct policy_saved out = { .version = 0 };
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	*why = NULL;
	if (!e && !*s.policy_path)
		e = ERR_NOT_FOUND;
	if (e)
		return e;
	in.text = policy_file_text(s.policy_path, mem, why);
	if (!in.text)
		return ERR_OK;
	e = tailnet_policy_save(db, &in, now, mem, &out);
	if (e != ERR_POLICY && e != ERR_TOO_BIG)
		return e;
	*why = arena_printf(mem, "%s: %s", s.policy_path,
		policy_trial_words(mem, &out.trial));
	return ERR_OK;
}

const char *
policy_file_trouble(struct db *db, const struct settings *s, struct arena *mem)
{
	struct job j;

	if (!*s->policy_path || db_job_of(db, POLICY_FILE_JOB, 0, mem, &j) ||
		!*j.last_error || strcmp(j.last_error, JOB_UNENDED) == 0)
		return NULL;
	return j.last_error;
}

enum err
policy_file_setting_changed(
	struct db *db, const struct setting_value *v, int64_t now)
{
	if (strcmp(v->name, "policy_path") != 0)
		return ERR_OK;
	return *v->value ? db_job_want(db, POLICY_FILE_JOB, 0, now)
			 : db_job_drop(db, POLICY_FILE_JOB, 0);
}
