#include "fcgi/origin.h"

#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "fcgi/router.h"

/* Of the setting, as browsers write it: a usual port is left out. */
static const char *
own_origin(struct request *r)
{
	const char *host, *scheme;
	int64_t port;
	bool https;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	scheme = https ? "https" : "http";
	if (strchr(host, ':'))
		host = arena_printf(r->mem, "[%s]", host);
	if (port == (https ? 443 : 80))
		return arena_printf(r->mem, "%s://%s", scheme, host);
	return arena_printf(
		r->mem, "%s://%s:%lld", scheme, host, (long long)port);
}

/* Browsers say where a request comes from only to https and to the machine they
 * run on. */
static bool
tells_site(struct request *r)
{
	const char *host;
	int64_t port;
	bool https;
	struct ip ip;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	return https || strcmp(host, "localhost") == 0 ||
	       (ip_parse(host, &ip) == ERR_OK && ip_is_loopback(&ip));
}

/* Pages whose address is a secret send no referrer, and then browsers say that
 * the origin is "null".  Whoever sends their form knows the secret; "Sign out",
 * which stands on them too, brings the token of its session. */
bool
origin_is_foreign(struct request *r)
{
	const char *site = request_claim(r, "HTTP_SEC_FETCH_SITE");
	const char *origin = request_claim(r, "HTTP_ORIGIN");
	bool same = site && strcmp(site, "same-origin") == 0;

	if (site && *site && !same && strcmp(site, "none") != 0)
		return true;
	if (!origin || !*origin)
		return false;
	if (strcmp(origin, "null") == 0)
		return !((r->route->flags & (SECRET | OUT)) &&
			 (same || !tells_site(r)));
	return strcasecmp(origin, own_origin(r)) != 0;
}
