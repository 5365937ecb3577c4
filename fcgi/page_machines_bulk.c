/*
 * page_machines_bulk.c: the same done to the ticked machines of the list
 * (spec/pages.md 9.1): first what it will do and to whom, then all at once.
 */
#include <inttypes.h>
#include <sodium.h>
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
	{ "routes", "Approve their routes" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	PRINT_BYTES = 16,
};

enum {
	FIELD_ALL,
	FIELD_ACTION,
	FIELD_TAGS,
	BULK_FIELDS,
};

static const struct field fields[BULK_FIELDS] = {
	[FIELD_ALL] = { "all", "Which", .kind = FIELD_SELECT },
	[FIELD_ACTION] = { "action", "Action", .kind = FIELD_SELECT,
		.flags = FIELD_REQUIRED, .choices = actions,
		.choice_count = COUNT(actions) },
	/* The style shows it where tags are set. */
	[FIELD_TAGS] = { "tags", "New tags", .max = 1024, .flags = FIELD_MONO },
};

bool
machines_bulk_may(const struct request *r)
{
	return r->who.can & (CAN_MACHINES | CAN_NETWORK);
}

/* Those that match, where they are more than the page holds.  Where a filter
 * was not understood nobody knows what is meant by all. */
static const struct choice *
whiches(struct request *r, const struct list *l, size_t *count)
{
	struct choice *c = arena_array(r->mem, 3, sizeof(*c));
	size_t n = 0;

	c[n++] = (struct choice){ "", "the ticked ones" };
	if (!l->unsure)
		c[n++] = (struct choice){ "page",
			arena_printf(r->mem, "all %" PRId64 " on this page",
				list_shown(l)) };
	if (!l->unsure && l->matching > list_shown(l))
		c[n++] = (struct choice){ "1",
			arena_printf(r->mem, "all %" PRId64 "%s", l->matching,
				list_is_filtered(l) ? " that match" : "") };
	*count = n;
	return c;
}

void
machines_bulk_form(struct request *r, const struct list *l, struct form *f)
{
	struct field *own = arena_array(r->mem, BULK_FIELDS, sizeof(*own));
	bool all = r->who.can & CAN_MACHINES;

	memcpy(own, fields, sizeof(fields));
	own[FIELD_ALL].choices = whiches(r, l, &own[FIELD_ALL].choice_count);
	if (!all) {
		own[FIELD_ACTION].choices = route_actions;
		own[FIELD_ACTION].choice_count = COUNT(route_actions);
	}
	form_init(r, f, "bulk", list_address(r, l, "/bulk"), own,
		all ? BULK_FIELDS : FIELD_TAGS);
}

/* ---- what was sent ---- */

struct chosen {
	struct bulk bulk;
	const char **names; /* of those that it changes something for */
	size_t name_count;
	bool all; /* of the list, as it is now */
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
take_one(struct form *f, int64_t id, struct chosen *c)
{
	struct request *r = f->r;
	struct machine_row m;
	enum err e = db_machine_row(r->db, id, r->now, r->mem, &m);

	if (e == ERR_NOT_FOUND) {
		form_complain(f, "all",
			"One of the ticked machines is not there any more. "
			"Nothing was done.");
		return ERR_OK;
	}
	if (!e && (c->bulk.action != BULK_APPROVE ||
			  m.state == MACHINE_NEEDS_APPROVAL))
		c->names[c->name_count++] = m.name;
	return e;
}

static void
take_ticked(struct form *f, struct chosen *c)
{
	struct request *r = f->r;
	int64_t *ids = arena_array(r->mem, r->fields.count + 1, sizeof(*ids));
	const char *value;
	size_t n = 0;

	for (; (value = fields_nth(r, "machine", n)); n++)
		if (text_int(value, &ids[n]))
			ids[n] = 0;
	c->bulk.ids = ids;
	c->bulk.count = n;
	if (!n)
		form_complain(f, "all", "Tick the machines that you mean.");
}

static void
take_found(struct form *f, const struct machines_found *found, struct chosen *c)
{
	c->bulk.ids = found->ids + found->from;
	c->bulk.count = found->until - found->from;
	c->all = true;
	if (!c->bulk.count)
		form_complain(f, "all", "No machine is in this list any more.");
	else if (c->bulk.count > BULK_MAX)
		form_complain(f, "all",
			"At most 1,000 machines at once: search for fewer.");
}

static enum err
take_machines(
	struct form *f, const struct machines_found *found, struct chosen *c)
{
	struct request *r = f->r;
	enum err e = ERR_OK;

