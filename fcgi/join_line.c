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

static const char *
options(struct request *r, const struct join_wish *w)
{
	return arena_printf(r->mem, "%s%s%s%s%s", w->ssh ? " --ssh" : "",
		w->exit ? " --advertise-exit-node" : "",
		w->accept_routes ? " --accept-routes" : "",
		w->routes && *w->routes ? " --advertise-routes=" : "",
		w->routes ? w->routes : "");
}

static const char *
plain_line(struct request *r, const struct join_wish *w, const char *key,
	const char *before)
{
	return arena_printf(r->mem, "%stailscale up --login-server=%s%s%s%s",
		before, r->settings->url, key ? " --auth-key=" : "",
		key ? key : "", options(r, w));
}

static const char *
container_line(struct request *r, const struct join_wish *w, const char *key)
{
	return arena_printf(r->mem,
		"docker run -d --name=tailscale -v tailscale:/state "
		"-e TS_STATE_DIR=/state%s%s "
		"-e TS_EXTRA_ARGS=\"--login-server=%s%s\" "
		"tailscale/tailscale",
		key ? " -e TS_AUTHKEY=" : "", key ? key : "", r->settings->url,
		options(r, w));
}

static const char *
kubernetes_line(struct request *r, const struct join_wish *w, const char *key)
{
	return arena_printf(r->mem,
		"kubectl run tailscale --image=tailscale/tailscale "
		"--env=TS_USERSPACE=true --env=TS_KUBE_SECRET=%s%s "
		"--env=TS_EXTRA_ARGS=\"--login-server=%s%s\"",
		key ? " --env=TS_AUTHKEY=" : "", key ? key : "",
		r->settings->url, options(r, w));
}

const char *
join_line(struct request *r, const struct join_wish *w, const char *key)
{
	const char *os = w->os ? w->os : "";

	if (strcmp(os, "windows") == 0)
		return plain_line(r, w, key, "");
	if (strcmp(os, "container") == 0)
		return container_line(r, w, key);
	if (strcmp(os, "kubernetes") == 0)
		return kubernetes_line(r, w, key);
	return plain_line(r, w, key, "sudo ");
}
