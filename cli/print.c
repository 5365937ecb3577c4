#include "cli/print.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* Go's encoder writes these three so, lest HTML be made of it. */
static bool
json_escapes(unsigned char c)
{
	return c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '<' ||
	       c == '>' || c == '&';
}

static void
put_escaped(struct buf *out, unsigned char c)
{
	static const char named[] = "\"\\\n\t\r", letters[] = "\"\\ntr";
	const char *at = c ? strchr(named, c) : NULL;

	if (at)
		buf_putf(out, "\\%c", letters[at - named]);
	else
		buf_putf(out, "\\u%04x", c);
}

/* Of a character of two or three bytes. */
static unsigned
code_of(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] < 0xe0)
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

/* Bytes of what no reader of JSON or YAML should be given as it stands: what
 * does not show, a byte order mark, and U+FFFE and U+FFFF, which are no
 * characters. */
static size_t
odd_bytes(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xef && ((p[1] == 0xbb && p[2] == 0xbf) ||
				    (p[1] == 0xbf && p[2] >= 0xbe)))
		return 3;
	return text_hidden(s);
}

static void
put_quoted(struct buf *out, const char *s)
{
	bool whole = text_is_utf8(s, strlen(s));

	buf_puts(out, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (whole && c >= 0x80 && odd_bytes(s)) {
			buf_putf(out, "\\u%04x", code_of(s));
			s += odd_bytes(s) - 1;
		} else if (json_escapes(c)) {
			put_escaped(out, c);
		} else if (c >= 0x80 && !whole) {
			buf_puts(out, "?");
		} else {
			buf_put(out, s, 1);
		}
	}
	buf_puts(out, "\"");
}

static void
put_line(struct buf *out, bool one_line, int depth)
{
	if (one_line)
		return;
	buf_puts(out, "\n");
	for (int i = 0; i < depth; i++)
		buf_puts(out, "\t");
}

static void put_json(
	struct buf *out, const struct value *v, bool one_line, int depth);

static void
put_children(struct buf *out, const struct value *v, bool one_line, int depth)
{
	const char *marks = v->kind == VALUE_OBJECT ? "{}" : "[]";
	size_t count = 0;

	buf_put(out, marks, 1);
	for (const struct value *c = v->first; c; c = c->next) {
		if (v->kind == VALUE_OBJECT && !v->plain && !c->keep &&
			value_is_empty(c))
			continue;
		buf_puts(out, count++ ? "," : "");
		put_line(out, one_line, depth + 1);
		if (c->name) {
			put_quoted(out, c->name);
			buf_puts(out, one_line ? ":" : ": ");
		}
		put_json(out, c, one_line, depth + 1);
	}
	if (count)
		put_line(out, one_line, depth);
	buf_put(out, marks + 1, 1);
}

static void
put_json(struct buf *out, const struct value *v, bool one_line, int depth)
{
	switch (v->kind) {
	case VALUE_NULL:
		buf_puts(out, "null");
		break;
	case VALUE_BOOL:
		buf_puts(out, v->number ? "true" : "false");
		break;
	case VALUE_INT:
		buf_putf(out, "%" PRId64, v->number);
		break;
	case VALUE_TEXT:
		put_quoted(out, v->text);
		break;
	case VALUE_LIST:
	case VALUE_OBJECT:
		if (v->kind == VALUE_LIST && !v->first && !v->keep)
			buf_puts(out, "null");
		else
			put_children(out, v, one_line, depth);
		break;
	}
}

void
print_json(struct buf *out, const struct value *v, bool one_line)
{
	put_json(out, v, one_line, 0);
	buf_puts(out, "\n");
}

/* Words and shapes that a YAML reader takes for something else than text. */
static bool
yaml_mistakes(const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on",
		"off", "y", "n", "null", "~", ".nan", ".inf", "-.inf", "+.inf",
		"=", "<<" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	/* Numbers, dates, times, base sixty, 0x and 0o; no addresses, which
	 * have more than one dot. */
	if (!isdigit((unsigned char)*s) && !strchr("+-.", *s))
		return false;
	if (strchr(s, '.') != strrchr(s, '.'))
		return false;
	return s[strspn(s, "0123456789abcdefABCDEFxoTZ+-_.: ")] == '\0';
}

