/*
 * page_machine_new.c: adding a machine, and seeing it arrive (spec/pages.md
 * 9.2).
 *
 * The line stands here without a key: whoever runs it asks to join.  The form
 * makes a key for one machine and one hour, and shows the line with it, once.
 */
#include <inttypes.h>
#include <string.h>

#include "db/machine_list.h"
#include "db/pending.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/join_line.h"
#include "fcgi/list.h"
#include "fcgi/machine_show.h"
#include "fcgi/owner.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/qr.h"
#include "fcgi/reached.h"
#include "fcgi/tags.h"
#include "tailnet/keys.h"

#define HERE "/admin/machines/new"

enum {
	KEY_SECONDS = 3600,
	REFRESH_SECONDS = 5, /* the only one there is */
	AT_OS = 3,
	AT_TICKS, /* of join_ticks */
	AT_ROUTES = AT_TICKS + JOIN_TICKS,
	JOIN_FIELDS,
};

#define ROUTES_WORDS "Subnets that it offers"
#define ROUTES_HINT  "Like 192.168.1.0/24, a blank between."

static const struct field join_fields[JOIN_FIELDS] = {
	{ "owner", "Owner", .kind = FIELD_SELECT }, /* see owner_field */
	{ "tags", "Tags", .hint = "Instead of an owner: like tag:server.",
		.max = 1024, .flags = FIELD_MONO },
	{ "ephemeral",
		"Ephemeral: it is removed when it has been away for a "
		"while",
		.kind = FIELD_BOX },
	[AT_OS] = { "os", "System", .kind = FIELD_HIDDEN },
	[AT_ROUTES] = { "routes", ROUTES_WORDS,
		.hint = ROUTES_HINT " They and an exit node are approved on "
				    "its page, once it has joined.",
		.max = LIST_Q_MAX, .flags = FIELD_MONO },
};

/* What the page waits for: the machine of a key, or any after another, which
 * may ask first. */
struct wait {
	int64_t key, after;
	bool joined;
	struct machine_row machine;
	struct pending asks; /* the newest; id 0: none does */
};

static bool
is_ticked(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value && *value;
}

/* What the address asks for; l names what it could not mean. */
static struct join_wish
wish_of_address(struct request *r, struct list *l)
{
	static const struct choice on[] = { { "1", "" } };
	struct join_wish w = { .os = list_choice(r, l, "os", join_systems,
				       join_system_count) };

	for (size_t i = 0; i < JOIN_TICKS; i++)
		w.ticks[i] = *list_choice(r, l, join_ticks[i].value, on, 1);
	w.routes = join_routes(r, list_text(r, l, "routes"));
	if (!w.routes)
		list_refuse(r, l, "routes");
	return w;
}

/* The page again, with all that was asked for. */
static const char *
wait_address(
	struct request *r, const struct wait *wait, const struct join_wish *w)
{
	const char *to = arena_printf(r->mem, HERE "?%s=%" PRId64 "%s%s",
		wait->key ? "key" : "after",
		wait->key ? wait->key : wait->after, *w->os ? "&os=" : "",
		w->os);

	for (size_t i = 0; i < JOIN_TICKS; i++)
		if (w->ticks[i])
			to = arena_printf(
				r->mem, "%s&%s=1", to, join_ticks[i].value);
	return w->routes && *w->routes
		       ? arena_printf(r->mem, "%s&routes=%s", to, w->routes)
		       : to;
}

/* With a key nobody asks. */
static enum err
look_for_asking(struct request *r, struct wait *wait)
{
	struct pending *rows;
	size_t count = 0;
	enum err e =
		wait->key ? ERR_OK
			  : db_pendings(r->db, r->now, r->mem, &rows, &count);

	if (!e && count)
		wait->asks = rows[count - 1];
	return e;
}

static enum err
look(struct request *r, struct wait *wait)
{
	enum err e = wait->key ? db_machine_of_key(r->db, wait->key, r->now,
					 r->mem, &wait->machine)
			       : db_machine_after(r->db, wait->after, r->now,
					 r->mem, &wait->machine);

	wait->joined = !e;
	return e == ERR_NOT_FOUND ? look_for_asking(r, wait) : e;
}

/* Of the address; without one every machine from now on counts. */
static enum err
wait_of_address(struct request *r, struct list *l, struct wait *wait)
{
	const char *after = request_query(r, "after");

	*wait = (struct wait){ .key = list_number(r, l, "key") };
	if (!after)
		return db_machine_last(r->db, &wait->after);
	if (strcmp(after, "0") != 0)
		wait->after = list_number(r, l, "after");
	if (strcmp(after, "0") != 0 && !wait->after)
		return db_machine_last(r->db, &wait->after);
	return ERR_OK;
}

