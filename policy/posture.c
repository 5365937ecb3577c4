#include <stdlib.h>
#include <string.h>

#include "policy/inside.h"

static const char *
attribute_of(const struct machine *m, const char *name)
{
	for (size_t i = 0; i < m->attribute_count; i++)
		if (strcmp(m->attributes[i].name, name) == 0)
			return m->attributes[i].value;
	return NULL;
}

static bool
is_version(const char *attribute)
{
	return strcmp(attribute, "node:osVersion") == 0 ||
	       strcmp(attribute, "node:tsVersion") == 0;
}

/* One field of a version: digits as a number, all else as text.  Of nothing is
 * left: 0. */
static int
compare_fields(const char **a, const char **b)
{
	size_t m = strcspn(*a, "."), n = strcspn(*b, ".");
	size_t digits_a = strspn(*a, "0123456789");
	size_t digits_b = strspn(*b, "0123456789");
	int order = 0;

	if (digits_a == m && digits_b == n) {
		unsigned long long x = strtoull(*a, NULL, 10);
		unsigned long long y = strtoull(*b, NULL, 10);

		order = (x > y) - (x < y);
	} else {
		order = strncmp(*a, *b, m < n ? n : m);
	}
	*a += m + ((*a)[m] == '.');
	*b += n + ((*b)[n] == '.');
	return order;
}

static int
compare_versions(const char *a, const char *b)
{
	int order = 0;

	while (!order && (*a || *b))
		order = compare_fields(&a, &b);
	return order;
}

static bool
number_of(const char *text, double *out)
{
	char *end;

	*out = strtod(text, &end);
	return *text && !*end;
}

/* -1, 0, 1; 2: the two cannot be compared. */
static int
compare(const char *attribute, const char *value,
	const struct posture_value *with)
{
	double x, y;

	if (is_version(attribute) && with->text)
		return compare_versions(value, with->text);
	if (with->kind == POSTURE_BOOL) {
		bool truth = strcmp(value, "true") == 0;

		if (!truth && strcmp(value, "false") != 0)
			return 2;
		return truth - with->truth;
	}
	if (with->kind == POSTURE_TEXT)
		return strcmp(value, with->text) == 0 ? 0 : 2;
	y = with->number;
	if (!number_of(value, &x))
		return 2;
	return (x > y) - (x < y);
}

static bool
is_among(const struct condition *c, const char *value)
{
	for (size_t i = 0; i < c->value_count; i++)
		if (compare(c->attribute, value, &c->values[i]) == 0)
			return true;
	return false;
}

static bool
is_ordered(const struct condition *c, const char *value)
{
	int order = compare(c->attribute, value, &c->values[0]);

	switch (c->op) {
	case IS_LESS:
		return order < 0;
	case IS_AT_MOST:
		return order <= 0;
	case IS_MORE:
		return order > 0 && order != 2;
	default:
		return order >= 0 && order != 2;
	}
}

static bool
condition_holds(const struct condition *c, const char *value)
{
	if (c->op == IS_NOT_SET)
		return !value;
	if (!value)
		return false;
	switch (c->op) {
	case IS_SET:
		return true;
	case IS_EQUAL:
	case IS_IN:
		return is_among(c, value);
	case IS_NOT_EQUAL:
	case IS_NOT_IN:
		return !is_among(c, value);
	default:
		return is_ordered(c, value);
	}
}

bool
posture_holds(const struct engine *e, size_t posture, const struct machine *m)
{
	const struct posture *p = &engine_policy(e)->postures[posture];

	for (size_t i = 0; i < p->count; i++)
		if (!condition_holds(&p->conditions[i],
			    attribute_of(m, p->conditions[i].attribute)))
			return false;
	return true;
}
