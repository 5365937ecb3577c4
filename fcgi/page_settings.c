/*
 * page_settings.c: the settings that people change by form, section by section
 * (spec/pages.md 13).  All others are `cairn settings`.
 *
 * A section is stored in one transaction, with an audit row for each setting
 * that differs.  What a form shows rounded (an expiry of 36 hours, in days) is
 * left alone unless somebody writes another number.
 */
#include <inttypes.h>
#include <string.h>

#include "db/audit.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

enum {
	DAY = 86400,
	MINUTE = 60,
};

static const struct choice orders[] = {
	{ "sequential", "One after the other" },
	{ "random", "At random" },
};

static const struct field general_fields[] = {
	{ "org", "Name of this network",
		.hint = "Shown on these pages and by the clients.", .max = 64,
		.flags = FIELD_REQUIRED },
	{ "key_expiry_days", "Days until a machine must sign in again",
		.hint = "0: never. For machines that sign in from now on.",
		.kind = FIELD_NUMBER, .least = 0, .most = 3650,
		.flags = FIELD_REQUIRED },
	{ "ephemeral_minutes", "Minutes until an ephemeral machine is deleted",
		.hint = "Counted from when it went offline.",
		.kind = FIELD_NUMBER, .least = 2, .most = 10080,
		.flags = FIELD_REQUIRED },
	{ "device_approval", "An admin approves each new machine",
		.hint = "Auth keys are pre-approved, unless they are made "
			"otherwise.",
		.kind = FIELD_BOX },
	{ "user_approval", "An admin approves each new user",
		.hint = "Who comes by an invite waits before signing in.",
		.kind = FIELD_BOX },
	{ "taildrop", "Machines may send files to each other (Taildrop)",
		.kind = FIELD_BOX },
	{ "auto_update", "Clients update themselves", .kind = FIELD_BOX },
};

static const struct field address_fields[] = {
	{ "ipv4_prefix", "IPv4 prefix",
		.hint = "Inside 100.64.0.0/10. Empty: machines get no IPv4 "
			"address.",
		.max = 64, .flags = FIELD_MONO },
	{ "ipv6_prefix", "IPv6 prefix",
		.hint = "Inside fd7a:115c:a1e0::/48. Empty: machines get no "
			"IPv6 address.",
		.max = 64, .flags = FIELD_MONO },
	{ "allocation", "New addresses", .kind = FIELD_RADIO,
		.flags = FIELD_REQUIRED, .choices = orders, .choice_count = 2 },
};

/* Which setting a field is, and how many seconds its number counts. */
struct part {
	const char *field, *setting;
	int64_t unit;
};

static const struct part general_parts[] = {
	{ "org", "tailnet_name", 0 },
	{ "key_expiry_days", "node_expiry", DAY },
	{ "ephemeral_minutes", "ephemeral_timeout", MINUTE },
	{ "device_approval", "device_approval", 0 },
	{ "user_approval", "user_approval", 0 },
	{ "taildrop", "taildrop", 0 },
	{ "auto_update", "auto_update", 0 },
};

