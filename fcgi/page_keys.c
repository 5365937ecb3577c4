/*
 * page_keys.c: auth keys: the list, making one, revoking one (spec/pages.md
 * 10.3).
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/preauth_list.h"
#include "fcgi/export.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/join_line.h"
#include "fcgi/list.h"
#include "fcgi/machine_show.h"
#include "fcgi/once.h"
#include "fcgi/owner.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/qr.h"
#include "fcgi/tags.h"
#include "tailnet/keys.h"

#define HERE "/admin/keys"
#define NEW  "/admin/keys/new"

/* The last one is for who may revoke. */
static const struct column columns[] = {
	{ "Key", "key", "mono" },
	{ "Description", "description", NULL },
	{ "Owner", "owner", NULL },
	{ "Kind", NULL, NULL },
	{ "Uses", "uses", "number" },
	{ "Expires", "expires", NULL },
	{ "Made by", NULL, NULL },
	{ "Created", "created", NULL },
	{ "Revoke", NULL, NULL },
};

static const struct choice statuses[] = {
	{ "valid", "Valid" },
	{ "used", "Used" },
	{ "expired", "Expired" },
	{ "revoked", "Revoked" },
};

static const struct choice lives[] = {
	{ "1h", "1 hour" },
	{ "1d", "1 day" },
	{ "7d", "7 days" },
	{ "30d", "30 days" },
	{ "90d", "90 days" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct field key_fields[] = {
	{ "owner", "Owner of the machines that join with it",
		.kind = FIELD_SELECT }, /* owner_field fills it */
	{ "tags", "Tags",
		.hint = "Instead of an owner: like tag:server tag:web.",
		.max = 1024, .flags = FIELD_MONO },
	{ "reusable", "Reusable: good for any number of machines",
		.kind = FIELD_BOX },
	{ "ephemeral",
		"Ephemeral: its machines are removed when they have been away "
		"for a while",
		.kind = FIELD_BOX },
	{ "preapproved", "Pre-approved: its machines need no approval",
		.kind = FIELD_BOX },
	{ "expires", "Good for", .kind = FIELD_SELECT, .choices = lives,
		.choice_count = COUNT(lives) },
	{ "description", "What it is for (optional)",
		.max = PREAUTH_DESCRIPTION_MAX },
};

enum {
	KEY_FIELDS = COUNT(key_fields),
};

static const char *
key_words(struct request *r, const struct preauth_key *k)
{
	return arena_printf(r->mem, "hskey-auth-%s…", k->prefix);
}

static void
badge(struct request *r, const char *word, const char *words)
{
	html_begin(r, "span", "data-badge", word);
	html_text(r, words);
	html_end(r);
	html_text(r, " ");
}

static void
show_kind(struct request *r, const struct preauth_row *row)
{
	for (size_t i = 1; i < COUNT(statuses); i++)
		if (strcmp(statuses[i].value, row->status) == 0)
			badge(r, statuses[i].value, statuses[i].label);
	if (row->key.reusable)
		badge(r, "reusable", "Reusable");
	if (row->key.ephemeral)
		badge(r, "ephemeral", "Ephemeral");
	if (!row->key.unapproved)
		badge(r, "pre-approved", "Pre-approved");
}

static void
show_who(struct request *r, const struct preauth_row *row)
{
	if (row->key.user_id)
		html_link(r,
			arena_printf(r->mem, "/admin/users/%" PRId64,
				row->key.user_id),
			row->owner);
	else
		show_tags(r, row->key.tags);
}

static const char *
revoke_path(struct request *r, int64_t id)
{
	return arena_printf(r->mem, HERE "/%" PRId64 "/revoke", id);
}

static void
show_revoke(struct request *r, struct list *l, const struct preauth_row *row)
{
	list_cell(r, l);
	if (strcmp(row->status, "valid") != 0)
		return; /* it lets nobody in any more */
	html_begin(r, "a", "href", revoke_path(r, row->key.id), "aria-label",
		arena_printf(r->mem, "Revoke %s", row->key.prefix));
	html_text(r, "Revoke");
	html_end(r);
}

static void
show_row(struct request *r, struct list *l, const struct preauth_row *row)
{
	list_row(r, l, row->key.id, row->status, NULL, key_words(r, &row->key));
	list_cell_text(r, l, row->key.description);
	list_cell(r, l);
	show_who(r, row);
	list_cell(r, l);
	show_kind(r, row);
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, row->key.uses));
	list_cell(r, l);
	if (row->key.expires_at)
		html_time(r, row->key.expires_at);
	else
		html_text(r, "Never");
	list_cell_text(r, l, row->made_by);
	list_cell(r, l);
	html_time(r, row->key.created_at);
	if (l->column_count == COUNT(columns))
		show_revoke(r, l, row);
	list_row_end(r);
}

