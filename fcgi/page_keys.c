/*
 * page_keys.c: the list of auth keys, and of the own ones (spec/pages.md 8,
 * 10.3).
 */
#include <inttypes.h>
#include <string.h>

#include "db/preauth_list.h"
#include "fcgi/export.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/key_where.h"
#include "fcgi/list_filters.h"
#include "fcgi/machine_show.h"
#include "fcgi/pages_people.h"

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

static const struct column own_columns[] = {
	{ "Key", "key", "mono" },
	{ "Description", "description", NULL },
	{ "Kind", NULL, NULL },
	{ "Uses", "uses", "number" },
	{ "Expires", "expires", NULL },
	{ "Created", "created", NULL },
	{ "Revoke", NULL, NULL },
};

static const struct choice statuses[] = {
	{ "valid", "Valid" },
	{ "used", "Used" },
	{ "expired", "Expired" },
	{ "revoked", "Revoked" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* One that was made elsewhere may have both. */
static void
show_who(struct request *r, const struct preauth_row *row)
{
	if (row->key.user_id) {
		html_link(r,
			arena_printf(r->mem, "/admin/users/%" PRId64,
				row->key.user_id),
			row->owner);
		html_text(r, " ");
	}
	show_tags(r, row->key.tags);
}

static void
show_revoke(struct request *r, struct list *l, const struct preauth_row *row)
{
	list_cell(r, l);
	if (strcmp(row->status, "valid") != 0)
		return; /* it lets nobody in any more */
	html_begin(r, "a", "href", key_revoke_path(r, row->key.id),
		"aria-label",
		arena_printf(r->mem, "Revoke %s", row->key.prefix));
	html_text(r, "Revoke");
	html_end(r);
}

static void
show_row(struct request *r, struct list *l, const struct preauth_row *row)
{
	bool own = key_where(r)->own;

	list_row(r, l, row->key.id, row->status, NULL, key_words(r, &row->key));
	list_cell_text(r, l, row->key.description);
	if (!own) {
		list_cell(r, l);
		show_who(r, row);
	}
	list_cell(r, l);
	show_kind(r, row);
	list_cell_text(r, l, arena_printf(r->mem, "%" PRId64, row->key.uses));
	list_cell(r, l);
	if (row->key.expires_at)
		html_time(r, row->key.expires_at);
	else
		html_text(r, "Never");
	if (!own)
		list_cell_text(r, l, row->made_by);
	list_cell(r, l);
	html_time(r, row->key.created_at);
	if (own || l->column_count == COUNT(columns))
		show_revoke(r, l, row);
	list_row_end(r);
}

/* What the address asks for: with limit -1 all of it. */
struct asked {
	struct list l;
	struct preauth_search s;
};

static void
take(struct request *r, int64_t limit, struct asked *a)
{
	const struct key_where *where = key_where(r);
	bool own = where->own, may = r->who.can & CAN_MACHINES;
	struct list *l = &a->l;

	*l = (struct list){ .id = "keys",
		.path = where->list,
		.one = "key",
		.many = "keys",
		.columns = own ? own_columns : columns,
		.column_count =
			own ? COUNT(own_columns) : COUNT(columns) - !may,
		.sort = "created",
		.descending = true,
		.files = !own };
	list_take(r, l);
	a->s = (struct preauth_search){ .limit = limit,
		.status =
			list_choice(r, l, "status", statuses, COUNT(statuses)),
		.user_id = own ? r->who.user_id : list_number(r, l, "owner"),
		.tag = own ? "" : list_tag(r, l),
		.q = l->q,
		.now = r->now,
		.sort = l->sort,
		.descending = l->descending };
}

static enum err
search(struct request *r, struct asked *a, struct preauth_row **rows,
	size_t *count)
{
	bool own = key_where(r)->own;
	struct list *l = &a->l;
	struct preauth_search *s = &a->s;
	const struct preauth_search all = { .q = "",
		.status = "",
		.tag = "",
		.user_id = own ? r->who.user_id : 0,
		.now = r->now };
	enum err e = db_preauth_rows_count(r->db, &all, &l->total);

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

static void
show_link_new(struct request *r, const char *words)
{
	html_begin(r, "a", "class", "button", "href", key_where(r)->made);
	html_text(r, words);
	html_end(r);
}

static void
show_rows(struct request *r, struct list *l, const struct preauth_row *rows,
	size_t count)
{
	if (list_table(r, l)) {
		for (size_t i = 0; i < count; i++)
			show_row(r, l, &rows[i]);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		show_empty(r);
	}
	frame_end(r);
}

static enum err
show_all(struct request *r, struct list *l, const struct preauth_row *rows,
	size_t count)
{
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "keys",
			.h1 = "Auth keys",
			.section = SECTION_KEYS,
			.live = "key" },
		NULL);
	if (r->who.can & CAN_MACHINES)
		show_link_new(r, "New auth key");
	list_begin(r, l);
	list_select(r, l, "status", "Status", statuses, COUNT(statuses));
	e = list_owner_select(r, l);
	list_input(r, l, "tag", "Tag");
	show_rows(r, l, rows, count);
	return e;
}

static enum err
show_own(struct request *r, struct list *l, const struct preauth_row *rows,
	size_t count)
{
	frame_begin(r,
		&(struct page){ .name = "my-keys",
			.h1 = "Your keys",
			.section = SECTION_MY_KEYS,
			.live = "key" },
		NULL);
	show_link_new(r, "New key");
	list_begin(r, l);
	list_select(r, l, "status", "Status", statuses, COUNT(statuses));
	show_rows(r, l, rows, count);
	return ERR_OK;
}

enum err
page_keys(struct request *r)
{
	struct preauth_row *rows;
	struct asked a;
	size_t count;
	enum err e = key_where_is_open(r);

	if (e)
		return e;
	take(r, LIST_ROWS, &a);
	e = search(r, &a, &rows, &count);
	if (e)
		return e;
	return key_where(r)->own ? show_own(r, &a.l, rows, count)
				 : show_all(r, &a.l, rows, count);
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
	struct preauth_row *rows;
	size_t count;
	enum err e = search(x->r, arg, &rows, &count);

	for (size_t i = 0; !e && i < count; i++)
		e = write_row(x, &rows[i]);
	return e;
}

enum err
file_keys(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	take(r, -1, a);
	return export_reply(r, &(struct export_of){ .what = "keys",
				       .list = &a->l,
				       .fields = file_fields,
				       .count = COUNT(file_fields),
				       .rows = write_rows,
				       .arg = a });
}
