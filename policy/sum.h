/*
 * sum.h: sets of texts told apart by a number.
 *
 * The sum of keyed hashes of all texts of a set does not depend on their order,
 * and a text that comes or goes is one addition or subtraction.  Without the
 * key, which never leaves the process, nobody can make two sets meet; it is one
 * for all engines of a process and shows in no answer.
 */
#ifndef POLICY_SUM_H
#define POLICY_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sum {
	uint64_t a, b;
};

struct sum sum_of(const void *bytes, size_t len);
struct sum sum_of_text(const char *text);

static inline struct sum
sum_plus(struct sum x, struct sum y)
{
	return (struct sum){ x.a + y.a, x.b + y.b };
}

static inline struct sum
sum_minus(struct sum x, struct sum y)
{
	return (struct sum){ x.a - y.a, x.b - y.b };
}

static inline bool
sum_equal(struct sum x, struct sum y)
{
	return x.a == y.a && x.b == y.b;
}

#endif
