/*
 * page_machines_bulk.c: the same done to the ticked machines of the list
 * (spec/pages.md 9.1): first what it will do and to whom, then all at once.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/gate.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/machines_bulk.h"
#include "fcgi/machines_find.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/tags.h"

static const struct choice actions[] = {
#define X(name, word, words, routes) { word, words },
	BULK_TABLE(X)
#undef X
};

/* For who may change routes and nothing else. */
static const struct choice route_actions[] = {
	{ "routes", "Approve all advertised routes" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct field fields[] = {
	{ "machine", "Machines", .kind = FIELD_MANY },
	{ "action", "With the ticked machines", .kind = FIELD_SELECT,
		.flags = FIELD_REQUIRED, .choices = actions,
		.choice_count = COUNT(actions) },
	{ "tags", "Tags, where they are set",
		.hint = "Like tag:server tag:web. They replace those there "
			"are.",
		.max = 1024, .flags = FIELD_MONO },
};

static const struct field route_fields[] = {
	{ "machine", "Machines", .kind = FIELD_MANY },
	{ "action", "With the ticked machines", .kind = FIELD_SELECT,
		.flags = FIELD_REQUIRED, .choices = route_actions,
		.choice_count = COUNT(route_actions) },
};

bool
machines_bulk_may(const struct request *r)
{
	return r->who.can & (CAN_MACHINES | CAN_NETWORK);
}

void
machines_bulk_form(struct request *r, const struct list *l, struct form *f)
{
	bool all = r->who.can & CAN_MACHINES;

	form_init(r, f, "bulk", list_address(r, l, "/bulk"),
		all ? fields : route_fields,
		all ? COUNT(fields) : COUNT(route_fields));
}

void
machines_bulk_show(struct form *f)
{
	form_open(f);
	form_field(f, "action");
	if (f->count == COUNT(fields))
		form_field(f, "tags");
	form_button(f, "Go on", NULL);
	form_close(f);
}

/* ---- what was sent ---- */

struct chosen {
	struct bulk bulk;
	const char **names;
};

static enum bulk_action
action_of(const char *word)
{
	enum bulk_action a = 0;

	while (a < BULK_ACTIONS && strcmp(actions[a].value, word) != 0)
		a++;
	return a;
}

static enum err
name_of(struct request *r, int64_t id, const char **out)
{
	struct machine_row m;
	enum err e = db_machine_row(r->db, id, r->now, r->mem, &m);

	*out = e ? NULL : m.name;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
take_machines(struct form *f, struct chosen *c)
{
	struct request *r = f->r;
	int64_t *ids = arena_array(r->mem, r->fields.count + 1, sizeof(*ids));
	const char *value;
	enum err e = ERR_OK;

	c->names = arena_array(r->mem, r->fields.count + 1, sizeof(*c->names));
	for (size_t i = 0; !e && (value = fields_nth(r, "machine", i)); i++) {
		size_t at = c->bulk.count++;

		if (text_int(value, &ids[at]))
			ids[at] = 0;
		e = name_of(r, ids[at], &c->names[at]);
		if (!e && !c->names[at])
			form_complain(f, "machine",
				"One of the ticked machines is not there any "
				"more. Nothing was done.");
	}
	if (!e && !c->bulk.count)
		form_complain(f, "machine", "Tick the machines that you mean.");
	c->bulk.ids = ids;
	return e;
}

static enum err
take(struct form *f, struct chosen *c)
{
	struct request *r = f->r;
	enum err e;

	(void)form_take(f);
	c->bulk.action = action_of(form_get(f, "action"));
	c->bulk.actor = prove_actor_text(r);
	c->bulk.now = r->now;
	e = take_machines(f, c);
	if (!e && c->bulk.action == BULK_TAG && form_ok(f)) {
		c->bulk.tags = form_tags(f, "tags");
		if (c->bulk.tags && strcmp(c->bulk.tags, "[]") == 0)
			form_error(f, "tags", "required");
	}
	return e;
}

/* ---- what will be ---- */

static const char *
count_words(struct request *r, const struct chosen *c)
{
	return arena_printf(r->mem, "%zu %s", c->bulk.count,
		c->bulk.count == 1 ? "machine" : "machines");
}

static const char *
all_names(struct request *r, const struct chosen *c)
{
	struct buf b;

	buf_init(&b, r->mem, FORM_BODY_NAMES_MAX);
	for (size_t i = 0; i < c->bulk.count; i++) {
		if (i)
			buf_puts(&b, ", ");
		buf_puts(&b, c->names[i]);
	}
	buf_puts(&b, ".");
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static const char *
question(struct request *r, const struct chosen *c)
{
	static const char *const words[] = {
		[BULK_APPROVE] = "Approve %s?",
		[BULK_TAG] = "Set the tags of %s?",
		[BULK_ROUTES] = "Approve the routes of %s?",
		[BULK_NO_EXPIRY] = "Let the keys of %s never expire?",
		[BULK_EXPIRE] = "Expire the keys of %s?",
		[BULK_DELETE] = "Delete %s?",
	};
	const char *text = words[c->bulk.action];
	const char *mark = strstr(text, "%s");

	return arena_printf(r->mem, "%.*s%s%s", (int)(mark - text), text,
		count_words(r, c), mark + 2);
}

static const char *
effect(struct request *r, const struct chosen *c)
{
	switch (c->bulk.action) {
	case BULK_APPROVE:
		return "They may connect.";
	case BULK_TAG:
		return arena_printf(r->mem,
			"They get %s and no others. Who owns one of them loses "
			"it, and its key stops expiring.",
			form_tags_text(r, c->bulk.tags));
	case BULK_ROUTES:
		return "Every route that they advertise is approved.";
	case BULK_NO_EXPIRY:
		return "Nobody has to sign in on them again.";
	case BULK_EXPIRE:
		return "They are cut off at once, until somebody signs in on "
		       "them again.";
	case BULK_DELETE:
		return "They are cut off at once. Their keys and the routes "
		       "through them end; they can rejoin with a new key, as "
		       "new machines.";
	case BULK_ACTIONS:
		break;
	}
	return NULL;
}

static enum err
confirm(struct request *r, const struct list *l, const struct chosen *c)
{
	const struct confirm page = {
		.question = question(r, c),
		.effects = { all_names(r, c), effect(r, c) },
		.button = actions[c->bulk.action].label,
		.cancel = list_address(r, l, ""),
	};

	return kept_confirm(r, &page);
}

/* ---- done, or why not ---- */

static const char *
refusal_words(enum err e)
{
	switch (e) {
	case ERR_NOT_FOUND:
		return "is not there any more";
	case ERR_EXISTS:
		return "is here a second time, with tags already";
	case ERR_TOO_BIG:
		return "would have too many approved routes";
	default:
		return err_words(e);
	}
}

static void
blame(struct form *f, const struct bulk_refusal *refused, size_t count)
{
	struct request *r = f->r;
	const char *words = "Nothing was done.";

	for (size_t i = 0; i < count; i++)
		words = arena_printf(r->mem, "%s %s %s.", words,
			refused[i].name ? refused[i].name : "One of them",
			refusal_words(refused[i].why));
	form_complain(f, "machine", words);
}

enum err
do_machines_bulk(struct request *r)
{
	struct chosen c = { .bulk = { .count = 0 } };
	struct machines_found found = { .whole = false };
	struct bulk_refusal *refused;
	struct list l;
	struct form f;
	size_t count;
	enum err e = machines_find(r, &l, &found);

	if (e)
		return e;
	machines_bulk_form(r, &l, &f);
	e = take(&f, &c);
	if (e)
		return e;
	if (!form_ok(&f))
		return machines_show(r, &l, &found, &f);
	if (!kept_is_confirmed(r))
		return confirm(r, &l, &c);
	e = tailnet_bulk(r->db, &c.bulk, r->mem, &refused, &count);
	if (e == ERR_DENIED && count && !r->repeated) {
		blame(&f, refused, count);
		return machines_show(r, &l, &found, &f);
	}
	return e ? e
		 : form_done(r, list_address(r, &l, ""), "bulk-done",
			   (int64_t)c.bulk.count);
}
