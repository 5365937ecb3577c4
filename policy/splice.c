#include "policy/splice.h"

#include <string.h>

#include "base/buf.h"

/* ---- bytes ---- */

static char
byte(const struct hujson *h, size_t at)
{
	return at < h->text.len ? (char)h->text.at[at] : '\0';
}

/* Behind blanks and comments; comments alone up to the end of the line if
 * `line`. */
static size_t
skip(const struct hujson *h, size_t at, bool line)
{
	for (;;) {
		char c = byte(h, at);

		if (c == ' ' || c == '\t' ||
			(!line && (c == '\r' || c == '\n')))
			at++;
		else if (c == '/' && byte(h, at + 1) == '/')
			while (at < h->text.len && byte(h, at) != '\n')
				at++;
		else if (c == '/' && byte(h, at + 1) == '*') {
			at += 2;
			while (at < h->text.len &&
				!(byte(h, at) == '*' && byte(h, at + 1) == '/'))
				at++;
			at += 2;
		} else
			return at;
	}
}

/* The byte of the line end that ends this line, without its CR. */
static size_t
before_line_end(const struct hujson *h, size_t at)
{
	return at && byte(h, at) == '\n' && byte(h, at - 1) == '\r' ? at - 1
								    : at;
}

static size_t
line_begin(const struct hujson *h, size_t at)
{
	while (at && byte(h, at - 1) != '\n')
		at--;
	return at;
}

static bool
is_blank(const struct hujson *h, size_t from, size_t to)
{
	for (; from < to; from++)
		if (byte(h, from) != ' ' && byte(h, from) != '\t')
			return false;
	return true;
}

static bool
has_line_end(const struct hujson *h, size_t from, size_t to)
{
	return to > from && memchr(h->text.at + from, '\n', to - from);
}

static const char *
line_end(const struct hujson *h)
{
	const unsigned char *end = memchr(h->text.at, '\n', h->text.len);

	return end && end > h->text.at && end[-1] == '\r' ? "\r\n" : "\n";
}

/* ---- children ---- */

uint32_t
splice_child(const struct hujson *h, uint32_t in, size_t n)
{
	uint32_t i = in + 1;

	for (; i < h->values[in].next; i = h->values[i].next)
		if (!n--)
			return i;
	return SPLICE_NONE;
}

struct child {
	size_t at, end; /* with its name */
	size_t comma;   /* behind it; 0: none */
};

static struct child
child(const struct hujson *h, uint32_t number)
{
	const struct hujson_value *v = &h->values[number];
	size_t comma = skip(h, v->end, false);

	return (struct child){ v->name ? v->name_at : v->at, v->end,
		byte(h, comma) == ',' ? comma : 0 };
}

/* Where the text goes on behind it: with its comma. */
static size_t
behind(const struct child *c)
{
	return c->comma ? c->comma + 1 : c->end;
}

/* ---- in ---- */

struct cut {
	size_t at, len;
	const char *put;
};

/* Cuts are in order and do not meet. */
static const char *
cut_all(const struct hujson *h, const struct cut *cuts, size_t count,
	struct arena *mem)
{
	size_t at = 0;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_put(&b, h->text.at + at, cuts[i].at - at);
		buf_puts(&b, cuts[i].put);
		at = cuts[i].at + cuts[i].len;
	}
	buf_put(&b, h->text.at + at, h->text.len - at);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
blanks_at(const struct hujson *h, size_t at, struct arena *mem)
{
	size_t len = 0;

	while (byte(h, at + len) == ' ' || byte(h, at + len) == '\t')
		len++;
	return arena_printf(mem, "%.*s", (int)len, h->text.at + at);
}

/* What one level is indented by: the first member of the whole tells. */
static const char *
unit(const struct hujson *h, struct arena *mem)
{
	const char *blanks = "";

	if (h->count > 1) {
		const struct child c = child(h, 1);

		blanks = blanks_at(h, line_begin(h, c.at), mem);
	}
	return *blanks ? blanks : "\t";
}

/* Its lines, each indented, the first one too; a tab in it is a level. */
static const char *
indented(const struct hujson *h, const char *entry, const char *indent,
	struct arena *mem)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, indent);
	for (; *entry; entry++) {
		if (*entry == '\n') {
			buf_puts(&b, line_end(h));
			buf_puts(&b, indent);
		} else if (*entry == '\t') {
			buf_puts(&b, unit(h, mem));
		} else {
			buf_put(&b, entry, 1);
		}
	}
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

/* Into what is empty: on a line of its own before the bracket, if that has
 * one. */
static const char *
first_in(const struct hujson *h, uint32_t in, const char *entry,
	struct arena *mem)
{
	const struct hujson_value *v = &h->values[in];
	size_t close = v->end - 1, line = line_begin(h, close);
	struct cut c = { close, 0, entry };

