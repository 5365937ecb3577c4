#include "db/route_count.h"

#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

enum {
	WORD_MAX = 64, /* a prefix in quotes; a longer text is none */
};

/* The next text of a list with its quotes; none has an escape. */
static bool
next_text(const char **list, const char **at, size_t *len)
{
	const char *from = strchr(*list, '"');
	const char *until = from ? strchr(from + 1, '"') : NULL;

	if (!until)
		return false;
	*at = from;
	*len = (size_t)(until - from) + 1;
	*list = until + 1;
	return true;
}

static bool
has(const char *list, const char *text, size_t len)
{
	const char *at;
	size_t n;

	while (next_text(&list, &at, &n))
		if (n == len && memcmp(at, text, n) == 0)
			return true;
	return false;
}

static bool
is_exit(const char *text, size_t len)
{
	static const char *const exits[] = { "\"0.0.0.0/0\"", "\"::/0\"" };

	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (len == strlen(exits[i]) && memcmp(text, exits[i], len) == 0)
			return true;
	return false;
}

struct route_count
route_count_of(const char *routes, const char *approved)
{
	struct route_count c = { 0, 0, false, false };
	const char *text;
	size_t len;

	while (next_text(&routes, &text, &len)) {
		bool in_force = has(approved, text, len);

		if (is_exit(text, len))
			*(in_force ? &c.exit : &c.exit_waiting) = true;
		else
			++*(in_force ? &c.subnets : &c.waiting);
	}
	return c;
}

bool
route_count_fits(const char *kind, const char *routes, const char *approved)
{
	struct route_count c;

	if (strcmp(kind, "any") == 0)
		return strchr(routes, '"') || strchr(approved, '"');
	c = route_count_of(routes, approved);
	if (strcmp(kind, "waiting") == 0)
		return c.waiting || c.exit_waiting;
	return strcmp(kind, "exit") == 0 && (c.exit || c.exit_waiting);
}

bool
routes_carry_one(const char *list, const char *routes, const char *approved)
{
	char word[WORD_MAX];
	const char *text;
	size_t len;

	while (next_text(&routes, &text, &len)) {
		if (len >= sizeof(word) || !has(approved, text, len))
			continue;
		memcpy(word, text, len);
		word[len] = '\0';
		if (strstr(list, word))
			return true;
	}
	return false;
}

typedef bool ask(const char *, const char *, const char *);

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	ask *const *fits = sqlite3_user_data(context);
	const char *texts[3];

	for (int i = 0; i < count; i++) {
		texts[i] = (const char *)sqlite3_value_text(values[i]);
		if (!texts[i])
			texts[i] = "";
	}
	sqlite3_result_int(context, (*fits)(texts[0], texts[1], texts[2]));
}

int
route_count_register(struct sqlite3 *handle)
{
	static const struct {
		const char *name;
		ask *fits;
	} all[] = { { "has_routes", route_count_fits },
		{ "carries_one", routes_carry_one } };
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < 2; i++)
		rc = sqlite3_create_function_v2(handle, all[i].name, 3,
			SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
			(void *)(uintptr_t)&all[i].fits, call, NULL, NULL,
			NULL);
	return rc;
}
