#include "fcgi/export.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/spool.h"
#include "tailnet/audit.h"

/* ---- one value ---- */

static void
begin_value(struct export *x)
{
	assert(x->field < x->count);
	if (!x->json) {
		if (x->field)
			buf_puts(&x->out, ",");
	} else {
		buf_puts(&x->out, x->field ? "," : x->begun ? ",\n{" : "\n{");
		json_put_text(&x->out, x->fields[x->field]);
		buf_puts(&x->out, ":");
	}
	x->field++;
}

static bool
is_sign(const char *value)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0" };

	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		if (text_starts(value, wide[i]))
			return true;
	return *value && strchr("=+-@", *value);
}

/* Of the bytes before it: a cell begins here, for whoever parts cells by
 * semicolons too, to whom the quotes of a cell with commas mean nothing, so
 * that a line end of it is one of the file. */
static bool
is_edge(char before)
{
	return !before || strchr(";\r\n", before);
}

/* What begins like a formula is worked out by spreadsheets, also behind a tab
 * or the end of a line, which some of them leave out. */
static bool
needs_guard(const char *value, char before, bool edge)
{
	if (edge && is_sign(value))
		return true;
	return (!before || before == ';') && strchr("\t\r\n", *value);
}

/* One letter; what does not show is a question mark. */
static size_t
put_letter(struct buf *out, const char *value)
{
	size_t hidden = text_hidden(value);

	if (hidden && *value != '\n' && *value != '\r') {
		buf_puts(out, "?");
		return hidden;
	}
	if (*value == '"')
		buf_puts(out, "\"");
	buf_put(out, value, 1);
	return 1;
}

static void
put_csv(struct buf *out, const char *value)
{
	bool quoted = strpbrk(value, ",\"\r\n") != NULL;
	bool edge = true; /* nothing of the cell was shown yet */
	char before = '\0';

	if (quoted)
		buf_puts(out, "\"");
	while (*value) {
		bool guard = needs_guard(value, before, edge);

		if (guard)
			buf_puts(out, "'");
		edge = is_edge(*value) ||
		       (edge && !guard &&
			       (strchr("\" ", *value) || text_hidden(value)));
		before = *value;
		value += put_letter(out, value);
	}
	if (quoted)
		buf_puts(out, "\"");
}

/* One byte that is no text, and the file is none to whoever reads it. */
static const char *
whole(const struct export *x, const char *value)
{
	return text_is_utf8(value, strlen(value))
		       ? value
		       : text_utf8(x->mem, value, SIZE_MAX);
}

void
export_text(struct export *x, const char *value)
{
	const char *text = whole(x, value ? value : "");

	begin_value(x);
	if (x->json)
		json_put_text(&x->out, text);
	else
		put_csv(&x->out, text);
}

void
export_int(struct export *x, int64_t value)
{
	begin_value(x);
	json_put_int(&x->out, value);
}

void
export_bool(struct export *x, bool value)
{
	begin_value(x);
	buf_puts(&x->out, value ? "true" : "false");
}

void
export_time(struct export *x, int64_t at)
{
	begin_value(x);
	if (at && x->json)
		buf_putf(&x->out, "\"%s\"", clock_print(x->mem, at));
	else if (at)
		buf_puts(&x->out, clock_print(x->mem, at));
	else if (x->json)
		buf_puts(&x->out, "null");
}

void
export_texts(struct export *x, const char *json)
{
	struct json_texts l = { NULL, 0 };
	struct buf b;

	(void)json_texts_parse(json, x->mem, &l);
	if (x->json) {
		begin_value(x);
		json_put_texts(&x->out, &l);
		return;
	}
	buf_init(&b, x->mem, EXPORT_ROW_MAX);
	for (size_t i = 0; i < l.count; i++) {
		if (i)
			buf_puts(&b, " ");
		buf_puts(&b, l.at[i]);
	}
	buf_put(&b, "", 1);
	export_text(x, (const char *)b.bytes);
}

void
export_value(struct export *x, const char *json)
{
	if (!x->json) {
		export_text(x, json);
		return;
	}
	begin_value(x);
	buf_puts(&x->out, json && *json ? whole(x, json) : "null");
}

/* ---- rows ---- */

static void
put_head(struct export *x)
{
	if (x->json) {
		buf_puts(&x->out, "[");
		return;
	}
	for (size_t i = 0; i < x->count; i++) {
		if (i)
			buf_puts(&x->out, ",");
		put_csv(&x->out, x->fields[i]);
	}
	buf_puts(&x->out, "\r\n");
}

static enum err
send(struct export *x)
{
	enum err e = buf_error(&x->out);

	if (!e)
		e = x->to->put(x->to->arg, x->out.bytes, x->out.len);
	x->out.len = 0;
	return e;
}

