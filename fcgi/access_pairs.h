/*
 * access_pairs.h: the verdict on pairs, with the rule or the nearest miss of
 * each (spec/pages.md 11.4).  Pairs that differ in one machine's name alone are
 * told once, with the names of the others.
 */
#ifndef FCGI_ACCESS_PAIRS_H
#define FCGI_ACCESS_PAIRS_H

#include <stddef.h>

#include "base/err.h"

struct access;
struct policy_pair;

enum {
	ACCESS_PAIRS_MAX = 20, /* told, of those that differ in more */
};

/* `#verdict`, as long as there is time. */
enum err access_pairs(
	struct access *a, const struct policy_pair *pairs, size_t count);

#endif
