/* Members of the whole file. */
#include <string.h>

#include "base/text.h"
#include "policy/load.h"

/* Wherever they stand, be it as a name or in a value that means nothing. */
enum err
load_member_spelling(struct load *l, const struct hujson_value *root)
{
	static const char *const spellings[] = { "autogroup:member",
		"autogroup:members" };
	bool found[2] = { false, false };

	(void)root;
	for (size_t i = 0; i < l->file.count; i++) {
		const struct hujson_value *v = &l->file.values[i];

		for (int k = 0; k < 2; k++) {
			const char *s = spellings[k];
			bool named = v->name && strcmp(v->name, s) == 0;

			if (!named && (v->kind != HUJSON_TEXT ||
					      strcmp(v->text, s) != 0))
				continue;
			found[k] = true;
			if (found[0] && found[1])
				return load_fail(l, named ? v->name_at : v->at,
					"cannot use both \"%s\" and \"%s\"",
					spellings[0], spellings[1]);
		}
	}
	return ERR_OK;
}

enum err
load_one_cgnat(struct load *l, const struct hujson_value *v)
{
	const char *word = v ? v->text : "";

	if (strcmp(word, "mac-always") == 0)
		l->p->one_cgnat = OPT_TRUE;
	else if (strcmp(word, "mac-never") == 0)
		l->p->one_cgnat = OPT_FALSE;
	else if (*word)
		return load_fail(
			l, v->at, "OneCGNATRoute: \"%s\" is not valid", word);
	return ERR_OK;
}
