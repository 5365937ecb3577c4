/*
 * page_machine_do.c: what the forms of a machine's page do (spec/pages.md 9.3).
 */
#include <string.h>

#include "base/json.h"
#include "base/zone.h"
#include "db/audit.h"
#include "db/route_count.h"
#include "fcgi/flash.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/machine_forms.h"
#include "fcgi/machine_routes.h"
#include "fcgi/machine_where.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/tags.h"
#include "tailnet/node.h"
#include "tailnet/routes.h"
#include "tailnet/ssh_check.h"

/* One form of one machine, being done. */
struct act {
	struct request *r;
	struct node n;
	struct machine_forms forms;
};

/* False: the answer is made, or *e says why not. */
static bool
act_begin(struct request *r, struct act *a, enum err *e)
{
	bool gone;

	a->r = r;
	*e = machine_find(r, &a->n, &gone);
	if (*e || gone)
		return false;
	*e = machine_forms_init(r, &a->n, &a->forms);
	return !*e;
}

static const char *
act_page(const struct act *a)
{
	return machine_path(a->r, a->n.id);
}

static enum err
show_refused(struct act *a, struct form *f)
{
	return machine_show(a->r, &a->n, &a->forms, f);
}

/* Back to the machine; it may have gone while the form was done. */
static enum err
act_end(struct act *a, enum err e, const char *flash)
{
	bool gone;

	if (e == ERR_NOT_FOUND)
		return machine_find(a->r, &a->n, &gone);
	return e ? e : form_done(a->r, act_page(a), flash, a->n.id);
}

static const char *
choice_of(struct request *r)
{
	const char *chosen = fields_one(r, "do");

	return chosen ? chosen : "";
}

static enum err
no_such_choice(struct request *r)
{
	r->why = "the form says nothing in its field do that can be done here";
	return ERR_BAD_INPUT;
}

/* Upper case is lowered by the rule; the words of the page are about that. */
static bool
blame_name(struct form *f, enum err e)
{
	if (e == ERR_BAD_NAME)
		form_error(f, "name", "label");
	else if (e == ERR_EXISTS)
		form_error(
			f, "name", "name-taken", "name", form_get(f, "name"));
	else if (e == ERR_TOO_BIG)
		form_complain(f, "name",
			"With the domain behind it this name is too long.");
	else
		return false;
	return true;
}

enum err
do_machine_name(struct request *r)
{
	struct form *f;
	struct act a;
	enum err e;

	if (!act_begin(r, &a, &e))
		return e;
	f = &a.forms.rename;
	if (!form_take(f))
		return show_refused(&a, f);
	e = tailnet_node_rename(r->db, r->settings, a.n.id, form_get(f, "name"),
		prove_actor_text(r), r->now);
	if (!r->repeated && blame_name(f, e))
		return show_refused(&a, f);
	return act_end(&a, e, "machine-renamed");
}

static const char *
owner_name(struct act *a)
{
	const char *name =
		db_audit_name(a->r->db, a->r->mem, "user", a->n.user_id);

	return name ? name : "Its owner";
}

static enum err
confirm_first_tags(struct act *a, const char *tags)
{
	const struct confirm c = {
		.question = arena_printf(a->r->mem, "Give %s tags?", a->n.name),
		.effects = { arena_printf(a->r->mem, "It gets %s.",
				     form_tags_text(a->r, tags)),
			arena_printf(a->r->mem,
				"%s loses this machine; its key stops "
				"expiring.",
				owner_name(a)),
			"What the owner's machines reach, it may reach no "
			"more." },
		.section = machine_where(a->r)->section,
		.button = "Set tags",
		.cancel = act_page(a),
	};

	return kept_confirm(a->r, &c);
}

/* NULL: refused, and said so. */
static const char *
take_tags(struct act *a)
{
	struct form *f = &a->forms.tags;
	const char *tags = form_take(f) ? form_tags(f, "tags") : NULL;

	if (!tags || strcmp(tags, "[]") != 0)
		return tags;
	form_error(f, "tags", a->n.user_id ? "required" : "tag-needed");
	return NULL;
}

