/*
 * page_relays.c: the page of relays: which regions there are, how they answer,
 * where they come from.  What its forms do: page_relays_do.c.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_relays.h"
#include "fcgi/settings_sections.h"
#include "tailnet/derpmap_read.h"

#define HERE "/admin/relays"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The last one is for who may change them. */
static const struct column columns[] = {
	{ "Region", NULL, NULL },
	{ "Code", NULL, "mono" },
	{ "Name", NULL, NULL },
	{ "Source", NULL, NULL },
	{ "Hosts", NULL, "mono" },
	{ "STUN", NULL, "number" },
	{ "State", NULL, NULL },
	{ "Machines at home", NULL, "number" },
	{ "Change", NULL, NULL },
};

static const struct column source_columns[] = {
	{ "Address", NULL, "mono" },
	{ "Regions", NULL, "number" },
	{ "Read", NULL, NULL },
	{ "State", NULL, NULL },
	{ "Change", NULL, NULL },
};

static const struct field own_fields[] = {
	{ "enabled", "Machines are told of it", .kind = FIELD_BOX },
	{ "region_id", "Region",
		.hint = "900 to 999: these are for private use.",
		.kind = FIELD_NUMBER, .least = DERP_OWN_FIRST,
		.most = DERP_OWN_LAST, .flags = FIELD_REQUIRED },
	{ "code", "Code", .hint = "Short: what clients show.",
		.max = DERPMAP_CODE_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "name", "Name", .max = DERPMAP_NAME_MAX, .flags = FIELD_REQUIRED },
	{ "stun_port", "STUN port (UDP)",
		.hint = "The relay itself follows at its next start.",
		.kind = FIELD_NUMBER, .least = 1, .most = 65535,
		.flags = FIELD_REQUIRED },
};

static const struct field source_fields[] = {
	{ "url", "Addresses of maps, one a line",
		.hint = "https only, JSON. Later ones win a region.",
		.kind = FIELD_LINES,
		.max = RELAY_SOURCES_MAX * (RELAY_PLACE_MAX + 1),
		.flags = FIELD_MONO },
	{ "hours", "Hours between two looks", .kind = FIELD_NUMBER, .least = 1,
		.most = 168, .flags = FIELD_REQUIRED },
};

static const struct field add_fields[] = {
	{ "region_id", "Region", .kind = FIELD_NUMBER, .least = 1,
		.most = DERPMAP_REGION_MAX, .flags = FIELD_REQUIRED },
	{ "code", "Code", .max = DERPMAP_CODE_MAX,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "name", "Name", .max = DERPMAP_NAME_MAX, .flags = FIELD_REQUIRED },
	{ "host", "Host", .hint = "The name that its certificate is for.",
		.max = DERPMAP_HOST_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "ipv4", "IPv4 address (optional)",
		.hint = "Where DNS cannot be asked; none: it has no IPv4.",
		.max = 45, .flags = FIELD_MONO },
	{ "ipv6", "IPv6 address (optional)", .max = 45, .flags = FIELD_MONO },
	{ "port", "Port of https", .kind = FIELD_NUMBER, .least = 1,
		.most = 65535, .flags = FIELD_REQUIRED },
	{ "stun_port", "STUN port (UDP)", .hint = "0: it has no STUN.",
		.kind = FIELD_NUMBER, .least = 0, .most = 65535,
		.flags = FIELD_REQUIRED },
};

static const char *
urls_of(struct request *r, const struct derpmap_rows *rows)
{
	const char *lines = "";

	for (size_t i = 0; i < rows->source_count; i++)
		if (*rows->sources[i].place != '/')
			lines = arena_printf(r->mem, "%s%s%s", lines,
				*lines ? "\n" : "", rows->sources[i].place);
	return lines;
}

void
relay_forms_init(struct request *r, struct relay_forms *f,
	const struct derpmap_rows *rows)
{
	const struct settings *s = r->settings;

	form_init(r, &f->own, "relay-own", HERE "/own", own_fields,
		COUNT(own_fields));
	form_put_box(&f->own, "enabled", s->relay_enabled);
	form_put_int(&f->own, "region_id", s->relay_region_id);
	form_put(&f->own, "code", s->relay_code);
	form_put(&f->own, "name", s->relay_name);
	form_put_int(&f->own, "stun_port", s->stun_port);
	form_edits(&f->own,
		arena_printf(r->mem, "relay:%" PRId64, s->relay_region_id));
	form_init(r, &f->sources, "relay-sources", HERE "/sources",
		source_fields, COUNT(source_fields));
	form_put(&f->sources, "url", urls_of(r, rows));
	form_put_int(&f->sources, "hours", s->relay_hours);
	form_edits(&f->sources, "relay:0");
	form_init(r, &f->add, "relay-add", HERE "/regions", add_fields,
		COUNT(add_fields));
	form_put_int(&f->add, "port", 443);
	form_put_int(&f->add, "stun_port", 3478);
}