static void
show_joined(struct request *r, const struct machine_row *m)
{
	html_begin(r, "p");
	html_link(r, arena_printf(r->mem, "/admin/machines/%" PRId64, m->id),
		m->name);
	html_textf(r, " joined: %s", m->ipv4 ? m->ipv4 : m->ipv6);
	if (m->state == MACHINE_NEEDS_APPROVAL)
		html_text(r, ". It needs approval, on its page.");
	html_end(r);
	html_begin(r, "p");
	html_link(r, HERE, "Add another");
	html_end(r);
}

static void
show_asking(struct request *r, const struct pending *p)
{
	if (!p->id)
		return;
	html_begin(r, "p");
	html_textf(r, "%s asks to join: ", p->hostname);
	html_link(r,
		arena_printf(r->mem,
			"/admin/registrations#registration-%" PRId64, p->id),
		"look at its request");
	html_text(r, ".");
	html_end(r);
}

static void
show_wait(struct request *r, const struct wait *wait, const char *address)
{
	html_begin(r, "div", "id", "wait", "role", "status", "data-swap", "",
		"data-state", wait->joined ? "joined" : "waiting");
	if (wait->joined) {
		show_joined(r, &wait->machine);
	} else {
		html_element(r, "p", "Waiting for the machine …");
		show_asking(r, &wait->asks);
		html_begin(r, "noscript"); /* the script sees it by itself */
		html_begin(r, "p");
		html_link(r, address, "Check again");
		html_text(r, " · ");
		html_link(r,
			arena_printf(r->mem, "%s&refresh=%d", address,
				REFRESH_SECONDS),
			"Check every 5 seconds");
		html_end(r);
		html_end(r);
	}
	html_end(r);
}

static void
show_line(struct request *r, const char *line)
{
	html_command(r, "command", line);
	show_copy(r, "command", "the line");
	if (!reached_by_itself_alone(r))
		show_qr(r, line,
			"The line above as a QR code, to copy it to a "
			"telephone");
}

static void
choose_system(struct request *r, const char *os)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "options-os");
	html_text(r, "System");
	html_end(r);
	html_begin(r, "select", "id", "options-os", "name", "os");
	for (size_t i = 0; i < join_system_count; i++) {
		html_begin(r, "option", "value", join_systems[i].value);
		if (strcmp(os, join_systems[i].value) == 0)
			html_attribute(r, "selected", "");
		html_text(r, join_systems[i].label);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

static void
show_tick(struct request *r, const struct choice *tick, bool on)
{
	const char *id = arena_printf(r->mem, "options-%s", tick->value);

	html_begin(r, "div", "class", "field box");
	html_begin(r, "input", "type", "checkbox", "id", id, "name",
		tick->value, "value", "1");
	if (on)
		html_attribute(r, "checked", "");
	html_end_void(r);
	html_begin(r, "label", "for", id);
	html_text(r, tick->label);
	html_end(r);
	html_end(r);
}

static void
show_routes(struct request *r, const char *routes)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "options-routes");
	html_text(r, ROUTES_WORDS);
	html_end(r);
	html_begin(r, "p", "class", "hint", "id", "options-routes-hint");
	html_text(r, ROUTES_HINT);
	html_end(r);
	html_void(r, "input", "type", "text", "id", "options-routes", "name",
		"routes", "class", "mono", "maxlength",
		arena_printf(r->mem, "%d", LIST_Q_MAX), "aria-describedby",
		"options-routes-hint", "value", routes ? routes : "");
	html_end(r);
}

static void
show_options(
	struct request *r, const struct join_wish *w, const struct wait *wait)
{
	html_begin(r, "details", "id", "options");
	html_element(r, "summary", "Other systems, and what it shall do");
	html_begin(r, "form", "method", "get", "action", HERE, "id",
		"form-options");
	html_hidden(r, wait->key ? "key" : "after",
		arena_printf(r->mem, "%" PRId64,
			wait->key ? wait->key : wait->after));
	choose_system(r, w->os);
	for (size_t i = 0; i < JOIN_TICKS; i++)
		show_tick(r, &join_ticks[i], w->ticks[i]);
	show_routes(r, w->routes);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Show the line");
	html_end(r);
	html_end(r);
	html_end(r);
}

/* `fields` has room for JOIN_FIELDS and lives as long as the form. */
static enum err
join_form(struct request *r, struct form *f, struct field *fields)
{
	enum err e;

	memcpy(fields, join_fields, sizeof(join_fields));
	for (size_t i = 0; i < JOIN_TICKS; i++)
		fields[AT_TICKS + i] = (struct field){ join_ticks[i].value,
			join_ticks[i].label, .kind = FIELD_BOX };
	e = owner_field(r, &fields[0], 0, "Nobody: it has tags");
	form_init(r, f, "join", HERE, fields, JOIN_FIELDS);
	if (fields[0].kind == FIELD_SELECT)
		form_put_int(f, "owner", r->who.user_id);
	else
		form_put(f, "owner", r->who.name);
	return e;
}

static void
show_hint(struct request *r, const char *os)
{
	if (!*os)
		return;
	html_begin(r, "p");
	html_link(r, arena_printf(r->mem, "/connect/%s", os),
		"Step by step, from installing the client");
	html_end(r);
}

