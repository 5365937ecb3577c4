#include "fcgi/qr.h"

#include <qrencode.h>

#include "fcgi/html.h"

enum {
	QUIET = 4,    /* modules around it, ISO/IEC 18004 */
	PIXELS = 240, /* where the style sheet says nothing */
	PATH_LIMIT = 256 * 1024,
};

static bool
is_dark(const QRcode *code, int x, int y)
{
	return code->data[y * code->width + x] & 1;
}

/* One line a row of dark modules: "M4 4.5h7". */
static const char *
path_of(struct request *r, const QRcode *code)
{
	struct buf b;

	buf_init(&b, r->mem, PATH_LIMIT);
	for (int y = 0; y < code->width; y++)
		for (int x = 0, end; x < code->width; x = end + 1) {
			end = x;
			while (end < code->width && is_dark(code, end, y))
				end++;
			if (end > x)
				buf_putf(&b, "M%d %d.5h%d", x + QUIET,
					y + QUIET, end - x);
		}
	buf_put(&b, "", 1);
	return buf_error(&b) ? "" : (const char *)b.bytes;
}

static void
draw(struct request *r, const QRcode *code, const char *title)
{
	const char *side = arena_printf(r->mem, "%d", code->width + 2 * QUIET);
	const char *pixels = arena_printf(r->mem, "%d", PIXELS);

	html_begin(r, "svg", "id", "qr", "role", "img", "width", pixels,
		"height", pixels, "viewBox",
		arena_printf(r->mem, "0 0 %s %s", side, side),
		"shape-rendering", "crispEdges");
	html_element(r, "title", title);
	html_begin(r, "rect", "width", side, "height", side, "fill", "#fff");
	html_end(r);
	html_begin(r, "path", "stroke", "#000", "d", path_of(r, code));
	html_end(r);
	html_end(r);
}

void
show_qr(struct request *r, const char *text, const char *title)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (!code)
		return;
	html_begin(r, "figure");
	html_begin(r, "figcaption", "class", "hint");
	html_text(r, title);
	html_end(r);
	draw(r, code, title);
	html_end(r);
	QRcode_free(code);
}
