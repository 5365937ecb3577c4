/*
 * rules.h: the ordinary policy: 13 classes (three groups of people, ten tags)
 * and 20 rules whose sources are names, and which together let every class see
 * every other.  Rule i of the first 13 lets class i reach itself and the six
 * after it in the circle; six more open other ports; the last one lets a group
 * reach all classes.
 */
#ifndef TESTS_LOAD_RULES_H
#define TESTS_LOAD_RULES_H

#include "tests/lib/site.h"

enum {
	RULES_CLASSES = 13,
	RULES_COUNT = 20,
	RULES_PORT = 9000, /* of the last rule, at first */
};

struct rules {
	unsigned port;       /* of the last rule */
	const char *targets; /* of one rule more, as JSON; NULL: no such rule */
	const char *blank;   /* behind the text */
};

/* Stores it and rings: the worker tells its clients. */
void rules_set(struct site *s, const struct rules *r);
/* A person for each group, and a reusable key for each class. */
void rules_keys(struct site *s, const char *keys[RULES_CLASSES]);

#endif
