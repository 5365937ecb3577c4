/*
 * The way in, as a client goes it: /key, then /ts2021 once without Upgrade,
 * which the worker answers with what arrived, and once with it.  The two
 * answers side by side tell who on the way took the Upgrade off.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"
#include "proto/noise.h"
#include "tailnet/doctor.h"
#include "tailnet/http.h"

enum {
	SKEW_MAX_SECONDS = 60,
	CERTIFICATE_DAYS = 14, /* fewer left: a warning */
	CAPVER_ASKED = 142,
};

/* What was learned on the way. */
struct way {
	struct doctor *d;
	const char *url; /* without a slash at its end */
	bool insecure;
	struct key server_public;
	bool has_key;
};

struct key_reply {
	const char *public_key;
};

static const struct json_field key_reply_fields[] = {
	JSON_FIELD(struct key_reply, public_key, "publicKey", KEEP_EMPTY),
};
static const struct json_table key_reply_table =
	JSON_TABLE(struct key_reply, key_reply_fields);

static int
seconds_of(const struct way *w)
{
	return w->d->quick ? DOCTOR_QUICK_SECONDS : 0;
}

static const char *
served_by(struct way *w, const struct http_reply *r)
{
	return r->server ? arena_printf(w->d->mem, " (server: %s)", r->server)
			 : "";
}

static void
get(struct way *w, const char *path, struct http_reply *out)
{
	struct http_ask ask = {
		.seconds = seconds_of(w),
		.url = arena_printf(w->d->mem, "%s%s", w->url, path),
		.insecure = w->insecure,
	};

	http_fetch(w->d->mem, &ask, out);
}

/* http outside of private addresses: spec/protocol.md 2.3. */
static bool
is_private_host(const char *host)
{
	struct ip ip;
	size_t len = strlen(host);
	char bare[IP_TEXT_SIZE + 2];

	if (strcmp(host, "localhost") == 0)
		return true;
	if (len >= sizeof(bare))
		return false;
	(void)snprintf(bare, sizeof(bare), "%s", host + (*host == '['));
	bare[strcspn(bare, "]")] = '\0';
	return !ip_parse(bare, &ip) && ip_is_private(&ip);
}

static bool
check_spelling(struct way *w)
{
	const char *scheme, *host, *path;

	if (http_url_parts(w->d->mem, w->url, &scheme, &host, &path)) {
		doctor_fail(w->d, HEALTH_URL,
			"write it as https://vpn.example.org",
			"url: \"%s\" is no http or https URL", w->url);
		return false;
	}
	if (*path && strcmp(path, "/") != 0) {
		doctor_fail(w->d, HEALTH_URL,
			"clients ask for /key and /ts2021 at the root: give "
			"cairn a name of its own",
			"url: %s has a path", w->url);
		return false;
	}
	if (strcmp(scheme, "http") != 0)
		return true;
	if (!is_private_host(host))
		doctor_fail(w->d, HEALTH_URL,
			"use https with a certificate: clients leave plain "
			"http for https on port 443 there",
			"url: %s is plain http on a public name", w->url);
	doctor_unknown(w->d, HEALTH_CERTIFICATE,
		"certificate: %s is plain http, so there is none; serve it by "
		"https as DEPLOY.md says, then change the address in Settings, "
		"Server",
		w->url);
	doctor_unknown(w->d, HEALTH_PORT_80,
		"port 80: it matters beside an https address only");
	return true;
}

static void
check_local(struct way *w)
{
	const struct settings *s = &w->d->settings;
	struct http_ask ask = { .seconds = seconds_of(w), .insecure = true };
	struct http_reply r;
	bool v6;

	if (!w->d->has_settings || w->d->this_run)
		return;
	v6 = strchr(s->listen, ':') != NULL;
	ask.url = arena_printf(w->d->mem, "http://%s%s%s:%" PRId64 "/key?v=%d",
		v6 ? "[" : "", s->listen, v6 ? "]" : "", s->http_port,
		CAPVER_ASKED);
	http_fetch(w->d->mem, &ask, &r);
	if (r.status == 200 && strstr(r.body, "publicKey"))
		doctor_ok(w->d, HEALTH_URL,
			"url: %s answers as it should, so the trouble is "
			"between there and the public name",
			ask.url);
	else
		doctor_warn(w->d, HEALTH_URL,
			"start nginx, or look into its error log",
			"url: the instance's own nginx does not answer on "
			"%s either (%s)",
			ask.url,
			r.failure ? r.failure
				  : arena_printf(
					    w->d->mem, "status %ld", r.status));
}

static void
explain_no_answer(struct way *w, const struct http_reply *r)
{
	if (r->bad_certificate)
		doctor_fail(w->d, HEALTH_CERTIFICATE,
			"get a certificate for this name that clients trust "
			"(Let's Encrypt), with its whole chain; --insecure "
			"looks further all the same",
			"url: the certificate is not trusted: %s", r->failure);
	else
		doctor_fail(w->d, HEALTH_URL,
			"check the DNS name, the port, the firewall, and "
			"that nginx listens there",
			"url: nobody answers at %s: %s", w->url, r->failure);
	check_local(w);
}