enum err
do_machine_tags(struct request *r)
{
	const char *tags;
	struct act a;
	enum err e;

	if (!act_begin(r, &a, &e))
		return e;
	tags = take_tags(&a);
	if (!tags)
		return show_refused(&a, &a.forms.tags);
	if (a.n.user_id && !kept_is_confirmed(r))
		return confirm_first_tags(&a, tags);
	e = tailnet_node_tag(r->db, a.n.id, tags, prove_actor_text(r), r->now);
	if (e == ERR_EXISTS && !r->repeated) {
		form_complain(&a.forms.tags, "tags",
			"This machine is here a second time, with tags "
			"already. Delete one of the two first.");
		return show_refused(&a, &a.forms.tags);
	}
	return act_end(&a, e, "machine-tagged");
}

enum err
do_machine_routes(struct request *r)
{
	struct routes_set set = { 0, 0 };
	struct json_texts asked;
	struct form *f;
	struct act a;
	enum err e;

	if (!act_begin(r, &a, &e))
		return e;
	f = &a.forms.routes;
	if (form_take(f))
		machine_routes_asked(f, &asked);
	if (!form_ok(f))
		return show_refused(&a, f);
	e = tailnet_node_routes(
		r->db, a.n.id, &asked, prove_actor_text(r), r->now, &set);
	if (e == ERR_NOT_FOUND)
		return act_end(&a, e, NULL);
	for (size_t i = 0; e == ERR_BAD_ROUTE && i < asked.count; i++)
		if (route_trouble(asked.at[i])) {
			form_complain(f, "route",
				arena_printf(r->mem,
					"%s %s: no machine can carry it.",
					asked.at[i],
					route_trouble(asked.at[i])));
			return show_refused(&a, f);
		}
	if (e == ERR_TOO_BIG) {
		form_complain(f, "route",
			arena_printf(r->mem,
				"A machine has at most %d approved routes.",
				ROUTES_MAX));
		return show_refused(&a, f);
	}
	return e ? e
		 : form_done(r, act_page(&a), "routes-saved",
			   flash_counts(set.approved, set.withdrawn));
}

/* By the clocks of the zone that the field names; 0: refused, and said so. What
 * stands there is what is stored: on the night when the clocks go back the text
 * alone does not say which. */
static int64_t
take_time(struct form *f, const struct node *n)
{
	const char *text = form_get(f, "expires");
	const char *zone = machine_expiry_zone(f->r);
	int64_t at = n->expires_at;
	enum err e = ERR_OK;

	if (!*text)
		form_error(f, "expires", "required");
	else if (strcmp(text, machine_expiry_text(f->r, at)) != 0)
		e = zone_parse(zone, text, &at);
	if (e == ERR_NOT_FOUND)
		form_error(f, "expires", "time-skipped", "zone", zone);
	else if (e)
		form_error(f, "expires", "time");
	else if (*text && at <= f->r->now)
		form_error(f, "expires", "past");
	return form_ok(f) ? at : 0;
}

static enum err
confirm_expire(struct act *a)
{
	const struct confirm c = {
		.question = arena_printf(
			a->r->mem, "Expire the key of %s?", a->n.name),
		.effects = { "It is cut off at once, until somebody signs in "
			     "on it again." },
		.section = machine_where(a->r)->section,
		.button = "danger:Expire now",
		.cancel = act_page(a),
	};

	return kept_confirm(a->r, &c);
}

static enum err
set_expiry(struct act *a, int64_t at)
{
	return act_end(a,
		tailnet_node_expire(a->r->db, a->n.id, at,
			prove_actor_text(a->r), a->r->now),
		"machine-expiry");
}

