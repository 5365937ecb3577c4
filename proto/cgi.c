#include "proto/cgi.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
	FCGI_VERSION = 1,
	FCGI_BEGIN_REQUEST = 1,
	FCGI_END_REQUEST = 3,
	FCGI_PARAMS = 4,
	FCGI_STDIN = 5,
	FCGI_STDOUT = 6,
	FCGI_STDERR = 7,
	FCGI_RESPONDER = 1,
	FCGI_HEAD_SIZE = 8,
	FCGI_CONTENT_MAX = 65535,
	FCGI_REQUEST_ID = 1, /* one request a connection */
	PARAMS_MAX = 1024 * 1024,
	NETSTRING_DIGITS_MAX = 6,
};

/* ---- SCGI ---- */

/* "123:": the length, and where the content begins. */
static enum cgi_state
netstring_head(struct bytes in, size_t *begins, size_t *len)
{
	size_t i, value = 0;

	for (i = 0; i < in.len && in.at[i] != ':'; i++) {
		if (in.at[i] < '0' || in.at[i] > '9' ||
			i == NETSTRING_DIGITS_MAX)
			return CGI_BAD;
		value = 10 * value + (size_t)(in.at[i] - '0');
	}
	if (value > SCGI_HEAD_MAX)
		return CGI_BAD;
	if (i == in.len)
		return CGI_MORE;
	*begins = i + 1;
	*len = value;
	return i > 0 ? CGI_DONE : CGI_BAD;
}

/* The next NUL-terminated text before `end`; NULL if it does not end there. */
static const char *
next_text(const char **p, const char *end)
{
	const char *text = *p;
	const char *nul = memchr(text, '\0', (size_t)(end - text));

	if (nul)
		*p = nul + 1;
	return nul ? text : NULL;
}

static enum cgi_state
take_vars(const char *p, const char *end, struct scgi_head *out)
{
	out->count = 0;
	while (p < end) {
		struct scgi_var *v = &out->vars[out->count];

		if (out->count == SCGI_VARS_MAX)
			return CGI_BAD;
		v->name = next_text(&p, end);
		v->value = v->name ? next_text(&p, end) : NULL;
		if (!v->value || !*v->name)
			return CGI_BAD;
		out->count++;
	}
	return CGI_DONE;
}

enum cgi_state
scgi_parse(struct bytes in, struct scgi_head *out)
{
	size_t begins, len;
	enum cgi_state state = netstring_head(in, &begins, &len);
	const char *content;

	if (state != CGI_DONE)
		return state;
	if (in.len < begins + len + 1)
		return CGI_MORE;
	content = (const char *)in.at + begins;
	if (content[len] != ',' || len == 0)
		return CGI_BAD;
	out->len = begins + len + 1;
	return take_vars(content, content + len, out);
}

const char *
scgi_get(const struct scgi_head *h, const char *name)
{
	for (size_t i = 0; i < h->count; i++)
		if (!strcmp(h->vars[i].name, name))
			return h->vars[i].value;
	return NULL;
}

void
scgi_put_head(struct buf *out, const struct scgi_var *vars, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += strlen(vars[i].name) + strlen(vars[i].value) + 2;
	buf_putf(out, "%zu:", len);
	for (size_t i = 0; i < count; i++) {
		buf_put(out, vars[i].name, strlen(vars[i].name) + 1);
		buf_put(out, vars[i].value, strlen(vars[i].value) + 1);
	}
	buf_puts(out, ",");
}

/* ---- FastCGI ---- */

static void
put_record(struct buf *out, unsigned type, const void *content, size_t len)
{
	const unsigned char head[FCGI_HEAD_SIZE] = { FCGI_VERSION,
		(unsigned char)type, 0, FCGI_REQUEST_ID,
		(unsigned char)(len >> 8), (unsigned char)len, 0, 0 };

	buf_put(out, head, sizeof(head));
	buf_put(out, content, len);
}

/* As many records as it takes, and the empty one that ends a stream. */
static void
put_stream(struct buf *out, unsigned type, struct bytes content)
{
	while (content.len > 0) {
		size_t now = content.len < FCGI_CONTENT_MAX ? content.len
							    : FCGI_CONTENT_MAX;

		put_record(out, type, content.at, now);
		content.at += now;
		content.len -= now;
	}
	put_record(out, type, "", 0);
}

static void
put_len(struct buf *out, size_t len)
{
	const unsigned char four[] = { (unsigned char)(0x80 | len >> 24),
		(unsigned char)(len >> 16), (unsigned char)(len >> 8),
		(unsigned char)len };

	if (len < 0x80)
		buf_put(out, &four[3], 1);
	else
		buf_put(out, four, 4);
}

void
fcgi_put_request(struct buf *out, const struct scgi_var *params, size_t count,
	struct bytes body)
{
	static const unsigned char begin[8] = { 0, FCGI_RESPONDER };
	struct buf pairs;

	buf_init(&pairs, out->mem, PARAMS_MAX);
	for (size_t i = 0; i < count; i++) {
		put_len(&pairs, strlen(params[i].name));
		put_len(&pairs, strlen(params[i].value));
		buf_puts(&pairs, params[i].name);
		buf_puts(&pairs, params[i].value);
	}
	if (buf_error(&pairs))
		out->error = buf_error(&pairs);
	put_record(out, FCGI_BEGIN_REQUEST, begin, sizeof(begin));
	put_stream(out, FCGI_PARAMS, (struct bytes){ pairs.bytes, pairs.len });
	put_stream(out, FCGI_STDIN, body);
}

