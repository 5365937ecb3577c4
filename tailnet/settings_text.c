#include "tailnet/settings_text.h"

#include <openssl/crypto.h>
#include <sodium.h>
#include <string.h>

#include "base/domain.h"
#include "base/ip.h"
#include "base/text.h"
#include "base/zone.h"
#include "tailnet/address.h"
#include "tailnet/client_version.h"
#include "tailnet/derpmap_read.h"
#include "tailnet/keys.h"
#include "tailnet/stale.h"

enum {
	URL_MAX = 512,
	TEXT_MAX = 256,
	TOKEN_MIN = 16,
	TOKEN_HASH_SIZE = 32,
};

/* Of dns_domain: a label of 63 and a dot before it must fit in 253. */
#define DOMAIN_MAX 189

/* "host", "1.2.3.4", "[fd7a::1]", each with ":port" or without. */
static enum err
split_host(struct arena *mem, const char *s, const char **host, int64_t *port)
{
	const char *end = s + strcspn(s, ":");
	struct ip ip;
	enum err e = ERR_OK;

	if (*s == '[') {
		end = strchr(s, ']');
		if (!end)
			return ERR_BAD_INPUT;
		*host = arena_printf(mem, "%.*s", (int)(end - s - 1), s + 1);
		if (ip_parse(*host, &ip) || ip.family != 6)
			return ERR_BAD_INPUT;
		end++;
	} else {
		*host = arena_printf(mem, "%.*s", (int)(end - s), s);
		if (!domain_is_valid(*host, 253))
			return ERR_BAD_INPUT;
	}
	if (*end == ':')
		e = text_int(end + 1, port);
	else if (*end)
		e = ERR_BAD_INPUT;
	return e ? e : *port < 1 || *port > 65535 ? ERR_BAD_INPUT : ERR_OK;
}

enum err
settings_split_url(struct arena *mem, const char *url, const char **host,
	int64_t *port, bool *https)
{
	*https = text_starts(url, "https://");
	if (!*https && !text_starts(url, "http://"))
		return ERR_BAD_INPUT;
	*port = *https ? 443 : 80;
	return split_host(mem, url + (*https ? 8 : 7), host, port);
}

static enum err
check_url(struct arena *mem, const char **value, const char **why)
{
	char *url = domain_lower(mem, *value);
	size_t len = strlen(url);
	const char *host;
	int64_t port;
	bool https;

	if (len && url[len - 1] == '/')
		url[len - 1] = '\0';
	*why = "http:// or https://, a host, perhaps a port, and no path";
	if (len > URL_MAX || (*url && settings_split_url(mem, url, &host, &port,
					      &https) != ERR_OK))
		return ERR_BAD_INPUT;
	*value = url;
	return ERR_OK;
}

static enum err
check_listen(struct arena *mem, const char **value, const char **why)
{
	struct ip ip;

	(void)mem;
	*why = "an IP address";
	return ip_parse(*value, &ip);
}

static enum err
check_domain(struct arena *mem, const char **value, const char **why)
{
	const char *domain = domain_lower(mem, *value);
	struct ip ip;

	*why = domain_is_ascii(*value)
		       ? "a domain name such as net.example.org, at most 189 "
			 "bytes"
		       : "a domain name in letters a to z; write what is in "
			 "another script in punycode, as xn--…";
	if (!domain_is_valid(domain, DOMAIN_MAX) ||
		ip_parse(domain, &ip) == ERR_OK)
		return ERR_BAD_INPUT;
	*value = domain;
	return ERR_OK;
}

/* Empty, or a prefix inside `whole` with room for machines. */
static enum err
check_prefix(struct arena *mem, const char *whole, const char **value,
	const char **why)
{
	uint8_t longest;
	struct prefix in, p;
	char text[PREFIX_TEXT_SIZE];

	*why = arena_printf(mem,
		"empty, or a prefix inside %s of at least four addresses, "
		"none of the reserved ones",
		whole);
	if (!**value)
		return ERR_OK;
	if (prefix_parse(whole, &in) || prefix_parse(*value, &p))
		return ERR_BAD_INPUT;
	longest = p.ip.family == 4 ? 30 : 126;
	if (p.bits < in.bits || p.bits > longest ||
		!prefix_contains(&in, &p.ip) || address_is_reserved(&p))
		return ERR_BAD_INPUT;
	prefix_print(&p, text);
	*value = arena_strdup(mem, text);
	return ERR_OK;
}

static enum err
check_ipv4_prefix(struct arena *mem, const char **value, const char **why)
{
	return check_prefix(mem, "100.64.0.0/10", value, why);
}

static enum err
check_ipv6_prefix(struct arena *mem, const char **value, const char **why)
{
	return check_prefix(mem, "fd7a:115c:a1e0::/48", value, why);
}

static enum err
check_order(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "random or sequential";
	if (strcmp(*value, "random") != 0 && strcmp(*value, "sequential") != 0)
		return ERR_BAD_INPUT;
	return ERR_OK;
}

static enum err
check_stale_action(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "expire or delete";
	return strcmp(*value, "expire") == 0 || strcmp(*value, "delete") == 0
		       ? ERR_OK
		       : ERR_BAD_INPUT;
}

