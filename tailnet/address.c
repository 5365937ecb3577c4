#include "tailnet/address.h"

#include <sodium.h>
#include <string.h>

#include "db/node.h"
#include "db/retired.h"
#include "db/user.h"
#include "tailnet/policy_ask.h"

/* An address as a number; for IPv4 the first 32 bits are used. */
typedef unsigned __int128 number;

/* clang-format off */
static const char *const reserved_texts[] = {
	"100.100.0.0/24",   /* used by the hosted service */
	"100.100.100.0/24", /* 100.100.100.100 is the client's own DNS */
	"100.115.92.0/23",  /* virtual machines of ChromeOS */
	"fd7a:115c:a1e0::53/128",                     /* the client's own DNS */
	"fd7a:115c:a1e0:b1a::/64",                    /* 4via6 */
	"fd7a:115c:a1e0:ab12:4843:cd96:6200::/104",   /* 4to6 */
	"fd7a:115c:a1e0:efe3::/64",                   /* ephemeral */
};
/* clang-format on */

static unsigned
width(uint8_t family)
{
	return family == 4 ? 32 : 128;
}

static number
to_number(const struct ip *ip)
{
	number n = 0;

	for (unsigned i = 0; i < width(ip->family) / 8; i++)
		n = n << 8 | ip->bytes[i];
	return n;
}

static struct ip
from_number(number n, uint8_t family)
{
	struct ip ip = { .family = family };

	for (unsigned i = width(family) / 8; i-- > 0; n >>= 8)
		ip.bytes[i] = (uint8_t)n;
	return ip;
}

/* First and last address of a prefix. */
static number
first_of(const struct prefix *p)
{
	return to_number(&p->ip);
}

static number
last_of(const struct prefix *p)
{
	unsigned host = width(p->ip.family) - p->bits;

	return first_of(p) |
	       (host >= 128 ? ~(number)0 : ((number)1 << host) - 1);
}

/* Whether `n` lies in a reserved area; *end is its last address. */
static bool
is_reserved(number n, uint8_t family, number *end)
{
	struct ip ip = from_number(n, family);
	struct prefix p;

	for (size_t i = 0;
		i < sizeof(reserved_texts) / sizeof(reserved_texts[0]); i++)
		if (prefix_parse(reserved_texts[i], &p) == ERR_OK &&
			prefix_contains(&p, &ip)) {
			*end = last_of(&p);
			return true;
		}
	return false;
}

bool
address_is_reserved(const struct prefix *p)
{
	number end;

	return is_reserved(first_of(p), p->ip.family, &end) &&
	       end >= last_of(p);
}

/* First and last of a prefix are no hosts, but of one or two. */
static unsigned
edge_of(const struct prefix *p)
{
	return p->bits + 1U < width(p->ip.family);
}

bool
address_may_be(const struct prefix *p, const struct ip *ip)
{
	number n = to_number(ip), end;

	return p->ip.family && p->ip.family == ip->family &&
	       n >= first_of(p) + edge_of(p) && n <= last_of(p) - edge_of(p) &&
	       !is_reserved(n, ip->family, &end);
}

static bool
is_outside(const char *text, const struct prefix *p)
{
	struct ip ip;

	return text && (!p->ip.family || ip_parse(text, &ip) != ERR_OK ||
			       !prefix_contains(p, &ip));
}

enum err
address_outside(struct db *db, bool four, const char *prefix, struct arena *mem,
	int64_t *count)
{
	struct prefix p = { .bits = 0 };
	struct node *nodes;
	size_t n;
	enum err e = *prefix ? prefix_parse(prefix, &p) : ERR_OK;

	if (!e)
		e = db_nodes(db, mem, &nodes, &n);
	if (e)
		return e;
	*count = 0;
	for (size_t i = 0; i < n; i++)
		*count += is_outside(four ? nodes[i].ipv4 : nodes[i].ipv6, &p);
	return ERR_OK;
}

/* Without modulo bias that matters: the ranges are powers of two but for the
 * two addresses at their ends. */
static number
random_in(number first, number last)
{
	number n;

	randombytes_buf(&n, sizeof(n));
	return first + n % (last - first + 1);
}

/* Behind the newest node's address, or the first of the range. */
static enum err
next_in_order(struct db *db, uint8_t family, number first, number last,
	struct arena *mem, number *out)
{
	struct node newest = { .id = 0 };
	struct ip ip;
	const char *text;
	enum err e = db_node_newest(db, mem, &newest);

	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = first;
	text = family == 4 ? newest.ipv4 : newest.ipv6;
	if (text && ip_parse(text, &ip) == ERR_OK) {
		number n = to_number(&ip);

		if (n >= first && n < last)
			*out = n + 1;
	}
	return ERR_OK;
}