void
fcgi_reader_init(struct fcgi_reader *r, struct arena *mem, size_t limit)
{
	*r = (struct fcgi_reader){ .state = CGI_MORE };
	buf_init(&r->out, mem, limit);
	buf_init(&r->err, mem, FCGI_STDERR_MAX);
}

static unsigned
record_type(const struct fcgi_reader *r)
{
	return r->head[1];
}

static enum cgi_state
begin_record(struct fcgi_reader *r)
{
	unsigned type = record_type(r);
	bool known = type == FCGI_STDOUT || type == FCGI_STDERR ||
		     type == FCGI_END_REQUEST;

	r->content_left = (size_t)r->head[4] << 8 | r->head[5];
	r->padding_left = r->head[6];
	if (r->head[0] != FCGI_VERSION || !known || r->head[2] != 0 ||
		r->head[3] != FCGI_REQUEST_ID)
		return CGI_BAD;
	if (type == FCGI_END_REQUEST && r->content_left != sizeof(r->end))
		return CGI_BAD;
	return CGI_MORE;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
keep_stderr(struct buf *err, const unsigned char *in, size_t len)
{
	buf_put(err, in, least(len, err->limit - err->len));
}

static enum cgi_state
take_content(struct fcgi_reader *r, const unsigned char *in, size_t len)
{
	r->content_left -= len;
	switch (record_type(r)) {
	case FCGI_STDOUT:
		buf_put(&r->out, in, len);
		return buf_error(&r->out) ? CGI_BAD : CGI_MORE;
	case FCGI_STDERR:
		keep_stderr(&r->err, in, len);
		return CGI_MORE;
	default: /* END_REQUEST */
		memcpy(r->end + r->end_len, in, len);
		r->end_len += len;
		if (r->end_len < sizeof(r->end))
			return CGI_MORE;
		/* Byte 4 is the protocol status; 0 is "request complete". */
		return r->end[4] == 0 ? CGI_DONE : CGI_BAD;
	}
}

enum cgi_state
fcgi_read(struct fcgi_reader *r, const void *bytes, size_t len)
{
	const unsigned char *in = bytes;

	while (r->state == CGI_MORE && len > 0) {
		size_t now;

		if (r->content_left > 0) {
			now = least(len, r->content_left);
			r->state = take_content(r, in, now);
		} else if (r->padding_left > 0) {
			now = least(len, r->padding_left);
			r->padding_left -= now;
		} else {
			now = least(len, sizeof(r->head) - r->head_len);
			memcpy(r->head + r->head_len, in, now);
			r->head_len += now;
			if (r->head_len == sizeof(r->head)) {
				r->head_len = 0;
				r->state = begin_record(r);
			}
		}
		in += now;
		len -= now;
	}
	return r->state;
}

/* ---- the answer of a CGI program ---- */

/* One line of the head, without its end; NULL at the empty line. */
static char *
next_line(const char **p, const char *end, struct arena *mem, enum err *e)
{
	const char *start = *p;
	const char *lf = memchr(start, '\n', (size_t)(end - start));
	const char *stop = lf;

	if (!lf) {
		*e = ERR_BAD_INPUT;
		return NULL;
	}
	*p = lf + 1;
	if (stop > start && stop[-1] == '\r')
		stop--;
	if (memchr(start, '\0', (size_t)(stop - start)))
		*e = ERR_BAD_INPUT;
	if (stop == start || *e)
		return NULL;
	return arena_printf(mem, "%.*s", (int)(stop - start), start);
}

static enum err
take_status(const char *value, int *status)
{
	bool digits = strspn(value, "0123456789") == 3 &&
		      (value[3] == '\0' || value[3] == ' ');
	int number = digits ? (value[0] - '0') * 100 + (value[1] - '0') * 10 +
				      (value[2] - '0')
			    : 0;

	if (number < 100 || number > 599)
		return ERR_BAD_INPUT;
	*status = number;
	return ERR_OK;
}

static enum err
take_header(char *line, struct cgi_answer *a)
{
	char *colon = strchr(line, ':');
	struct cgi_header *h = &a->headers[a->header_count];

	if (!colon || colon == line || a->header_count == CGI_HEADERS_MAX)
		return ERR_BAD_INPUT;
	*colon = '\0';
	h->name = line;
	h->value = colon + 1 + strspn(colon + 1, " \t");
	if (!strcasecmp(h->name, "Status"))
		return take_status(h->value, &a->status);
	a->header_count++;
	return ERR_OK;
}

enum err
cgi_answer_parse(struct bytes text, struct arena *mem, struct cgi_answer *out)
{
	const char *p = (const char *)text.at;
	const char *end;
	struct cgi_answer a = { .status = 200 };
	enum err e = ERR_OK;
	char *line;

	if (text.len > CGI_ANSWER_MAX || !text.len)
		return ERR_BAD_INPUT;
	end = p + text.len;
	while (!e && (line = next_line(&p, end, mem, &e)))
		e = take_header(line, &a);
	if (e)
		return e;
	a.body = (struct bytes){ (const unsigned char *)p, (size_t)(end - p) };
	*out = a;
	return ERR_OK;
}

const char *
cgi_answer_header(const struct cgi_answer *a, const char *name)
{
	for (size_t i = 0; i < a->header_count; i++)
		if (!strcasecmp(a->headers[i].name, name))
			return a->headers[i].value;
	return NULL;
}
