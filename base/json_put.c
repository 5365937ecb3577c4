#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_inside.h"

enum {
	PRINT_MAX = 64 * 1024 * 1024,
};

void
json_put_text(struct buf *out, const char *s)
{
	const char *from = s; /* of the bytes that go out as they are */

	buf_put(out, "\"", 1);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_put(out, from, (size_t)(s - from));
		from = s + 1;
		if (c == '"' || c == '\\')
			buf_put(out, (char[]){ '\\', (char)c }, 2);
		else
			buf_putf(out, "\\u%04x", c);
	}
	buf_put(out, from, (size_t)(s - from));
	buf_put(out, "\"", 1);
}

void
json_put_int(struct buf *out, int64_t value)
{
	char text[sizeof("-9223372036854775808")];
	char *p = text + sizeof(text);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*--p = '-';
	buf_put(out, p, (size_t)(text + sizeof(text) - p));
}

static void
put_real(struct buf *out, double value)
{
	if (!isfinite(value))
		value = 0; /* JSON has no words for these */
	for (int digits = 6; digits <= 17; digits++) {
		char text[40];

		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (digits < 17 && strtod(text, NULL) != value)
			continue;
		buf_puts(out, text);
		return;
	}
}

static bool
is_list(enum json_kind kind)
{
	return kind == JSON_TEXTS || kind == JSON_INTS ||
	       kind == JSON_OBJECTS || kind == JSON_MAP || kind == JSON_RAWS;
}

static bool
is_empty(const struct json_field *f, void *from)
{
	switch (f->kind) {
	case JSON_BOOL:
		return !*MEMBER(from, f, bool);
	case JSON_INT:
		return *MEMBER(from, f, int64_t) == 0;
	case JSON_REAL:
		return !(*MEMBER(from, f, double) < 0 ||
			 *MEMBER(from, f, double) > 0);
	case JSON_OPT:
		return *MEMBER(from, f, enum opt_bool) == OPT_UNSET;
	case JSON_TEXT:
		return !*MEMBER(from, f, const char *) ||
		       !**MEMBER(from, f, const char *);
	case JSON_TEXTS:
	case JSON_INTS:
	case JSON_OBJECTS:
	case JSON_MAP:
	case JSON_RAWS:
		return MEMBER(from, f, struct list)->count == 0;
	case JSON_OBJECT:
	case JSON_RAW:
		return !*MEMBER(from, f, void *);
	case JSON_INSIDE:
		return false;
	}
	return true;
}

/* Kinds that begin with a pointer can be NULL. */
static bool
is_null(const struct json_field *f, void *from)
{
	if (f->kind == JSON_OPT)
		return is_empty(f, from);
	return (f->kind == JSON_TEXT || f->kind == JSON_OBJECT ||
		       f->kind == JSON_RAW || is_list(f->kind)) &&
	       !*MEMBER(from, f, void *);
}

static bool
is_left_out(const struct json_field *f, void *from)
{
	return f->empty == READ_ONLY ||
	       (f->empty == OMIT_EMPTY && is_empty(f, from)) ||
	       (f->empty == OMIT_NULL && is_null(f, from));
}

static void put_member(struct buf *out, const struct json_field *f, void *from);

bool
json_is_pair(const struct json_table *t)
{
	return t->field_count == 2 && !t->fields[1].name;
}

static void
put_map(struct buf *out, const struct json_field *f, const struct list *map)
{
	const struct json_field *key = &f->inner->fields[0];

	for (size_t i = 0; i < map->count; i++) {
		void *entry = (char *)map->at + i * f->inner->struct_size;

		if (i)
			buf_put(out, ",", 1);
		if (key->kind == JSON_INT) {
			buf_put(out, "\"", 1);
			json_put_int(out, *MEMBER(entry, key, int64_t));
			buf_put(out, "\":", 2);
		} else {
			json_put_text(out, *MEMBER(entry, key, const char *));
			buf_put(out, ":", 1);
		}
		if (json_is_pair(f->inner))
			put_member(out, &f->inner->fields[1], entry);
		else
			json_encode(out, f->inner, entry);
	}
}

