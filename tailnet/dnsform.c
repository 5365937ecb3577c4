#include "tailnet/dnsform.h"

#include <string.h>

#include "base/domain.h"
#include "base/ip.h"
#include "base/text.h"

#define HTTPS "https://"

/* Who asks the client itself would ask in a circle, and so would who writes
 * 100.100.100.100 as IPv6: no IPv4 address needs that. */
static bool
may_answer(const struct ip *ip)
{
	static const char *const no[] = { "0.0.0.0/8", "224.0.0.0/3",
		"100.100.100.100/32", "::/128", "::ffff:0:0/96", "ff00::/8",
		"fd7a:115c:a1e0::53/128" };

	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
		struct prefix p;

		if (prefix_parse(no[i], &p) == ERR_OK &&
			prefix_contains(&p, ip))
			return false;
	}
	return true;
}

static enum err
normal_ip(struct arena *mem, const char *text, const char **out)
{
	char printed[IP_TEXT_SIZE];
	struct ip ip;

	if (ip_parse(text, &ip) || !may_answer(&ip))
		return ERR_BAD_RESOLVER;
	ip_print(&ip, printed);
	*out = arena_strdup(mem, printed);
	return ERR_OK;
}

static bool
is_host(const char *host, bool in_brackets)
{
	struct ip ip;

	if (ip_parse(host, &ip))
		return !in_brackets && domain_is_valid(host, DOMAIN_NAME_MAX);
	return in_brackets == (ip.family == 6) && may_answer(&ip);
}

/* "host", "host:port", "[fd00::1]:port". */
static bool
is_authority(struct arena *mem, const char *s)
{
	size_t len = *s == '[' ? strcspn(s, "]") : strcspn(s, ":");
	const char *host = arena_printf(mem, "%.*s",
		(int)(*s == '[' ? len - 1 : len), *s == '[' ? s + 1 : s);
	const char *rest = s + len + (s[len] == ']');
	int64_t port = 443;

	if ((*s == '[' && s[len] != ']') || !is_host(host, *s == '['))
		return false;
	if (*rest == ':' && text_int(rest + 1, &port))
		return false;
	return (*rest == '\0' || *rest == ':') && port >= 1 && port <= 65535;
}

static bool
is_path(const char *s)
{
	for (; *s; s++)
		if (*s <= 0x20 || *s >= 0x7f || strchr("\"<>\\^`{|}#", *s))
			return false;
	return true;
}

static enum err
normal_https(struct arena *mem, const char *text, const char **out)
{
	const char *rest = text + strlen(HTTPS);
	size_t len = strcspn(rest, "/?");
	const char *host =
		domain_lower(mem, arena_printf(mem, "%.*s", (int)len, rest));

	if (strlen(text) > DNS_ADDRESS_MAX || !is_authority(mem, host) ||
		!is_path(rest + len))
		return ERR_BAD_RESOLVER;
	*out = arena_printf(mem, HTTPS "%s%s", host, rest + len);
	return ERR_OK;
}

enum err
dns_resolver_normal(struct arena *mem, const char *text, const char **out)
{
	return strncasecmp(text, HTTPS, strlen(HTTPS)) == 0
		       ? normal_https(mem, text, out)
		       : normal_ip(mem, text, out);
}

enum err
dns_domain_normal(struct arena *mem, const char *text, const char **out)
{
	const char *domain = domain_normal(mem, text);
	struct ip ip;

	if (!domain || ip_parse(domain, &ip) == ERR_OK)
		return ERR_BAD_DOMAIN;
	*out = domain;
	return ERR_OK;
}

static enum err
normal_type(struct arena *mem, const char *text, const char **out)
{
	if (!text || !*text || strcasecmp(text, "A") == 0)
		*out = "A";
	else if (strcasecmp(text, "AAAA") == 0)
		*out = "AAAA";
	else
		return ERR_BAD_INPUT;
	(void)mem;
	return ERR_OK;
}

enum err
dns_record_normal(struct arena *mem, struct dns_record *r)
{
	char printed[IP_TEXT_SIZE];
	struct ip ip;
	enum err e = dns_domain_normal(mem, r->name, &r->name);

	if (!e && !strchr(r->name, '.'))
		e = ERR_BAD_DOMAIN;
	if (!e)
		e = normal_type(mem, r->type, &r->type);
	if (e || r->node_id)
		return e;
	if (!r->value || ip_parse(r->value, &ip) ||
		ip.family != (strcmp(r->type, "A") == 0 ? 4 : 6))
		return ERR_BAD_ADDRESS;
	ip_print(&ip, printed);
	r->value = arena_strdup(mem, printed);
	return ERR_OK;
}

bool
dns_is_tailnet_address(const char *address)
{
	static const char *const ranges[] = { "100.64.0.0/10",
		"fd7a:115c:a1e0::/48" };
	struct prefix p;
	struct ip ip;

	for (size_t i = 0; i < 2; i++)
		if (ip_parse(address, &ip) == ERR_OK &&
			prefix_parse(ranges[i], &p) == ERR_OK &&
			prefix_contains(&p, &ip))
			return true;
	return false;
}
