#include "fcgi/fields.h"

#include <string.h>

#include "base/text.h"
#include "fcgi/request.h"

static enum err
refuse(struct request *r, const char *why)
{
	r->why = why;
	return ERR_BAD_INPUT;
}

static enum err
decode(struct request *r, const char *s, size_t len, const char **out)
{
	char *text;

	if (text_url_decode(r->mem, s, len, true, &text) ||
		!text_is_utf8(text, strlen(text)))
		return refuse(r, "a field of the form is not well encoded");
	*out = text;
	return ERR_OK;
}

static enum err
take_one(struct request *r, const char *at, size_t len, size_t most)
{
	const char *equals = memchr(at, '=', len);
	size_t name_len = equals ? (size_t)(equals - at) : len;
	size_t n = r->fields.count;
	enum err e;

	if (!len)
		return ERR_OK;
	if (n == most)
		return refuse(r, "the form has too many fields");
	e = decode(r, at, name_len, &r->fields.names[n]);
	if (!e && strlen(r->fields.names[n]) > FIELD_NAME_MAX)
		e = refuse(r, "a field of the form has too long a name");
	if (!e)
		e = equals ? decode(r, equals + 1, len - name_len - 1,
				     &r->fields.values[n])
			   : decode(r, "", 0, &r->fields.values[n]);
	if (!e)
		r->fields.count++;
	return e;
}

enum err
fields_take(struct request *r, size_t most)
{
	const char *at = (const char *)r->body.at, *end = at + r->body.len;
	enum err e = ERR_OK;

	r->fields.count = 0;
	r->fields.names = arena_array(r->mem, most, sizeof(char *));
	r->fields.values = arena_array(r->mem, most, sizeof(char *));
	while (!e && at < end) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((and? and : end) - at);

		e = take_one(r, at, len, most);
		at += len + 1;
	}
	return e;
}

const char *
fields_nth(const struct request *r, const char *name, size_t n)
{
	for (size_t i = 0; i < r->fields.count; i++)
		if (strcmp(r->fields.names[i], name) == 0 && n-- == 0)
			return r->fields.values[i];
	return NULL;
}

const char *
fields_one(struct request *r, const char *name)
{
	if (fields_nth(r, name, 1)) {
		r->why = "a field of the form stands there twice";
		r->twice = true;
	}
	return fields_nth(r, name, 0);
}

bool
fields_say(const struct request *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->fields.count; i++)
		if (strcmp(r->fields.names[i], name) == 0 &&
			strcmp(r->fields.values[i], value) == 0)
			return true;
	return false;
}

bool
fields_has(const struct request *r, const char *name)
{
	return fields_nth(r, name, 0) != NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

const char *
fields_trim(struct request *r, const char *value)
{
	size_t len;

	while (is_blank(*value))
		value++;
	len = strlen(value);
	while (len && is_blank(value[len - 1]))
		len--;
	return arena_printf(r->mem, "%.*s", (int)len, value);
}