static bool
has_odd(const char *s)
{
	for (; *s; s++)
		if (odd_bytes(s))
			return true;
	return false;
}

/* Whether the text as it stands would be syntax. */
static bool
yaml_syntax(const char *s)
{
	size_t len = strlen(s);

	if (strchr(" !\"#%&'*,>@[]`{|}", *s) || s[len - 1] == ' ' ||
		s[len - 1] == ':')
		return true;
	if (strchr("-?:", *s) && (s[1] == ' ' || s[1] == '\0'))
		return true;
	return strncmp(s, "---", 3) == 0 || strstr(s, ": ") != NULL ||
	       strstr(s, " #") != NULL;
}

static void
put_single_quoted(struct buf *out, const char *s)
{
	buf_puts(out, "'");
	for (; *s; s++) {
		if (*s == '\'')
			buf_puts(out, "'");
		buf_put(out, s, 1);
	}
	buf_puts(out, "'");
}

void
print_yaml_text(struct buf *out, const char *s)
{
	if (!*s || has_odd(s) || yaml_mistakes(s) ||
		!text_is_utf8(s, strlen(s)))
		put_quoted(out, s);
	else if (yaml_syntax(s))
		put_single_quoted(out, s);
	else
		buf_puts(out, s);
}

static void
put_yaml_name(struct buf *out, const char *name, bool plain)
{
	for (; *name; name++) {
		char c = (char)tolower((unsigned char)*name);

		if (plain)
			buf_put(out, name, 1);
		else if (c != '_')
			buf_put(out, &c, 1);
	}
	buf_puts(out, ":");
}

static void
put_blanks(struct buf *out, int count)
{
	buf_putf(out, "%*s", count, "");
}

/* Columns are multiples of four, but for what stands behind a "- ". */
static int
deeper(int column)
{
	return (column / 4 + 1) * 4;
}

static void put_yaml(struct buf *out, const struct value *v, int column);

/* What follows "name:" or "-" on its line, and all below it. */
static void
put_yaml_member(struct buf *out, const struct value *v, int column)
{
	if ((v->kind == VALUE_LIST || v->kind == VALUE_OBJECT) && v->first) {
		buf_puts(out, "\n");
		put_blanks(out, deeper(column));
		put_yaml(out, v, deeper(column));
		return;
	}
	buf_puts(out, " ");
	put_yaml(out, v, column);
}

static void
put_yaml_object(struct buf *out, const struct value *v, int column)
{
	for (const struct value *c = v->first; c; c = c->next) {
		if (c != v->first)
			put_blanks(out, column);
		put_yaml_name(out, c->name, v->plain);
		put_yaml_member(out, c, column);
	}
}

static void
put_yaml_list(struct buf *out, const struct value *v, int column)
{
	for (const struct value *c = v->first; c; c = c->next) {
		if (c != v->first)
			put_blanks(out, column);
		buf_puts(out, "- ");
		put_yaml(out, c, column + 2);
	}
}

/* From where the cursor stands, at `column`; ends its last line. */
static void
put_yaml(struct buf *out, const struct value *v, int column)
{
	switch (v->kind) {
	case VALUE_NULL:
		buf_puts(out, "null\n");
		break;
	case VALUE_BOOL:
		buf_puts(out, v->number ? "true\n" : "false\n");
		break;
	case VALUE_INT:
		buf_putf(out, "%" PRId64 "\n", v->number);
		break;
	case VALUE_TEXT:
		print_yaml_text(out, v->text);
		buf_puts(out, "\n");
		break;
	case VALUE_LIST:
		if (!v->first)
			buf_puts(out, "[]\n");
		put_yaml_list(out, v, column);
		break;
	case VALUE_OBJECT:
		if (!v->first)
			buf_puts(out, "{}\n");
		put_yaml_object(out, v, column);
		break;
	}
}

void
print_yaml(struct buf *out, const struct value *v)
{
	put_yaml(out, v, 0);
	buf_puts(out, "\n");
}

const char *
print_clean(struct arena *mem, const char *s, const char *keep)
{
	char *copy = arena_strdup(mem, s);
	bool whole = text_is_utf8(s, strlen(s));

	for (char *p = copy; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (strchr(keep, c))
			continue;
		if (whole && text_hidden(p))
			memset(p, '?', text_hidden(p));
		else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !whole))
			*p = '?';
	}
	return copy;
}