/* ---- the table ---- */

static const char *
source_words(const struct derpmap_entry *e)
{
	switch (e->from) {
	case DERPMAP_FROM_OWN:
		return "own";
	case DERPMAP_FROM_ADDED:
		return "added";
	case DERPMAP_FROM_SOURCE:
		break;
	}
	return "fetched";
}

static void
show_source(struct request *r, const struct derpmap_entry *e)
{
	html_text(r, source_words(e));
	if (e->from == DERPMAP_FROM_SOURCE)
		html_textf(r, ": %s", e->source->place);
}

static void
show_hosts(struct request *r, const struct derpmap_entry *e)
{
	const struct tailcfg_derp_node *nodes = e->region.nodes.at;

	for (size_t i = 0; i < e->region.nodes.count; i++) {
		if (i)
			html_text(r, ", ");
		html_text(r, nodes[i].host_name);
		if (nodes[i].derp_port && nodes[i].derp_port != 443)
			html_textf(r, ":%" PRId64, nodes[i].derp_port);
	}
}

/* Of the first node: as a rule they are all alike. */
static void
show_stun(struct request *r, const struct derpmap_entry *e)
{
	const struct tailcfg_derp_node *n = e->region.nodes.at;
	int64_t port = e->region.nodes.count ? n->stun_port : -1;

	if (port < 0)
		html_text(r, "none");
	else
		html_textf(r, "%" PRId64, port ? port : 3478);
}

static const char *
state_word(const struct derpmap_entry *e, const struct derp_test *t)
{
	return e->hidden     ? "hidden"
	       : e->no_token ? "no-token"
	       : !t          ? "unknown"
	       : *t->error   ? "failed"
			     : "ok";
}

static void
show_ms(struct request *r, const char *what, int64_t ms)
{
	if (ms >= 0)
		html_textf(r, ", %s %" PRId64 " ms", what, ms);
}

static void
show_state(struct request *r, const struct derpmap_entry *e,
	const struct derp_test *t)
{
	if (e->hidden)
		html_text(r, "Hidden: machines are not told of it. ");
	if (e->no_token)
		html_text(r,
			"No token: it was revoked, new clients are not let in "
			"there. ");
	if (!t) {
		html_text(r, "Not tried yet");
		return;
	}
	html_text(r, *t->error ? t->error : "Answers");
	show_ms(r, "STUN", t->stun_ms);
	show_ms(r, "HTTPS", t->https_ms);
	html_text(r, ", ");
	html_time(r, t->at);
}

static void
show_homes(struct request *r, const struct relays_view *v, int64_t id)
{
	const struct derp_homes at = relays_homes_of(v, id);

	if (at.machines)
		html_textf(r, "%" PRId64 " (%" PRId64 " online)", at.machines,
			at.online);
	else
		html_text(r, "0");
}

static void
act_button(struct request *r, int64_t id, const char *act, const char *words,
	const char *name)
{
	html_begin(r, "button", "type", "submit", "class", "plain",
		"formaction",
		arena_printf(r->mem, HERE "/regions/%" PRId64 "/%s", id, act),
		"aria-label", arena_printf(r->mem, "%s %s", words, name));
	html_text(r, words);
	html_end(r);
	html_text(r, " ");
}

/* One form a row; its buttons say where it is sent. */
static void
show_acts(struct request *r, const struct derpmap_entry *e)
{
	int64_t id = e->region.id;
	const char *name = e->region.name;
	struct form f;

	form_init(r, &f, arena_printf(r->mem, "region-%" PRId64, id),
		arena_printf(r->mem, HERE "/regions/%" PRId64 "/%s", id,
			e->hidden ? "show" : "hide"),
		NULL, 0);
	form_open(&f);
	act_button(r, id, e->hidden ? "show" : "hide",
		e->hidden ? "Show" : "Hide", name);
	if (e->from == DERPMAP_FROM_ADDED) {
		act_button(r, id, "token", "New token", name);
		if (!e->no_token)
			act_button(r, id, "revoke", "Revoke token", name);
		act_button(r, id, "delete", "Delete", name);
	}
	form_close(&f);
}