static const struct part address_parts[] = {
	{ "ipv4_prefix", "ipv4_prefix", 0 },
	{ "ipv6_prefix", "ipv6_prefix", 0 },
	{ "allocation", "address_order", 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct settings_group {
	const char *name, *words, *path, *form;
	const struct field *fields;
	const struct part *parts;
	size_t count;
} groups[] = {
	{ "general", "General", "/admin/settings/general", "settings-general",
		general_fields, general_parts, COUNT(general_parts) },
	{ "addresses", "Addresses", "/admin/settings/addresses",
		"settings-addresses", address_fields, address_parts,
		COUNT(address_parts) },
};

/* As the form has it. */
static const char *
value_of(struct request *r, const struct part *part)
{
	const struct setting_row *row = setting_row(part->setting);
	const char *member = (const char *)r->settings + row->offset;

	switch (row->kind) {
	case SETTING_TEXT:
		return *(const char *const *)member;
	case SETTING_BOOL:
		return *(const bool *)member ? "1" : "";
	case SETTING_INT:
	case SETTING_DURATION:
		break;
	}
	return arena_printf(r->mem, "%" PRId64,
		(*(const int64_t *)member + part->unit - 1) / part->unit);
}

/* As settings_put_many takes it. */
static const char *
setting_of(struct request *r, const struct part *part, const char *value)
{
	if (setting_row(part->setting)->kind == SETTING_BOOL)
		return *value ? "true" : "false";
	if (!part->unit || strcmp(value, "0") == 0)
		return value;
	return arena_printf(
		r->mem, "%s%s", value, part->unit == DAY ? "d" : "m");
}

/* Of the settings of a section the one that was changed last. */
static const char *
newest_subject(struct request *r, const struct settings_group *g)
{
	const char *newest =
		arena_printf(r->mem, "setting:%s", g->parts[0].setting);
	int64_t id = 0;

	for (size_t i = 0; i < g->count; i++) {
		const char *subject =
			arena_printf(r->mem, "setting:%s", g->parts[i].setting);
		struct audit a;

		if (db_audit_newest(r->db, subject, r->mem, &a) == ERR_OK &&
			a.id > id) {
			id = a.id;
			newest = subject;
		}
	}
	return newest;
}

static void
make_form(struct request *r, const struct settings_group *g, struct form *f)
{
	form_init(r, f, g->form, g->path, g->fields, g->count);
	for (size_t i = 0; i < g->count; i++)
		form_put(f, g->parts[i].field, value_of(r, &g->parts[i]));
	form_edits(f, newest_subject(r, g));
}

static void
show_nav(struct request *r, const struct settings_group *here)
{
	struct frame_place pages[COUNT(groups)];

	for (size_t i = 0; i < COUNT(groups); i++)
		pages[i] =
			(struct frame_place){ groups[i].path, groups[i].words };
	frame_section(
		r, "Settings", pages, COUNT(groups), (size_t)(here - groups));
}

/* For who may read but not change. */
static void
show_facts(
	struct request *r, const struct settings_group *g, const struct form *f)
{
	html_begin(r, "dl");
	for (size_t i = 0; i < g->count; i++) {
		const char *value = form_get(f, g->fields[i].name);

		if (g->fields[i].kind == FIELD_BOX)
			value = *value ? "yes" : "no";
		html_fact(r, g->fields[i].name, g->fields[i].label,
			*value ? value : "none");
	}
	html_end(r);
}

static void
show_server(struct request *r)
{
	html_element(r, "h2", "Server");
	html_begin(r, "dl", "id", "server");
	html_fact(r, "url", "Server address", r->settings->url);
	html_fact(r, "base-domain", "Base domain",
		r->settings->magic_dns ? r->settings->dns_domain : "none");
	html_fact(r, "version", "Version", "cairn " CAIRN_VERSION);
	html_end(r);
	html_begin(r, "p");
	html_text(r, "The base domain is changed on the page ");
	html_link(r, "/admin/dns", "DNS");
	html_text(r, ".");
	html_end(r);
}

static enum err
show(struct request *r, const struct settings_group *g, struct form *f)
{
	frame_begin(r,
		&(struct page){ .name = "settings",
			.h1 = "Settings",
			.section = SECTION_SETTINGS },
		form_refused(f));
	show_nav(r, g);
	html_element(r, "h2", g->words);
	if (r->who.can & CAN_SETTINGS)
		form_show(f, "Save");
	else
		show_facts(r, g, f);
	if (g == &groups[0])
		show_server(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
look(struct request *r, const struct settings_group *g)
{
	struct form f;

	make_form(r, g, &f);
	return show(r, g, &f);
}

/* What the rule refused, said at its field; false: it is not the form's. */
static bool
blame(struct form *f, const struct settings_group *g, enum err e,
	const char *setting, const char *why)
{
	const char *field = NULL;

	for (size_t i = 0; setting && i < g->count; i++)
		if (strcmp(g->parts[i].setting, setting) == 0)
			field = g->parts[i].field;
	if (!field || (e != ERR_BAD_INPUT && e != ERR_OUTSIDE))
		return false;
	if (e == ERR_OUTSIDE)
		form_complain(f, field,
			arena_printf(f->r->mem,
				"%s: they keep them. Choose a "
				"prefix that holds all, or delete them first.",
				why));
	else if (strstr(field, "_prefix") && *form_get(f, field))
		form_error(f, field, "prefix");
	else if (strstr(field, "_prefix"))
		form_complain(f, field, "One of the two prefixes must stay.");
	else
		form_complain(
			f, field, arena_printf(f->r->mem, "Enter %s.", why));
	return true;
}

static enum err
save(struct request *r, const struct settings_group *g)
{
	struct setting_value values[FORM_MAX_FIELDS];
	const char *setting, *why;
	struct form f;
	size_t n = 0;
	enum err e;

	make_form(r, g, &f);
	if (!form_take(&f))
		return show(r, g, &f);
	for (size_t i = 0; i < g->count; i++) {
		const struct part *part = &g->parts[i];
		const char *value = form_get(&f, part->field);

		if (strcmp(value, value_of(r, part)) != 0)
			values[n++] = (struct setting_value){ part->setting,
				setting_of(r, part, value) };
	}
	e = settings_put_many(r->db, values, n, prove_actor_text(r), r->now,
		r->mem, &setting, &why);
	if (blame(&f, g, e, setting, why))
		return show(r, g, &f);
	return e ? e : form_done(r, g->path, "settings-saved", 0);
}

enum err
page_settings(struct request *r)
{
	return reply_redirect(r, 303, groups[0].path);
}

enum err
page_settings_general(struct request *r)
{
	return look(r, &groups[0]);
}

enum err
do_settings_general(struct request *r)
{
	return save(r, &groups[0]);
}

enum err
page_settings_addresses(struct request *r)
{
	return look(r, &groups[1]);
}

enum err
do_settings_addresses(struct request *r)
{
	return save(r, &groups[1]);
}
