/*
 * settings_stale.c: which machines the rule about stale ones is about now, or
 * would be with other days: nothing is done by looking.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/settings_stale.h"
#include "tailnet/stale_ask.h"

#define HERE "/admin/settings/stale"

enum {
	SHOWN_MAX = 200,
};

enum err
settings_stale_check(struct request *r, struct form *f)
{
	const char *why;
	enum err e = stale_exempt_check(
		r->db, form_get(f, "stale_exempt"), r->mem, &why);

	if (e != ERR_BAD_INPUT)
		return e;
	form_complain(f, "stale_exempt", why);
	return ERR_OK;
}

static void
show_form(struct request *r, int64_t days)
{
	html_begin(r, "form", "method", "get", "action", HERE, "id",
		"dry-run-days");
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "dry-run-n");
	html_text(r, "Days without a sign");
	html_end(r);
	html_void(r, "input", "type", "number", "id", "dry-run-n", "name",
		"days", "min", "1", "max", "3650", "value",
		days ? arena_printf(r->mem, "%" PRId64, days) : "");
	html_end(r);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Try");
	html_end(r);
	html_end(r);
}

static void
show_machine(struct request *r, const struct stale_machine *m)
{
	html_begin(r, "li");
	html_link(r, arena_printf(r->mem, "/admin/machines/%" PRId64, m->id),
		m->name);
	html_textf(r, " of %s, %s ", m->owner,
		m->never ? "never connected, made" : "last seen");
	html_time(r, m->seen_at);
	html_end(r);
}

void
settings_stale_show(struct request *r)
{
	struct stale_rule rule = stale_rule_of(r->settings);
	struct list asked = { .id = "" };
	struct stale_machine *rows;
	size_t count = 0;
	int64_t days = list_number(r, &asked, "days");

	if (days > STALE_DAYS_MOST)
		list_refuse(r, &asked, "days");
	else if (days)
		rule.days = days;
	html_element(r, "h2", "Dry run");
	html_element(r, "p",
		"Shows which machines a rule of so many days would act on now, "
		"and does nothing to them.");
	list_note(r, &asked);
	show_form(r, rule.days);
	if (!rule.days ||
		stale_find(r->db, &rule, r->now, r->mem, &rows, &count))
		return;
	html_begin(r, "p", "id", "dry-run");
	html_textf(r, "%zu %s not used for %" PRId64 " %s would be %s now.",
		count, stale_machines_word(count), rule.days,
		rule.days == 1 ? "day" : "days",
		rule.deletes ? "deleted" : "expired");
	html_end(r);
	html_begin(r, "ul");
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
		show_machine(r, &rows[i]);
	html_end(r);
	if (count > SHOWN_MAX)
		html_element(r, "p", "And more: cairn nodes stale has all.");
}
