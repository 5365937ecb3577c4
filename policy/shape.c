#include "policy/shape.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/shape_table.h"

/* The way from the whole file to a value. */
struct place {
	const struct place *up; /* NULL: the whole */
	const char *member;     /* or NULL */
	const char *name;       /* a free one, or NULL */
	size_t item;
};

struct check {
	struct hujson *h;
	struct arena *mem;
	struct policy_error *error;
};

static const char *const words[] = { NULL,
#define X(name, word) word,
	MEMBER_TABLE(X)
#undef X
};

/* What a value of that shape must be: in words, and to the parser. */
static const struct {
	const char *word;
	enum hujson_kind kind;
} kinds[] = {
	[SHAPE_TEXT] = { "text", HUJSON_TEXT },
	[SHAPE_RAW] = { "raw text", HUJSON_TEXT },
	[SHAPE_BOOL] = { "bool", HUJSON_BOOL },
	[SHAPE_WHOLE] = { "whole number", HUJSON_NUMBER },
	[SHAPE_NUMBER] = { "number", HUJSON_NUMBER },
	[SHAPE_LIST] = { "array", HUJSON_LIST },
	[SHAPE_MAP] = { "object", HUJSON_OBJECT },
	[SHAPE_STRUCT] = { "object", HUJSON_OBJECT },
};

static const struct {
	enum member older, newer;
} older[] = {
	{ MEMBER_USERS, MEMBER_SRC },
	{ MEMBER_PORTS, MEMBER_DST },
	{ MEMBER_ALLOW, MEMBER_ACCEPT },
};

static enum err check_value(struct check *c, struct hujson_value *v,
	const struct shape *shape, const struct place *at);

static const char *
print_place(struct check *c, const struct place *at)
{
	const char *up;

	if (!at->up)
		return "";
	up = print_place(c, at->up);
	if (at->member)
		return arena_printf(
			c->mem, "%s%s%s", up, *up ? "." : "", at->member);
	if (at->name)
		return arena_printf(c->mem, "%s[\"%s\"]", up, at->name);
	return arena_printf(c->mem, "%s[%zu]", up, at->item);
}

static const char *
place_or_policy(struct check *c, const struct place *at)
{
	const char *text = print_place(c, at);

	return *text ? text : "policy";
}

static enum err
fail(struct check *c, size_t at, const char *text)
{
	c->error->place = hujson_place(c->h, at);
	c->error->text = text;
	return ERR_POLICY;
}

/* ---- texts ---- */

/* Bytes of the white space at `s`, or before it where `back` says so. */
static size_t
space(const char *s, size_t len, bool back)
{
	static const char *const wide[] = { "\xc2\x85", "\u00a0", "\u1680",
		"\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
		"\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
		"\u2029", "\u202f", "\u205f", "\u3000" };
	char c = len ? s[back ? len - 1 : 0] : 'x';

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		size_t n = strlen(wide[i]);

		if (len >= n && memcmp(back ? s + len - n : s, wide[i], n) == 0)
			return n;
	}
	return 0;
}

static void
trim(struct hujson_value *v)
{
	size_t len = v->len, n;

	while ((n = space(v->text, len, false))) {
		v->text += n;
		len -= n;
	}
	while ((n = space(v->text, len, true)))
		len -= n;
	v->text[len] = '\0';
	v->len = (uint32_t)len;
}

static enum err
check_text(struct check *c, struct hujson_value *v, enum shape_kind kind,
	const struct place *at)
{
	if (memchr(v->text, '\0', v->len))
		return fail(c, v->at,
			arena_printf(c->mem, "%s: contains NUL",
				place_or_policy(c, at)));
	if (kind == SHAPE_TEXT)
		trim(v);
	return ERR_OK;
}

/* ---- lists and objects ---- */

static struct hujson_value *
first_within(struct check *c, const struct hujson_value *v)
{
	(void)c;
	return v->count ? (struct hujson_value *)v + 1 : NULL;
}

static struct hujson_value *
next_within(struct check *c, const struct hujson_value *list,
	const struct hujson_value *v)
{
	return v->next < list->next ? &c->h->values[v->next] : NULL;
}

static enum err
check_list(struct check *c, struct hujson_value *list,
	const struct shape *shape, const struct place *up)
{
	struct place at = { .up = up };
	struct hujson_value *v = first_within(c, list);
	enum err e = ERR_OK;

	for (; !e && v; v = next_within(c, list, v), at.item++)
		e = check_value(c, v, shape->inner, &at);
	return e;
}

