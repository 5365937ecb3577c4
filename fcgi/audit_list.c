#include "fcgi/audit_list.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/audit_event.h"
#include "fcgi/audit_words.h"
#include "fcgi/html.h"

enum {
	DAY = 86400,
};

static const struct column columns[] = {
	{ "When", NULL, NULL },
	{ "Who", NULL, NULL },
	{ "Via", NULL, NULL },
	{ "Event", NULL, NULL },
	{ "Target", NULL, NULL },
	{ "Details", NULL, NULL },
	{ "From", NULL, "mono" },
};

static const struct choice vias[] = {
	{ "page", "page" },
	{ "api", "api" },
	{ "cli", "cli" },
	{ "oidc", "oidc" },
	{ "machine", "machine" },
	{ "system", "system" },
};

enum {
	VIAS = sizeof(vias) / sizeof(vias[0]),
};

/* All that are in the log, as choices. */
static enum err
events(struct request *r, struct choice **out, size_t *count)
{
	const char **words;
	enum err e = db_audit_events(r->db, r->mem, &words, count);

	if (e)
		return e;
	*out = arena_array(r->mem, *count + 1, sizeof(**out));
	for (size_t i = 0; i < *count; i++)
		(*out)[i] = (struct choice){ words[i],
			audit_event_words(words[i]) };
	return ERR_OK;
}

/* A day, a minute or a second, in UTC: when it begins, and how long it is. */
static bool
moment(struct request *r, const char *text, int64_t *at, int64_t *length)
{
	static const struct {
		size_t len;
		const char *rest;
		int64_t length;
	} forms[] = {
		{ sizeof("2026-11-22") - 1, "T00:00:00Z", DAY },
		{ sizeof("2026-11-22T14:02") - 1, ":00Z", 60 },
	};

	*length = 1;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strlen(text) == forms[i].len) {
			*length = forms[i].length;
			text = arena_printf(
				r->mem, "%s%s", text, forms[i].rest);
		}
	return clock_parse(text, at) == ERR_OK && *at > 0;
}

static void
take_times(struct request *r, struct list *l, struct audit_search *s)
{
	const char *since = list_text(r, l, "since");
	const char *until = list_text(r, l, "until");
	int64_t length;

	if (*since && !moment(r, since, &s->since, &length)) {
		s->since = 0;
		list_refuse(r, l, "since");
	}
	if (!*until)
		return;
	if (moment(r, until, &s->until, &length)) {
		s->until += length;
	} else {
		s->until = 0;
		list_refuse(r, l, "until");
	}
}

/* "TIME-ID", as audit_list_from writes it. */
static void
take_place(struct request *r, struct list *l, struct audit_search *s)
{
	const char *text = list_text(r, l, "before");
	const char *dash = strchr(text, '-');

	if (!*text)
		return;
	if (dash &&
		!text_int(
			arena_printf(r->mem, "%.*s", (int)(dash - text), text),
			&s->before.at) &&
		!text_int(dash + 1, &s->before.id) && s->before.at > 0 &&
		s->before.id > 0)
		return;
	s->before = (struct audit_place){ 0, 0 };
	list_refuse(r, l, "before");
}

/* "machine:12" as the page says it, "node:12" as the log does. */
static const char *
thing(struct request *r, struct list *l, const char *name)
{
	const char *text = list_text(r, l, name);
	const char *colon = strchr(text, ':');

	if (!colon)
		return text;
	return arena_printf(r->mem, "%s%s",
		audit_kind(arena_printf(
			r->mem, "%.*s", (int)(colon - text), text)),
		colon);
}

/* What this server did by itself is via "system"; the log names the server. */
static const char *
who(struct request *r, struct list *l)
{
	const char *text = thing(r, l, "who");

	return strcasecmp(text, "system") == 0 ? "server" : text;
}

enum err
audit_list_take(struct request *r, struct list *l, struct audit_search *s)
{
	struct choice *choices;
	size_t count;
	enum err e = events(r, &choices, &count);

	if (e)
		return e;
	*l = (struct list){ .id = "audit",
		.path = "/admin/audit",
		.one = "event",
		.many = "events",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "when",
		.files = true };
	list_take(r, l);
	*s = (struct audit_search){ .q = l->q };
	s->who = who(r, l);
	s->event = list_choice(r, l, "event", choices, count);
	s->target = thing(r, l, "target");
	s->via = list_choice(r, l, "via", vias, VIAS);
	take_times(r, l, s);
	take_place(r, l, s);
	return ERR_OK;
}

void
audit_list_fields(struct request *r, struct list *l)
{
	struct choice *choices;
	size_t count;

	list_input(r, l, "who", "Who");
	if (!events(r, &choices, &count))
		list_select(r, l, "event", "Event", choices, count);
	list_input(r, l, "target", "Target");
	list_select(r, l, "via", "Via", vias, VIAS);
	list_day(r, l, "since", "Since");
	list_day(r, l, "until", "Until");
}

const char *
audit_list_from(struct request *r, const struct list *l,
	const struct audit_place *place)
{
	const char *to = arena_printf(r->mem, "%s?before=%" PRId64 "-%" PRId64,
		l->path, place->at, place->id);

	if (*l->q)
		to = arena_printf(
			r->mem, "%s&q=%s", to, text_url_encode(r->mem, l->q));
	for (size_t i = 0; i < l->filter_count; i++)
		if (strcmp(l->filters[i].value, "before") != 0)
			to = arena_printf(r->mem, "%s&%s=%s", to,
				l->filters[i].value,
				text_url_encode(r->mem, l->filters[i].label));
	return to;
}
