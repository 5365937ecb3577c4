#include "cli/flags.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/texts.h"

void
flags_add(struct flag_set *set, const struct flag *table)
{
	for (; table->kind != FLAG_NONE; table++) {
		assert(set->count <
			sizeof(set->values) / sizeof(set->values[0]));
		set->values[set->count++] =
			(struct flag_value){ .flag = table, .text = "" };
	}
}

static struct flag_value *
by_name(const struct flag_set *set, const char *name, size_t len)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct flag_value *v = &set->values[i];

		if (strlen(v->flag->name) == len &&
			memcmp(v->flag->name, name, len) == 0)
			return (struct flag_value *)v;
	}
	return NULL;
}

static struct flag_value *
by_letter(struct flag_set *set, char letter)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->values[i].flag->letter == letter)
			return &set->values[i];
	return NULL;
}

static const char *
shown(struct arena *mem, const struct flag *f)
{
	return f->letter ? arena_printf(mem, "-%c, --%s", f->letter, f->name)
			 : arena_printf(mem, "--%s", f->name);
}

static enum err
keep_number(struct flag_value *v, struct arena *mem, const char *text,
	const char **why)
{
	int64_t number;
	bool bad = text_int(text, &number) != ERR_OK;

	if (bad && v->flag->kind == FLAG_NODE && *text && *text != '-') {
		v->number = -1;
		return ERR_OK;
	}
	if (bad || (v->flag->kind != FLAG_INT && number < 0)) {
		*why = arena_printf(mem,
			"invalid argument \"%s\" for \"%s\" flag: not a number",
			text, shown(mem, v->flag));
		return ERR_BAD_INPUT;
	}
	v->number = number;
	return ERR_OK;
}

static enum err
keep_bool(struct flag_value *v, struct arena *mem, const char *text,
	const char **why)
{
	bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;

	if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0) {
		*why = arena_printf(mem,
			"invalid argument \"%s\" for \"%s\" flag: "
			"true or false",
			text, shown(mem, v->flag));
		return ERR_BAD_INPUT;
	}
	v->number = yes;
	return ERR_OK;
}

static enum err
keep(struct flag_value *v, struct arena *mem, const char *text,
	const char **why)
{
	enum err e = ERR_OK;

	if (v->flag->kind == FLAG_ID || v->flag->kind == FLAG_COUNT ||
		v->flag->kind == FLAG_NODE || v->flag->kind == FLAG_INT)
		e = keep_number(v, mem, text, why);
	if (v->flag->kind == FLAG_BOOL)
		e = keep_bool(v, mem, text, why);
	if (v->flag->kind == FLAG_TEXTS && v->given && *v->text)
		text = arena_printf(mem, "%s,%s", v->text, text);
	if (!e) {
		v->given = true;
		v->text = text;
	}
	return e;
}

static enum err
take_long(struct flag_set *set, struct arena *mem, char **argv, int argc,
	int *at, const char **why)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	struct flag_value *v = by_name(set, name, len);

	if (!v) {
		*why = arena_printf(mem, "unknown flag: --%.*s",
			(int)(len < 64 ? len : 64), name);
		return ERR_BAD_INPUT;
	}
	if (name[len] == '=')
		return keep(v, mem, name + len + 1, why);
	if (v->flag->kind == FLAG_BOOL)
		return keep(v, mem, "true", why);
	if (*at + 1 == argc) {
		*why = arena_printf(
			mem, "flag needs an argument: --%s", v->flag->name);
		return ERR_BAD_INPUT;
	}
	return keep(v, mem, argv[++*at], why);
}

static enum err
take_letters(struct flag_set *set, struct arena *mem, char **argv, int argc,
	int *at, const char **why)
{
	const char *word = argv[*at];
	enum err e = ERR_OK;

	for (const char *p = word + 1; !e && *p; p++) {
		struct flag_value *v = by_letter(set, *p);

		if (!v) {
			*why = arena_printf(mem,
				"unknown shorthand flag: '%c' in %s", *p, word);
			return ERR_BAD_INPUT;
		}
		if (v->flag->kind == FLAG_BOOL && p[1] != '=') {
			e = keep(v, mem, "true", why);
			continue;
		}
		if (p[1])
			return keep(v, mem, p + (p[1] == '=' ? 2 : 1), why);
		if (*at + 1 == argc) {
			*why = arena_printf(mem,
				"flag needs an argument: '%c' in %s", *p, word);
			return ERR_BAD_INPUT;
		}
		return keep(v, mem, argv[++*at], why);
	}
	return e;
}

enum err
flags_take(struct flag_set *set, struct arena *mem, char **argv, int argc,
	int *at, const char **why)
{
	return text_starts(argv[*at], "--")
		       ? take_long(set, mem, argv, argc, at, why)
		       : take_letters(set, mem, argv, argc, at, why);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *
flags_missing(const struct flag_set *set, struct arena *mem)
{
	const char *names[2 * FLAGS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		if (set->values[i].flag->required && !set->values[i].given)
			names[count++] = arena_printf(
				mem, "\"%s\"", set->values[i].flag->name);
	qsort(names, count, sizeof(names[0]), by_text);
	return count ? texts_join(mem, names, count, ", ") : NULL;
}

const struct flag_value *
flags_get(const struct flag_set *set, const char *name)
{
	const struct flag_value *v = by_name(set, name, strlen(name));

	assert(v);
	return v;
}
