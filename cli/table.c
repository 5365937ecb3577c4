#include "cli/table.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli/print.h"

#define HEAD_COLOUR "\033[96m"
#define NO_COLOUR   "\033[0m"

enum {
	CELL_MAX = 63, /* characters of what a machine says */
};

void
table_init(struct table *t, struct arena *mem, bool colour,
	const char *const *heads)
{
	*t = (struct table){ .mem = mem, .colour = colour };
	while (heads[t->columns])
		t->columns++;
	assert(t->columns <= TABLE_COLUMNS_MAX);
	for (size_t i = 0; i < t->columns; i++)
		table_cell(t, heads[i]);
}

void
table_cell(struct table *t, const char *text)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		const char **cells = arena_array(t->mem, room, sizeof(*cells));

		if (t->count)
			memcpy(cells, t->cells, t->count * sizeof(*cells));
		t->cells = cells;
		t->room = room;
	}
	t->cells[t->count++] = print_clean(t->mem, text ? text : "", "\n");
}

/* The first CELL_MAX characters of one line, with what cannot be shown out. */
static const char *
stranger_words(struct arena *mem, const char *text)
{
	const char *clean = print_clean(mem, text, "");
	size_t len = 0, width = 0;

	for (; clean[len]; len++)
		if (((unsigned char)clean[len] & 0xc0) != 0x80 &&
			width++ == CELL_MAX)
			return arena_printf(mem, "%.*s…", (int)len, clean);
	return clean;
}

void
table_stranger(struct table *t, const char *text)
{
	table_cell(t, stranger_words(t->mem, text ? text : ""));
}

void
table_int(struct table *t, int64_t number)
{
	table_cell(t, arena_printf(t->mem, "%" PRId64, number));
}

void
table_bool(struct table *t, bool yes)
{
	table_cell(t, yes ? "true" : "false");
}

const char *
table_time_words(struct arena *mem, int64_t at)
{
	char *text;

	if (at == 0)
		return "N/A";
	text = clock_print(mem, at);
	text[strcspn(text, "T")] = ' ';
	text[strcspn(text, "Z")] = '\0';
	return text;
}

void
table_time(struct table *t, int64_t at)
{
	table_cell(t, table_time_words(t->mem, at));
}

/* Bytes that begin a character: near enough to columns for what we show. */
static size_t
width_of(const char *s, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

/* The n-th line of a cell, "" past its end; *len without the newline. */
static const char *
line_of(const char *cell, size_t n, size_t *len)
{
	while (n > 0 && *cell) {
		cell += strcspn(cell, "\n");
		cell += *cell == '\n';
		n--;
	}
	*len = strcspn(cell, "\n");
	return cell;
}

static size_t
height_of(const char *cell)
{
	size_t lines = 1;

	for (; *cell; cell++)
		lines += *cell == '\n';
	return lines;
}

static void
measure(const struct table *t, size_t widths[TABLE_COLUMNS_MAX])
{
	for (size_t i = 0; i < t->count; i++) {
		size_t *width = &widths[i % t->columns];

		for (size_t n = 0; n < height_of(t->cells[i]); n++) {
			size_t len;
			const char *line = line_of(t->cells[i], n, &len);

			if (width_of(line, len) > *width)
				*width = width_of(line, len);
		}
	}
}

static void
put_cell(struct buf *out, const char *line, size_t len, size_t width,
	const char *colour)
{
	buf_puts(out, colour);
	buf_put(out, line, len);
	buf_puts(out, *colour ? NO_COLOUR : "");
	for (size_t n = width_of(line, len); n < width; n++)
		buf_puts(out, " ");
}

static void
put_row(struct buf *out, const struct table *t, size_t row,
	const size_t widths[TABLE_COLUMNS_MAX])
{
	const char *const *cells = &t->cells[row * t->columns];
	const char *colour = t->colour && row == 0 ? HEAD_COLOUR : "";
	size_t height = 1;

	for (size_t i = 0; i < t->columns; i++)
		if (height_of(cells[i]) > height)
			height = height_of(cells[i]);
	for (size_t n = 0; n < height; n++) {
		for (size_t i = 0; i < t->columns; i++) {
			size_t len;
			const char *line = line_of(cells[i], n, &len);

			buf_puts(out, i ? " | " : "");
			put_cell(out, line, len, widths[i], colour);
		}
		buf_puts(out, "\n");
	}
}

void
table_print(struct buf *out, struct table *t)
{
	size_t widths[TABLE_COLUMNS_MAX] = { 0 };

	measure(t, widths);
	for (size_t row = 0; row < t->count / t->columns; row++)
		put_row(out, t, row, widths);
	buf_puts(out, "\n");
}
