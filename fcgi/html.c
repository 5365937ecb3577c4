#include "fcgi/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/zone.h"

enum {
	NAME_BREAKS = 16, /* characters that no column is too narrow for */
};

#define U(s)     ((const xmlChar *)(s))
#define TEXT_MAX 4096

static int
write_body(void *context, const char *bytes, int len)
{
	buf_put(context, bytes, (size_t)len);
	return len;
}

void
html_open_file(struct request *r)
{
	html_drop(r);
	r->html = xmlNewTextWriter(xmlOutputBufferCreateIO(
		write_body, NULL, &r->reply.body, NULL));
}

void
html_open(struct request *r)
{
	html_open_file(r);
	xmlTextWriterWriteDTD(r->html, U("html"), NULL, NULL, NULL);
}

void
html_drop(struct request *r)
{
	if (r->html)
		xmlFreeTextWriter(r->html);
	r->html = NULL;
}

/* U+FFFE and U+FFFF are no characters of XML: the writer takes their bytes for
 * three others. */
static bool
is_no_character(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe;
}

/* What the writer would pass on as it is, but no page may hold. */
static const char *
clean(struct request *r, const char *text)
{
	char *copy = arena_strdup(r->mem, text);
	bool utf8 = text_is_utf8(text, strlen(text));

	for (char *p = copy; utf8 && *p; p++)
		if (text_turns(p))
			memset(p, '?', text_turns(p));
		else if (is_no_character(p))
			memset(p, '?', 3);
		else if ((unsigned char)p[0] == 0xc2 &&
			 (unsigned char)p[1] < 0xa0)
			p[0] = p[1] = '?';
	for (unsigned char *p = (unsigned char *)copy; *p; p++)
		if ((*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f ||
			(*p >= 0x80 && !utf8))
			*p = '?';
	return copy;
}

static void
begin(struct request *r, const char *element, va_list ap)
{
	const char *name;

	xmlTextWriterStartElement(r->html, U(element));
	while ((name = va_arg(ap, const char *)))
		xmlTextWriterWriteAttribute(r->html, U(name),
			U(clean(r, va_arg(ap, const char *))));
}

void
html_begin_list(struct request *r, const char *element, ...)
{
	va_list ap;

	va_start(ap, element);
	begin(r, element, ap);
	va_end(ap);
}

void
html_void_list(struct request *r, const char *element, ...)
{
	va_list ap;

	va_start(ap, element);
	begin(r, element, ap);
	va_end(ap);
	xmlTextWriterEndElement(r->html);
}

void
html_attribute(struct request *r, const char *name, const char *value)
{
	xmlTextWriterWriteAttribute(r->html, U(name), U(clean(r, value)));
}

/* The writer takes what is no character of XML for others, and names those from
 * U+0080 on by their numbers, which browsers read as Windows' for the first 32
 * of them.  So it escapes what would be read as markup or as another line end,
 * and everything else passes it by. */
static void
write_exact(struct request *r, const char *name, const char *value)
{
	xmlTextWriterStartAttribute(r->html, U(name));
	while (*value) {
		size_t plain = strcspn(value, "&<>\"\r\n\t");
		const char escaped[2] = { value[plain], '\0' };

		xmlTextWriterWriteRawLen(r->html, U(value), (int)plain);
		xmlTextWriterWriteString(r->html, U(escaped));
		value += plain + (*escaped != '\0');
	}
	xmlTextWriterEndAttribute(r->html);
}

void
html_hidden(struct request *r, const char *name, const char *value)
{
	html_begin(r, "input", "type", "hidden");
	write_exact(r, "name", name);
	write_exact(r, "value", value);
	html_end_void(r);
}

void
html_end_void(struct request *r)
{
	xmlTextWriterEndElement(r->html);
}

void
html_end(struct request *r)
{
	xmlTextWriterFullEndElement(r->html);
}

void
html_text(struct request *r, const char *text)
{
	xmlTextWriterWriteString(r->html, U(clean(r, text)));
}

void
html_exact(struct request *r, const char *text)
{
	xmlTextWriterWriteString(r->html, U(text));
}

void
html_textf(struct request *r, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	html_text(r, text);
}

void
html_element(struct request *r, const char *element, const char *text)
{
	html_begin(r, element);
	html_text(r, text);
	html_end(r);
}

void
html_name(struct request *r, const char *name)
{
	size_t len = strlen(name) < NAME_BREAKS ? 0 : strcspn(name, "@._");

	while (len && name[len] && name[len + 1]) {
		html_text(r, arena_printf(r->mem, "%.*s", (int)len + 1, name));
		html_void(r, "wbr");
		name += len + 1;
		len = strcspn(name, "@._");
	}
	html_text(r, name);
}

void
html_link(struct request *r, const char *href, const char *text)
{
	html_begin(r, "a", "href", href);
	html_text(r, text);
	html_end(r);
}

void
html_fact(struct request *r, const char *fact, const char *name,
	const char *value)
{
	html_element(r, "dt", name);
	html_begin(r, "dd", "data-fact", fact);
	html_text(r, value);
	html_end(r);
}

void
html_command(struct request *r, const char *id, const char *command)
{
	html_begin(r, "pre", "class", "command", "id", id);
	html_element(r, "code", command);
	html_end(r);
}

const char *
html_time_words(struct request *r, int64_t at)
{
	char text[ZONE_TEXT_SIZE];

	zone_text(r->settings ? r->settings->time_zone : "UTC", at, text);
	return arena_strdup(r->mem, text);
}

void
html_heads(struct request *r, const char *const *heads, size_t count)
{
	html_begin(r, "thead");
	html_begin(r, "tr");
	for (size_t i = 0; i < count; i++) {
		html_begin(r, "th", "scope", "col");
		html_text(r, heads[i]);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

void
html_time_exact(struct request *r, int64_t at)
{
	char machine[CLOCK_TEXT_SIZE], text[ZONE_TEXT_SIZE];

	clock_text(at, machine);
	zone_text_exact(r->settings ? r->settings->time_zone : "UTC", at, text);
	html_begin(r, "time", "datetime", machine, "data-exact", "");
	html_text(r, text);
	html_end(r);
}

void
html_time(struct request *r, int64_t at)
{
	char machine[CLOCK_TEXT_SIZE];

	clock_text(at, machine);
	html_begin(r, "time", "datetime", machine);
	html_text(r, html_time_words(r, at));
	html_end(r);
}
