#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/load.h"

enum err
load_fail(struct load *l, size_t at, const char *format, ...)
{
	char *words = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&words, format, ap) < 0)
		abort();
	va_end(ap);
	l->error->place = hujson_place(&l->file, at);
	l->error->text = arena_strdup(l->error_mem, words);
	free(words);
	return ERR_POLICY;
}

const struct hujson_value *
load_member(
	const struct load *l, const struct hujson_value *object, enum member m)
{
	return shape_member(&l->file, object, m);
}

const struct hujson_value *
load_first(const struct hujson_value *list)
{
	return load_count(list) ? list + 1 : NULL;
}

const struct hujson_value *
load_next(const struct load *l, const struct hujson_value *list,
	const struct hujson_value *v)
{
	return v->next < list->next ? &l->file.values[v->next] : NULL;
}

size_t
load_count(const struct hujson_value *list)
{
	return list ? list->count : 0;
}

struct policy_place
load_place(const struct load *l, const struct hujson_value *v)
{
	return hujson_place(&l->file, v->at);
}

const char *
load_text(const struct load *l, const struct hujson_value *v)
{
	return v ? arena_strdup(l->mem, v->text) : "";
}

struct json_texts
load_texts(const struct load *l, const struct hujson_value *list)
{
	struct json_texts out = { NULL, 0 };

	if (!list)
		return out;
	out.at = arena_array(l->mem, list->count + 1, sizeof(*out.at));
	for (const struct hujson_value *v = load_first(list); v;
		v = load_next(l, list, v))
		out.at[out.count++] = load_text(l, v);
	return out;
}

bool
load_truth(const struct hujson_value *v)
{
	return v && v->truth;
}

struct json_raw
load_raw(const struct load *l, const struct hujson_value *v)
{
	return (struct json_raw){ v ? hujson_squeeze(&l->file, v, l->mem)
				    : NULL };
}

void
load_app(const struct load *l, const struct hujson_value *app,
	const struct grant_app **out, size_t *count)
{
	struct grant_app *at =
		arena_array(l->mem, load_count(app) + 1, sizeof(*at));

	*out = at;
	*count = load_count(app);
	for (const struct hujson_value *v = load_first(app); v;
		v = load_next(l, app, v), at++) {
		at->name = arena_strdup(l->mem, v->name);
		at->values = v->kind == HUJSON_NULL ? (struct json_raw){ "[]" }
						    : load_raw(l, v);
	}
}

size_t
load_find(const struct load *l, enum scope scope, const char *text)
{
	return names_find(l->names, scope, text, strlen(text));
}
