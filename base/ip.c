#include "base/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum err
ip_parse(const char *s, struct ip *out)
{
	struct ip ip = { .family = strchr(s, ':') ? 6 : 4 };

	if (inet_pton(ip.family == 6 ? AF_INET6 : AF_INET, s, ip.bytes) != 1)
		return ERR_BAD_INPUT;
	*out = ip;
	return ERR_OK;
}

void
ip_print(const struct ip *ip, char out[IP_TEXT_SIZE])
{
	*out = '\0';
	if (ip->family)
		inet_ntop(ip->family == 6 ? AF_INET6 : AF_INET, ip->bytes, out,
			IP_TEXT_SIZE);
}

bool
ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool
ip_is_loopback(const struct ip *ip)
{
	static const uint8_t one[16] = { [15] = 1 };

	return ip->family == 4 ? ip->bytes[0] == 127
			       : memcmp(ip->bytes, one, 16) == 0;
}

size_t
ip_party_bytes(const struct ip *ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (ip->family != 6)
		return 4;
	return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0 ? 16 : 8;
}

bool
ip_same_party(const char *a, const char *b)
{
	struct ip one, two;

	if (ip_parse(a, &one) || ip_parse(b, &two))
		return strcmp(a, b) == 0;
	return one.family == two.family &&
	       ip_party_bytes(&one) == ip_party_bytes(&two) &&
	       memcmp(one.bytes, two.bytes, ip_party_bytes(&one)) == 0;
}

bool
ip_is_private(const struct ip *ip)
{
	const uint8_t *b = ip->bytes;

	if (ip_is_loopback(ip))
		return true;
	if (ip->family == 6)
		return (b[0] & 0xfe) == 0xfc;
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) ||
	       (b[0] == 192 && b[1] == 168);
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return !rest || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

/* RFC 6890 and what came since: not for a stranger's name to lead to. */
static const struct {
	uint8_t family, bits;
	uint8_t bytes[16];
} reserved[] = {
	{ 4, 8, { 0 } },
	{ 4, 8, { 10 } },
	{ 4, 10, { 100, 64 } },
	{ 4, 8, { 127 } },
	{ 4, 16, { 169, 254 } },
	{ 4, 12, { 172, 16 } },
	{ 4, 24, { 192, 0, 0 } },
	{ 4, 24, { 192, 0, 2 } },
	{ 4, 16, { 192, 168 } },
	{ 4, 15, { 198, 18 } },
	{ 4, 24, { 198, 51, 100 } },
	{ 4, 24, { 203, 0, 113 } },
	{ 4, 3, { 224 } }, /* groups, and what was reserved for ever */
	{ 6, 8, { 0 } },
	{ 6, 16, { 1 } }, /* 100::/16 */
	{ 6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
	{ 6, 23, { 0x20, 0x01 } },
	{ 6, 7, { 0xfc } },
	{ 6, 10, { 0xfe, 0x80 } },
	{ 6, 10, { 0xfe, 0xc0 } },
	{ 6, 8, { 0xff } },
};

/* Prefixes behind which an IPv4 address stands, at that byte. */
static const struct {
	uint8_t bits, at;
	uint8_t bytes[16];
} carriers[] = {
	{ 96, 12, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff } },
	{ 96, 12, { 0, 0x64, 0xff, 0x9b } },
	{ 16, 2, { 0x20, 0x02 } },
};

bool
ip_is_public(const struct ip *ip)
{
	struct ip inner = { .family = 4 };

	for (size_t i = 0;
		ip->family == 6 && i < sizeof(carriers) / sizeof(carriers[0]);
		i++)
		if (same_bits(ip->bytes, carriers[i].bytes, carriers[i].bits)) {
			memcpy(inner.bytes, ip->bytes + carriers[i].at, 4);
			return ip_is_public(&inner);
		}
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (reserved[i].family == ip->family &&
			same_bits(
				ip->bytes, reserved[i].bytes, reserved[i].bits))
			return false;
	return ip->family != 0;
}

enum err
prefix_parse(const char *s, struct prefix *out)
{
	char address[IP_TEXT_SIZE];
	const char *slash = strchr(s, '/');
	struct prefix p;
	int64_t bits;
	enum err e;

	if (!slash || (size_t)(slash - s) >= sizeof(address))
		return ERR_BAD_INPUT;
	memcpy(address, s, (size_t)(slash - s));
	address[slash - s] = '\0';
	e = ip_parse(address, &p.ip);
	if (!e)
		e = text_int(slash + 1, &bits);
	if (e || bits < 0 || bits > (p.ip.family == 4 ? 32 : 128))
		return ERR_BAD_INPUT;
	p.bits = (uint8_t)bits;
	for (unsigned i = p.bits; i < 128; i++)
		if (p.ip.bytes[i / 8] & (0x80 >> i % 8))
			return ERR_BAD_INPUT;
	*out = p;
	return ERR_OK;
}

void
prefix_print(const struct prefix *p, char out[PREFIX_TEXT_SIZE])
{
	char address[IP_TEXT_SIZE];

	ip_print(&p->ip, address);
	(void)snprintf(out, PREFIX_TEXT_SIZE, "%s/%u", address, p->bits);
}

bool
prefix_contains(const struct prefix *p, const struct ip *ip)
{
	return p->ip.family == ip->family &&
	       same_bits(p->ip.bytes, ip->bytes, p->bits);
}

enum err
ip_port_parse(const char *s, struct ip *ip, uint16_t *port)
{
	const char *colon = strrchr(s, ':');
	char address[IP_TEXT_SIZE];
	size_t len;
	int64_t value;
	struct ip parsed;

	if (!colon)
		return ERR_BAD_INPUT;
	len = (size_t)(colon - s);
	if (*s == '[') {
		if (len < 3 || s[len - 1] != ']')
			return ERR_BAD_INPUT;
		s++;
		len -= 2;
	}
	if (len >= sizeof(address))
		return ERR_BAD_INPUT;
	memcpy(address, s, len);
	address[len] = '\0';
	if (ip_parse(address, &parsed) || text_int(colon + 1, &value) ||
		value < 1 || value > 65535 ||
		(parsed.family == 6) != (colon[-1] == ']'))
		return ERR_BAD_INPUT;
	*ip = parsed;
	*port = (uint16_t)value;
	return ERR_OK;
}
