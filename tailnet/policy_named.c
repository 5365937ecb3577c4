#include "tailnet/policy_named.h"

#include <string.h>

#include "db/policy_text.h"
#include "policy/hujson.h"
#include "tailnet/policy_world.h"

struct json_texts
policy_logins(struct arena *mem, const struct user *u)
{
	const struct engine_person p = policy_person(mem, u);
	struct json_texts l = { arena_array(mem, 2, sizeof(char *)), 0 };

	l.at[l.count++] = p.login;
	if (p.other_login)
		l.at[l.count++] = p.other_login;
	return l;
}

static bool
names_one(const char *text, const struct json_texts *logins)
{
	for (size_t i = 0; i < logins->count; i++) {
		size_t len = strlen(logins->at[i]);

		if (strncmp(text, logins->at[i], len) == 0 &&
			(text[len] == '\0' || text[len] == ':'))
			return true;
	}
	return false;
}

enum err
policy_lines_naming(struct db *db, const struct json_texts *logins,
	struct arena *mem, struct json_ints *lines)
{
	struct policy_error error;
	struct policy_text p;
	struct hujson h;
	enum err e = db_policy_current(db, mem, &p);

	*lines = (struct json_ints){ NULL, 0 };
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (hujson_parse((struct bytes){ (const void *)p.text, strlen(p.text) },
		    mem, &h, &error))
		return ERR_OK;
	lines->at = arena_array(mem, h.count + 1, sizeof(*lines->at));
	for (size_t i = 0; i < h.count; i++) {
		const struct hujson_value *v = &h.values[i];
		int64_t line;

		if (v->kind != HUJSON_TEXT || !names_one(v->text, logins))
			continue;
		line = hujson_place(&h, v->at).line;
		if (!lines->count || lines->at[lines->count - 1] != line)
			lines->at[lines->count++] = line;
	}
	return ERR_OK;
}