	if (!has_line_end(h, v->at, close) || !is_blank(h, line, close)) {
		c.put = indented(h, entry, "", mem);
		return cut_all(h, &c, 1, mem);
	}
	c.at = line;
	c.put = arena_printf(mem, "%s%s",
		indented(h, entry,
			arena_printf(mem, "%s%s", blanks_at(h, line, mem),
				unit(h, mem)),
			mem),
		line_end(h));
	return cut_all(h, &c, 1, mem);
}

/* The blanks before the last one, where there is no line end. */
static const char *
gap(const struct hujson *h, uint32_t in, size_t count, const struct child *last,
	struct arena *mem)
{
	size_t from;

	if (count < 2)
		return " ";
	from = child(h, splice_child(h, in, count - 2)).comma + 1;
	return is_blank(h, from, last->at)
		       ? arena_printf(mem, "%.*s", (int)(last->at - from),
				 h->text.at + from)
		       : " ";
}

const char *
splice_in(const struct hujson *h, uint32_t in, const char *entry,
	struct arena *mem)
{
	const struct hujson_value *v = &h->values[in];
	const struct child last =
		v->count ? child(h, splice_child(h, in, v->count - 1))
			 : (struct child){ 0 };
	size_t line = line_begin(h, last.at), at;
	struct cut cuts[2] = { { last.end, 0, "," } };
	const char *comma = last.comma ? "," : "";

	if (!v->count)
		return first_in(h, in, entry, mem);
	at = behind(&last);
	if (line > v->at && is_blank(h, line, last.at)) {
		size_t end = skip(h, at, true);

		/* Not behind the bracket, if that stands on this line. */
		if (byte(h, end) == '\n' || byte(h, end) == '\r')
			at = before_line_end(h, end);
		/* A comment without an end before it: none follows. */
		cuts[1] = (struct cut){ at, 0,
			arena_printf(mem, "%s%s%s", line_end(h),
				indented(
					h, entry, blanks_at(h, line, mem), mem),
				comma) };
	} else {
		cuts[1] = (struct cut){ at, 0,
			arena_printf(mem, "%s%s%s",
				gap(h, in, v->count, &last, mem),
				indented(h, entry, "", mem), comma) };
	}
	return last.comma ? cut_all(h, &cuts[1], 1, mem)
			  : cut_all(h, cuts, 2, mem);
}

const char *
splice_over(const struct hujson *h, uint32_t i, const char *value,
	struct arena *mem)
{
	const struct hujson_value *v = &h->values[i];
	const struct cut c = { v->at, v->end - v->at,
		indented(h, value, "", mem) };

	return cut_all(h, &c, 1, mem);
}

/* ---- out ---- */

/* The lines that it has for itself; false: others stand there too. */
static bool
own_lines(const struct hujson *h, uint32_t in, const struct child *c,
	struct cut *out)
{
	size_t from = line_begin(h, c->at);
	size_t to = skip(h, behind(c), true);

	if (from <= h->values[in].at || !is_blank(h, from, c->at))
		return false;
	if (byte(h, to) == '\r')
		to++;
	if (byte(h, to) != '\n')
		return false;
	*out = (struct cut){ from, to + 1 - from, "" };
	return true;
}

/* With the line end before it, unless a comment ends there, which would go on
 * over what follows. */
static size_t
line_end_before(const struct hujson *h, uint32_t in, size_t n, size_t from)
{
	const struct child before = child(h, splice_child(h, in, n - 1));
	size_t end = before_line_end(h, from - 1);

	return byte(h, from - 1) == '\n' && is_blank(h, behind(&before), end)
		       ? end
		       : from;
}

const char *
splice_out(const struct hujson *h, uint32_t in, size_t n, struct arena *mem)
{
	const struct child c = child(h, splice_child(h, in, n));
	bool last = n + 1 == h->values[in].count;
	struct cut cuts[2] = { { .put = "" }, { .put = "" } };
	size_t count = 0, from = c.at, to = behind(&c);

	if (last && n && !c.comma) {
		cuts[0].at = child(h, splice_child(h, in, n - 1)).comma;
		cuts[0].len = 1;
		count = 1;
	}
	if (own_lines(h, in, &c, &cuts[count]))
		return cut_all(h, cuts, count + 1, mem);
	if (n) {
		while (byte(h, from - 1) == ' ' || byte(h, from - 1) == '\t')
			from--;
		from = line_end_before(h, in, n, from);
		/* The comma may stand right before. */
		if (count && cuts[0].at + 1 > from)
			from = cuts[0].at + 1;
	} else if (!last) {
		while (byte(h, to) == ' ' || byte(h, to) == '\t')
			to++;
	}
	cuts[count] = (struct cut){ from, to - from, "" };
	return cut_all(h, cuts, count + 1, mem);
}
