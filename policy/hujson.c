#include "policy/hujson.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/hujson_text.h"
#include "policy/names.h"

enum {
	LITERAL_SHOWN = 64, /* characters of a literal that is none */
	FIRST_ROOM = 64,
};

struct parser {
	struct hujson *out;
	struct arena *mem;
	struct policy_error *error;
	const unsigned char *p; /* the whole text */
	size_t n, len;          /* where it is in it */
	char *json;
	size_t room, depth;
	struct names *names; /* of members, by number of their object */
};

static enum err parse_value(struct parser *s, size_t *number);

/* ---- what is wrong, and where ---- */

static const uint32_t *
find_lines(struct bytes text, struct arena *mem, size_t *count)
{
	size_t lines = 1;
	uint32_t *at;

	for (size_t i = 0; i < text.len; i++)
		lines += text.at[i] == '\n';
	at = arena_array(mem, lines, sizeof(*at));
	*count = 1;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\n')
			at[(*count)++] = (uint32_t)i + 1;
	return at;
}

struct policy_place
hujson_place(const struct hujson *h, size_t at)
{
	size_t low = 0, high = h->line_count;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (h->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return (struct policy_place){ (uint32_t)low + 1,
		(uint32_t)(at - h->lines[low]) + 1 };
}

__attribute__((format(printf, 3, 4))) static enum err
fail(struct parser *s, size_t at, const char *format, ...)
{
	char *words = NULL;
	va_list ap;

	va_start(ap, format);
	if (vasprintf(&words, format, ap) < 0)
		abort();
	va_end(ap);
	s->error->place = hujson_place(s->out, at);
	s->error->text = arena_printf(s->mem, "hujson: line %u, column %u: %s",
		s->error->place.line, s->error->place.column, words);
	free(words);
	return ERR_POLICY;
}

static struct bytes
rest(const struct parser *s, size_t at)
{
	return (struct bytes){ s->p + at, s->len - at };
}

static enum err
wrong_byte(struct parser *s, size_t at, const char *where)
{
	return fail(s, at, "invalid character %s %s",
		hujson_quote(rest(s, at), s->mem), where);
}

/* ---- blanks ---- */

/* Line ends stay, so that lines count as before. */
static void
blank(struct parser *s, size_t from, size_t to)
{
	for (; from < to; from++)
		if (s->p[from] != '\n' && s->p[from] != '\r')
			s->json[from] = ' ';
}

/* `s->n` is at the comment. */
static enum err
skip_comment(struct parser *s)
{
	struct bytes r = rest(s, s->n);
	bool line = r.at[1] == '/';
	const unsigned char *nul,
		*end = line ? memchr(r.at, '\n', r.len)
			    : memmem(r.at + 2, r.len - 2, "*/", 2);

	if (!line && !end)
		return fail(s, s->n, "parsing comment: unexpected EOF");
	r.len = !end ? r.len : (size_t)(end - r.at) + (line ? 1 : 2);
	nul = memchr(r.at, 0, r.len);
	if (nul)
		return wrong_byte(s, (size_t)(nul - s->p), "in comment");
	if (!text_is_utf8(r.at, r.len))
		return fail(s, s->n, "invalid UTF-8 in comment");
	blank(s, s->n, s->n + r.len);
	s->n += r.len;
	return ERR_OK;
}

static enum err
skip_blanks(struct parser *s)
{
	enum err e = ERR_OK;

	while (!e && s->n < s->len) {
		unsigned char c = s->p[s->n],
			      d = s->n + 1 < s->len ? s->p[s->n + 1] : 0;

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			s->n++;
		else if (c == '/' && (d == '/' || d == '*'))
			e = skip_comment(s);
		else
			break;
	}
	return e;
}

/* ---- values ---- */

static struct hujson_value *
value(struct parser *s, size_t number)
{
	return &s->out->values[number];
}

static enum err
add_value(struct parser *s, enum hujson_kind kind, size_t *number)
{
	struct hujson *out = s->out;

	if (out->count == POLICY_VALUES_MAX) {
		s->error->place = hujson_place(out, s->n);
		s->error->text = "policy too large";
		return ERR_TOO_BIG;
	}
	if (out->count == s->room) {
		struct hujson_value *more =
			arena_array(s->mem, s->room * 2, sizeof(*more));

		memcpy(more, out->values, s->room * sizeof(*more));
		out->values = more;
		s->room *= 2;
	}
	*number = out->count++;
	*value(s, *number) =
		(struct hujson_value){ .kind = kind, .at = (uint32_t)s->n };
	return ERR_OK;
}

static void
end_value(struct parser *s, size_t number)
{
	value(s, number)->end = (uint32_t)s->n;
	value(s, number)->next = (uint32_t)s->out->count;
}

static enum err
bad_literal(struct parser *s, size_t at, size_t end)
{
	struct bytes literal = { s->p + at, end - at };

	return fail(s, at, "invalid literal: %s",
		hujson_cut(literal, LITERAL_SHOWN, s->mem));
}

/* Behind the closing quote. */
static enum err
parse_string(struct parser *s, struct bytes *inside)
{
	size_t at = s->n, n = at + 1;

	while (n < s->len && s->p[n] != '"')
		n += s->p[n] == '\\' ? 2 : 1;
	if (n >= s->len)
		return fail(s, s->len, "parsing string: unexpected EOF");
	*inside = (struct bytes){ s->p + at + 1, n - at - 1 };
	if (!hujson_is_utf8(*inside))
		return fail(s, at, "invalid UTF-8 in string");
	if (!hujson_string_is_valid(*inside))
		return bad_literal(s, at, n + 1);
	s->n = n + 1;
	return ERR_OK;
}

static enum err
parse_text(struct parser *s, size_t *number)
{
	size_t at = s->n, len = 0;
	struct bytes inside;
	char *text;
	enum err e = parse_string(s, &inside);

	if (e)
		return e;
	text = hujson_unescape(inside, s->mem, &len);
	s->n = at;
	e = add_value(s, HUJSON_TEXT, number);
	if (e)
		return e;
	s->n = at + inside.len + 2;
	value(s, *number)->text = text;
	value(s, *number)->len = (uint32_t)len;
	end_value(s, *number);
	return ERR_OK;
}

static size_t
digits(const unsigned char *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)? */
static bool
is_number(const unsigned char *p, size_t len)
{
	size_t n = len && *p == '-', more = digits(p + n, len - n);

	if (!more || (p[n] == '0' && more > 1))
		return false;
	n += more;
	if (n < len && p[n] == '.') {
		more = digits(p + n + 1, len - n - 1);
		if (!more)
			return false;
		n += 1 + more;
	}
	if (n < len && (p[n] == 'e' || p[n] == 'E')) {
		n++;
		n += n < len && (p[n] == '-' || p[n] == '+');
		more = digits(p + n, len - n);
		if (!more)
			return false;
		n += more;
	}
	return n == len;
}

static bool
is_word(const unsigned char *p, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(p, word, len) == 0;
}

static bool
is_literal_byte(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '+' || c == '.';
}

static enum err
parse_literal(struct parser *s, size_t *number)
{
	const unsigned char *p = s->p + s->n;
	enum hujson_kind kind = HUJSON_NULL;
	size_t len = 0;
	bool truth;
	enum err e;

	while (s->n + len < s->len && is_literal_byte(p[len]))
		len++;
	if (!len)
		return wrong_byte(s, s->n, "at start of value");
	truth = is_word(p, len, "true");
	if (truth || is_word(p, len, "false"))
		kind = HUJSON_BOOL;
	else if (is_number(p, len))
		kind = HUJSON_NUMBER;
	else if (!is_word(p, len, "null"))
		return bad_literal(s, s->n, s->n + len);
	e = add_value(s, kind, number);
	if (e)
		return e;
	value(s, *number)->truth = truth;
	s->n += len;
	end_value(s, *number);
	return ERR_OK;
}

/* ---- lists and objects ---- */

/* The name is taken for a value first, as the library does; so what is wrong
 * in it is told before that it is no name. */
static enum err
parse_name(struct parser *s, size_t object, struct hujson_value *name)
{
	size_t at = s->n, count = s->out->count, number;
	enum err e = parse_value(s, &number);

	if (e)
		return e;
	*name = *value(s, number);
	if (name->kind != HUJSON_TEXT)
		return wrong_byte(s, at, "at start of object name");
	s->out->count = count;
	if (names_put(s->names, (uint32_t)object, name->text, name->len, at) !=
		at)
		return fail(s, at, "duplicate object member name \"%s\"",
			name->text);
	e = skip_blanks(s);
	if (e)
		return e;
	if (s->n == s->len)
		return fail(
			s, s->n, "parsing object after name: unexpected EOF");
	if (s->p[s->n] != ':')
		return wrong_byte(s, s->n, "after object name");
	s->n++;
	return skip_blanks(s);
}

static enum err
parse_item(struct parser *s, size_t within)
{
	bool is_member = value(s, within)->kind == HUJSON_OBJECT;
	struct hujson_value name = { .name = NULL }, *v;
	size_t number;
	enum err e = is_member ? parse_name(s, within, &name) : ERR_OK;

	if (!e)
		e = parse_value(s, &number);
	if (e)
		return e;
	v = value(s, number);
	v->name = name.text;
	v->name_len = name.len;
	v->name_at = name.at;
	value(s, within)->count++;
	return skip_blanks(s);
}

/* Behind an item: the bracket or a comma; a spare comma is blanked. */
static enum err
parse_separator(struct parser *s, bool is_object, char close, bool *more)
{
	const char *kind = is_object ? "object" : "array";
	size_t comma = s->n;
	enum err e;

	if (s->n == s->len)
		return fail(s, s->n, "parsing %s after value: unexpected EOF",
			kind);
	*more = s->p[s->n] == ',';
	if (s->p[s->n] == (unsigned char)close)
		return ERR_OK;
	if (!*more)
		return wrong_byte(s, s->n,
			is_object ? "after object value (expecting ',' or '}')"
				  : "after array value (expecting ',' or ']')");
	s->n++;
	e = skip_blanks(s);
	if (!e && s->n < s->len && s->p[s->n] == (unsigned char)close) {
		s->json[comma] = ' ';
		*more = false;
	}
	return e;
}

static enum err
parse_container(struct parser *s, size_t *number)
{
	bool is_object = s->p[s->n] == '{', more;
	char close = is_object ? '}' : ']';
	enum err e;

	if (++s->depth > POLICY_DEPTH_MAX)
		return fail(s, s->n, "exceeded max depth");
	e = add_value(s, is_object ? HUJSON_OBJECT : HUJSON_LIST, number);
	if (e)
		return e;
	s->n++;
	e = skip_blanks(s);
	more = s->n == s->len || s->p[s->n] != (unsigned char)close;
	while (!e && more) {
		e = parse_item(s, *number);
		if (!e)
			e = parse_separator(s, is_object, close, &more);
	}
	if (e)
		return e;
	s->n++;
	s->depth--;
	end_value(s, *number);
	return ERR_OK;
}

static enum err
parse_value(struct parser *s, size_t *number)
{
	if (s->n == s->len)
		return fail(s, s->n, "parsing value: unexpected EOF");
	switch (s->p[s->n]) {
	case '{':
	case '[':
		return parse_container(s, number);
	case '"':
		return parse_text(s, number);
	default:
		return parse_literal(s, number);
	}
}

static enum err
parse_whole(struct parser *s)
{
	size_t number;
	enum err e = skip_blanks(s);

	if (!e)
		e = parse_value(s, &number);
	if (!e)
		e = skip_blanks(s);
	if (!e && s->n < s->len)
		e = wrong_byte(s, s->n, "after top-level value");
	return e;
}

enum err
hujson_parse(struct bytes text, struct arena *mem, struct hujson *out,
	struct policy_error *error)
{
	struct parser s = { .out = out, .mem = mem, .error = error };

	if (text.len > POLICY_TEXT_MAX) {
		*error = (struct policy_error){ "policy too large", { 0, 0 } };
		return ERR_TOO_BIG;
	}
	s.p = text.at;
	s.len = text.len;
	s.json = arena_alloc(mem, text.len + 1);
	if (text.len)
		memcpy(s.json, text.at, text.len);
	s.room = FIRST_ROOM;
	s.names = names_new(mem);
	*out = (struct hujson){ .text = text, .json = s.json };
	out->values = arena_array(mem, s.room, sizeof(*out->values));
	out->lines = find_lines(text, mem, &out->line_count);
	return parse_whole(&s);
}

char *
hujson_squeeze(
	const struct hujson *h, const struct hujson_value *v, struct arena *mem)
{
	char *text = arena_alloc(mem, v->end - v->at + 1), *out = text;
	bool inside = false;

	for (size_t i = v->at; i < v->end; i++) {
		char c = h->json[i];

		if (!inside && strchr(" \t\r\n", c))
			continue;
		*out++ = c;
		if (c == '"')
			inside = !inside;
		else if (c == '\\')
			*out++ = h->json[++i];
	}
	return text;
}
