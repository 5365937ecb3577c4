#include "tailnet/hostview.h"

#include <string.h>

static bool
is_shown(const char *proto)
{
	static const char *const shown[] = { "peerapi4", "peerapi6",
		"peerapi-dns-proxy" };

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (proto && strcmp(proto, shown[i]) == 0)
			return true;
	return false;
}

static struct json_objects
peerapi_only(struct arena *mem, const struct json_objects *all)
{
	const struct tailcfg_service *from = all->at;
	struct tailcfg_service *kept =
		arena_array(mem, all->count + 1, sizeof(*kept));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (is_shown(from[i].proto))
			kept[count++] = (struct tailcfg_service){ from[i].proto,
				from[i].port, NULL };
	return (struct json_objects){ count ? kept : NULL, count };
}

static struct tailcfg_hostinfo
view(struct arena *mem, const struct tailcfg_hostinfo *h)
{
	return (struct tailcfg_hostinfo){
		.os = h->os,
		.hostname = h->hostname,
		.sharee_node = h->sharee_node,
		.services = peerapi_only(mem, &h->services),
		.ssh_host_keys = h->ssh_host_keys,
		.location = h->location,
	};
}

const char *
hostview_of(struct arena *mem, const struct tailcfg_hostinfo *h)
{
	struct tailcfg_hostinfo seen = view(mem, h);

	return json_print(mem, &tailcfg_hostinfo_table, &seen);
}

const char *
hostview_of_text(struct arena *mem, const char *hostinfo)
{
	struct tailcfg_hostinfo h = { 0 };

	if (tailcfg_hostinfo_decode((struct json_raw){ hostinfo }, mem, &h))
		return "{}";
	return hostview_of(mem, &h);
}

const char *
hostview_of_self(struct arena *mem, const char *hostinfo)
{
	struct tailcfg_hostinfo h = { 0 }, seen;

	if (tailcfg_hostinfo_decode((struct json_raw){ hostinfo }, mem, &h))
		return "{}";
	seen = view(mem, &h);
	seen.routable_ips = h.routable_ips;
	seen.request_tags = h.request_tags;
	return json_print(mem, &tailcfg_hostinfo_table, &seen);
}