enum err
export_row(struct export *x)
{
	assert(x->field == x->count);
	buf_puts(&x->out, x->json ? "}" : "\r\n");
	x->field = 0;
	x->begun = true;
	arena_reset(x->mem);
	return x->out.len >= EXPORT_CHUNK ? send(x) : buf_error(&x->out);
}

static enum err
write_file(struct request *r, const struct export_of *of, bool json,
	const struct reply_sink *to)
{
	struct export x = { .r = r,
		.mem = arena_new(),
		.fields = of->fields,
		.count = of->count,
		.json = json,
		.to = to };
	enum err e;

	buf_init(&x.out, r->mem, EXPORT_CHUNK + EXPORT_ROW_MAX);
	buf_reserve(&x.out, EXPORT_CHUNK + EXPORT_CHUNK / 4);
	put_head(&x);
	e = of->pieces ? ERR_OK : db_read_begin(r->db);
	if (!e) {
		e = of->rows(&x, of->arg);
		if (!of->pieces)
			db_read_end(r->db);
	}
	if (x.json)
		buf_puts(&x.out, x.begun ? "\n]\n" : "]\n");
	if (!e)
		e = send(&x);
	arena_free(x.mem);
	return e;
}

/* ---- the answer ---- */

static enum err
refuse_misread(struct request *r, const char *misread)
{
	return reply_error(r, 400,
		arena_printf(r->mem,
			"Not understood: %s. No file was made, for it would "
			"not hold what was asked for.",
			misread));
}

/* A file costs its reader one of ten and a row in their name: no other site may
 * have it made by a picture or a link. */
static bool
is_led_here(const struct request *r)
{
	const char *site = request_claim(r, "HTTP_SEC_FETCH_SITE");

	return site && strcasecmp(site, "cross-site") == 0;
}

static enum err
refuse_led(struct request *r)
{
	r->reply.error = "origin";
	return reply_error(r, 403,
		arena_printf(r->mem,
			"A page of another site than %s led here, so no file "
			"was made. Open the list and save it from there.",
			r->settings->url));
}

static enum err
too_many(struct request *r)
{
	r->reply.retry_after = "60";
	return reply_error(r, 429,
		arena_printf(r->mem,
			"At most %d files a minute are made for one session.",
			EXPORTS_PER_MINUTE));
}

static enum err
tell(struct request *r, const char *name, const char *event)
{
	const char *what = *r->query ? arena_printf(r->mem, "%s?%s", name,
					       text_utf8(r->mem, r->query,
						       EXPORT_QUERY_TOLD))
				     : name;
	enum err e = db_begin(r->db);

	if (!e)
		e = audit(r->db, r->now, prove_actor_text(r),
			event ? event : "list.exported", "list", 0, what);
	return db_end(r->db, e);
}

/* What kept the file from being made, for whoever asked for it. */
static enum err
no_room(struct request *r, enum err e)
{
	if (e == ERR_TOO_BIG)
		return reply_error(r, 413,
			arena_printf(r->mem,
				"The file would be larger than %d MiB. Ask for "
				"less of the list by its filters.",
				EXPORT_FILE_MAX / (1024 * 1024)));
	r->reply.retry_after = "60";
	return reply_error(r, 503, "The server's disk has no room for it.");
}

static enum err
make(struct request *r, const struct export_of *of, const char *name)
{
	bool json = strcmp(strrchr(name, '.'), ".json") == 0;
	struct spool *s = arena_array(r->mem, 1, sizeof(*s));
	const struct reply_sink to = { spool_put, s };
	enum err e = ERR_OK;

	db_read_only(r->db, true);
	if (r->method != METHOD_HEAD)
		e = spool_open(r, EXPORT_FILE_MAX, s);
	if (!e && r->method != METHOD_HEAD)
		e = write_file(r, of, json, &to);
	if (e && s->full)
		return no_room(r, e);
	return e ? e
		 : reply_stream(r,
			   json ? "application/json"
				: "text/csv; charset=utf-8",
			   name, s->len, spool_send, s);
}

enum err
export_reply(struct request *r, const struct export_of *of)
{
	const char *end = strrchr(r->path, '.');
	const char *name = arena_printf(r->mem, "%s%s", of->what, end);
	const char *session = arena_printf(r->mem, "%" PRId64, r->who.session);
	const char *misread = list_misread(r, of->list);
	enum err e = ERR_OK;

	if (is_led_here(r))
		return refuse_led(r);
	if (misread)
		return refuse_misread(r, misread);
	if (r->rate && !rate_take_word(r->rate, RATE_EXPORT, session, r->now,
			       EXPORTS_PER_MINUTE))
		return too_many(r);
	if (r->method != METHOD_HEAD)
		e = tell(r, name, of->event);
	return e ? e : make(r, of, name);
}