/* Names are texts of the program from here on. */
static enum err
check_name(struct check *c, const struct hujson_value *v,
	const struct place *object)
{
	if (!memchr(v->name, '\0', v->name_len))
		return ERR_OK;
	return fail(c, v->name_at,
		arena_printf(c->mem, "%s: contains NUL",
			place_or_policy(c, object)));
}

static enum err
check_map(struct check *c, struct hujson_value *map, const struct shape *shape,
	const struct place *up)
{
	struct hujson_value *v = first_within(c, map);
	enum err e = ERR_OK;

	for (; !e && v; v = next_within(c, map, v)) {
		struct place at = { .up = up, .name = v->name };

		e = check_name(c, v, up);
		if (!e && !(v->kind == HUJSON_NULL && shape->has_null))
			e = check_value(c, v, shape->inner, &at);
	}
	return e;
}

static const struct shape_member *
find_member(const struct shape *shape, const char *name)
{
	const struct shape_member *m = shape->members;

	while (m->member && strcasecmp(words[m->member], name) != 0)
		m++;
	return m;
}

static enum member
newest(const struct shape *shape, enum member m)
{
	for (size_t i = 0; i < sizeof(older) / sizeof(older[0]); i++)
		if (shape->has_older && older[i].older == m)
			return older[i].newer;
	return m;
}

static enum err
check_member(struct check *c, struct hujson_value *v, const struct shape *shape,
	const struct place *up, bool seen[MEMBERS])
{
	const struct shape_member *m = find_member(shape, v->name);
	enum member newer = newest(shape, m->member);
	struct place at = { .up = up, .member = words[newer] };
	enum err e = check_name(c, v, up);

	if (e)
		return e;
	if (!m->member)
		return fail(c, v->name_at,
			arena_printf(
				c->mem, "json: unknown field \"%s\"", v->name));
	if (seen[newer])
		return fail(c, v->name_at,
			arena_printf(c->mem, "%s: \"%s\" given twice",
				place_or_policy(c, up), words[newer]));
	if (v->kind == HUJSON_NULL)
		return ERR_OK;
	seen[newer] = true;
	v->member = (uint8_t)newer;
	return check_value(c, v, m->shape, &at);
}

static enum err
check_struct(struct check *c, struct hujson_value *object,
	const struct shape *shape, const struct place *at)
{
	struct hujson_value *v = first_within(c, object);
	bool seen[MEMBERS] = { false };
	enum err e = ERR_OK;

	for (; !e && v; v = next_within(c, object, v))
		e = check_member(c, v, shape, at, seen);
	return e;
}

static bool
is_whole(const struct check *c, const struct hujson_value *v)
{
	const char *text = c->h->json + v->at;
	size_t len = v->end - v->at;

	return len < 10 && !memchr(text, '.', len) && !memchr(text, 'e', len) &&
	       !memchr(text, 'E', len);
}

static enum err
check_value(struct check *c, struct hujson_value *v, const struct shape *shape,
	const struct place *at)
{
	enum shape_kind kind = shape->kind;

	if (kind == SHAPE_ANY)
		return ERR_OK;
	if (v->kind != kinds[kind].kind ||
		(kind == SHAPE_WHOLE && !is_whole(c, v)))
		return fail(c, v->at,
			arena_printf(c->mem, "%s: must be %s",
				place_or_policy(c, at), kinds[kind].word));
	switch (kind) {
	case SHAPE_TEXT:
	case SHAPE_RAW:
		return check_text(c, v, kind, at);
	case SHAPE_LIST:
		return check_list(c, v, shape, at);
	case SHAPE_MAP:
		return check_map(c, v, shape, at);
	case SHAPE_STRUCT:
		return check_struct(c, v, shape, at);
	default:
		return ERR_OK;
	}
}

enum err
shape_check(struct hujson *h, struct arena *mem, struct policy_error *error)
{
	struct check c = { h, mem, error };
	struct place whole = { .up = NULL };

	return check_value(&c, h->values, &shape_of_policy, &whole);
}

const struct hujson_value *
shape_member(const struct hujson *h, const struct hujson_value *object,
	enum member m)
{
	const struct hujson_value *v =
		object && object->count ? object + 1 : NULL;

	while (v && v->member != m)
		v = v->next < object->next ? &h->values[v->next] : NULL;
	return v;
}
