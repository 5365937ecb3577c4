#include "tailnet/client_version.h"

#include <stdlib.h>
#include <string.h>

enum {
	PARTS = 3,
	DIGITS_MAX = 4,
};

/* How much of it is three numbers; 0: they are not there. */
static size_t
take(const char *text, long out[PARTS])
{
	const char *at = text;

	for (int i = 0; i < PARTS; i++) {
		size_t digits = strspn(at, "0123456789");

		if (!digits || digits > DIGITS_MAX)
			return 0;
		out[i] = strtol(at, NULL, 10);
		at += digits;
		if (i < PARTS - 1 && *at++ != '.')
			return 0;
	}
	return (size_t)(at - text);
}

bool
client_version_is_valid(const char *text)
{
	long parts[PARTS];
	size_t len = take(text, parts);

	return len && !text[len];
}

bool
client_version_is_older(const char *version, const char *newest)
{
	long a[PARTS], b[PARTS];

	if (!take(version, a) || !take(newest, b))
		return false;
	for (int i = 0; i < PARTS; i++)
		if (a[i] != b[i])
			return a[i] < b[i];
	return false;
}
