#include "policy/duration.h"

#include <stddef.h>
#include <string.h>

/* Wide enough for any number of digits that is worth telling apart. */
typedef __int128 wide;

static const wide too_much = (wide)1 << 64;

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\u00b5s", 1000 },
	{ "\u03bcs", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60000000000 },
	{ "h", 3600000000000 },
};

static const struct unit *
find_unit(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == len &&
			memcmp(units[i].name, s, len) == 0)
			return &units[i];
	return NULL;
}

static wide
whole(const char *s, size_t len, int64_t unit)
{
	wide n = 0;

	for (size_t i = 0; i < len && n < too_much; i++)
		n = n * 10 + s[i] - '0';
	return n * unit;
}

/* The digits behind a point, in units, rounded down. */
static wide
part(const char *s, size_t len, int64_t unit)
{
	wide n = 0;

	while (len--)
		n = ((wide)(s[len] - '0') * unit + n) / 10;
	return n;
}

static const char *
invalid(const char *text, struct arena *mem)
{
	return arena_printf(mem, "time: invalid duration \"%s\"", text);
}

/* One number with its unit, from *at on. */
static const char *
parse_term(const char *text, const char **at, struct arena *mem, wide *sum)
{
	static const char digits[] = "0123456789";
	const char *s = *at, *point;
	size_t before = strspn(s, digits), behind = 0, len;
	const struct unit *unit;

	point = s + before;
	if (*point == '.')
		behind = strspn(point + 1, digits);
	if (!before && !behind)
		return invalid(text, mem);
	*at = point + (*point == '.') + behind;
	len = strcspn(*at, ".0123456789");
	if (!len)
		return arena_printf(
			mem, "time: missing unit in duration \"%s\"", text);
	unit = find_unit(*at, len);
	if (!unit)
		return arena_printf(mem,
			"time: unknown unit \"%.*s\" in duration \"%s\"",
			(int)len, *at, text);
	*at += len;
	*sum += whole(s, before, unit->ns) + part(point + 1, behind, unit->ns);
	return *sum > INT64_MAX ? invalid(text, mem) : NULL;
}

const char *
duration_parse(const char *text, struct arena *mem, int64_t *ns)
{
	const char *s = text + (*text == '-' || *text == '+'), *why = NULL;
	wide sum = 0;

	if (!*s)
		return invalid(text, mem);
	if (strcmp(s, "0") == 0)
		s++;
	while (!why && *s)
		why = parse_term(text, &s, mem, &sum);
	if (!why)
		*ns = (int64_t)(*text == '-' ? -sum : sum);
	return why;
}

/* n / 10^places with as few digits as say it. */
static const char *
decimal(uint64_t n, int places, struct arena *mem)
{
	uint64_t power = 1;

	for (int i = 0; i < places; i++)
		power *= 10;
	for (; places && n % 10 == 0; places--, n /= 10)
		power /= 10;
	if (!places)
		return arena_printf(mem, "%llu", (unsigned long long)n);
	return arena_printf(mem, "%llu.%0*llu", (unsigned long long)(n / power),
		places, (unsigned long long)(n % power));
}

static char *
print_small(const char *sign, uint64_t ns, struct arena *mem)
{
	if (!ns)
		return arena_strdup(mem, "0s");
	if (ns < 1000)
		return arena_printf(mem, "%s%sns", sign, decimal(ns, 0, mem));
	if (ns < 1000000)
		return arena_printf(
			mem, "%s%s\u00b5s", sign, decimal(ns, 3, mem));
	return arena_printf(mem, "%s%sms", sign, decimal(ns, 6, mem));
}

char *
duration_print(int64_t ns, struct arena *mem)
{
	const char *sign = ns < 0 ? "-" : "", *seconds;
	uint64_t n = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t second = 1000000000, minute = 60 * second;
	unsigned long long hours, minutes;

	if (n < second)
		return print_small(sign, n, mem);
	seconds = decimal(n % minute, 9, mem);
	minutes = n / minute % 60;
	hours = n / minute / 60;
	if (hours)
		return arena_printf(
			mem, "%s%lluh%llum%ss", sign, hours, minutes, seconds);
	if (minutes)
		return arena_printf(mem, "%s%llum%ss", sign, minutes, seconds);
	return arena_printf(mem, "%s%ss", sign, seconds);
}
