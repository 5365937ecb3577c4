#include "policy/range.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 number;

static number
number_of(struct addr a)
{
	return (number)a.high << 64 | a.low;
}

static struct addr
addr_of(uint64_t ipv6, number n)
{
	return (struct addr){ ipv6, (uint64_t)(n >> 64), (uint64_t)n };
}

static number
family_mask(struct addr a)
{
	return a.ipv6 ? ~(number)0 : UINT32_MAX;
}

int
addr_compare(struct addr a, struct addr b)
{
	number m = number_of(a), n = number_of(b);

	if (a.ipv6 != b.ipv6)
		return a.ipv6 ? 1 : -1;
	return m < n ? -1 : m > n;
}

bool
addr_is_ipv4(struct addr a)
{
	return !a.ipv6;
}

struct addr
addr_next(struct addr a)
{
	number n = number_of(a);

	if (n != family_mask(a))
		return addr_of(a.ipv6, n + 1);
	return a.ipv6 ? a : addr_of(1, 0);
}

enum err
addr_parse(const char *text, struct addr *out)
{
	bool ipv6 = strchr(text, ':');
	uint8_t b[16];
	number n = 0;

	if ((ipv6 && strchr(text, '.')) ||
		inet_pton(ipv6 ? AF_INET6 : AF_INET, text, b) != 1)
		return ERR_BAD_INPUT;
	for (size_t i = 0; i < (ipv6 ? 16 : 4); i++)
		n = n << 8 | b[i];
	*out = addr_of(ipv6, n);
	return ERR_OK;
}

static unsigned
group(struct addr a, unsigned i)
{
	return (unsigned)(number_of(a) >> (112 - 16 * i)) & 0xffff;
}

/* RFC 5952: "::" stands for the first of the longest runs of two or more. */
static void
longest_zeros(struct addr a, unsigned *start, unsigned *end)
{
	*start = *end = 0;
	for (unsigned i = 0, j; i < 8; i = j + 1) {
		for (j = i; j < 8 && !group(a, j); j++)
			;
		if (j - i > 1 && j - i > *end - *start) {
			*start = i;
			*end = j;
		}
	}
}

static void
print_ipv6(struct addr a, char out[ADDR_TEXT_SIZE])
{
	unsigned start, end;
	int len = 0;

	longest_zeros(a, &start, &end);
	for (unsigned i = 0; i < 8; i++) {
		if (i == start && end) {
			len += sprintf(out + len, "::");
			i = end;
			if (i == 8)
				break;
		} else if (i) {
			len += sprintf(out + len, ":");
		}
		len += sprintf(out + len, "%x", group(a, i));
	}
}

void
addr_print(struct addr a, char out[ADDR_TEXT_SIZE])
{
	if (a.ipv6)
		print_ipv6(a, out);
	else
		(void)sprintf(out, "%u.%u.%u.%u", (unsigned)(a.low >> 24) & 255,
			(unsigned)(a.low >> 16) & 255,
			(unsigned)(a.low >> 8) & 255, (unsigned)a.low & 255);
}

struct range
range_all(void)
{
	return (struct range){ addr_of(0, 0), addr_of(1, ~(number)0) };
}

/* Decimal without leading zeros, as the length of a CIDR is written. */
static enum err
parse_bits(const char *s, int most, int *out)
{
	size_t len = strspn(s, "0123456789");

	if (!len || len > 3 || s[len] || (*s == '0' && len > 1))
		return ERR_BAD_INPUT;
	*out = atoi(s);
	return *out > most ? ERR_BAD_INPUT : ERR_OK;
}

static struct range
range_of_bits(struct addr a, int bits)
{
	int rest = (a.ipv6 ? 128 : 32) - bits;
	number hosts = rest == 128 ? ~(number)0 : ((number)1 << rest) - 1;
	number n = number_of(a);

	return (struct range){ addr_of(a.ipv6, n & ~hosts),
		addr_of(a.ipv6, n | hosts) };
}

enum err
range_parse(const char *text, struct range *out, int *bits)
{
	char address[ADDR_TEXT_SIZE];
	const char *slash = strchrnul(text, '/');
	size_t len = (size_t)(slash - text);
	struct addr a;
	int most, length;

	if (len >= sizeof(address))
		return ERR_BAD_INPUT;
	memcpy(address, text, len);
	address[len] = '\0';
	if (addr_parse(address, &a))
		return ERR_BAD_INPUT;
	length = most = a.ipv6 ? 128 : 32;
	if (*slash && parse_bits(slash + 1, most, &length))
		return ERR_BAD_INPUT;
	*out = range_of_bits(a, length);
	if (bits)
		*bits = length;
	return ERR_OK;
}

bool
range_is_single(struct range r)
{
	return addr_compare(r.first, r.last) == 0;
}

bool
range_is_cidr(struct range r, int *bits)
{
	number differs = number_of(r.first) ^ number_of(r.last);
	int rest = 0;

	if (r.first.ipv6 != r.last.ipv6 || (differs & (differs + 1)) ||
		(number_of(r.first) & differs))
		return false;
	for (; differs; differs >>= 1)
		rest++;
	if (bits)
		*bits = (r.first.ipv6 ? 128 : 32) - rest;
	return true;
}

