#include "tailnet/routes.h"

#include <string.h>

#include "base/ip.h"
#include "base/list.h"
#include "policy/range.h"

const char *
routes_normal(struct arena *mem, const struct json_texts *routable_ips)
{
	struct json_texts l = { arena_array(mem, ROUTES_MAX, sizeof(char *)),
		0 };
	char text[PREFIX_TEXT_SIZE];
	struct prefix p;

	for (size_t i = 0; i < routable_ips->count && l.count < ROUTES_MAX;
		i++) {
		if (prefix_parse(routable_ips->at[i], &p) != ERR_OK)
			continue;
		prefix_print(&p, text);
		l.at[l.count++] = arena_strdup(mem, text);
	}
	list_sort(&l);
	return json_texts_print(mem, &l);
}

static const char *const exits[] = { "0.0.0.0/0", "::/0" };

bool
route_is_exit(const char *route)
{
	return strcmp(route, exits[0]) == 0 || strcmp(route, exits[1]) == 0;
}

const char *
route_trouble(const char *route)
{
	static const struct {
		const char *within, *words;
	} table[] = {
		{ "224.0.0.0/4", "is for multicast" },
		{ "ff00::/8", "is for multicast" },
		{ "127.0.0.0/8", "is every machine's own" },
		{ "::1/128", "is every machine's own" },
		{ "fe80::/10", "is another network on every link" },
	};
	struct range r, in;

	if (range_parse(route, &r, NULL))
		return NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!range_parse(table[i].within, &in, NULL) &&
			range_within(r, in))
			return table[i].words;
	return NULL;
}

/* A bare address is none: it is a slip more often than a route. */
static enum err
add_written(struct arena *mem, const char *written, struct json_texts *l)
{
	char text[RANGE_TEXT_SIZE];
	struct range range;

	if (!strchr(written, '/') || range_parse(written, &range, NULL))
		return ERR_BAD_ROUTE;
	range_print_prefix(range, text);
	if (route_is_exit(text)) {
		l->at[l->count++] = exits[0];
		l->at[l->count++] = exits[1];
	} else {
		l->at[l->count++] = arena_strdup(mem, text);
	}
	return ERR_OK;
}

enum err
routes_to_approve(
	struct arena *mem, const struct json_texts *written, const char **json)
{
	struct json_texts l = {
		arena_array(mem, 2 * written->count + 1, sizeof(char *)), 0
	};
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < written->count; i++)
		e = add_written(mem, written->at[i], &l);
	list_sort(&l);
	if (!e && l.count > ROUTES_MAX)
		e = ERR_TOO_BIG;
	if (!e)
		*json = json_texts_print(mem, &l);
	return e;
}