static void
explain_status(struct way *w, const struct http_reply *r, const char *path,
	const char *socket)
{
	const char *by = served_by(w, r);

	if (r->status >= 300 && r->status < 400)
		doctor_fail(w->d, HEALTH_RELAYS,
			"set url to where it leads, or do not redirect "
			"/key, /ts2021 and /derp",
			"url: %s%s leads elsewhere: status %ld to %s", w->url,
			path, r->status, r->location ? r->location : "nowhere");
	else if (r->status == 502 || r->status == 503 || r->status == 504)
		doctor_fail(w->d, HEALTH_URL,
			arena_printf(w->d->mem,
				"see that the program behind %s runs and that "
				"nginx may use the socket",
				socket),
			"url: nginx does not reach %s for %s: status %ld",
			socket, path, r->status);
	else if (r->status == 401 || r->status == 403)
		doctor_fail(w->d, HEALTH_RELAYS,
			"take auth_basic, allow/deny and the like off /key, "
			"/ts2021 and /derp: clients have no password",
			"url: %s%s is closed: status %ld%s", w->url, path,
			r->status, by);
	else
		doctor_fail(w->d, HEALTH_URL,
			"include cairn-locations.conf in the server block of "
			"this name, at its root; see that this name is the "
			"one in server_name",
			"url: wrong host or wrong path: what answers at "
			"%s%s is not cairn: status %ld%s",
			w->url, path, r->status, by);
}

static void
check_server_key(struct way *w, const char *text)
{
	w->has_key = !key_parse(KEY_MACHINE, text, &w->server_public);
	if (!w->has_key)
		doctor_fail(w->d, HEALTH_URL,
			"see that the name leads to this server",
			"url: /key answers with a key of no known form");
	else if (w->d->server_key && strcmp(w->d->server_key, text) != 0)
		doctor_fail(w->d, HEALTH_URL,
			"see where the name leads: another instance, or "
			"another control server, answers there",
			"url: /key answers with another server's key");
	else
		doctor_ok(w->d, HEALTH_URL, "url: /key answers%s",
			w->d->server_key ? " with this server's key" : "");
}

static bool
check_key(struct way *w, struct http_reply *r)
{
	struct key_reply reply = { .public_key = NULL };
	const char *path = arena_printf(w->d->mem, "/key?v=%d", CAPVER_ASKED);

	get(w, path, r);
	if (r->failure) {
		explain_no_answer(w, r);
		return false;
	}
	if (r->status != 200 ||
		json_decode((struct bytes){ (const unsigned char *)r->body,
				    strlen(r->body) },
			&key_reply_table, w->d->mem, &reply) ||
		!reply.public_key) {
		explain_status(w, r, path, "fcgi.sock");
		return false;
	}
	check_server_key(w, reply.public_key);
	return true;
}

static void
check_clock(struct way *w, const struct http_reply *r)
{
	int64_t skew = r->date - w->d->now;

	if (!r->date)
		return;
	if (skew > SKEW_MAX_SECONDS || skew < -SKEW_MAX_SECONDS)
		doctor_fail(w->d, HEALTH_CLOCK,
			"set both clocks by NTP (timedatectl set-ntp true)",
			"clock: this machine and the server are %" PRId64
			" s apart",
			skew < 0 ? -skew : skew);
	else
		doctor_ok(w->d, HEALTH_CLOCK, "clock: less than %d s off",
			SKEW_MAX_SECONDS);
}

static void
check_certificate(struct way *w, const struct http_reply *r)
{
	int64_t days = (r->expires_at - w->d->now) / 86400;

	if (!r->expires_at)
		return;
	if (r->expires_at <= w->d->now)
		doctor_fail(w->d, HEALTH_CERTIFICATE,
			"renew it and reload nginx",
			"certificate: it has expired");
	else if (days < CERTIFICATE_DAYS)
		doctor_warn(w->d, HEALTH_CERTIFICATE,
			"see that its renewal works, and that nginx is "
			"reloaded after it",
			"certificate: %" PRId64 " days left", days);
	else
		doctor_ok(w->d, HEALTH_CERTIFICATE,
			"certificate: %" PRId64 " days left", days);
}

static void
check_cdn(struct way *w, const struct http_reply *r)
{
	if (r->cdn)
		doctor_fail(w->d, HEALTH_URL,
			"let the name lead to nginx itself (\"DNS only\"): a "
			"CDN lets no POST with Upgrade through",
			"url: %s stands in front of the server", r->cdn);
}

/* A line "NAME: value" of the worker's words. */
static bool
says(const char *body, const char *line)
{
	return text_starts(body, "cairn: ") && strstr(body, line) != NULL;
}

static bool
check_plain_tunnel(struct way *w)
{
	struct http_ask ask = {
		.seconds = seconds_of(w),
		.url = arena_printf(w->d->mem, "%s/ts2021", w->url),
		.post = true,
		.insecure = w->insecure,
	};
	struct http_reply r;

	http_fetch(w->d->mem, &ask, &r);
	check_cdn(w, &r);
	if (r.failure) {
		explain_no_answer(w, &r);
		return false;
	}
	if (!text_starts(r.body, "cairn: ")) {
		explain_status(w, &r, "/ts2021", "worker.sock");
		return false;
	}
	doctor_ok(w->d, HEALTH_URL, "url: /ts2021 leads to the worker");
	return true;
}

