/*
 * ip.h: addresses and prefixes of both families, as text and as bytes.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	IP_TEXT_SIZE = 46,     /* INET6_ADDRSTRLEN */
	PREFIX_TEXT_SIZE = 50, /* with "/128" */
};

struct ip {
	uint8_t bytes[16]; /* IPv4 in the first four, the rest zero */
	uint8_t family;    /* 4, 6, or 0 for none */
};

struct prefix {
	struct ip ip;
	uint8_t bits;
};

/* No zone, no port, no leading zeros in IPv4. */
enum err ip_parse(const char *s, struct ip *out);
void ip_print(const struct ip *ip, char out[IP_TEXT_SIZE]);
bool ip_equal(const struct ip *a, const struct ip *b);
/* Loopback, RFC 1918, or fc00::/7: what clients call private for plain http
 * (spec/protocol.md 2.3). */
bool ip_is_private(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
/* An address that a stranger's name may lead this machine to: neither of its
 * own networks nor of none, no group, nothing reserved.  One that carries an
 * IPv4 address inside is judged by that. */
bool ip_is_public(const struct ip *ip);

/* The first bytes, by which addresses count as one party: of IPv6 eight, since
 * whoever has one address has the other 2^64 of its network. */
size_t ip_party_bytes(const struct ip *ip);
/* Texts; what is no address is compared as it stands. */
bool ip_same_party(const char *a, const char *b);

/* "10.0.0.0/8".  Bits beyond the length must be zero. */
enum err prefix_parse(const char *s, struct prefix *out);
void prefix_print(const struct prefix *p, char out[PREFIX_TEXT_SIZE]);
bool prefix_contains(const struct prefix *p, const struct ip *ip);

/* "1.2.3.4:5" or "[fd7a::1]:5"; the port is 1 to 65535. */
enum err ip_port_parse(const char *s, struct ip *ip, uint16_t *port);

#endif
