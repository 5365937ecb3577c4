/*
 * policy_template.h: policies to begin with: what setup offers and the editor
 * fills in.
 */
#ifndef TAILNET_POLICY_TEMPLATE_H
#define TAILNET_POLICY_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

struct policy_template {
	const char *name;  /* "own-devices" */
	const char *words; /* "Everyone reaches their own machines" */
	const char *text;
	bool at_setup; /* one of the choices there */
};

extern const struct policy_template policy_templates[];
extern const size_t policy_template_count;

/* NULL when there is no such. */
const struct policy_template *policy_template(const char *name);

#endif