/* A handshake as a new machine would send it; NULL without a server key. */
static const char *
make_handshake(struct way *w)
{
	unsigned char initiation[NOISE_INITIATION_SIZE];
	struct key private_key, public_key;
	struct noise_client client;

	if (!w->has_key || key_new(&private_key, &public_key) ||
		noise_start(&client, &w->server_public, &private_key,
			CAPVER_ASKED, initiation))
		return NULL;
	key_wipe(&private_key);
	return arena_printf(w->d->mem, "X-Tailscale-Handshake: %s",
		text_base64(w->d->mem, initiation, sizeof(initiation)));
}

static void
explain_no_switch(struct way *w, const struct http_reply *r)
{
	if (says(r->body, "upgrade: missing"))
		doctor_fail(w->d, HEALTH_NGINX_UPGRADE,
			says(r->body, "handshake: present")
				? "a proxy in front of nginx strips it: let it "
				  "forward Upgrade and Connection, for POST "
				  "too, or let it pass bytes through (TCP)"
				: "a proxy in front of nginx strips headers: "
				  "let it forward Upgrade, Connection and "
				  "X-Tailscale-Handshake",
			"url: Upgrade was stripped on the way to /ts2021");
	else if (r->failure)
		doctor_fail(w->d, HEALTH_NGINX_UPGRADE,
			"a proxy in front of nginx closes such requests: "
			"let it pass them through",
			"url: the connection ended when /ts2021 was asked to "
			"upgrade: %s",
			r->failure);
	else
		doctor_fail(w->d, HEALTH_NGINX_UPGRADE,
			"compare the nginx in front with "
			"nginx.conf.example; its error log may say more",
			"url: /ts2021 did not switch to the tunnel: status "
			"%ld%s",
			r->status, served_by(w, r));
}

static void
check_tunnel(struct way *w)
{
	struct http_ask ask = {
		.seconds = seconds_of(w),
		.url = arena_printf(w->d->mem, "%s/ts2021", w->url),
		.post = true,
		.insecure = w->insecure,
		.headers = { "Upgrade: tailscale-control-protocol",
			"Connection: upgrade", make_handshake(w) },
	};
	struct http_reply r;

	http_fetch(w->d->mem, &ask, &r);
	if (r.status == 101)
		doctor_ok(w->d, HEALTH_NGINX_UPGRADE,
			"url: /ts2021 opens a tunnel");
	else
		explain_no_switch(w, &r);
}

static void
check_relay(struct way *w)
{
	struct http_reply r;

	get(w, "/derp/probe", &r);
	if (r.status == 200)
		doctor_ok(w->d, HEALTH_RELAYS, "url: /derp leads to the relay");
	else
		doctor_warn(w->d, HEALTH_RELAYS,
			"include cairn-locations.conf whole; see that "
			"cairn-relay runs",
			"url: the relay does not answer on /derp/probe: %s",
			r.failure ? r.failure
				  : arena_printf(
					    w->d->mem, "status %ld", r.status));
}

/* Clients of https://NAME ask http://NAME/ts2021 first, and wait for it. */
static void
check_port_80(struct way *w)
{
	const char *scheme, *host, *path;
	struct http_ask ask = { .seconds = seconds_of(w), .post = true };
	struct http_reply r;

	if (http_url_parts(w->d->mem, w->url, &scheme, &host, &path) ||
		strcmp(scheme, "https") != 0 || strchr(w->url + 8, ':'))
		return;
	ask.url = arena_printf(w->d->mem, "http://%s/ts2021", host);
	http_fetch(w->d->mem, &ask, &r);
	if (text_starts(r.body, "cairn: "))
		doctor_ok(w->d, HEALTH_PORT_80,
			"url: port 80 leads to the worker too");
	else
		doctor_warn(w->d, HEALTH_PORT_80,
			"include cairn-locations.conf in the server block of "
			"port 80 too, before any redirect: clients ask there "
			"first, and what they say is encrypted by itself",
			"url: %s does not lead to the worker (%s), so each "
			"connection takes longer",
			ask.url,
			r.failure ? r.failure
				  : arena_printf(
					    w->d->mem, "status %ld", r.status));
}

void
doctor_url(struct doctor *d, const char *url, bool insecure)
{
	struct way w = {
		.d = d,
		.url = arena_strdup(d->mem, url),
		.insecure = insecure,
	};
	struct http_reply r;
	size_t len = strlen(url);

	if (len && url[len - 1] == '/')
		w.url = arena_printf(d->mem, "%.*s", (int)(len - 1), url);
	if (!check_spelling(&w))
		return;
	if (check_key(&w, &r)) {
		check_clock(&w, &r);
		check_certificate(&w, &r);
	}
	if (r.failure)
		return;
	if (check_plain_tunnel(&w))
		check_tunnel(&w);
	check_port_80(&w);
	check_relay(&w);
}