static enum err
show_new(struct request *r, struct form *f, const struct wait *wait,
	const struct join_wish *w, const struct list *l)
{
	const char *address = wait_address(r, wait, w);
	bool again = is_ticked(r, "refresh") && !wait->joined;

	frame_begin(r,
		&(struct page){ .name = "machine-new",
			.h1 = "Add a machine",
			.section = SECTION_MACHINES,
			.live = "machine registration",
			.live_url = address,
			.refresh = again ? REFRESH_SECONDS : 0 },
		form_refused(f));
	if (l)
		list_note(r, l);
	show_whether_reached(r);
	html_element(r, "p",
		"Install Tailscale on the machine, then run this on it. It "
		"prints a link; open it to let the machine in.");
	show_line(r, join_line(r, w, NULL));
	show_hint(r, w->os);
	show_wait(r, wait, address);
	show_options(r, w, wait);
	html_element(r, "h2", "With a key, without a link");
	html_element(r, "p",
		"A key lets one machine in within the next hour, and nobody "
		"has to open a link.");
	form_show(f, "Make the line");
	frame_end(r);
	return ERR_OK;
}

enum err
page_machine_new(struct request *r)
{
	struct field fields[JOIN_FIELDS];
	struct list l = { .id = "", .path = HERE };
	const struct join_wish w = wish_of_address(r, &l);
	struct wait wait;
	struct form f;
	enum err e = wait_of_address(r, &l, &wait);

	if (!e)
		e = look(r, &wait);
	if (!e)
		e = join_form(r, &f, fields);
	if (e)
		return e;
	form_put(&f, "os", w.os);
	for (size_t i = 0; i < JOIN_TICKS; i++)
		form_put_box(&f, join_ticks[i].value, w.ticks[i]);
	form_put(&f, "routes", w.routes);
	return show_new(r, &f, &wait, &w, &l);
}

static void
show_secret(struct request *r, const char *key)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "secret");
	html_text(r, "The key alone");
	html_end(r);
	html_void(r, "input", "id", "secret", "type", "text", "class", "mono",
		"readonly", "", "value", key);
	html_end(r);
}

static enum err
show_made(struct request *r, const struct join_wish *w, int64_t id,
	const char *key)
{
	struct wait wait = { .key = id };
	const char *address = wait_address(r, &wait, w);

	form_shows_once(r, "/admin/keys");
	frame_begin(r,
		&(struct page){ .name = "machine-join",
			.h1 = "Copy this line now",
			.section = SECTION_MACHINES,
			.live = "machine",
			.live_url = address },
		NULL);
	show_whether_reached(r);
	html_element(r, "p",
		"It is shown this once, and lets one machine in within an "
		"hour. Run it on the machine.");
	show_line(r, join_line(r, w, key));
	show_wait(r, &wait, address);
	show_secret(r, key);
	frame_end(r);
	return ERR_OK;
}

static enum err
make_key(struct request *r, struct form *f, const struct join_wish *w,
	struct preauth_key *k)
{
	const struct actor a = prove_actor(r);
	const char *text = NULL;
	int64_t id = 0;
	enum err e;

	k->ephemeral = form_box(f, "ephemeral");
	k->expires_at = r->now + KEY_SECONDS;
	k->description = "one machine, by the page";
	e = tailnet_preauth_key_add(
		r->db, r->pepper, k, &a, r->now, r->mem, &id, &text);
	return e ? e : show_made(r, w, id, text);
}

/* What the form asks for.  A system that only somebody who writes the address
 * by hand can get wrong gets a field that is seen, and is named nowhere else.
 */
static struct join_wish
take_wish(struct form *f, struct field *fields)
{
	const char *os = form_get(f, "os");
	struct join_wish w = { .os = "" };

	for (size_t i = 0; i < join_system_count; i++)
		if (strcmp(join_systems[i].value, os) == 0)
			w.os = os;
	if (*os && !*w.os) {
		fields[AT_OS].kind = FIELD_TEXT;
		form_error(f, "os", "choice");
	}
	for (size_t i = 0; i < JOIN_TICKS; i++)
		w.ticks[i] = form_box(f, join_ticks[i].value);
	w.routes = join_routes(f->r, form_get(f, "routes"));
	if (!w.routes)
		form_error(f, "routes", "prefix");
	return w;
}

enum err
do_machine_new(struct request *r)
{
	struct field fields[JOIN_FIELDS];
	struct preauth_key k = { .reusable = false };
	struct wait wait = { .key = 0 };
	struct join_wish w;
	struct form f;
	bool ok;
	enum err e = join_form(r, &f, fields);

	if (e)
		return e;
	(void)form_take(&f);
	w = take_wish(&f, fields);
	e = owner_or_tags(&f, &k.user_id, &k.tags, &ok);
	if (!e && ok)
		return make_key(r, &f, &w, &k);
	if (!e)
		e = db_machine_last(r->db, &wait.after);
	return e ? e : show_new(r, &f, &wait, &w, NULL);
}
