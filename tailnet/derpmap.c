#include "tailnet/derpmap.h"

#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/json.h"
#include "base/text.h"

enum {
	MAP_MAX = 2 * POLICY_TEXT_MAX,
};

bool
derpmap_self_signed(const char *home, char hash[65])
{
	unsigned char digest[32];
	char path[PATH_MAX];
	unsigned len = 0;
	bool own = false;
	X509 *cert;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/tls/cert.pem", home);
	f = fopen(path, "re");
	if (!f)
		return false;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	if (!cert)
		return false;
	if (X509_NAME_cmp(X509_get_subject_name(cert),
		    X509_get_issuer_name(cert)) == 0 &&
		X509_digest(cert, EVP_sha256(), digest, &len) == 1) {
		text_hex(hash, digest, sizeof(digest));
		own = true;
	}
	X509_free(cert);
	return own;
}

static void
put_address(struct buf *b, const char *host, const char *listen)
{
	static const uint8_t any[16];
	struct ip ip;

	if (ip_parse(host, &ip) && ip_parse(listen, &ip))
		return;
	if (memcmp(ip.bytes, any, sizeof(any)) == 0)
		return; /* a wildcard says nothing */
	buf_puts(b, ip.family == 4 ? ",\"IPv4\":" : ",\"IPv6\":");
	json_put_text(b, ip_parse(host, &ip) ? listen : host);
	buf_puts(b,
		ip.family == 4 ? ",\"IPv6\":\"none\"" : ",\"IPv4\":\"none\"");
}

static void
put_own(struct buf *b, struct arena *mem, const struct settings *s,
	const char *trust)
{
	const char *host;
	int64_t port;
	bool https;

	settings_url_parts(s, mem, &host, &port, &https);
	buf_putf(b,
		"\"%d\":{\"RegionID\":%d,\"RegionCode\":"
		"\"cairn\",\"RegionName\":\"cairn\",\"Nodes\":[{\"Name\":"
		"\"%da\",\"RegionID\":%d,\"HostName\":",
		DERP_REGION, DERP_REGION, DERP_REGION, DERP_REGION);
	json_put_text(b, host);
	put_address(b, host, s->listen);
	buf_putf(b, ",\"STUNPort\":%lld,\"DERPPort\":%lld",
		(long long)s->stun_port,
		(long long)(https ? port : s->https_port));
	buf_puts(b, trust);
	buf_puts(b, "}]}");
}

/* Whether the own region is sent beside those of the policy. */
static bool
own_stays(const struct policy_relays *added)
{
	bool goes = added->omit_default;
	size_t others = 0;

	for (size_t i = 0; i < added->region_count; i++) {
		if (added->regions[i].id == DERP_REGION)
			goes = true;
		others += added->regions[i].json != NULL;
	}
	return !goes || !others;
}

static const char *
map_json(struct arena *mem, const struct settings *s,
	const struct policy_relays *added, const char *trust)
{
	const char *comma = "";
	struct buf b;

	buf_init(&b, mem, MAP_MAX);
	buf_puts(&b, "{\"Regions\":{");
	if (own_stays(added)) {
		put_own(&b, mem, s, trust);
		comma = ",";
	}
	for (size_t i = 0; i < added->region_count; i++) {
		const struct policy_region *r = &added->regions[i];

		if (!r->json)
			continue;
		buf_putf(&b, "%s\"%lld\":%s", comma, (long long)r->id, r->json);
		comma = ",";
	}
	buf_puts(&b, "}");
	if (added->home_params)
		buf_putf(&b, ",\"HomeParams\":%s", added->home_params);
	buf_puts(&b,
		added->omit_default ? ",\"omitDefaultRegions\":true}" : "}");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

void
derpmap_make(const struct settings *s, const struct policy_relays *added,
	const char *home, struct arena *mem, const char **old, const char **new)
{
	const char *trust_old = "", *trust_new = "", *host;
	char hash[65];
	int64_t port;
	bool https;

	settings_url_parts(s, mem, &host, &port, &https);
	if ((!https || port == s->https_port) &&
		derpmap_self_signed(home, hash)) {
		trust_old = ",\"InsecureForTests\":true";
		trust_new = arena_printf(
			mem, ",\"CertName\":\"sha256-raw:%s\"", hash);
	}
	*old = map_json(mem, s, added, trust_old);
	*new = map_json(mem, s, added, trust_new);
}
