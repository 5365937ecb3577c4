/* Conditions on the machines that a rule takes as sources. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "policy/load.h"

/* Longer ones before those that they begin with. */
static const struct {
	const char *word, *second; /* or NULL */
	enum condition_op op;
	bool is_order, is_list, is_alone;
} ops[] = {
	{ "==", NULL, IS_EQUAL, false, false, false },
	{ "!=", NULL, IS_NOT_EQUAL, false, false, false },
	{ "<=", NULL, IS_AT_MOST, true, false, false },
	{ ">=", NULL, IS_AT_LEAST, true, false, false },
	{ "<", NULL, IS_LESS, true, false, false },
	{ ">", NULL, IS_MORE, true, false, false },
	{ "IN", NULL, IS_IN, false, true, false },
	{ "NOT", "IN", IS_NOT_IN, false, true, false },
	{ "IS", "SET", IS_SET, false, false, true },
	{ "NOT", "SET", IS_NOT_SET, false, false, true },
};

enum {
	OPS = sizeof(ops) / sizeof(ops[0]),
};

struct reading {
	struct arena *mem;
	const char *s; /* what is left of the text */
};

static void
skip_blanks(struct reading *r)
{
	r->s += strspn(r->s, " \t\r\n");
}

static bool
is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("_.-/", c));
}

/* "node:os": a name, a colon, a name. */
static const char *
take_attribute(struct reading *r)
{
	const char *s = r->s, *colon;
	size_t len;

	while (is_name_byte(*s))
		s++;
	colon = s;
	if (s == r->s || *s++ != ':')
		return NULL;
	while (is_name_byte(*s) || *s == ':')
		s++;
	if (s == colon + 1)
		return NULL;
	len = (size_t)(s - r->s);
	r->s = s;
	return arena_printf(r->mem, "%.*s", (int)len, s - len);
}

/* A word ends where a name would; what is no word ends anywhere. */
static bool
take_word(struct reading *r, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(r->s, word, len) != 0 ||
		(is_name_byte(*word) && is_name_byte(r->s[len])))
		return false;
	r->s += len;
	skip_blanks(r);
	return true;
}

/* OPS: none of them. */
static size_t
take_op(struct reading *r)
{
	for (size_t i = 0; i < OPS; i++) {
		const char *start = r->s;

		if (take_word(r, ops[i].word) &&
			(!ops[i].second || take_word(r, ops[i].second)))
			return i;
		r->s = start;
	}
	return OPS;
}

static bool
take_text(struct reading *r, struct posture_value *out)
{
	const char *end = strchr(r->s + 1, '\'');

	if (!end)
		return false;
	out->kind = POSTURE_TEXT;
	out->text =
		arena_printf(r->mem, "%.*s", (int)(end - r->s - 1), r->s + 1);
	r->s = end + 1;
	return true;
}

static bool
take_number(struct reading *r, struct posture_value *out)
{
	static const char digits[] = "0123456789";
	const char *s = r->s + (*r->s == '-');
	size_t n = strspn(s, digits), behind = 0;

	if (s[n] == '.')
		behind = 1 + strspn(s + n + 1, digits);
	if (!n || behind == 1 || is_name_byte(s[n + behind]))
		return false;
	s += n + behind;
	out->kind = POSTURE_NUMBER;
	out->text = arena_printf(r->mem, "%.*s", (int)(s - r->s), r->s);
	out->number = strtod(out->text, NULL);
	r->s = s;
	return true;
}

static bool
take_value(struct reading *r, struct posture_value *out)
{
	bool truth = take_word(r, "true"), found;

	if (truth || take_word(r, "false")) {
		out->kind = POSTURE_BOOL;
		out->truth = truth;
		out->text = truth ? "true" : "false";
		return true;
	}
	found = *r->s == '\'' ? take_text(r, out) : take_number(r, out);
	skip_blanks(r);
	return found;
}

static bool
take_list(struct reading *r, struct condition *out)
{
	struct posture_value *at;
	size_t most = 1;

	for (const char *s = r->s; *s; s++)
		most += *s == ',';
	out->values = at = arena_array(r->mem, most, sizeof(*at));
	if (!take_word(r, "["))
		return false;
	do
		if (!take_value(r, &at[out->value_count++]))
			return false;
	while (take_word(r, ","));
	return take_word(r, "]");
}

/* "<" and its like compare numbers, and versions field by field. */
static bool
has_order(const struct condition *c)
{
	return c->values->kind == POSTURE_NUMBER ||
	       (c->values->kind == POSTURE_TEXT &&
		       (strcmp(c->attribute, "node:osVersion") == 0 ||
			       strcmp(c->attribute, "node:tsVersion") == 0));
}

static bool
parse_condition(const char *text, struct arena *mem, struct condition *out)
{
	struct reading r = { mem, text };
	struct posture_value *value = arena_alloc(mem, sizeof(*value));
	size_t op;

	out->attribute = take_attribute(&r);
	if (!out->attribute)
		return false;
	skip_blanks(&r);
	op = take_op(&r);
	if (op == OPS)
		return false;
	out->op = ops[op].op;
	if (ops[op].is_list)
		return take_list(&r, out) && !*r.s;
	if (ops[op].is_alone)
		return !*r.s;
	out->values = value;
	out->value_count = 1;
	return take_value(&r, value) && !*r.s &&
	       (!ops[op].is_order || has_order(out));
}

static enum err
load_posture(struct load *l, const struct hujson_value *v, struct posture *out)
{
	struct condition *at =
		arena_array(l->mem, load_count(v) + 1, sizeof(*at));

	if (!text_starts(v->name, "posture:"))
		return load_fail(l, v->name_at,
			"postures[\"%s\"]: posture names must start with "
			"'posture:'",
			v->name);
	out->name = arena_strdup(l->mem, v->name);
	out->conditions = at;
	for (const struct hujson_value *c = load_first(v); c;
		c = load_next(l, v, c))
		if (!parse_condition(c->text, l->mem, &at[out->count++]))
			return load_fail(l, c->at,
				"postures[\"%s\"]: \"%s\": invalid condition",
				v->name, c->text);
	return ERR_OK;
}

enum err
load_postures(struct load *l, const struct hujson_value *section)
{
	struct posture *at =
		arena_array(l->mem, load_count(section) + 1, sizeof(*at));
	enum err e = ERR_OK;

	l->p->postures = at;
	l->p->posture_count = load_count(section);
	for (const struct hujson_value *v = load_first(section); !e && v;
		v = load_next(l, section, v))
		e = load_posture(l, v, at++);
	return e;
}

static enum err
load_numbers(
	struct load *l, const struct hujson_value *list, struct json_ints *out)
{
	out->at = arena_array(l->mem, load_count(list) + 1, sizeof(*out->at));
	for (const struct hujson_value *v = load_first(list); v;
		v = load_next(l, list, v)) {
		size_t number = load_find(l, SCOPE_POSTURE, v->text);

		if (number == SIZE_MAX)
			return load_fail(
				l, v->at, "posture not found: \"%s\"", v->text);
		out->at[out->count++] = (int64_t)number;
	}
	return ERR_OK;
}

enum err
load_default_posture(struct load *l, const struct hujson_value *section)
{
	return load_numbers(l, section, &l->default_postures);
}

enum err
load_rule_postures(
	struct load *l, const struct hujson_value *list, struct json_ints *out)
{
	if (load_count(list))
		return load_numbers(l, list, out);
	*out = l->default_postures;
	return ERR_OK;
}
