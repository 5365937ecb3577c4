#include "cli/value.h"

#include "cli/texts.h"

static struct value *
value_new(struct arena *mem, enum value_kind kind)
{
	struct value *v = arena_alloc(mem, sizeof(*v));

	v->kind = kind;
	v->mem = mem;
	return v;
}

struct value *
value_new_object(struct arena *mem)
{
	return value_new(mem, VALUE_OBJECT);
}

struct value *
value_new_list(struct arena *mem)
{
	return value_new(mem, VALUE_LIST);
}

static struct value *
add(struct value *in, const char *name, enum value_kind kind)
{
	struct value *v = value_new(in->mem, kind);

	v->name = name;
	if (in->last)
		in->last->next = v;
	else
		in->first = v;
	in->last = v;
	return v;
}

struct value *
value_null(struct value *in, const char *name)
{
	return add(in, name, VALUE_NULL);
}

struct value *
value_bool(struct value *in, const char *name, bool yes)
{
	struct value *v = add(in, name, VALUE_BOOL);

	v->number = yes;
	return v;
}

struct value *
value_int(struct value *in, const char *name, int64_t number)
{
	struct value *v = add(in, name, VALUE_INT);

	v->number = number;
	return v;
}

struct value *
value_text(struct value *in, const char *name, const char *text)
{
	struct value *v = add(in, name, VALUE_TEXT);

	v->text = text ? text : "";
	return v;
}

struct value *
value_list(struct value *in, const char *name)
{
	return add(in, name, VALUE_LIST);
}

struct value *
value_object(struct value *in, const char *name)
{
	return add(in, name, VALUE_OBJECT);
}

struct value *
value_time(struct value *in, const char *name, int64_t at)
{
	struct value *v;

	if (at == 0)
		return value_null(in, name);
	v = value_object(in, name);
	value_int(v, "seconds", at);
	value_int(v, "nanos", 0);
	return v;
}

struct value *
value_texts(struct value *in, const char *name, const char *json_list)
{
	struct value *v = value_list(in, name);
	const char **at;
	size_t count = texts_split(in->mem, json_list, &at);

	for (size_t i = 0; i < count; i++)
		value_text(v, NULL, at[i]);
	return v;
}

bool
value_is_empty(const struct value *v)
{
	switch (v->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
	case VALUE_INT:
		return v->number == 0;
	case VALUE_TEXT:
		return !*v->text;
	case VALUE_LIST:
		return !v->first;
	case VALUE_OBJECT:
		return false;
	}
	return true;
}
