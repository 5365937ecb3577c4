#include "fcgi/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/router.h"

#define CSP_PAGE                                                    \
	"default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self'; connect-src 'self'; form-action 'self'; "  \
	"frame-ancestors 'none'; base-uri 'none'; "                 \
	"require-trusted-types-for 'script'; trusted-types 'none'"
#define CSP_ERROR                                                \
	"default-src 'none'; style-src 'self'; img-src 'self'; " \
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
#define CSP_DATA "default-src 'none'; frame-ancestors 'none'; sandbox"
#define CSP_FILE                                                         \
	"default-src 'none'; style-src 'self'; frame-ancestors 'none'; " \
	"sandbox"
#define CSP_STREAM "default-src 'none'; frame-ancestors 'none'"

static const struct {
	const char *policy, *referrer;
} classes[] = {
	[REPLY_DATA] = { CSP_DATA, "no-referrer" },
	[REPLY_PAGE] = { CSP_PAGE, "same-origin" },
	[REPLY_SECRET] = { CSP_ERROR, "no-referrer" },
	[REPLY_ERROR_PAGE] = { CSP_ERROR, "same-origin" },
	[REPLY_FILE] = { CSP_FILE, "no-referrer" },
	[REPLY_STREAM] = { CSP_STREAM, "no-referrer" },
};

