#include "db/natural.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length goes before the digits, so that it is compared first: one digit of
 * it, or ':', which is after all digits, and three. */
static size_t
put_run(const char *digits, size_t len, char *out)
{
	size_t head = 1;

	if (len < 10)
		out[0] = (char)('0' + len);
	else
		head = (size_t)snprintf(out, 5, ":%03zu", len);
	memcpy(out + head, digits, len);
	return head + len;
}

static size_t
run_of(const char *name, size_t len)
{
	size_t n = 0;

	while (n < len && is_digit(name[n]))
		n++;
	return n;
}

size_t
natural_key(const char *name, size_t len, char out[NATURAL_SIZE])
{
	size_t used = 0, i = 0;

	if (len > NATURAL_NAME_MAX)
		len = NATURAL_NAME_MAX;
	while (i < len) {
		size_t run = run_of(name + i, len - i), zeros = 0;
		char c = name[i];

		if (!run) {
			out[used++] =
				c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
			i++;
			continue;
		}
		while (zeros < run && name[i + zeros] == '0')
			zeros++;
		used += put_run(name + i + zeros, run - zeros, out + used);
		i += run;
	}
	return used;
}

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *name = (const char *)sqlite3_value_text(values[0]);
	char key[NATURAL_SIZE];
	size_t len;

	(void)count;
	if (!name) {
		sqlite3_result_null(context);
		return;
	}
	len = natural_key(name, strlen(name), key);
	sqlite3_result_text(context, key, (int)len, SQLITE_TRANSIENT);
}

int
natural_register(struct sqlite3 *handle)
{
	return sqlite3_create_function_v2(handle, "name_key", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		call, NULL, NULL, NULL);
}