static enum err
search(struct request *r, struct list *l, struct preauth_search *s,
	struct preauth_row **rows, size_t *count)
{
	const struct preauth_search all = {
		.q = "", .status = "", .tag = "", .now = r->now
	};
	enum err e;

	list_take(r, l);
	s->status = list_choice(r, l, "status", statuses, COUNT(statuses));
	s->user_id = list_number(r, l, "owner");
	s->tag = list_text(r, l, "tag");
	s->q = l->q;
	s->now = r->now;
	s->sort = l->sort;
	s->descending = l->descending;
	e = db_preauth_rows_count(r->db, &all, &l->total);
	l->matching = l->total;
	if (!e && list_is_filtered(l))
		e = db_preauth_rows_count(r->db, s, &l->matching);
	s->skip = s->limit == LIST_ROWS ? list_skip(l) : 0;
	return e ? e : db_preauth_rows(r->db, s, r->mem, rows, count);
}

static void
show_empty(struct request *r)
{
	html_begin(r, "p", "id", "empty");
	html_text(r, "No keys. A key lets a machine join without a browser.");
	html_end(r);
}

enum err
page_keys(struct request *r)
{
	bool may = r->who.can & CAN_MACHINES;
	struct list l = { .id = "keys",
		.path = HERE,
		.one = "key",
		.many = "keys",
		.columns = columns,
		.column_count = COUNT(columns) - !may,
		.sort = "created",
		.descending = true,
		.files = true };
	struct preauth_search s = { .limit = LIST_ROWS };
	struct preauth_row *rows;
	size_t count;
	enum err e = search(r, &l, &s, &rows, &count);

	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "keys",
			.h1 = "Auth keys",
			.section = SECTION_KEYS,
			.live = "key" },
		NULL);
	if (may) {
		html_begin(r, "a", "class", "button", "href", NEW);
		html_text(r, "New auth key");
		html_end(r);
	}
	list_begin(r, &l);
	list_select(r, &l, "status", "Status", statuses, COUNT(statuses));
	list_input(r, &l, "tag", "Tag");
	list_keep(r, &l, "owner");
	if (list_table(r, &l)) {
		for (size_t i = 0; i < count; i++)
			show_row(r, &l, &rows[i]);
		list_end(r, &l);
	} else if (!list_is_filtered(&l)) {
		show_empty(r);
	}
	frame_end(r);
	return ERR_OK;
}

static const char *const file_fields[] = { "id", "prefix", "description",
	"owner", "tags", "status", "reusable", "ephemeral", "preapproved",
	"uses", "expires", "made_by", "created" };

static enum err
write_row(struct export *x, const struct preauth_row *row)
{
	const struct preauth_key *k = &row->key;

	export_int(x, k->id);
	export_text(x, k->prefix);
	export_text(x, k->description);
	export_text(x, row->owner);
	export_texts(x, k->tags);
	export_text(x, row->status);
	export_bool(x, k->reusable);
	export_bool(x, k->ephemeral);
	export_bool(x, !k->unapproved);
	export_int(x, k->uses);
	export_time(x, k->expires_at);
	export_text(x, row->made_by);
	export_time(x, k->created_at);
	return export_row(x);
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct list l = { .columns = columns,
		.column_count = COUNT(columns),
		.sort = "created",
		.descending = true };
	struct preauth_search s = { .limit = -1 };
	struct preauth_row *rows;
	size_t count;
	enum err e = search(x->r, &l, &s, &rows, &count);

	(void)arg;
	for (size_t i = 0; !e && i < count; i++)
		e = write_row(x, &rows[i]);
	return e;
}

enum err
file_keys(struct request *r)
{
	return export_reply(r, &(struct export_of){ .what = "keys",
				       .fields = file_fields,
				       .count = COUNT(file_fields),
				       .rows = write_rows });
}

/* `fields` has room for KEY_FIELDS and lives as long as the form. */
static enum err
key_form(struct request *r, struct form *f, struct field *fields)
{
	enum err e;

	memcpy(fields, key_fields, sizeof(key_fields));
	e = owner_field(r, &fields[0], 0, "Nobody: they have tags");
	form_init(r, f, "key", NEW, fields, KEY_FIELDS);
	if (fields[0].kind == FIELD_SELECT)
		form_put_int(f, "owner", r->who.user_id);
	else
		form_put(f, "owner", r->who.name);
	form_put_box(f, "preapproved", true);
	form_put(f, "expires", "1h");
	return e;
}

static enum err
show_new(struct request *r, struct form *f)
{
	frame_begin(r,
		&(struct page){ .name = "key-new",
			.h1 = "New auth key",
			.section = SECTION_KEYS },
		form_refused(f));
	html_element(r, "p",
		"A key lets machines join without a browser. It is shown "
		"once, on the next page.");
	form_show(f, "Make the key");
	frame_end(r);
	return ERR_OK;
}