static const char *
status_words(int status)
{
	static const struct {
		int status;
		const char *words;
	} table[] = {
		{ 200, "OK" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (table[i].status == status)
			return table[i].words;
	return "Status";
}

static void
start_over(struct request *r, int status, enum reply_class class)
{
	html_drop(r);
	buf_init(&r->reply.body, r->mem, REPLY_MAX);
	r->reply.status = status;
	r->reply.class = class;
	r->reply.type = NULL;
	r->reply.location = NULL;
	r->reply.wait = NULL;
	r->reply.accel = NULL;
	r->reply.attachment = NULL;
	r->reply.stream = NULL;
}

enum err
reply_text(struct request *r, int status, const char *words)
{
	start_over(r, status, REPLY_DATA);
	r->reply.type = "text/plain; charset=utf-8";
	buf_puts(&r->reply.body, words);
	buf_puts(&r->reply.body, "\n");
	return buf_error(&r->reply.body);
}

enum err
reply_json(struct request *r, const struct json_table *table, const void *from)
{
	start_over(r, 200, REPLY_DATA);
	r->reply.type = "application/json";
	json_encode(&r->reply.body, table, from);
	return buf_error(&r->reply.body);
}

enum err
reply_json_text(struct request *r, int status, const char *json)
{
	start_over(r, status, REPLY_DATA);
	r->reply.type = "application/json";
	buf_puts(&r->reply.body, json);
	return buf_error(&r->reply.body);
}

enum err
reply_empty(struct request *r, int status)
{
	start_over(r, status, REPLY_DATA);
	return ERR_OK;
}

enum err
reply_redirect(struct request *r, int status, const char *location)
{
	start_over(r, status, REPLY_DATA);
	r->reply.location = location;
	return ERR_OK;
}

enum err
reply_wait(struct request *r, const char *kind, int64_t id, int64_t deadline)
{
	start_over(r, 202, REPLY_DATA);
	r->reply.wait = arena_printf(
		r->mem, "%s %" PRId64 " %" PRId64, kind, id, deadline);
	return ERR_OK;
}

enum err
reply_stream(struct request *r, const char *type, const char *name, int64_t len,
	enum err (*stream)(
		struct request *r, void *arg, const struct reply_sink *to),
	void *arg)
{
	start_over(r, 200, REPLY_FILE);
	r->reply.type = type;
	r->reply.attachment = name;
	r->reply.stream = stream;
	r->reply.stream_arg = arg;
	r->reply.stream_len = len;
	return ERR_OK;
}

/* What stands above an error, and what helps (spec/pages.md 6). */
static const struct {
	int status;
	const char *h1, *help;
} error_pages[] = {
	{ 400, "That request made no sense",
		"Go back, reload the page, and try again." },
	{ 401, "Sign in again", "Your session has ended." },
	{ 403, "You may not do that",
		"Ask somebody who may, or sign in as somebody else." },
	{ 404, "Nothing here", "Look at the address, or begin at the start." },
	{ 405, "Not that way", "Open the page itself and use its forms." },
	{ 409, "Somebody was faster", "Go back, reload the page, look again." },
	{ 410, "No longer there", "It was here once; begin at the start." },
	{ 413, "Too big", "Send less at once." },
	{ 415, "Not that way", "Open the page itself and use its forms." },
	{ 422, "That could not be done", "Go back and look at it again." },
	{ 429, "Too many tries", "Wait a little, then try again." },
	{ 500, "Something broke",
		"It is in the log of the server under the number below. Try "
		"again; if it stays so, tell whoever runs the server." },
	{ 503, "Busy, try again", "Nothing was stored. Wait a few seconds." },
};

static void
show_incident(struct request *r)
{
	r->incident = text_random(r->mem, 8);
	html_begin(r, "p");
	html_text(r, "Incident ");
	html_begin(r, "code", "id", "incident");
	html_text(r, r->incident);
	html_end(r);
	html_end(r);
}

static const char *
sentence(struct request *r, const char *words)
{
	char *s = arena_printf(r->mem, "%s", words);
	size_t len = strlen(s);

	if (len && *s >= 'a' && *s <= 'z')
		*s = (char)(*s - 'a' + 'A');
	return len && !strchr(".!?:", s[len - 1])
		       ? arena_printf(r->mem, "%s.", s)
		       : s;
}

static enum err
error_page(struct request *r, int status, const char *words)
{
	const char *h1 = status_words(status), *help = NULL;

	start_over(r, status, REPLY_ERROR_PAGE);
	for (size_t i = 0; i < sizeof(error_pages) / sizeof(error_pages[0]);
		i++)
		if (error_pages[i].status == status) {
			h1 = error_pages[i].h1;
			help = error_pages[i].help;
		}
	frame_begin(r, &(struct page){ .name = "error", .h1 = h1 }, NULL);
	html_element(r, "p", sentence(r, words));
	if (help)
		html_element(r, "p", help);
	if (status == 429 && r->reply.retry_after)
		html_element(r, "p",
			arena_printf(r->mem, "Try again in %s seconds.",
				r->reply.retry_after));
	if (status == 500)
		show_incident(r);
	html_begin(r, "p");
	html_link(r, "/", "To the start");
	html_end(r);
	frame_end(r);
	return buf_error(&r->reply.body);
}

enum err
reply_error(struct request *r, int status, const char *words)
{
	bool people = r->group == GROUP_OUTER &&
		      (!r->route || (r->route->flags & PEOPLE));

	return people ? error_page(r, status, words)
		      : reply_text(r, status, words);
}

/* No value may end its line and begin another, whatever a handler made it of.
 */
static bool
has_control(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 0x7f)
			return true;
	return false;
}

static void
put_header(struct buf *out, const char *name, const char *value)
{
	if (!value || has_control(value))
		return;
	buf_puts(out, name);
	buf_puts(out, ": ");
	buf_puts(out, value);
	buf_puts(out, "\r\n");
}

static void
security_headers(const struct request *r, struct buf *out)
{
	put_header(
		out, "Content-Security-Policy", classes[r->reply.class].policy);
	put_header(out, "Referrer-Policy", classes[r->reply.class].referrer);
	put_header(out, "Cache-Control", "no-store");
	put_header(out, "X-Content-Type-Options", "nosniff");
	put_header(out, "X-Frame-Options", "DENY");
	put_header(out, "Cross-Origin-Opener-Policy", "same-origin");
	put_header(out, "Cross-Origin-Resource-Policy", "same-origin");
	put_header(out, "Permissions-Policy",
		"camera=(), geolocation=(), microphone=(), payment=(), "
		"usb=()");
}

void
reply_head(const struct request *r, struct buf *out)
{
	const struct reply *reply = &r->reply;

	buf_putf(out, "Status: %d %s\r\n", reply->status,
		status_words(reply->status));
	put_header(out, "Content-Type", reply->type);
	put_header(out, "Location", reply->location);
	put_header(out, "Allow", reply->allow);
	put_header(out, "Retry-After", reply->retry_after);
	put_header(out, "WWW-Authenticate", reply->challenge);
	put_header(out, "X-Accel-Redirect", reply->accel);
	for (size_t i = 0; i < reply->cookie_count; i++)
		put_header(out, "Set-Cookie", reply->cookies[i]);
	if (reply->attachment && !has_control(reply->attachment))
		buf_putf(out,
			"Content-Disposition: attachment; filename=\"%s\"\r\n",
			reply->attachment);
	if (r->group == GROUP_INNER) {
		buf_putf(out, "Cairn-Seq: %" PRId64 "\r\n", reply->seq);
		put_header(out, "Cairn-Wait", reply->wait);
	} else {
		security_headers(r, out);
	}
	if (reply->status != 204 && !reply->stream)
		buf_putf(out, "Content-Length: %zu\r\n", reply->body.len);
	else if (reply->stream && reply->stream_len)
		buf_putf(out, "Content-Length: %" PRId64 "\r\n",
			reply->stream_len);
	buf_puts(out, "\r\n");
}
