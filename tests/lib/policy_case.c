#include "tests/lib/policy_case.h"

#include <string.h>

struct policy_case
policy_case_read(struct arena *mem, const char *written)
{
	char *text = arena_alloc(mem, strlen(written) + 1), *out = text;
	struct policy_place at = { 1, 1 };
	struct policy_case c = { .place = { 0, 0 } };

	for (const char *s = written; *s; s++) {
		if (*s == '^') {
			c.place = at;
			continue;
		}
		*out++ = *s == '\'' ? '"' : *s == '`' ? '\'' : *s;
		at.column++;
		if (*s == '\n')
			at = (struct policy_place){ at.line + 1, 1 };
	}
	c.text = (struct bytes){ (unsigned char *)text, (size_t)(out - text) };
	return c;
}

struct policy *
policy_case_load(
	struct arena *mem, const char *written, struct policy_error *error)
{
	static const char *domain[] = { "example.com" };
	struct json_texts domains = { domain, 1 };
	struct policy *p = NULL;

	*error = (struct policy_error){ "", { 0, 0 } };
	(void)policy_load(
		policy_case_read(mem, written).text, &domains, mem, &p, error);
	return p;
}
