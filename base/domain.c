#include "base/domain.h"

#include <string.h>

enum {
	DOMAIN_LABEL_MAX = 63,
};

/* Letters, digits and '-', not at the ends. */
static bool
is_label(const char *s, size_t len)
{
	if (len == 0 || len > DOMAIN_LABEL_MAX || s[0] == '-' ||
		s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			    (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
			return false;
	return true;
}

bool
domain_is_ascii(const char *s)
{
	while (*s && (unsigned char)*s < 0x80)
		s++;
	return !*s;
}

bool
domain_is_valid(const char *s, size_t max)
{
	if (strlen(s) > max)
		return false;
	for (;;) {
		size_t len = strcspn(s, ".");

		if (!is_label(s, len))
			return false;
		if (s[len] == '\0')
			return true;
		s += len + 1;
	}
}

char *
domain_lower(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);

	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return out;
}

const char *
domain_normal(struct arena *mem, const char *s)
{
	char *out = domain_lower(mem, s);
	size_t len = strlen(out);

	if (len && out[len - 1] == '.')
		out[len - 1] = '\0';
	return domain_is_valid(out, DOMAIN_NAME_MAX) ? out : NULL;
}

bool
domain_holds(const char *domain, const char *name)
{
	size_t d = strlen(domain), n = strlen(name);

	if (n < d || strcmp(name + n - d, domain) != 0)
		return false;
	return n == d || name[n - d - 1] == '.';
}
