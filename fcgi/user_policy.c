#include "fcgi/user_policy.h"

#include <inttypes.h>

#include "base/list.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/person.h"
#include "fcgi/policy_show.h"
#include "tailnet/policy_named.h"

enum {
	LINES_SHOWN = 10,
};

/* Those of `l` that `but` has not. */
static struct json_texts
without(struct request *r, const struct json_texts *l,
	const struct json_texts *but)
{
	struct json_texts out = {
		arena_array(r->mem, l->count + 1, sizeof(char *)), 0
	};

	for (size_t i = 0; i < l->count; i++)
		if (!list_has(but, l->at[i]))
			out.at[out.count++] = l->at[i];
	return out;
}

static const char *
names_words(struct request *r, const struct json_texts *names)
{
	return names->count > 1 ? arena_printf(r->mem, "%s or %s", names->at[0],
					  names->at[1])
				: names->at[0];
}

/* "Line 4", "3 lines (4, 7, 12)" */
static const char *
lines_words(struct request *r, const struct json_ints *lines)
{
	const char *words = "";

	if (lines->count == 1)
		return arena_printf(r->mem, "Line %" PRId64, lines->at[0]);
	for (size_t i = 0; i < lines->count && i < LINES_SHOWN; i++)
		words = arena_printf(r->mem, "%s%s%" PRId64, words,
			i ? ", " : "", lines->at[i]);
	return arena_printf(r->mem, "%zu lines (%s%s)", lines->count, words,
		lines->count > LINES_SHOWN ? ", …" : "");
}

enum err
user_policy_note(struct request *r, const struct user *u)
{
	const struct json_texts names = policy_logins(r->mem, u);
	struct json_ints lines;
	enum err e = policy_lines_naming(r->db, &names, r->mem, &lines);

	if (e || !lines.count)
		return e;
	html_begin(r, "p", "id", "user-policy");
	html_textf(r, "The policy names %s at line%s ", names_words(r, &names),
		lines.count > 1 ? "s" : "");
	for (size_t i = 0; i < lines.count && i < LINES_SHOWN; i++) {
		html_text(r, i ? ", " : "");
		html_link(r,
			arena_printf(r->mem, POLICY_HOME "?line=%" PRId64,
				lines.at[i]),
			arena_printf(r->mem, "%" PRId64, lines.at[i]));
	}
	html_text(r, lines.count > LINES_SHOWN ? ", …: after a change of name "
						 "or address these name nobody."
					       : ": after a change of name or "
						 "address these name nobody.");
	html_end(r);
	return ERR_OK;
}

/* NULL: the policy does not name them. */
static enum err
effect(struct request *r, const struct json_texts *names, const char *what,
	const char **out)
{
	struct json_ints lines = { NULL, 0 };
	enum err e = ERR_OK;

	*out = NULL;
	if (names->count)
		e = policy_lines_naming(r->db, names, r->mem, &lines);
	if (!e && lines.count)
		*out = arena_printf(r->mem, "%s of the policy %s %s%s",
			lines_words(r, &lines),
			lines.count == 1 ? "names" : "name",
			names_words(r, names), what);
	return e;
}

enum err
user_policy_ask(struct request *r, const struct user *before,
	const struct user *after, bool *asked)
{
	const struct json_texts old = policy_logins(r->mem, before),
				new = policy_logins(r->mem, after);
	const struct json_texts lost = without(r, &old, &new),
				won = without(r, &new, &old);
	struct confirm c = { .question = arena_printf(r->mem,
				     "Change what %s is called?", before->name),
		.section = SECTION_USERS,
		.button = "Save",
		.cancel = person_path(r, before->id, "") };
	const char *effects[2];
	size_t n = 0;
	enum err e = effect(r, &lost,
		", which is nobody any more: edit the policy as well.",
		&effects[0]);

	*asked = false;
	if (!e)
		e = effect(r, &won, ", which is this user from now on.",
			&effects[1]);
	for (size_t i = 0; !e && i < 2; i++)
		if (effects[i])
			c.effects[n++] = effects[i];
	if (e || !n || kept_is_confirmed(r))
		return e;
	*asked = true;
	return kept_confirm(r, &c);
}