static enum err
check_key_life(struct arena *mem, const char **value, const char **why)
{
#define X(word, words, seconds) word,
	static const char *const lives[] = { PREAUTH_LIVES(X) };
#undef X

	*why = "one of";
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		if (strcmp(*value, lives[i]) == 0)
			return ERR_OK;
		*why = arena_printf(
			mem, "%s%s %s", *why, i ? "," : "", lives[i]);
	}
	return ERR_BAD_INPUT;
}

static enum err
check_zone(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "a time zone that this server knows, such as Europe/Vienna, or "
	       "UTC";
	return zone_is_known(*value) ? ERR_OK : ERR_BAD_INPUT;
}

static enum err
check_shown(struct arena *mem, const char *value, size_t max, const char **why)
{
	*why = arena_printf(mem,
		"at most %zu bytes, all of which show and turn nothing round",
		max);
	if (strlen(value) > max || !text_is_utf8(value, strlen(value)) ||
		text_length(value) == SIZE_MAX)
		return ERR_BAD_INPUT;
	return ERR_OK;
}

static enum err
check_text(struct arena *mem, const char **value, const char **why)
{
	return check_shown(mem, *value, TEXT_MAX, why);
}

static enum err
check_exempt(struct arena *mem, const char **value, const char **why)
{
	return check_shown(mem, *value, STALE_EXEMPT_MAX, why);
}

/* A token is long and random, so a plain hash keeps it as well as a keyed one;
 * what is stored begins with "b2:", which no token may. */
#define TOKEN_MARK "b2:"

static const char *
token_hash(struct arena *mem, const char *token)
{
	uint8_t hash[TOKEN_HASH_SIZE];
	char hex[2 * TOKEN_HASH_SIZE + 1];

	(void)crypto_generichash(hash, sizeof(hash),
		(const unsigned char *)token, strlen(token), NULL, 0);
	text_hex(hex, hash, sizeof(hash));
	return arena_printf(mem, TOKEN_MARK "%s", hex);
}

static enum err
check_token(struct arena *mem, const char **value, const char **why)
{
	size_t len = strlen(*value);

	*why = "empty, or at least 16 characters without blanks";
	if (len == 0)
		return ERR_OK;
	if (len < TOKEN_MIN || len > TEXT_MAX ||
		text_starts(*value, TOKEN_MARK))
		return ERR_BAD_INPUT;
	for (const char *c = *value; *c; c++)
		if (*c <= 0x20 || *c >= 0x7f)
			return ERR_BAD_INPUT;
	*value = token_hash(mem, *value);
	return ERR_OK;
}

bool
settings_metrics_token_is(const struct settings *s, const char *token)
{
	struct arena *mem;
	bool same;

	if (!*s->metrics_token || !*token)
		return false;
	mem = arena_new();
	same = text_same_secret(s->metrics_token, token_hash(mem, token));
	arena_free(mem);
	return same;
}

static enum err
check_version(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "empty, or a version such as 1.102.3";
	return !**value || client_version_is_valid(*value) ? ERR_OK
							   : ERR_BAD_INPUT;
}

static enum err
check_relay_code(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "1 to 32 bytes of text";
	return derpmap_name_is_valid(*value, DERPMAP_CODE_MAX) ? ERR_OK
							       : ERR_BAD_INPUT;
}

static enum err
check_relay_name(struct arena *mem, const char **value, const char **why)
{
	(void)mem;
	*why = "1 to 64 bytes of text";
	return derpmap_name_is_valid(*value, DERPMAP_NAME_MAX) ? ERR_OK
							       : ERR_BAD_INPUT;
}

/* Whoever reads it stands in a folder of his own. */
static enum err
check_path(struct arena *mem, const char **value, const char **why)
{
	size_t len = strlen(*value);

	(void)mem;
	*why = "empty, or the whole path of a file, at most 256 bytes";
	if (len == 0)
		return ERR_OK;
	if (**value != '/' || len > TEXT_MAX || (*value)[len - 1] == '/' ||
		!text_is_utf8(*value, len) || text_length(*value) == SIZE_MAX)
		return ERR_BAD_INPUT;
	return ERR_OK;
}

/* The texts; each may bring the value into its normal form. */
static const struct {
	const char *name;
	enum err (*check)(
		struct arena *mem, const char **value, const char **why);
} text_checks[] = {
	{ "url", check_url },
	{ "listen", check_listen },
	{ "dns_domain", check_domain },
	{ "ipv4_prefix", check_ipv4_prefix },
	{ "ipv6_prefix", check_ipv6_prefix },
	{ "address_order", check_order },
	{ "stale_action", check_stale_action },
	{ "stale_exempt", check_exempt },
	{ "key_life", check_key_life },
	{ "time_zone", check_zone },
	{ "tailnet_name", check_text },
	{ "metrics_token", check_token },
	{ "client_version", check_version },
	{ "relay_code", check_relay_code },
	{ "relay_name", check_relay_name },
	{ "extra_records_path", check_path },
	{ "policy_path", check_path },
};

enum err
settings_check_text(struct arena *mem, const struct setting_row *row,
	const char **value, const char **why)
{
	for (size_t i = 0; i < sizeof(text_checks) / sizeof(text_checks[0]);
		i++)
		if (strcmp(text_checks[i].name, row->name) == 0)
			return text_checks[i].check(mem, value, why);
	return check_text(mem, value, why);
}
