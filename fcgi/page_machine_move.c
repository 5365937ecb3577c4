/*
 * page_machine_move.c: what the forms `owner` and `address` of a machine's page
 * do (spec/pages.md 9.3).
 */
#include <inttypes.h>
#include <string.h>

#include "db/node.h"
#include "fcgi/machine_forms.h"
#include "fcgi/owner.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "tailnet/node.h"

static const char *
page_of(struct request *r, const struct node *n)
{
	return arena_printf(r->mem, "/admin/machines/%" PRId64, n->id);
}

/* False: the answer is made, or *e says why not. */
static bool
begin(struct request *r, struct node *n, struct machine_forms *f, enum err *e)
{
	bool gone;

	*e = machine_find(r, n, &gone);
	if (*e || gone)
		return false;
	*e = machine_forms_init(r, n, f);
	return !*e;
}

/* Back to the machine; it may have gone while the form was done. */
static enum err
end(struct request *r, struct node *n, enum err e, const char *flash)
{
	bool gone;

	if (e == ERR_NOT_FOUND)
		return machine_find(r, n, &gone);
	return e ? e : form_done(r, page_of(r, n), flash, n->id);
}

/* ---- the owner ---- */

static bool
blame_owner(struct form *f, enum err e)
{
	if (e == ERR_HAS_MACHINE)
		form_complain(f, "owner",
			"This user has the same machine already: delete one of "
			"the two first.");
	else if (e == ERR_DENIED)
		form_complain(f, "owner",
			"Your role does not reach who owns it now: an owner or "
			"admin can do it.");
	else if (e == ERR_TAGGED)
		form_complain(
			f, "owner", "It has tags by now, and so no owner.");
	else
		return false;
	return true;
}

enum err
do_machine_owner(struct request *r)
{
	const struct actor a = prove_actor(r);
	struct machine_forms f;
	struct user to = { .id = 0 };
	struct node n;
	enum err e;

	if (!begin(r, &n, &f, &e))
		return e;
	if (form_take(&f.owner))
		e = owner_find(&f.owner, "owner", &to);
	if (e)
		return e;
	if (!form_ok(&f.owner))
		return machine_show(r, &n, &f, &f.owner);
	e = tailnet_node_move(
		r->db, &a, n.id, to.id, form_box(&f.owner, "sign_in"), r->now);
	if (!r->repeated && blame_owner(&f.owner, e))
		return machine_show(r, &n, &f, &f.owner);
	return end(r, &n, e, "machine-moved");
}

/* ---- the addresses ---- */

static const char *
holder_of(struct request *r, const char *address)
{
	struct node *nodes;
	size_t count;

	if (db_nodes(r->db, r->mem, &nodes, &count))
		return "another machine";
	for (size_t i = 0; i < count; i++)
		if ((nodes[i].ipv4 && strcmp(nodes[i].ipv4, address) == 0) ||
			(nodes[i].ipv6 && strcmp(nodes[i].ipv6, address) == 0))
			return nodes[i].name;
	return "another machine";
}

static bool
blame_address(struct form *f, enum err e, int family)
{
	const struct settings *s = f->r->settings;
	const char *field = family == 6 ? "ipv6" : "ipv4";
	const char *ip = form_get(f, field);
	const char *prefix = family == 6 ? s->ipv6_prefix : s->ipv4_prefix;

	if (e == ERR_BAD_ADDRESS)
		form_error(f, field, *ip ? "ip" : "required");
	else if (e == ERR_ADDRESS_RANGE && !*prefix)
		form_complain(f, field,
			"Machines have no addresses of this kind here.");
	else if (e == ERR_ADDRESS_RANGE)
		form_error(f, field, "ip-range", "ip", ip, "prefix", prefix);
	else if (e == ERR_ADDRESS_TAKEN)
		form_error(f, field, "ip-taken", "ip", ip, "machine",
			holder_of(f->r, ip));
	else
		return false;
	return true;
}

enum err
do_machine_addresses(struct request *r)
{
	struct node_addresses wanted;
	struct machine_forms f;
	struct node n;
	int family = 4;
	enum err e;

	if (!begin(r, &n, &f, &e))
		return e;
	if (!form_take(&f.address))
		return machine_show(r, &n, &f, &f.address);
	wanted = (struct node_addresses){ form_get(&f.address, "ipv4"),
		form_get(&f.address, "ipv6") };
	e = tailnet_node_addresses(r->db, r->settings, n.id, &wanted,
		prove_actor_text(r), r->now, &family);
	if (!r->repeated && blame_address(&f.address, e, family))
		return machine_show(r, &n, &f, &f.address);
	return end(r, &n, e, "machine-address");
}