enum err
page_key_new(struct request *r)
{
	struct field fields[KEY_FIELDS];
	struct form f;
	enum err e = key_form(r, &f, fields);

	return e ? e : show_new(r, &f);
}

static enum err
show_made(struct request *r, const char *key)
{
	form_shows_once(r, HERE);
	frame_begin(r,
		&(struct page){ .name = "key-made",
			.h1 = "Copy this key now",
			.section = SECTION_KEYS },
		NULL);
	once_secret(r, "Key", key);
	html_element(r, "p",
		"It is not shown again. Whoever has it can add machines, so "
		"keep it as you keep a password.");
	html_element(r, "h2", "On a machine");
	html_command(r, "command", join_line(r, NULL, key));
	show_copy(r, "command", "the line");
	html_element(r, "h2", "On a phone");
	show_qr(r, key, "The key as a QR code");
	html_begin(r, "p");
	html_link(r, HERE, "All keys");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static int64_t
seconds_of(const char *life)
{
	int64_t seconds = 0;

	return text_duration(*life ? life : "1h", &seconds) ? 0 : seconds;
}

static enum err
make(struct request *r, struct form *f, struct preauth_key *k)
{
	const struct actor a = prove_actor(r);
	const char *text = NULL;
	int64_t id;
	enum err e;

	k->reusable = form_box(f, "reusable");
	k->ephemeral = form_box(f, "ephemeral");
	k->unapproved = !form_box(f, "preapproved");
	k->expires_at = r->now + seconds_of(form_get(f, "expires"));
	k->description = form_get(f, "description");
	e = tailnet_preauth_key_add(
		r->db, r->pepper, k, &a, r->now, r->mem, &id, &text);
	if (e == ERR_BAD_TEXT || e == ERR_TOO_BIG) {
		if (e == ERR_TOO_BIG)
			form_error(f, "description", "too-long");
		else
			form_complain(f, "description", FORM_ODD_TEXT);
		return show_new(r, f);
	}
	return e ? e : show_made(r, text);
}

enum err
do_key_new(struct request *r)
{
	struct field fields[KEY_FIELDS];
	struct preauth_key k = { .id = 0 };
	struct form f;
	bool ok = false;
	enum err e = key_form(r, &f, fields);

	if (e)
		return e;
	(void)form_take(&f);
	e = owner_or_tags(&f, &k.user_id, &k.tags, &ok);
	if (e)
		return e;
	return ok ? make(r, &f, &k) : show_new(r, &f);
}

/* The key of the address.  *found false: the answer is made. */
static enum err
find(struct request *r, struct preauth_key *out, bool *found)
{
	int64_t id = page_id(r, 0);
	enum err e = db_preauth_key_by_id(r->db, id, r->mem, out);

	*found = !e;
	if (e != ERR_NOT_FOUND)
		return e;
	return reply_gone(r, &(struct gone){ .kind = "preauth-key",
				     .id = id,
				     .event = "key.deleted",
				     .thing = "key",
				     .list = HERE,
				     .list_words = "All keys" });
}

static enum err
show_question(struct request *r, const struct preauth_key *k, int64_t nodes)
{
	struct form f;

	form_init(r, &f, "revoke", revoke_path(r, k->id), NULL, 0);
	frame_begin(r,
		&(struct page){ .name = "key-revoke",
			.h1 = arena_printf(
				r->mem, "Revoke %s?", key_words(r, k)),
			.title = key_words(r, k),
			.section = SECTION_KEYS },
		NULL);
	if (*k->description)
		html_element(r, "p", k->description);
	html_element(r, "p",
		nodes == 1 ? "1 machine joined with it; it stays."
			   : arena_printf(r->mem,
				     "%" PRId64
				     " machines joined with it; they stay.",
				     nodes));
	html_element(r, "p", "No other machine can join with it any more.");
	form_open(&f);
	form_button(&f, "danger:Revoke", NULL);
	html_text(r, " ");
	html_link(r, HERE, "Cancel");
	form_close(&f);
	frame_end(r);
	return ERR_OK;
}

enum err
page_key_revoke(struct request *r)
{
	struct preauth_key k;
	int64_t nodes = 0;
	bool found;
	enum err e = find(r, &k, &found);

	if (!e && found)
		e = db_preauth_node_count(r->db, k.id, &nodes);
	return e || !found ? e : show_question(r, &k, nodes);
}

enum err
do_key_revoke(struct request *r)
{
	struct preauth_key k;
	bool found;
	enum err e = find(r, &k, &found);

	/* It is so already: no second row in the log. */
	if (!e && found && !k.revoked_at)
		e = tailnet_preauth_key_revoke(
			r->db, k.id, prove_actor_text(r), r->now);
	return e || !found ? e : form_done(r, HERE, "key-revoked", 0);
}