enum err
do_machine_expiry(struct request *r)
{
	const char *chosen = choice_of(r);
	struct form *f;
	int64_t at = 0;
	struct act a;
	enum err e;

	if (!act_begin(r, &a, &e))
		return e;
	/* How long a key is good is not its owner's to say. */
	if (machine_where(r)->own && strcmp(chosen, "now") != 0)
		return no_such_choice(r);
	f = &a.forms.expiry;
	if (form_take(f) && strcmp(chosen, "at") == 0)
		at = take_time(f, &a.n);
	machine_expiry_conflict(f);
	if (!form_ok(f))
		return show_refused(&a, f);
	if (strcmp(chosen, "at") == 0 || strcmp(chosen, "never") == 0)
		return set_expiry(&a, at);
	if (strcmp(chosen, "default") == 0)
		return act_end(&a,
			tailnet_node_expire_default(r->db, r->settings, a.n.id,
				prove_actor_text(r), r->now),
			"machine-expiry");
	if (strcmp(chosen, "now") != 0)
		return no_such_choice(r);
	return kept_is_confirmed(r) ? set_expiry(&a, r->now)
				    : confirm_expire(&a);
}

enum err
do_machine_approval(struct request *r)
{
	const char *chosen = choice_of(r);
	bool approve = strcmp(chosen, "approve") == 0;
	struct act a;
	enum err e;

	if (!act_begin(r, &a, &e))
		return e;
	if (!approve && strcmp(chosen, "withdraw") != 0)
		return no_such_choice(r);
	e = tailnet_node_approve(
		r->db, a.n.id, approve, prove_actor_text(r), r->now);
	return act_end(
		&a, e, approve ? "machine-approved" : "machine-unapproved");
}

/* Of who logs in on it, and of it elsewhere. */
static enum err
count_approvals(struct request *r, const struct node *n, size_t *out)
{
	struct ssh_check *rows;
	size_t count = 0;
	enum err e = db_ssh_checks_of(r->db, n->id, r->mem, &rows, &count);

	*out = 0;
	for (size_t i = 0; !e && i < count; i++)
		*out += rows[i].state == CHECK_APPROVED &&
			check_is_open(&rows[i], r->now);
	return e;
}

static void
say_effects(struct request *r, const struct node *n, size_t approvals)
{
	const struct route_count c =
		route_count_of(n->routes, n->approved_routes);
	/* As the table of its page has them: an exit node is one. */
	size_t routes = c.subnets + c.exit;

	html_element(r, "p",
		"It is cut off at once, and its addresses and name become "
		"free after a while.");
	if (routes) {
		html_begin(r, "p");
		html_textf(r, "%zu %s through it %s.", routes,
			routes == 1 ? "route" : "routes",
			routes == 1 ? "stops" : "stop");
		html_end(r);
	}
	if (approvals) {
		html_begin(r, "p");
		html_textf(r, "%zu SSH %s.", approvals,
			approvals == 1 ? "approval ends" : "approvals end");
		html_end(r);
	}
	html_element(r, "p",
		"Its keys end. It can rejoin with a new key, as a new "
		"machine.");
}

enum err
page_machine_delete(struct request *r)
{
	struct node n;
	size_t approvals;
	struct form f;
	bool gone;
	enum err e = machine_find(r, &n, &gone);

	if (!e && !gone)
		e = count_approvals(r, &n, &approvals);
	if (e || gone)
		return e;
	form_init(r, &f, "delete", r->path, NULL, 0);
	frame_begin(r,
		&(struct page){ .name = "machine-delete",
			.h1 = arena_printf(r->mem, "Delete %s?", n.name),
			.title = n.name,
			.section = machine_where(r)->section },
		NULL);
	say_effects(r, &n, approvals);
	form_open(&f);
	form_button(&f, "danger:Delete", NULL);
	html_text(r, " ");
	html_link(r, machine_path(r, n.id), "Cancel");
	form_close(&f);
	frame_end(r);
	return ERR_OK;
}

enum err
do_machine_delete(struct request *r)
{
	struct node n;
	bool gone;
	enum err e = machine_find(r, &n, &gone);

	if (e || gone)
		return e;
	e = tailnet_node_delete(r->db, n.id, prove_actor_text(r), r->now);
	if (e == ERR_NOT_FOUND)
		return machine_find(r, &n, &gone);
	return e ? e
		 : form_done(
			   r, machine_where(r)->list, "machine-deleted", n.id);
}
