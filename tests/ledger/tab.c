#include "tests/ledger/tab.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum {
	PAGE_MAX = 1024 * 1024,
};

/* ---- cookies ---- */

static struct tab_cookie *
find_cookie(struct tab *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->cookies[i].name, name) == 0)
			return &t->cookies[i];
	return NULL;
}

const char *
tab_cookie(const struct tab *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->cookies[i].name, name) == 0)
			return t->cookies[i].value;
	return "";
}

void
tab_forget(struct tab *t)
{
	t->count = 0;
}

/* "name=value; Path=/; …" */
static void
keep_cookie(struct tab *t, const char *text)
{
	char name[sizeof(t->cookies[0].name)];
	struct tab_cookie *c;

	(void)snprintf(
		name, sizeof(name), "%.*s", (int)strcspn(text, "="), text);
	c = find_cookie(t, name);
	if (!c && t->count < TAB_COOKIES)
		c = &t->cookies[t->count++];
	if (!c)
		return;
	text += strcspn(text, "=");
	text += *text == '=';
	memcpy(c->name, name, sizeof(name));
	(void)snprintf(c->value, sizeof(c->value), "%.*s",
		(int)strcspn(text, ";\r\n"), text);
}

static const char *
cookie_line(const struct tab *t, struct arena *mem)
{
	const char *line = "";

	for (size_t i = 0; i < t->count; i++)
		if (*t->cookies[i].value)
			line = arena_printf(mem, "%s%s%s=%s", line,
				*line ? "; " : "Cookie: ", t->cookies[i].name,
				t->cookies[i].value);
	return *line ? arena_printf(mem, "%s\r\n", line) : "";
}

/* ---- requests ---- */

/* All until the end; what came before the time was over. */
static const char *
read_all(int fd, int64_t until_ms, struct arena *mem)
{
	struct pollfd on = { .fd = fd, .events = POLLIN };
	char piece[16 * 1024];
	struct buf b;
	ssize_t n = 1;

	buf_init(&b, mem, PAGE_MAX);
	while (n > 0) {
		int64_t left = until_ms - clock_now_ms();

		if (left <= 0 || poll(&on, 1, (int)left) != 1)
			break;
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_put(&b, piece, (size_t)n);
	}
	buf_put(&b, "", 1);
	return buf_error(&b) ? "" : (const char *)b.bytes;
}

static const char *
exchange(const struct tab *t, const char *request, struct arena *mem)
{
	int64_t until = clock_now_ms() + TAB_MS;
	const char *answer = "";
	int fd;

	if (fake_dial(&t->instance->target, &fd))
		return answer;
	if (fake_write(fd, request, strlen(request), until) == ERR_OK)
		answer = read_all(fd, until, mem);
	close(fd);
	return answer;
}

/* Each header of the answer, until the blank line. */
static void
take_headers(struct tab *t, struct page *p, struct arena *mem)
{
	const char *line = strchr(p->text, '\n');

	while (line && *++line != '\r') {
		if (strncasecmp(line, "Set-Cookie: ", 12) == 0)
			keep_cookie(t, line + 12);
		if (strncasecmp(line, "Location: ", 10) == 0)
			p->location = arena_printf(mem, "%.*s",
				(int)strcspn(line + 10, "\r\n"), line + 10);
		line = strchr(line, '\n');
	}
}

/* nginx begins no answer before the handler has said all of its head. */
static struct page
ask(struct tab *t, const char *request, struct arena *mem)
{
	struct page p = { .location = "", .text = exchange(t, request, mem) };

	if (sscanf(p.text, "HTTP/1.%*1[01] %3d", &p.status) != 1)
		p.status = 0;
	else
		take_headers(t, &p, mem);
	return p;
}

/* HTTP/1.0: the answer comes in one piece. */
struct page
tab_get(struct tab *t, const char *path, struct arena *mem)
{
	return ask(t,
		arena_printf(mem, "GET %s HTTP/1.0\r\nHost: cairn\r\n%s\r\n",
			path, cookie_line(t, mem)),
		mem);
}

struct page
tab_send(struct tab *t, const struct sent *form, struct arena *mem)
{
	const char *flash = tab_cookie(t, TAB_FLASH);

	if (*flash) /* that of this answer is to be seen */
		*find_cookie(t, TAB_FLASH)->value = '\0';
	return ask(t,
		arena_printf(mem,
			"POST %s HTTP/1.0\r\nHost: cairn\r\n"
			"Content-Type: application/x-www-form-urlencoded\r\n"
			"Content-Length: %zu\r\n%s\r\n%s",
			form->action, strlen(form->body), cookie_line(t, mem),
			form->body),
		mem);
}

/* ---- forms ---- */

/* The value of an attribute inside of `tag`; NULL if it has none. */
static const char *
attribute(const char *tag, const char *name, struct arena *mem)
{
	const char *mark = arena_printf(mem, " %s=\"", name);
	const char *at = strstr(tag, mark);

	return at ? arena_printf(mem, "%.*s",
			    (int)strcspn(at + strlen(mark), "\""),
			    at + strlen(mark))
		  : NULL;
}

static bool
is_typed(const struct typed typed[TYPED_MAX], const char *name)
{
	for (size_t i = 0; i < TYPED_MAX && typed[i].field; i++)
		if (strcmp(typed[i].field, name) == 0)
			return true;
	return false;
}

static const char *
pair(const char *name, const char *value, struct arena *mem)
{
	return arena_printf(mem, "%s=%s&", name, text_url_encode(mem, value));
}

/* "name=value&" of an input, "" where a browser sends nothing. */
static const char *
input(const char *tag, const struct typed typed[TYPED_MAX], struct arena *mem)
{
	const char *name = attribute(tag, "name", mem);
	const char *type = attribute(tag, "type", mem);
	const char *value = attribute(tag, "value", mem);
	bool choice = type && (strcmp(type, "checkbox") == 0 ||
				      strcmp(type, "radio") == 0);

	if (!name || is_typed(typed, name) ||
		(choice && !strstr(tag, " checked")))
		return "";
	return pair(name, value ? value : "", mem);
}

/* From its tag to its end; NULL if that is not there. */
static char *
form_of(const struct page *p, const char *id, struct arena *mem)
{
	const char *mark = arena_printf(mem, " id=\"%s\"", id);
	const char *at = strstr(p->text, mark);
	const char *end = at ? strstr(at, "</form>") : NULL;

	while (at && at > p->text && *at != '<')
		at--;
	return end ? arena_printf(mem, "%.*s", (int)(end - at), at) : NULL;
}

/* The tag that begins at `at`, without its end. */
static const char *
tag_of(const char *at, struct arena *mem)
{
	return arena_printf(mem, "%.*s", (int)strcspn(at, ">"), at);
}

bool
tab_fill(const struct page *p, const char *id,
	const struct typed typed[TYPED_MAX], struct arena *mem,
	struct sent *out)
{
	char *form = form_of(p, id, mem), *at = form;
	const char *body = "";

	if (!form)
		return false;
	out->action = attribute(tag_of(form, mem), "action", mem);
	for (size_t i = 0; i < TYPED_MAX && typed[i].field; i++)
		if (typed[i].value)
			body = arena_printf(mem, "%s%s", body,
				pair(typed[i].field, typed[i].value, mem));
	while ((at = strstr(at, "<input"))) {
		body = arena_printf(
			mem, "%s%s", body, input(tag_of(at, mem), typed, mem));
		at++;
	}
	out->body = body;
	return out->action != NULL;
}
