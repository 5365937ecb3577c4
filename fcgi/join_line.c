#include "fcgi/join_line.h"

#include <string.h>

#include "base/ip.h"

const struct choice join_systems[] = {
	{ "linux", "Linux" },
	{ "macos", "macOS" },
	{ "windows", "Windows" },
	{ "ios", "iPhone and iPad" },
	{ "android", "Android" },
	{ "container", "A container" },
	{ "kubernetes", "Kubernetes" },
};
const size_t join_system_count = sizeof(join_systems) / sizeof(join_systems[0]);

const struct choice join_ticks[JOIN_TICKS] = {
	[JOIN_SSH] = { "ssh",
		"People log in to it by SSH, as the policy says" },
	[JOIN_EXIT] = { "exit", "It offers itself as an exit node" },
	[JOIN_ACCEPT_ROUTES] = { "accept_routes",
		"It uses the subnets that others offer" },
};

const char *
join_routes(struct request *r, const char *text)
{
	static const char between[] = " \t\r\n,";
	const char *out = "";
	size_t count = 0;

	for (text += strspn(text, between); *text;
		text += strspn(text, between)) {
		size_t len = strcspn(text, between);
		char written[PREFIX_TEXT_SIZE];
		struct prefix p;

		if (count++ == JOIN_ROUTES_MAX ||
			prefix_parse(
				arena_printf(r->mem, "%.*s", (int)len, text),
				&p))
			return NULL;
		prefix_print(&p, written);
		out = arena_printf(
			r->mem, "%s%s%s", out, *out ? "," : "", written);
		text += len;
	}
	return out;
}

/* Where the client has no SSH server, asking for one would end the line. */
static bool
can(const char *os, enum join_tick tick)
{
	return tick != JOIN_SSH || strcmp(os, "windows") != 0;
}

static const char *
options(struct request *r, const struct join_wish *w, const char *os)
{
	static const char *const flags[JOIN_TICKS] = {
		[JOIN_SSH] = "--ssh",
		[JOIN_EXIT] = "--advertise-exit-node",
		[JOIN_ACCEPT_ROUTES] = "--accept-routes",
	};
	const char *all = "";

	for (enum join_tick i = 0; i < JOIN_TICKS; i++)
		if (w->ticks[i] && can(os, i))
			all = arena_printf(r->mem, "%s %s", all, flags[i]);
	return w->routes && *w->routes
		       ? arena_printf(r->mem, "%s --advertise-routes=%s", all,
				 w->routes)
		       : all;
}

static const char *
plain_line(struct request *r, const char *key, const char *more,
	const char *before)
{
	return arena_printf(r->mem, "%stailscale up --login-server=%s%s%s%s",
		before, r->settings->url, key ? " --auth-key=" : "",
		key ? key : "", more);
}

static const char *
container_line(struct request *r, const char *key, const char *more)
{
	return arena_printf(r->mem,
		"docker run -d --name=tailscale -v tailscale:/state "
		"-e TS_STATE_DIR=/state%s%s "
		"-e TS_EXTRA_ARGS=\"--login-server=%s%s\" "
		"tailscale/tailscale",
		key ? " -e TS_AUTHKEY=" : "", key ? key : "", r->settings->url,
		more);
}

static const char *
kubernetes_line(struct request *r, const char *key, const char *more)
{
	return arena_printf(r->mem,
		"kubectl run tailscale --image=tailscale/tailscale "
		"--env=TS_USERSPACE=true --env=TS_KUBE_SECRET=%s%s "
		"--env=TS_EXTRA_ARGS=\"--login-server=%s%s\"",
		key ? " --env=TS_AUTHKEY=" : "", key ? key : "",
		r->settings->url, more);
}

const char *
join_line(struct request *r, const struct join_wish *w, const char *key)
{
	const char *os = w->os ? w->os : "";
	const char *more = options(r, w, os);

	if (strcmp(os, "windows") == 0)
		return plain_line(r, key, more, "");
	if (strcmp(os, "container") == 0)
		return container_line(r, key, more);
	if (strcmp(os, "kubernetes") == 0)
		return kubernetes_line(r, key, more);
	return plain_line(r, key, more, "sudo ");
}
