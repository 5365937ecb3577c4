#include "tailnet/routes.h"

#include "base/ip.h"
#include "base/list.h"

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