static void
put_list(struct buf *out, const struct json_field *f, const struct list *list)
{
	buf_put(out, f->kind == JSON_MAP ? "{" : "[", 1);
	if (f->kind == JSON_MAP)
		put_map(out, f, list);
	for (size_t i = 0; f->kind != JSON_MAP && i < list->count; i++) {
		if (i)
			buf_put(out, ",", 1);
		if (f->kind == JSON_TEXTS)
			json_put_text(out, ((const char **)list->at)[i]);
		else if (f->kind == JSON_RAWS)
			buf_puts(out, ((const char **)list->at)[i]);
		else if (f->kind == JSON_INTS)
			json_put_int(out, ((int64_t *)list->at)[i]);
		else
			json_encode(out, f->inner,
				(char *)list->at + i * f->inner->struct_size);
	}
	buf_put(out, f->kind == JSON_MAP ? "}" : "]", 1);
}

static void
put_member(struct buf *out, const struct json_field *f, void *from)
{
	if (is_list(f->kind)) {
		if (is_null(f, from) && f->empty != KEEP_LIST)
			buf_put(out, "null", 4);
		else
			put_list(out, f, MEMBER(from, f, struct list));
		return;
	}
	if (is_null(f, from)) {
		buf_puts(out, f->kind == JSON_TEXT ? "\"\"" : "null");
		return;
	}
	switch (f->kind) {
	case JSON_BOOL:
		buf_puts(out, *MEMBER(from, f, bool) ? "true" : "false");
		break;
	case JSON_OPT:
		buf_puts(out, *MEMBER(from, f, enum opt_bool) == OPT_TRUE
				      ? "true"
				      : "false");
		break;
	case JSON_INT:
		json_put_int(out, *MEMBER(from, f, int64_t));
		break;
	case JSON_REAL:
		put_real(out, *MEMBER(from, f, double));
		break;
	case JSON_TEXT:
		json_put_text(out, *MEMBER(from, f, const char *));
		break;
	case JSON_RAW:
		buf_puts(out, *MEMBER(from, f, const char *));
		break;
	case JSON_OBJECT:
		json_encode(out, f->inner, *MEMBER(from, f, void *));
		break;
	case JSON_INSIDE:
		json_encode(out, f->inner, MEMBER(from, f, void));
		break;
	default: /* lists: above */
		break;
	}
}

void
json_encode(struct buf *out, const struct json_table *t, const void *from)
{
	bool first = true;

	buf_put(out, "{", 1);
	for (size_t i = 0; i < t->field_count; i++) {
		const struct json_field *f = &t->fields[i];

		if (is_left_out(f, (void *)from))
			continue;
		buf_puts(out, first ? "\"" : ",\"");
		buf_puts(out, f->name);
		buf_put(out, "\":", 2);
		put_member(out, f, (void *)from);
		first = false;
	}
	buf_put(out, "}", 1);
}

static char *
finish(struct buf *b)
{
	buf_put(b, "", 1);
	return buf_error(b) ? NULL : (char *)b->bytes;
}

char *
json_print(struct arena *mem, const struct json_table *t, const void *from)
{
	struct buf b;

	buf_init(&b, mem, PRINT_MAX);
	json_encode(&b, t, from);
	return finish(&b);
}

void
json_put_objects(struct buf *out, const struct json_table *t,
	const struct json_objects *list)
{
	const struct json_field f = { .kind = JSON_OBJECTS, .inner = t };

	put_list(out, &f, &(struct list){ list->at, list->count });
}

void
json_put_map(
	struct buf *out, const struct json_table *t, const struct json_map *map)
{
	const struct json_field f = { .kind = JSON_MAP, .inner = t };

	put_list(out, &f, &(struct list){ map->at, map->count });
}

void
json_put_texts(struct buf *out, const struct json_texts *texts)
{
	const struct json_field f = { .kind = JSON_TEXTS };

	put_list(out, &f, &(struct list){ texts->at, texts->count });
}

char *
json_texts_print(struct arena *mem, const struct json_texts *texts)
{
	struct buf b;

	buf_init(&b, mem, PRINT_MAX);
	json_put_texts(&b, texts);
	return finish(&b);
}