	if (*form_get(f, "all"))
		take_found(f, found, c);
	else
		take_ticked(f, c);
	c->names = arena_array(r->mem, c->bulk.count + 1, sizeof(*c->names));
	for (size_t i = 0; !e && form_ok(f) && i < c->bulk.count; i++)
		e = take_one(f, c->bulk.ids[i], c);
	return e;
}

static void
take_form(struct form *f, const struct list *l)
{
	(void)form_take(f);
	if (!l->unsure || !*form_get(f, "all"))
		return;
	f->error_count = 0; /* that it is no choice says less */
	form_complain(f, "all",
		arena_printf(f->r->mem,
			"Not understood: %s. Tick the machines that you mean, "
			"or mend the filter.",
			l->ignored));
}

static enum err
take(struct form *f, const struct list *l, const struct machines_found *found,
	struct chosen *c)
{
	struct request *r = f->r;
	enum err e;

	take_form(f, l);
	c->bulk.action = action_of(form_get(f, "action"));
	c->bulk.actor = prove_actor_text(r);
	c->bulk.now = r->now;
	e = take_machines(f, found, c);
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
	return arena_printf(r->mem, "%zu %s", c->name_count,
		c->name_count == 1 ? "machine" : "machines");
}

static const char *
all_names(struct request *r, const struct chosen *c)
{
	size_t shown = c->name_count < BULK_NAMES_SHOWN ? c->name_count
							: BULK_NAMES_SHOWN;
	struct buf b;

	buf_init(&b, r->mem, BULK_NAMES_SHOWN * 80);
	for (size_t i = 0; i < shown; i++) {
		if (i)
			buf_puts(&b, ", ");
		buf_puts(&b, c->names[i]);
	}
	if (shown < c->name_count)
		buf_putf(&b, " and %zu more", c->name_count - shown);
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

/* Which machines are asked about: a list may hold others a moment later. */
static const char *
print_of(struct request *r, const struct chosen *c)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char text[2 * PRINT_BYTES + 1];

	crypto_hash_sha256(hash, (const uint8_t *)c->bulk.ids,
		c->bulk.count * sizeof(*c->bulk.ids));
	text_hex(text, hash, PRINT_BYTES);
	return arena_strdup(r->mem, text);
}

/* Ticked ones are those that were sent. */
static bool
is_answered(struct request *r, const struct chosen *c)
{
	const char *seen = fields_one(r, "seen");

	return kept_is_confirmed(r) &&
	       (!c->all || (seen && strcmp(seen, print_of(r, c)) == 0));
}

static const char *
button_of(struct request *r, enum bulk_action action)
{
	bool destroys = action == BULK_EXPIRE || action == BULK_DELETE;

	return arena_printf(r->mem, "%s%s", destroys ? "danger:" : "",
		actions[action].label);
}

static enum err
confirm(struct request *r, const struct list *l, const struct chosen *c)
{
	struct confirm page = {
		.question = question(r, c),
		.effects = { all_names(r, c), effect(r, c) },
		.section = SECTION_MACHINES,
		.button = button_of(r, c->bulk.action),
		.cancel = list_address(r, l, ""),
		.seen = c->all ? print_of(r, c) : NULL,
	};

	if (kept_is_confirmed(r))
		page.effects[2] = "The list has changed since you were asked: "
				  "nothing was done yet.";
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
	form_complain(f, "all", words);
}

/* The list as a page, whatever was looked at. */
static enum err
show_again(struct request *r, const struct form *refused)
{
	struct machines_found found = { .whole = false };
	struct list l;
	struct form f = *refused;
	enum err e = machines_find(r, &l, &found);

	return e ? e : machines_show(r, &l, &found, &f);
}

enum err
do_machines_bulk(struct request *r)
{
	const char *all = fields_one(r, "all");
	struct machines_found found = { .whole = all && *all == '1' };
	struct chosen c = { .bulk = { .count = 0 } };
	struct bulk_refusal *refused;
	struct list l;
	struct form f;
	size_t count;
	enum err e = machines_find(r, &l, &found);

	if (e)
		return e;
	machines_bulk_form(r, &l, &f);
	e = take(&f, &l, &found, &c);
	if (e)
		return e;
	if (!form_ok(&f))
		return show_again(r, &f);
	if (!is_answered(r, &c)) {
		if (c.name_count)
			return confirm(r, &l, &c);
		form_complain(&f, "all", "All of them are approved already.");
		return show_again(r, &f);
	}
	e = tailnet_bulk(r->db, &c.bulk, r->mem, &refused, &count);
	if (e == ERR_DENIED && count && !r->repeated) {
		blame(&f, refused, count);
		return show_again(r, &f);
	}
	/* A form that comes a second time finds nothing left to do. */
	count = r->repeated ? c.bulk.count : c.name_count;
	return e ? e
		 : form_done(r, list_address(r, &l, ""), "bulk-done",
			   (int64_t)count);
}