static enum err
is_free(struct db *db, number n, uint8_t family, int64_t now, struct arena *mem,
	const char **out)
{
	struct ip ip = from_number(n, family);
	char text[IP_TEXT_SIZE];
	bool taken = false;
	enum err e;

	ip_print(&ip, text);
	e = db_node_address_taken(db, text, &taken);
	if (!e && !taken)
		e = db_address_held(db, text, now, &taken);
	if (!e && !taken)
		*out = arena_strdup(mem, text);
	return e;
}

/* From `start` to `last`, then from `first` up to `start`. */
static enum err
scan(struct db *db, uint8_t family, const number range[2], number start,
	int64_t now, struct arena *mem, const char **out)
{
	number n = start, end;
	bool around = false;
	enum err e = ERR_OK;

	*out = NULL;
	while (!e && !*out) {
		if (n > range[1]) {
			if (around)
				return ERR_NO_ADDRESS;
			around = true;
			n = range[0];
		}
		if (around && n >= start)
			return ERR_NO_ADDRESS;
		if (is_reserved(n, family, &end)) {
			n = end + 1;
			continue;
		}
		e = is_free(db, n, family, now, mem, out);
		n++;
	}
	return e;
}

static enum err
next_of(struct db *db, const struct prefix *p, bool in_order, int64_t now,
	struct arena *mem, const char **out)
{
	uint8_t family = p->ip.family;
	number range[2], start;
	unsigned edge = edge_of(p);
	enum err e = ERR_OK;

	*out = NULL;
	if (!family)
		return ERR_OK;
	range[0] = first_of(p) + edge;
	range[1] = last_of(p) - edge;
	if (in_order)
		e = next_in_order(db, family, range[0], range[1], mem, &start);
	else
		start = random_in(range[0], range[1]);
	return e ? e : scan(db, family, range, start, now, mem, out);
}

static enum err
next_of_pools(struct db *db, const struct address_space *space, bool in_order,
	int64_t now, struct arena *mem, const char **out)
{
	enum err e = ERR_NO_ADDRESS;

	for (size_t i = 0; e == ERR_NO_ADDRESS && i < space->pool_count; i++)
		e = next_of(db, &space->pools[i], in_order, now, mem, out);
	return e;
}

static enum err
next_four(struct db *db, const struct address_space *space, bool in_order,
	int64_t now, struct arena *mem, const char **out)
{
	if (space->pool_count && space->ipv4.ip.family)
		return next_of_pools(db, space, in_order, now, mem, out);
	return next_of(db, &space->ipv4, in_order, now, mem, out);
}

enum err
address_next_in(struct db *db, const struct address_space *space,
	const struct settings *s, int64_t now, struct arena *mem,
	const char **ipv4, const char **ipv6)
{
	bool in_order = strcmp(s->address_order, "sequential") == 0;
	const char *four, *six;
	enum err e = next_four(db, space, in_order, now, mem, &four);

	if (!e)
		e = next_of(db, &space->ipv6, in_order, now, mem, &six);
	if (e)
		return e;
	*ipv4 = four;
	*ipv6 = six;
	return ERR_OK;
}

static enum err
find_pools(struct db *db, const struct node *n, struct arena *mem,
	struct address_space *space)
{
	struct prefix *pools = NULL;
	struct user owner;
	enum err e = ERR_OK;

	if (n->user_id)
		e = db_user_by_id(db, n->user_id, mem, &owner);
	if (!e)
		e = policy_ask_pools(db, n, n->user_id ? &owner : NULL, mem,
			&pools, &space->pool_count);
	space->pools = pools;
	return e;
}

enum err
address_next(struct db *db, const struct settings *s, const struct node *n,
	int64_t now, struct arena *mem, const char **ipv4, const char **ipv6)
{
	struct address_space space = { .pools = NULL };
	enum err e = find_pools(db, n, mem, &space);

	if (e)
		return e;
	if (*s->ipv4_prefix)
		e = prefix_parse(s->ipv4_prefix, &space.ipv4);
	if (!e && *s->ipv6_prefix)
		e = prefix_parse(s->ipv6_prefix, &space.ipv6);
	return e ? e : address_next_in(db, &space, s, now, mem, ipv4, ipv6);
}