void
range_print_prefix(struct range r, char out[RANGE_TEXT_SIZE])
{
	int bits = 0;

	(void)range_is_cidr(r, &bits);
	addr_print(r.first, out);
	(void)sprintf(out + strlen(out), "/%d", bits);
}

void
range_print(struct range r, char out[RANGE_TEXT_SIZE])
{
	size_t len;

	if (r.first.ipv6 != r.last.ipv6) {
		(void)strcpy(out, "*");
		return;
	}
	addr_print(r.first, out);
	if (range_is_single(r))
		return;
	if (range_is_cidr(r, NULL)) {
		range_print_prefix(r, out);
		return;
	}
	len = strlen(out);
	out[len] = '-';
	addr_print(r.last, out + len + 1);
}

bool
range_holds(struct range r, struct addr a)
{
	return addr_compare(r.first, a) <= 0 && addr_compare(a, r.last) <= 0;
}

bool
range_within(struct range inner, struct range outer)
{
	return addr_compare(outer.first, inner.first) <= 0 &&
	       addr_compare(inner.last, outer.last) <= 0;
}

bool
range_exceeds(struct range r, size_t count)
{
	bool borrow = r.last.low < r.first.low;

	return r.last.high - r.first.high != borrow ||
	       r.last.low - r.first.low >= count;
}

bool
range_overlaps(struct range a, struct range b)
{
	return addr_compare(a.first, b.last) <= 0 &&
	       addr_compare(b.first, a.last) <= 0;
}

/* ---- sets ---- */

static int
compare_first(const void *a, const void *b)
{
	return addr_compare(((const struct range *)a)->first,
		((const struct range *)b)->first);
}

/* Behind the set's last range, or as a part of it. */
static void
add(struct range *set, size_t *count, struct range r)
{
	struct range *last = *count ? &set[*count - 1] : NULL;

	if (last && last->last.ipv6 == r.first.ipv6 &&
		(addr_compare(r.first, last->last) <= 0 ||
			!addr_compare(r.first, addr_next(last->last)))) {
		if (addr_compare(last->last, r.last) < 0)
			last->last = r.last;
		return;
	}
	set[(*count)++] = r;
}

struct range_set
range_set_of(struct arena *mem, const struct range *at, size_t count)
{
	struct range *all = arena_array(mem, 2 * count + 1, sizeof(*all));
	size_t parts = 0, merged = 0;

	for (size_t i = 0; i < count; i++) {
		struct range r = at[i];

		if (r.first.ipv6 != r.last.ipv6) {
			all[parts++] = (struct range){ r.first,
				addr_of(0, UINT32_MAX) };
			r.first = addr_of(1, 0);
		}
		all[parts++] = r;
	}
	qsort(all, parts, sizeof(*all), compare_first);
	for (size_t i = 0; i < parts; i++)
		add(all, &merged, all[i]);
	return (struct range_set){ all, merged };
}

struct range_set
range_set_join(struct arena *mem, struct range_set a, struct range_set b)
{
	size_t count = a.count + b.count, i = 0, j = 0, merged = 0;
	struct range *all = arena_array(mem, count + 1, sizeof(*all));

	while (i + j < count)
		if (j == b.count ||
			(i < a.count && compare_first(&a.at[i], &b.at[j]) <= 0))
			add(all, &merged, a.at[i++]);
		else
			add(all, &merged, b.at[j++]);
	return (struct range_set){ all, merged };
}

static struct addr
addr_before(struct addr a)
{
	return addr_of(a.ipv6, number_of(a) - 1);
}

/* Appends what is left of `r` without the ranges of `b` from *j on; those that
 * end before it does are done with. */
static void
cut(struct range r, struct range_set b, size_t *j, struct range *out,
	size_t *count)
{
	for (; *j < b.count; (*j)++) {
		struct range hole = b.at[*j];

		if (addr_compare(hole.last, r.first) < 0)
			continue;
		if (addr_compare(hole.first, r.last) > 0)
			break;
		if (addr_compare(hole.first, r.first) > 0)
			out[(*count)++] = (struct range){ r.first,
				addr_before(hole.first) };
		if (addr_compare(hole.last, r.last) >= 0)
			return;
		r.first = addr_next(hole.last);
	}
	out[(*count)++] = r;
}

struct range_set
range_set_without(struct arena *mem, struct range_set a, struct range_set b)
{
	struct range *left =
		arena_array(mem, a.count + b.count + 1, sizeof(*left));
	size_t count = 0, j = 0;

	for (size_t i = 0; i < a.count; i++)
		cut(a.at[i], b, &j, left, &count);
	return (struct range_set){ left, count };
}

/* The first range that ends at `a` or behind it. */
static size_t
first_reaching(struct range_set s, struct addr a)
{
	size_t low = 0, high = s.count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (addr_compare(s.at[middle].last, a) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
range_set_holds(struct range_set s, struct addr a)
{
	size_t i = first_reaching(s, a);

	return i < s.count && addr_compare(s.at[i].first, a) <= 0;
}

bool
range_set_overlaps(struct range_set s, struct range r)
{
	size_t i = first_reaching(s, r.first);

	return i < s.count && addr_compare(s.at[i].first, r.last) <= 0;
}