static void
show_row(struct request *r, struct list *l, const struct relays_view *v,
	const struct derpmap_entry *e)
{
	const struct derp_test *t = relays_test_of(v, e->region.id);

	list_row(r, l, e->region.id, state_word(e, t), NULL,
		arena_printf(r->mem, "%" PRId64, e->region.id));
	list_cell_text(r, l, e->region.code);
	list_cell_text(r, l, e->region.name);
	list_cell(r, l);
	show_source(r, e);
	list_cell(r, l);
	show_hosts(r, e);
	list_cell(r, l);
	show_stun(r, e);
	list_cell(r, l);
	show_state(r, e, t);
	list_cell(r, l);
	show_homes(r, v, e->region.id);
	if (l->column_count == COUNT(columns)) {
		list_cell(r, l);
		show_acts(r, e);
	}
	list_row_end(r);
}

static void
show_table(struct request *r, const struct relays_view *v)
{
	struct list l = { .id = "relays",
		.path = HERE,
		.one = "region",
		.many = "regions",
		.row = "relay",
		.columns = columns,
		.column_count = COUNT(columns) - !(r->who.can & CAN_NETWORK) };
	size_t from;

	list_take(r, &l);
	l.q = "";
	l.total = l.matching = (int64_t)v->list.count;
	from = (size_t)list_skip(&l);
	if (!list_counted(r, &l))
		return;
	for (size_t i = from; i < v->list.count && i < from + LIST_ROWS; i++)
		show_row(r, &l, v, &v->list.at[i]);
	list_end(r, &l);
}

/* ---- sources ---- */

static void
source_state(struct request *r, const struct derp_source *s)
{
	if (!*s->error) {
		html_text(r, s->read_at ? "Good" : "Not read yet");
		return;
	}
	html_textf(r, "Failed: %s. ", s->error);
	html_text(r, s->read_at ? "What was read last stays in force. "
				: "It was never good. ");
	html_text(r, "Tried ");
	html_time(r, s->tried_at);
}

static void
show_source_row(struct request *r, struct list *l, const struct derp_source *s)
{
	struct form f;

	list_row(r, l, s->id, *s->error ? "failed" : "ok", NULL, s->place);
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, s->regions));
	list_cell(r, l);
	if (s->read_at)
		html_time(r, s->read_at);
	else
		html_text(r, "Never");
	list_cell(r, l);
	source_state(r, s);
	if (l->column_count == COUNT(source_columns)) {
		list_cell(r, l);
		form_init(r, &f, arena_printf(r->mem, "source-%" PRId64, s->id),
			arena_printf(r->mem,
				HERE "/sources/%" PRId64 "/refresh", s->id),
			NULL, 0);
		form_open(&f);
		form_button(&f, "plain:Read now", NULL);
		form_close(&f);
	}
	list_row_end(r);
}

static void
show_sources(struct request *r, const struct relays_view *v)
{
	struct list l = { .id = "sources",
		.path = HERE,
		.row = "source",
		.columns = source_columns,
		.column_count =
			COUNT(source_columns) - !(r->who.can & CAN_NETWORK) };

	html_element(r, "h2", "Maps of others");
	if (!v->rows.source_count) {
		html_element(r, "p", "None are read.");
		return;
	}
	list_bare(r, &l);
	for (size_t i = 0; i < v->rows.source_count; i++)
		show_source_row(r, &l, &v->rows.sources[i]);
	list_end(r, &l);
}

static void
show_forms(struct request *r, struct relay_forms *f)
{
	html_element(r, "h2", "The relay of this server");
	form_show(&f->own, "Save");
	html_element(r, "h2", "Read maps of others");
	form_show(&f->sources, "Save");
	html_element(r, "h2", "Add a relay");
	html_element(r, "p",
		"A relay on another machine: cairn-relay, with the token that "
		"the next page shows, or any derper.");
	form_show(&f->add, "Add");
}

enum err
relays_show(struct request *r, struct relay_forms *f, struct form *refused)
{
	struct relays_view v = { .test_count = 0 };
	enum err e = relays_view(r->db, r->home, r->mem, &v);

	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "relays",
			.h1 = "Relays",
			.section = SECTION_RELAYS,
			.live = "relay" },
		refused ? form_refused(refused) : NULL);
	html_element(r, "p",
		"Machines that find no direct way to each other send through "
		"a relay; each takes the nearest as its home. A policy may "
		"add or take away more (derpMap).");
	show_table(r, &v);
	show_sources(r, &v);
	if (r->who.can & CAN_NETWORK)
		show_forms(r, f);
	html_element(r, "h2", "Rules");
	e = settings_aside_show(r, "relays/relay-rules", refused);
	frame_end(r);
	return e;
}

enum err
relays_again(struct request *r, struct form *refused)
{
	struct derpmap_rows rows;
	struct relay_forms f;
	enum err e = derpmap_rows_load(r->db, r->mem, &rows);

	if (e)
		return e;
	relay_forms_init(r, &f, &rows);
	return relays_show(r, &f, refused);
}

enum err
page_relays(struct request *r)
{
	return relays_again(r, NULL);
}
