#include "tailnet/policy_seen.h"

#include <ctype.h>
#include <string.h>

#include "proto/tailcfg.h"

enum {
	HOST_ATTRIBUTES = 6,
};

static const char *
lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);

	for (char *p = out; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

/* "1.102.3-t0123abc": the build does not count. */
static const char *
version(struct arena *mem, const char *s)
{
	return arena_printf(mem, "%.*s", (int)strcspn(s, "-+ "), s);
}

/* An even minor number is a stable version. */
static const char *
track(const char *tailscale)
{
	const char *minor = strchr(tailscale, '.');
	size_t digits = minor ? strspn(minor + 1, "0123456789") : 0;

	if (!digits)
		return NULL;
	return (minor[digits] - '0') % 2 ? "unstable" : "stable";
}

static const char *
truth(enum opt_bool value)
{
	return value == OPT_UNSET ? NULL
				  : (value == OPT_TRUE ? "true" : "false");
}

static size_t
host_attributes(
	struct arena *mem, const char *hostinfo, struct engine_attribute *out)
{
	struct tailcfg_hostinfo h = { 0 };
	struct engine_attribute all[HOST_ATTRIBUTES];
	size_t count = 0;

	if (!hostinfo ||
		tailcfg_hostinfo_decode((struct json_raw){ hostinfo }, mem, &h))
		return 0;
	all[0] = (struct engine_attribute){ "node:os",
		h.os ? lower(mem, h.os) : NULL };
	all[1] = (struct engine_attribute){ "node:osVersion", h.os_version };
	all[2] = (struct engine_attribute){ "node:tsVersion",
		h.ipn_version ? version(mem, h.ipn_version) : NULL };
	all[3] = (struct engine_attribute){ "node:tsReleaseTrack",
		h.ipn_version ? track(all[2].value) : NULL };
	all[4] = (struct engine_attribute){ "node:tsAutoUpdate",
		h.allows_update ? "true" : "false" };
	all[5] = (struct engine_attribute){ "node:tsStateEncrypted",
		truth(h.state_encrypted) };
	for (size_t i = 0; i < HOST_ATTRIBUTES; i++)
		if (all[i].value && *all[i].value)
			out[count++] = all[i];
	return count;
}

static struct json_texts
texts(struct arena *mem, const char *list)
{
	struct json_texts out = { 0 };

	if (!list || json_texts_parse(list, mem, &out))
		return (struct json_texts){ 0 };
	return out;
}

bool
policy_asks_machines(const struct policy *p)
{
	return p && (p->posture_count || p->one_cgnat != OPT_UNSET);
}

void
policy_machine(struct arena *mem, const struct seen_machine *from,
	struct engine_machine *out)
{
	struct engine_attribute *at = arena_array(
		mem, HOST_ATTRIBUTES + from->custom_count, sizeof(*at));
	size_t count = host_attributes(mem, from->hostinfo, at);

	for (size_t i = 0; i < from->custom_count; i++)
		at[count++] = from->custom[i];
	*out = (struct engine_machine){ .id = from->id,
		.user_id = from->user_id,
		.tags = texts(mem, from->tags),
		.ipv4 = from->ipv4,
		.ipv6 = from->ipv6,
		.routes = texts(mem, from->routes),
		.approved_routes = texts(mem, from->approved_routes),
		.online = from->online,
		.doubtful = from->doubtful,
		.primary_routes = texts(mem, from->primary_routes),
		.attributes = at,
		.attribute_count = count };
}

enum policy_role
policy_role_of_user(enum role role)
{
	return policy_role_of(role_word(role));
}
