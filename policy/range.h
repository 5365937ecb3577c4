/*
 * range.h: addresses of both families on one axis, and sets of them.
 *
 * All of IPv4 comes first, then all of IPv6: so ::/0 holds no IPv4 address, and
 * sorted texts of sets begin with IPv4.  A range crosses families only where it
 * is everything, "*"; in sets none does.
 */
#ifndef POLICY_RANGE_H
#define POLICY_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct addr {          /* without padding: equal ones are equal bytes */
	uint64_t ipv6; /* 1; 0: IPv4, in the lower half of `low` */
	uint64_t high, low;
};

struct range {
	struct addr first, last;
};

/* Sorted, disjoint, not touching; of either family. */
struct range_set {
	const struct range *at;
	size_t count;
};

enum {
	ADDR_TEXT_SIZE = 46,
	RANGE_TEXT_SIZE = 96,
};

int addr_compare(struct addr a, struct addr b);
bool addr_is_ipv4(struct addr a);
/* Its neighbour on the axis; the last of all has none and gives itself. */
struct addr addr_next(struct addr a);

/* As Go's netip reads it (spec/policy.md 4): no zone, no IPv4 inside IPv6, no
 * leading zeros; ERR_BAD_INPUT. */
enum err addr_parse(const char *text, struct addr *out);
/* "a.b.c.d" or RFC 5952. */
void addr_print(struct addr a, char out[ADDR_TEXT_SIZE]);

/* An address or "address/bits", host bits cleared; `bits` (may be NULL): 32 or
 * 128 for a single address of the family. */
enum err range_parse(const char *text, struct range *out, int *bits);
/* Everything, of both families. */
struct range range_all(void);
/* The shortest of address, CIDR, "a-b" and "*" that says it. */
void range_print(struct range r, char out[RANGE_TEXT_SIZE]);
/* Always with its length, "10.0.0.1/32"; only for what is a CIDR. */
void range_print_prefix(struct range r, char out[RANGE_TEXT_SIZE]);
bool range_is_single(struct range r);
bool range_is_cidr(struct range r, int *bits);
bool range_holds(struct range r, struct addr a);
bool range_within(struct range inner, struct range outer);
bool range_overlaps(struct range a, struct range b);
/* It has more addresses than that; of one family. */
bool range_exceeds(struct range r, size_t count);

/* Makes a set of any ranges. */
struct range_set range_set_of(
	struct arena *mem, const struct range *at, size_t count);
struct range_set range_set_join(
	struct arena *mem, struct range_set a, struct range_set b);
struct range_set range_set_without(
	struct arena *mem, struct range_set a, struct range_set b);
bool range_set_holds(struct range_set s, struct addr a);
bool range_set_overlaps(struct range_set s, struct range r);

#endif
