/*
 * page_machine.c: one machine: everything that is known of it (spec/pages.md
 * 9.3), and for its owner what is the owner's business (8).
 */
#include <string.h>

#include "db/attribute.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/machine_events.h"
#include "fcgi/machine_facts.h"
#include "fcgi/machine_forms.h"
#include "fcgi/machine_routes.h"
#include "fcgi/machine_where.h"
#include "fcgi/pages_machines.h"

/* Another's is answered as one that never was, and so is one that was deleted:
 * who made it is not told to everybody. */
static enum err
find_own(struct request *r, int64_t id, struct node *out, bool *gone)
{
	enum err e = id ? db_node_by_id(r->db, id, r->mem, out) : ERR_NOT_FOUND;

	*gone = e == ERR_NOT_FOUND || (!e && out->user_id != r->who.user_id);
	return *gone ? reply_gone(
			       r, &(struct gone){ .thing = "machine of yours",
					  .list = "/me",
					  .list_words = "Your machines" })
		     : e;
}

enum err
machine_find(struct request *r, struct node *out, bool *gone)
{
	int64_t id = page_id(r, 0);
	enum err e;

	if (machine_where(r)->own)
		return find_own(r, id, out, gone);
	e = id ? db_node_by_id(r->db, id, r->mem, out) : ERR_NOT_FOUND;

	*gone = e == ERR_NOT_FOUND;
	return *gone ? reply_gone(r, &(struct gone){ .kind = "node",
					     .id = id,
					     .event = "machine.deleted",
					     .thing = "machine",
					     .list = "/admin/machines",
					     .list_words = "All machines" })
		     : e;
}

/* What people say of it, for postures of the policy. */
static enum err
show_attributes(struct request *r, const struct node *n)
{
	struct attribute *rows;
	size_t count = 0;
	enum err e = db_attributes(r->db, n->id, r->mem, &rows, &count);

	if (e)
		return e;
	html_begin(r, "section", "id", "attributes", "data-swap", "");
	html_element(r, "h2", "Attributes");
	html_begin(r, count ? "dl" : "p");
	if (!count)
		html_text(r, "It has none.");
	for (size_t i = 0; i < count; i++) {
		machine_fact(r, rows[i].name, rows[i].name);
		html_text(r, rows[i].value);
		if (rows[i].expires_at) {
			html_text(r, ", until ");
			html_time(r, rows[i].expires_at);
		}
		html_end(r);
	}
	html_end(r);
	html_end(r);
	return ERR_OK;
}

static enum err
show(struct request *r, struct machine_facts *k, struct machine_forms *f,
	struct form *refused)
{
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "machine",
			.h1 = k->n->name,
			.section = SECTION_MACHINES,
			.up = { "/admin/machines", "All machines" },
			.live = "machine",
			.live_id = k->n->id },
		refused ? form_refused(refused) : NULL);
	machine_summary_show(r, k);
	machine_key_show(r, k);
	machine_connection_show(r, k);
	e = machine_routes_show(&k->world);
	if (!e)
		e = show_attributes(r, k->n);
	if (e)
		return e;
	machine_forms_show(r, k->n, f, &k->asks);
	e = machine_dns_show(&k->world);
	machine_caps_show(&k->world);
	machine_reach_show(&k->world);
	if (!e)
		e = machine_events_show(r, k->n);
	frame_end(r);
	return e;
}

/* What its owner is shown of it, and may do. */
static enum err
show_own(struct request *r, struct machine_facts *k, struct machine_forms *f,
	struct form *refused)
{
	frame_begin(r,
		&(struct page){ .name = "my-machine",
			.h1 = k->n->name,
			.section = SECTION_ME,
			.up = { "/me", "Your machines" },
			.live = "machine",
			.live_id = k->n->id },
		refused ? form_refused(refused) : NULL);
	machine_summary_show(r, k);
	machine_key_show(r, k);
	machine_connection_show(r, k);
	machine_forms_show_own(r, k->n, f);
	machine_reach_show(&k->world);
	frame_end(r);
	return ERR_OK;
}

enum err
machine_show(struct request *r, const struct node *n, struct machine_forms *f,
	struct form *refused)
{
	struct machine_facts k;
	enum err e = machine_facts_read(r, n, &k);

	if (!e)
		e = (k.own ? show_own : show)(r, &k, f, refused);
	machine_world_close(&k.world);
	return e;
}

enum err
page_machine(struct request *r)
{
	struct machine_forms f;
	struct node n;
	bool gone;
	enum err e = machine_find(r, &n, &gone);

	if (e || gone)
		return e;
	e = machine_forms_init(r, &n, &f);
	return e ? e : machine_show(r, &n, &f, NULL);
}
