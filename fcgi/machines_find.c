#include "fcgi/machines_find.h"

#include <string.h>

#include "fcgi/list_filters.h"

enum {
	DAY = 86400,
	EXPIRES_DAYS_MAX = 3650,
};

static const struct column columns[] = {
	{ "Name", "name", NULL },
	{ "Owner", "owner", NULL },
	{ "Addresses", NULL, NULL },
	{ "OS", "os", NULL },
	{ "Seen", "seen", NULL },
	{ "Expires", "expires", NULL },
};

static const struct choice systems[] = {
	{ "linux", "Linux" },
	{ "macos", "macOS" },
	{ "windows", "Windows" },
	{ "ios", "iOS" },
	{ "android", "Android" },
	{ "tvos", "tvOS" },
	{ "freebsd", "FreeBSD" },
	{ "openbsd", "OpenBSD" },
};

/* As has_routes of db/route_count.h. */
static const struct choice routes[] = {
	{ "any", "Has routes" },
	{ "waiting", "Routes wait" },
	{ "exit", "Exit node" },
};

static const struct choice states[] = {
#define X(name, word, words) { word, words },
	MACHINE_STATE_TABLE(X)
#undef X
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *
machines_state_filter(struct request *r, struct list *l)
{
	return list_choice(r, l, "status", states, COUNT(states));
}

void
machines_state_select(struct request *r, struct list *l)
{
	list_select(r, l, "status", "State", states, COUNT(states));
}

/* No filter, by name: the index has the page. */
static enum err
take_window(struct request *r, struct list *l, struct machines_found *out)
{
	enum err e;

	l->matching = l->total;
	e = db_machines_by_name(r->db, l->descending, list_skip(l), LIST_ROWS,
		r->mem, &out->ids, &out->count);
	out->from = 0;
	out->until = e ? 0 : out->count;
	return e;
}

static enum err
take_all(struct request *r, struct list *l, struct machine_search *s,
	struct machines_found *out)
{
	enum err e;

	s->q = l->q;
	s->sort = l->sort;
	s->descending = l->descending;
	s->now = r->now;
	e = db_machines_find(r->db, s, r->mem, &out->ids, &out->count);
	if (e)
		return e;
	l->matching = (int64_t)out->count;
	out->from = (size_t)list_skip(l);
	if (out->whole)
		out->from = 0;
	out->until = out->whole || out->count - out->from < LIST_ROWS
			     ? out->count
			     : out->from + LIST_ROWS;
	return ERR_OK;
}

enum err
machines_search(struct request *r, struct list *l, struct machine_search *s,
	struct machines_found *out)
{
	enum err e = db_machine_count(r->db, s->user_id, &l->total);

	if (e)
		return e;
	return out->whole || s->user_id || list_is_filtered(l) ||
			       strcmp(l->sort, "name") != 0
		       ? take_all(r, l, s, out)
		       : take_window(r, l, out);
}

enum err
machines_filters(struct request *r, struct list *l)
{
	static const char *const more[] = { "tag", "os", "version", "expires" };
	enum err e;

	list_begin(r, l);
	machines_state_select(r, l);
	e = list_owner_select(r, l);
	list_select(r, l, "route", "Routes", routes, COUNT(routes));
	list_more(r, l, more, COUNT(more));
	list_input(r, l, "tag", "Tag");
	list_select(r, l, "os", "OS", systems, COUNT(systems));
	list_input(r, l, "version", "Version, like <1.80");
	list_input(r, l, "expires", "Expires in days");
	list_more_end(r);
	return e;
}

/* Filters that are no list of words. */
static void
take_numbers(struct request *r, struct list *l, struct machine_search *s)
{
	const char *version = list_text(r, l, "version");

	if (*version && machine_search_version(s, version))
		list_refuse(r, l, "version");
	s->expires_within = list_number(r, l, "expires");
	if (s->expires_within > EXPIRES_DAYS_MAX) {
		list_refuse(r, l, "expires");
		s->expires_within = 0;
	}
	s->expires_within *= DAY;
}

void
machines_take(struct request *r, struct list *l, struct machine_search *s)
{
	*l = (struct list){ .id = "machines",
		.path = "/admin/machines",
		.one = "machine",
		.many = "machines",
		.columns = columns,
		.column_count = COUNT(columns),
		.sort = "name",
		.more_sorts = "version created",
		.files = true };
	list_take(r, l);
	*s = (struct machine_search){ .user_id = list_number(r, l, "owner"),
		.tag = list_tag(r, l),
		.os = list_choice(r, l, "os", systems, COUNT(systems)),
		.status = machines_state_filter(r, l),
		.route = list_choice(r, l, "route", routes, COUNT(routes)) };
	take_numbers(r, l, s);
}

enum err
machines_find(struct request *r, struct list *l, struct machines_found *found)
{
	struct machine_search s;
	enum err e;

	machines_take(r, l, &s);
	e = machines_search(r, l, &s, found);
	/* The search has counted those of the owner alone. */
	return e ? e : db_machine_count(r->db, 0, &l->total);
}
