#include "fcgi/join_line.h"

#include <string.h>

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

static const char *
plain_line(struct request *r, const char *key, const char *before)
{
	return arena_printf(r->mem, "%stailscale up --login-server=%s%s%s",
		before, r->settings->url, key ? " --auth-key=" : "",
		key ? key : "");
}

static const char *
container_line(struct request *r, const char *key)
{
	return arena_printf(r->mem,
		"docker run -d --name=tailscale -v tailscale:/state "
		"-e TS_STATE_DIR=/state%s%s "
		"-e TS_EXTRA_ARGS=\"--login-server=%s\" "
		"tailscale/tailscale",
		key ? " -e TS_AUTHKEY=" : "", key ? key : "", r->settings->url);
}

static const char *
kubernetes_line(struct request *r, const char *key)
{
	return arena_printf(r->mem,
		"kubectl run tailscale --image=tailscale/tailscale "
		"--env=TS_USERSPACE=true --env=TS_KUBE_SECRET=%s%s "
		"--env=TS_EXTRA_ARGS=\"--login-server=%s\"",
		key ? " --env=TS_AUTHKEY=" : "", key ? key : "",
		r->settings->url);
}

const char *
join_line(struct request *r, const char *os, const char *key)
{
	os = os ? os : "";
	if (strcmp(os, "windows") == 0)
		return plain_line(r, key, "");
	if (strcmp(os, "container") == 0)
		return container_line(r, key);
	if (strcmp(os, "kubernetes") == 0)
		return kubernetes_line(r, key);
	return plain_line(r, key, "sudo ");
}
