#include "proto/c2n.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

void
c2n_put_request(struct buf *out, const char *method, const char *path,
	struct bytes body, int seconds)
{
	buf_putf(out,
		"%s %s HTTP/1.1\r\nHost: unused\r\n"
		"C2n-Handler-Timeout: %ds\r\nContent-Length: %zu\r\n\r\n",
		method, path, seconds, body.len);
	buf_put(out, body.at, body.len);
}

/* "HTTP/1.1 200 OK" */
static bool
take_status(struct bytes line, int *status)
{
	const char *at = (const char *)line.at;

	if (line.len < strlen("HTTP/1.1 200") ||
		strncmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ' ||
		strspn(at + 9, "0123456789") < 3 ||
		(line.len > 12 && at[12] != ' '))
		return false;
	*status = (at[9] - '0') * 100 + (at[10] - '0') * 10 + (at[11] - '0');
	return *status >= 100;
}

/* The next line without its CRLF; false: there is none. */
static bool
next_line(struct bytes *rest, struct bytes *line)
{
	const unsigned char *end = memmem(rest->at, rest->len, "\r\n", 2);
	size_t len;

	if (!end)
		return false;
	len = (size_t)(end - rest->at);
	*line = (struct bytes){ rest->at, len };
	*rest = (struct bytes){ end + 2, rest->len - len - 2 };
	return true;
}

/* The value of that header; NULL: another one. */
static const char *
value_of(struct bytes line, const char *name)
{
	size_t len = strlen(name);
	const char *at = (const char *)line.at;

	if (line.len <= len || strncasecmp(at, name, len) != 0 ||
		at[len] != ':')
		return NULL;
	at += len + 1;
	return at + strspn(at, " ");
}

/* Past INT32_MAX it is longer than anything here. */
static bool
take_length(const char *text, size_t *out)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 9 || text[digits] != '\r')
		return false;
	*out = 0;
	for (size_t i = 0; i < digits; i++)
		*out = *out * 10 + (size_t)(text[i] - '0');
	return true;
}

enum err
c2n_answer_parse(struct bytes text, struct c2n_answer *out)
{
	struct bytes rest = text, line;
	struct c2n_answer a = { 0 };
	size_t length = SIZE_MAX;

	if (!next_line(&rest, &line) || !take_status(line, &a.status))
		return ERR_BAD_INPUT;
	for (;;) {
		const char *value;

		if (!next_line(&rest, &line))
			return ERR_BAD_INPUT;
		if (!line.len)
			break;
		if (value_of(line, "Transfer-Encoding"))
			return ERR_BAD_INPUT;
		value = value_of(line, "Content-Length");
		if (value && !take_length(value, &length))
			return ERR_BAD_INPUT;
	}
	if (length != SIZE_MAX && length != rest.len)
		return ERR_BAD_INPUT;
	a.body = rest;
	*out = a;
	return ERR_OK;
}
