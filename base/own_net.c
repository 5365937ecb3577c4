#include "base/own_net.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static bool
is_tailnet(const struct ip *ip)
{
	struct prefix four, six;

	return (!prefix_parse("100.64.0.0/10", &four) &&
		       prefix_contains(&four, ip)) ||
	       (!prefix_parse("fd7a:115c:a1e0::/48", &six) &&
		       prefix_contains(&six, ip));
}

static bool
is_link_local(const struct ip *ip)
{
	return ip->family == 6 && ip->bytes[0] == 0xfe &&
	       (ip->bytes[1] & 0xc0) == 0x80;
}

static struct ip
ip_of(const struct sockaddr *sa)
{
	struct ip ip = { .family = 0 };

	if (sa && sa->sa_family == AF_INET) {
		ip.family = 4;
		memcpy(ip.bytes, &((const struct sockaddr_in *)sa)->sin_addr,
			4);
	} else if (sa && sa->sa_family == AF_INET6) {
		ip.family = 6;
		memcpy(ip.bytes, &((const struct sockaddr_in6 *)sa)->sin6_addr,
			16);
	}
	return ip;
}

static uint8_t
bits_of(const struct ip *mask)
{
	size_t bytes = mask->family == 4 ? 4 : 16;
	uint8_t bits = 0;

	for (size_t i = 0; i < bytes; i++)
		bits = (uint8_t)(bits + __builtin_popcount(mask->bytes[i]));
	return bits;
}

static void
add_net(struct own_net *o, struct ip ip, uint8_t bits)
{
	if (o->net_count == OWN_NET_MAX || !bits)
		return;
	for (unsigned i = bits; i < 128; i++)
		ip.bytes[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	o->nets[o->net_count++] = (struct prefix){ ip, bits };
}

static void
add_interface(struct own_net *o, const struct ifaddrs *i)
{
	struct ip ip = ip_of(i->ifa_addr), mask = ip_of(i->ifa_netmask);

	if (!ip.family || is_tailnet(&ip) || is_link_local(&ip))
		return;
	if (o->address_count < OWN_NET_MAX)
		o->addresses[o->address_count++] = ip;
	if (!(i->ifa_flags & IFF_LOOPBACK))
		add_net(o, ip, bits_of(&mask));
}

static void
add_host(struct own_net *o, const struct ip *ip)
{
	if (!is_tailnet(ip) && !ip_is_loopback(ip) && !is_link_local(ip))
		add_net(o, *ip, ip->family == 4 ? 32 : 128);
}

static void
add_resolvers(struct own_net *o)
{
	FILE *f = fopen("/etc/resolv.conf", "re");
	char line[256], word[64];
	struct ip ip;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %63s", word) == 1 &&
			!ip_parse(word, &ip))
			add_host(o, &ip);
	if (f)
		(void)fclose(f);
}

/* A gateway may stand outside of every network, as hosters have it. */
static void
add_gateways(struct own_net *o)
{
	FILE *f = fopen("/proc/net/route", "re");
	unsigned destination, gateway;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		struct ip ip = { .family = 4 };

		if (sscanf(line, "%*s %x %x", &destination, &gateway) != 2 ||
			destination || !gateway)
			continue;
		memcpy(ip.bytes, &gateway, sizeof(gateway));
		add_host(o, &ip);
	}
	if (f)
		(void)fclose(f);
}

void
own_net_read(struct own_net *out)
{
	struct ifaddrs *all = NULL;

	*out = (struct own_net){ .net_count = 0 };
	if (getifaddrs(&all) == 0)
		for (const struct ifaddrs *i = all; i; i = i->ifa_next)
			add_interface(out, i);
	if (all)
		freeifaddrs(all);
	add_gateways(out);
	add_resolvers(out);
}

bool
own_net_is_own(const struct own_net *o, const char *address)
{
	struct ip ip;

	if (ip_parse(address, &ip))
		return false;
	for (size_t i = 0; i < o->address_count; i++)
		if (ip_equal(&o->addresses[i], &ip))
			return true;
	return ip_is_loopback(&ip);
}

bool
own_net_among(const struct own_net *o, const char *endpoints)
{
	for (size_t i = 0; endpoints && i < o->address_count; i++) {
		char text[IP_TEXT_SIZE], start[IP_TEXT_SIZE + 5];
		bool six = o->addresses[i].family == 6;

		if (ip_is_loopback(&o->addresses[i]))
			continue;
		ip_print(&o->addresses[i], text);
		(void)snprintf(
			start, sizeof(start), six ? "\"[%s]:" : "\"%s:", text);
		if (strstr(endpoints, start))
			return true;
	}
	return false;
}

bool
own_net_holds(
	const struct own_net *o, const char *address, const char *endpoints)
{
	return own_net_is_own(o, address) && own_net_among(o, endpoints);
}

const struct prefix *
own_net_overlap(const struct own_net *o, const char *prefix)
{
	struct prefix p;

	if (prefix_parse(prefix, &p) || !p.bits)
		return NULL;
	for (size_t i = 0; i < o->net_count; i++)
		if (prefix_contains(&p, &o->nets[i].ip) ||
			prefix_contains(&o->nets[i], &p.ip))
			return &o->nets[i];
	return NULL;
}
