/*
 * GET /health: for load balancers (draft-inadarei-api-health-check).
 */
#include "fcgi/pub.h"
#include "fcgi/reply.h"
#include "tailnet/health.h"

struct health {
	const char *status, *output;
};

#define THIS struct health
static const struct json_field health_fields[] = {
	JSON_FIELD(THIS, status, "status", KEEP_EMPTY),
	JSON_FIELD(THIS, output, "output", OMIT_EMPTY),
};
#undef THIS
static const struct json_table health_table =
	JSON_TABLE(struct health, health_fields);

enum err
pub_health(struct request *r)
{
	struct health h = { .status = "pass" };
	bool fails;
	enum err e;

	h.output = health_trouble(r->db, r->home, r->now, r->mem);
	fails = h.output != NULL;
	if (fails)
		h.status = "fail";
	else if ((h.output = health_warning(r->db, r->now, r->mem)))
		h.status = "warn";
	e = reply_json(r, &health_table, &h);
	r->reply.status = fails ? 500 : 200;
	r->reply.type = "application/health+json; charset=utf-8";
	return e;
}
