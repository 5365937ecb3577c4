#include "fcgi/machine_forms.h"

#include <inttypes.h>
#include <string.h>

#include "base/zone.h"
#include "db/audit.h"
#include "db/user_list.h"
#include "fcgi/html.h"
#include "fcgi/machine_routes.h"
#include "fcgi/machine_where.h"
#include "fcgi/owner.h"
#include "fcgi/tags.h"
#include "tailnet/keys.h"

enum {
	TAGS_TEXT_MAX = TAGS_MAX * 68,
	OWNERS_LISTED = 30, /* more are a greater part of the page */
};

static const struct field rename_fields[] = {
	{ "name", "Name", .hint = "Leave it empty to follow the host name.",
		.max = 63, .flags = FIELD_MONO },
};

static const struct field tags_fields[] = {
	{ "tags", "Tags", .hint = "Like tag:server tag:web, at most 16.",
		.max = TAGS_TEXT_MAX, .flags = FIELD_MONO },
};

static const struct field expiry_fields[] = {
	{ "expires", "Until", .kind = FIELD_TIME },
	{ "zone", "Time zone", .kind = FIELD_HIDDEN },
};

static const struct field owner_fields[] = {
	{ "owner", "Owner", .flags = FIELD_REQUIRED },
	{ "sign_in", "The new owner signs in on it",
		.hint = "Its key expires now. Without it whoever has the "
			"machine now goes on in the new owner's name.",
		.kind = FIELD_BOX, .flags = FIELD_ASIDE },
};

