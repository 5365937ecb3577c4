/*
 * machine_routes.h: the routes of one machine, as its page shows them and as
 * its form takes them: each prefix once, advertised or approved or both, and
 * the exit node (0.0.0.0/0 and ::/0) as one (spec/pages.md 9.3).
 */
#ifndef FCGI_MACHINE_ROUTES_H
#define FCGI_MACHINE_ROUTES_H

#include "base/json.h"
#include "db/node.h"
#include "fcgi/form.h"
#include "fcgi/machine_world.h"

struct machine_route {
	const char *prefix; /* NULL: the exit node */
	bool advertised, approved;
};

struct machine_routes {
	struct machine_route *at;
	size_t count; /* the exit node, if any, is the last */
};

void machine_routes_of(
	struct request *r, const struct node *n, struct machine_routes *out);

/* The section #routes. */
enum err machine_routes_show(struct machine_world *w);

/* By whom that route of it was approved, and when; a line of the policy is a
 * link. */
enum err machine_route_approver(
	struct request *r, const struct node *n, const char *prefix);

/* The form, made of what is stored.  With more than FORM_VALUES_MAX prefixes
 * there is none, and the page says what does it instead. */
void machine_routes_form(
	struct request *r, const struct node *n, struct form *f);
void machine_routes_form_show(struct request *r, struct form *f);
/* What the form asks for, after form_take; what it may not ask for is said at
 * its field. */
void machine_routes_asked(struct form *f, struct json_texts *out);

#endif
