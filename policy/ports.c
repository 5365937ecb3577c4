#include "policy/ports.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	TCP = 6,
	UDP = 17,
	SCTP = 132,
	PROTO_MAX = 255,
};

static const struct {
	const char *name;
	int number;
} protos[] = {
	{ "icmp", 1 },
	{ "igmp", 2 },
	{ "ipv4", 4 },
	{ "ip-in-ip", 4 },
	{ "tcp", TCP },
	{ "egp", 8 },
	{ "igp", 9 },
	{ "udp", UDP },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "ipv6-icmp", 58 },
	{ "sctp", SCTP },
	{ "fc", 133 },
};

static const struct port_range every_port = { 0, POLICY_PORT_MAX };

char *
host_part(const char *text, struct arena *mem, const char **ports)
{
	const char *colon = strrchr(text, ':');
	char *host, *bracket;

	if (!colon)
		return NULL;
	*ports = colon + 1;
	host = arena_printf(mem, "%.*s", (int)(colon - text), text);
	bracket = *host == '[' ? strchr(host, ']') : NULL;
	if (!bracket)
		return host;
	memmove(bracket, bracket + 1, strlen(bracket));
	return host + 1;
}

/* -1 for what is no number up to `most`. */
static long
number(const char *s, size_t len, long most)
{
	long n = 0;

	if (!len)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || i == 9)
			return -1;
		n = n * 10 + s[i] - '0';
	}
	return n > most ? -1 : n;
}

static const char *
parse_range(const char *text, struct port_range *out)
{
	size_t len = strcspn(text, "-");
	const char *dash = text[len] ? text + len : NULL;
	long first = number(text, len, POLICY_PORT_MAX), last = first;

	if (dash && strchr(dash + 1, '-'))
		return "too many dashes(-)";
	if (first < 0)
		return "invalid first integer";
	if (dash)
		last = number(dash + 1, strlen(dash + 1), POLICY_PORT_MAX);
	if (last < 0)
		return "invalid last integer";
	if (!first)
		return "first port must be >0, or use '*' for wildcard";
	if (first > last)
		return "first port must be >= last port";
	*out = (struct port_range){ (uint16_t)first, (uint16_t)last };
	return NULL;
}

static size_t
count_items(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == ',';
	return count;
}

const char *
ports_parse(const char *text, struct arena *mem, struct port_list *out)
{
	struct port_range *at;
	size_t count = 0;
	char *copy, *item;

	if (strcmp(text, "*") == 0) {
		*out = (struct port_list){ &every_port, 1 };
		return NULL;
	}
	if (!*text)
		return "invalid port list: \"\"";
	at = arena_array(mem, count_items(text), sizeof(*at));
	copy = arena_strdup(mem, text);
	while ((item = strsep(&copy, ","))) {
		const char *why = parse_range(item, &at[count++]);

		if (why)
			return arena_printf(
				mem, "port range \"%s\": %s", item, why);
	}
	*out = (struct port_list){ at, count };
	return NULL;
}

static const char *
lower(const char *text, struct arena *mem)
{
	char *copy = arena_strdup(mem, text);

	for (char *s = copy; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s += 'a' - 'A';
	return copy;
}

const char *
proto_parse(const char *text, struct arena *mem, int *out)
{
	long n;

	*out = POLICY_NO_PROTO;
	if (!text || !*text)
		return NULL;
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (strcasecmp(protos[i].name, text) == 0) {
			*out = protos[i].number;
			return NULL;
		}
	n = number(text, strlen(text), PROTO_MAX);
	if (n < 0 || *text == '0')
		return arena_printf(mem,
			"proto name \"%s\" not known; use protocol number "
			"0-255",
			lower(text, mem));
	*out = (int)n;
	return NULL;
}

bool
proto_allows(int proto, const struct port_list *ports)
{
	return proto == POLICY_NO_PROTO || proto == TCP || proto == UDP ||
	       proto == SCTP || ports->at == &every_port;
}

/* The part before the colon; NULL if there is none. */
static const char *
proto_part(const char *text, const char *colon, struct arena *mem)
{
	return colon ? arena_printf(mem, "%.*s", (int)(colon - text), text)
		     : NULL;
}

const char *
grant_ip_parse(const char *text, struct arena *mem, struct grant_ip *out)
{
	const char *colon = strrchr(text, ':'),
		   *proto = proto_part(text, colon, mem), *why;

	if (strchr(text, ','))
		return arena_printf(
			mem, "ip \"%s\": one port or range per entry", text);
	if (proto && !*proto)
		return arena_printf(mem, "ip \"%s\": empty protocol", text);
	why = proto_parse(proto && strcmp(proto, "*") == 0 ? NULL : proto, mem,
		&out->proto);
	if (!why)
		why = ports_parse(colon ? colon + 1 : text, mem, &out->ports);
	if (why || proto_allows(out->proto, &out->ports))
		return why;
	return arena_printf(mem,
		"ip \"%s\": protocol \"%s\" does not support specific ports, "
		"only \"*\" is allowed",
		text, proto);
}
