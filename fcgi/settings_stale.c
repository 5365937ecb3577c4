/*
 * settings_stale.c: which machines the rule about stale ones is about now, or
 * would be with other days: nothing is done by looking, and a rule that would
 * meet some is confirmed.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/node.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/settings_stale.h"
#include "tailnet/stale.h"

#define HERE "/admin/settings/stale"

enum {
	SHOWN_MAX = 200,
	ASKED_MAX = 20, /* names, in the question */
};

static enum err
check_name(struct request *r, struct form *f, const char *name)
{
	struct node n;
	enum err e = db_node_by_name(r->db, name, r->mem, &n);

	if (e != ERR_NOT_FOUND)
		return e;
	form_complain(f, "stale_exempt",
		arena_printf(r->mem, "No machine is named %s.", name));
	return ERR_OK;
}

enum err
settings_stale_check(struct request *r, struct form *f)
{
	const char *names = form_get(f, "stale_exempt");
	enum err e = ERR_OK;

	while (!e && form_ok(f) && *names) {
		size_t n = strcspn(names, " ");

		if (n)
			e = check_name(r, f,
				arena_printf(r->mem, "%.*s", (int)n, names));
		names += n + (names[n] == ' ');
	}
	return e;
}

static struct stale_rule
rule_of_form(const struct form *f)
{
	return (struct stale_rule){ form_int(f, "stale_days"),
		strcmp(form_get(f, "stale_action"), "delete") == 0,
		form_get(f, "stale_exempt") };
}

static bool
is_in_force(struct request *r, const struct stale_rule *rule)
{
	struct stale_rule now = stale_rule_of(r->settings);

	return now.days == rule->days && now.deletes == rule->deletes &&
	       strcmp(now.exempt, rule->exempt) == 0;
}

static const char *
names_of(struct request *r, const struct stale_machine *rows, size_t count)
{
	size_t shown = count < ASKED_MAX ? count : ASKED_MAX;
	const char *text = rows[0].name;

	for (size_t i = 1; i < shown; i++)
		text = arena_printf(r->mem, "%s, %s", text, rows[i].name);
	return shown < count ? arena_printf(r->mem, "%s and %zu more.", text,
				       count - shown)
			     : arena_printf(r->mem, "%s.", text);
}

static const char *
machines_words(size_t count)
{
	return count == 1 ? "machine" : "machines";
}

enum err
settings_stale_ask(struct request *r, struct form *f, bool *asked)
{
	struct stale_rule rule = rule_of_form(f);
	const char *act = rule.deletes ? "deleted" : "expired";
	struct stale_machine *rows;
	struct confirm c = { .button = "Save", .cancel = HERE };
	size_t count = 0;
	enum err e = ERR_OK;

	if (!is_in_force(r, &rule))
		e = stale_find(r->db, &rule, r->now, r->mem, &rows, &count);
	*asked = count > 0;
	if (e || !count)
		return e;
	c.question = arena_printf(r->mem, "%s %zu %s?",
		rule.deletes ? "Delete" : "Expire the keys of", count,
		machines_words(count));
	c.effects[0] =
		arena_printf(r->mem, "%zu %s would be %s within the hour.",
			count, machines_words(count), act);
	c.effects[1] = names_of(r, rows, count);
	return kept_confirm(r, &c);
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
	html_textf(r, " of %s, last seen ", m->owner);
	html_time(r, m->seen_at);
	html_end(r);
}

void
settings_stale_show(struct request *r)
{
	struct stale_rule rule = stale_rule_of(r->settings);
	const char *asked = request_query(r, "days");
	struct stale_machine *rows;
	size_t count = 0;
	int64_t days = 0;

	if (asked && !text_int(asked, &days) && days > 0 &&
		days <= STALE_DAYS_MOST)
		rule.days = days;
	html_element(r, "h2", "Dry run");
	html_element(r, "p",
		"Whom it would meet now, with so many days. Nothing is done.");
	show_form(r, rule.days);
	if (!rule.days ||
		stale_find(r->db, &rule, r->now, r->mem, &rows, &count))
		return;
	html_begin(r, "p", "id", "dry-run");
	html_textf(r, "%zu %s not used for %" PRId64 " %s would be %s now.",
		count, machines_words(count), rule.days,
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
