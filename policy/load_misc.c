/* Small sections: entries of tests, and members of the whole file. */
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

static enum err
check_ssh_test_dst(struct load *l, const struct hujson_value *v)
{
	if (strcmp(v->text, "autogroup:internet") == 0 || strchr(v->text, '/'))
		return load_fail(l, v->at,
			"SSH tests dst contains disallowed element \"%s\"",
			v->text);
	if (text_starts(v->text, "tag:") && !policy_has_tag(l->p, v->text))
		return load_fail(l, v->at,
			"SSH tests dst contains unknown tag \"%s\"", v->text);
	return ERR_OK;
}

static enum err
load_ssh_test(struct load *l, const struct hujson_value *v,
	struct policy_ssh_test *out)
{
	const struct hujson_value *dst = load_member(l, v, MEMBER_DST);
	enum err e = ERR_OK;

	*out = (struct policy_ssh_test){
		.place = load_place(l, v),
		.src = load_text(l, load_member(l, v, MEMBER_SRC)),
		.dst = load_texts(l, dst),
		.accept = load_texts(l, load_member(l, v, MEMBER_ACCEPT)),
		.check = load_texts(l, load_member(l, v, MEMBER_CHECK)),
		.deny = load_texts(l, load_member(l, v, MEMBER_DENY)),
		.posture_attrs = load_raw(
			l, load_member(l, v, MEMBER_SRC_POSTURE_ATTRS)),
	};
	for (const struct hujson_value *d = load_first(dst); !e && d;
		d = load_next(l, dst, d))
		e = check_ssh_test_dst(l, d);
	return e;
}

enum err
load_ssh_tests(struct load *l, const struct hujson_value *section)
{
	struct policy_ssh_test *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->ssh_tests = at;
	l->p->ssh_test_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_ssh_test(l, v, at++);
	return e;
}

enum err
load_tests(struct load *l, const struct hujson_value *section)
{
	struct policy_test *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));

	l->p->tests = at;
	l->p->test_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v))
		*at++ = (struct policy_test){
			.place = load_place(l, v),
			.src = load_text(l, load_member(l, v, MEMBER_SRC)),
			.proto = load_text(l, load_member(l, v, MEMBER_PROTO)),
			.accept =
				load_texts(l, load_member(l, v, MEMBER_ACCEPT)),
			.deny = load_texts(l, load_member(l, v, MEMBER_DENY)),
			.posture_attrs = load_raw(
				l, load_member(l, v, MEMBER_SRC_POSTURE_ATTRS)),
		};
	return ERR_OK;
}