static const struct field address_fields[] = {
	{ "ipv4", "IPv4", .max = 15, .flags = FIELD_MONO },
	{ "ipv6", "IPv6", .hint = "Empty: it has none of that kind.", .max = 45,
		.flags = FIELD_MONO },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
machine_expiry_zone(struct request *r)
{
	const char *zone = r->settings->time_zone;

	return zone_is_known(zone) ? zone : "UTC";
}

const char *
machine_expiry_text(struct request *r, int64_t at)
{
	char text[ZONE_TEXT_SIZE];

	zone_text(machine_expiry_zone(r), at, text);
	return at ? arena_printf(r->mem, "%.10sT%.5s", text, text + 11) : "";
}

static void
begin_form(struct request *r, struct form *f, const struct node *n,
	const char *name, const char *action, const struct field *fields,
	size_t count)
{
	form_init(r, f, name,
		arena_printf(r->mem, "%s/%s", machine_path(r, n->id), action),
		fields, count);
}

static void
begin_expiry(struct request *r, const struct node *n, struct machine_forms *f)
{
	const char *zone = machine_expiry_zone(r);

	memcpy(f->expiry_fields, expiry_fields, sizeof(expiry_fields));
	f->expiry_fields[0].hint = arena_printf(r->mem, "In %s.", zone);
	begin_form(r, &f->expiry, n, "expiry", "expiry", f->expiry_fields,
		COUNT(expiry_fields));
	form_put(&f->expiry, "expires", machine_expiry_text(r, n->expires_at));
	form_put(&f->expiry, "zone", zone);
}

void
machine_expiry_conflict(struct form *f)
{
	const char *sent = form_get(f, "zone");
	const char *zone = machine_expiry_zone(f->r);

	if (f->conflict && *sent && strcmp(sent, zone) != 0)
		f->conflict = arena_printf(f->r->mem,
			"The time zone of these pages is %s now: the time below "
			"is read by it.",
			zone);
	form_put(f, "zone", zone);
}

static enum err
begin_owner(struct request *r, const struct node *n, struct machine_forms *f)
{
	const struct user_search all = { .q = "", .role = "", .status = "" };
	struct field *d = f->owner_fields;
	int64_t users = 0;
	enum err e;

	memcpy(d, owner_fields, sizeof(owner_fields));
	begin_form(r, &f->owner, n, "owner", "owner", d, COUNT(owner_fields));
	if (!(r->who.can & CAN_MACHINES) || !n->user_id)
		return ERR_OK;
	e = db_user_rows_count(r->db, &all, &users);
	if (!e && users <= OWNERS_LISTED)
		e = owner_field(r, d, 0, NULL);
	else
		d->hint = "The name of a user.";
	if (d->kind == FIELD_SELECT)
		form_put_int(&f->owner, "owner", n->user_id);
	else
		form_put(&f->owner, "owner",
			db_audit_name(r->db, r->mem, "user", n->user_id));
	form_put_box(&f->owner, "sign_in", true);
	return e;
}

enum err
machine_forms_init(
	struct request *r, const struct node *n, struct machine_forms *f)
{
	const char *subject = arena_printf(r->mem, "node:%" PRId64, n->id);
	enum err e;

	begin_form(r, &f->rename, n, "rename", "name", rename_fields, 1);
	form_put(&f->rename, "name", n->name);
	form_edits(&f->rename, subject);
	begin_form(r, &f->tags, n, "tags", "tags", tags_fields, 1);
	form_put(&f->tags, "tags", form_tags_text(r, n->tags));
	form_edits(&f->tags, subject);
	machine_routes_form(r, n, &f->routes);
	begin_expiry(r, n, f);
	form_edits(&f->expiry, subject);
	begin_form(r, &f->approve, n, "approve", "approval", NULL, 0);
	begin_form(r, &f->ping, n, "ping", "ping", NULL, 0);
	begin_form(r, &f->ask, n, "ask", "ask", NULL, 0);
	begin_form(r, &f->address, n, "address", "addresses", address_fields,
		COUNT(address_fields));
	form_put(&f->address, "ipv4", n->ipv4 ? n->ipv4 : "");
	form_put(&f->address, "ipv6", n->ipv6 ? n->ipv6 : "");
	form_edits(&f->address, subject);
	e = begin_owner(r, n, f);
	form_edits(&f->owner, subject);
	return e;
}

static void
show_approve(struct request *r, const struct node *n, struct form *f)
{
	if (!n->unapproved && !r->settings->device_approval)
		return;
	html_element(r, "h3", "Approval");
	html_element(r, "p",
		n->unapproved ? "It waits until somebody lets it in."
			      : "It was let in.");
	form_open(f);
	form_button(f, n->unapproved ? "Approve" : "plain:Withdraw approval",
		n->unapproved ? "approve" : "withdraw");
	form_close(f);
}

static void
show_owner_form(const struct node *n, struct form *f)
{
	html_element(f->r, "h3", "Give it to somebody");
	if (n->user_id)
		form_show(f, "plain:Give");
	else
		html_element(f->r, "p",
			"It belongs to its tags, not to a person. Whoever "
			"signs in on it becomes its owner.");
}

static void
show_expiry_form(struct form *f)
{
	html_element(f->r, "h3", "Key expiry");
	form_open(f);
	form_field(f, "expires");
	form_field(f, "zone");
	form_button(f, "plain:Set", "at");
	form_button(f, "plain:Never", "never");
	form_button(f, "plain:As after a sign-in", "default");
	form_button(f, "plain:Expire now", "now");
	form_close(f);
}

/* Nothing is changed by these. */
static void
show_ask(struct form *ping, struct form *ask, const struct machine_asks *asks)
{
	html_element(ping->r, "h3", "Ask it");
	html_element(ping->r, "p",
		"The machine answers over its connection to this server. What "
		"it is set to and what it complains of stands in the audit "
		"log as asked for.");
	form_show(ping, "plain:Ping");
	form_open(ask);
	form_button(ask, "plain:Settings", "prefs");
	form_button(ask, "plain:Complaints", "health");
	form_button(ask, "plain:Updates", "update");
	form_close(ask);
	machine_asks_show(ask->r, asks);
}

static void
show_forms(struct request *r, const struct node *n, struct machine_forms *f,
	const struct machine_asks *asks)
{
	show_approve(r, n, &f->approve);
	html_element(r, "h3", "Rename it");
	form_show(&f->rename, n->unapproved ? "plain:Rename" : "Rename");
	html_element(r, "h3", "Tag it");
	if (n->user_id)
		html_element(r, "p",
			"With tags it belongs to nobody, and its key stops "
			"expiring.");
	form_show(&f->tags, "plain:Set tags");
	show_owner_form(n, &f->owner);
	html_element(r, "h3", "Addresses");
	html_element(r, "p",
		"Connections to the old ones break, and nobody else gets those "
		"for a day.");
	form_show(&f->address, "plain:Set addresses");
	show_expiry_form(&f->expiry);
	show_ask(&f->ping, &f->ask, asks);
}

static void
show_delete(struct request *r, const struct node *n)
{
	html_begin(r, "p");
	html_link(r, arena_printf(r->mem, "%s/delete", machine_path(r, n->id)),
		"Delete this machine");
	html_end(r);
}

void
machine_forms_show(struct request *r, const struct node *n,
	struct machine_forms *f, const struct machine_asks *asks)
{
	if (!(r->who.can & (CAN_MACHINES | CAN_NETWORK)))
		return;
	html_begin(r, "section", "id", "change");
	html_element(r, "h2", "Change");
	if (r->who.can & CAN_MACHINES)
		show_forms(r, n, f, asks);
	machine_routes_form_show(r, &f->routes);
	if (r->who.can & CAN_MACHINES)
		show_delete(r, n);
	html_end(r);
}

void
machine_forms_show_own(
	struct request *r, const struct node *n, struct machine_forms *f)
{
	html_begin(r, "section", "id", "change");
	html_element(r, "h2", "Change");
	html_element(r, "h3", "Rename it");
	form_show(&f->rename, "Rename");
	html_element(r, "h3", "Key expiry");
	html_element(r, "p",
		"If it is lost or in wrong hands: it is cut off until somebody "
		"signs in on it again.");
	form_open(&f->expiry);
	form_button(&f->expiry, "plain:Expire now", "now");
	form_close(&f->expiry);
	show_delete(r, n);
	html_end(r);
}
