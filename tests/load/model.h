/*
 * model.h: a viewer that believes everything it was told, and the comparison
 * with what is true.
 *
 * Messages are kept as they come and are taken in only at the comparison, so
 * that parsing weighs on no time that is measured.
 */
#ifndef TESTS_LOAD_MODEL_H
#define TESTS_LOAD_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proto/key.h"

/* A node as everybody else must see it. */
struct truth {
	int64_t id, home_derp;
	const char *label;    /* the first of its name */
	const char *address;  /* with its length */
	const char *endpoint; /* the first in the server's order */
	size_t endpoints;
	bool online;
	struct key node, disco; /* public */
};

struct model;

struct model *model_new(void);
void model_free(struct model *m);

/* A map stream begins: what is known is void. */
void model_begin(struct model *m);
void model_keep(struct model *m, struct bytes frames);

/* Takes in what was kept and compares it with the `count` nodes, of which
 * `self` is the viewer's own place.  How much differs; the first few
 * differences are printed. */
size_t model_compare(
	struct model *m, const struct truth *nodes, size_t count, size_t self);

#endif
