#include "fcgi/machine_world.h"

#include "fcgi/html.h"
#include "fcgi/policy_show.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_world.h"

enum err
machine_world_open(
	struct request *r, const struct node *n, struct machine_world *w)
{
	struct engine_settings shown;
	struct policy_force force;
	enum err e = policy_in_force(r->db, r->mem, &force);

	*w = (struct machine_world){ .r = r, .n = n };
	if (e)
		return e;
	w->version = force.broken ? force.version : 0;
	e = policy_world(r->db, force.policy, r->mem, &w->e);
	if (e)
		return e;
	shown = policy_settings(r->settings);
	engine_set_settings(w->e, &shown);
	return ERR_OK;
}

void
machine_world_close(struct machine_world *w)
{
	engine_free(w->e);
	w->e = NULL;
}

void
machine_world_line(struct machine_world *w, uint32_t line)
{
	struct request *r = w->r;

	if (line)
		html_link(r, policy_line_path(r, w->version, line),
			arena_printf(r->mem, "line %u", line));
}
