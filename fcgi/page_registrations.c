/*
 * page_registrations.c: machines that ask to join, and finding one by what its
 * client printed (spec/pages.md 9.4).
 */
#include <stdlib.h>
#include <string.h>

#include "db/words.h"
#include "fcgi/export.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machines_nav.h"
#include "fcgi/page.h"
#include "fcgi/pages_machines.h"
#include "fcgi/registration.h"
#include "fcgi/reply.h"
#include "tailnet/register.h"

static const struct column columns[] = {
	{ "Code", NULL, "mono" },
	{ "Hostname", "hostname", NULL },
	{ "OS", NULL, NULL },
	{ "Address", "address", "mono" },
	{ "Key", NULL, "mono" },
	{ "Asked", "asked", NULL },
	{ "Tags", NULL, NULL },
};

static const struct field find_fields[] = {
	{ "auth_id", "Link or id",
		.hint = "What the client printed: the whole address, or the "
			"part that begins with hskey-authreq-.",
		.max = 512, .flags = FIELD_REQUIRED | FIELD_MONO },
};

static int
compare(const void *a, const void *b, void *arg)
{
	const struct pending *x = a, *y = b;
	const struct list *l = arg;
	int order = 0;

	if (strcmp(l->sort, "hostname") == 0)
		order = strcmp(x->hostname, y->hostname);
	else if (strcmp(l->sort, "address") == 0)
		order = strcmp(x->address, y->address);
	if (!order)
		order = (x->id > y->id) - (x->id < y->id);
	return l->descending ? -order : order;
}

static bool
matches(struct request *r, const struct list *l, const struct pending *p)
{
	struct tailcfg_hostinfo h = registration_host(r, p);
	const char *texts[] = { p->code, p->hostname, p->address,
		registration_os(r, &h), registration_key(r, p) };

	return words_match(l->q, texts, sizeof(texts) / sizeof(texts[0]));
}

/* Those that match come first, in their order; there are never many
 * (PENDING_MAX). */
static enum err
search(struct request *r, struct list *l, struct pending **rows)
{
	size_t count, kept = 0;
	enum err e = db_pendings(r->db, r->now, r->mem, rows, &count);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		if (!*l->q || matches(r, l, &(*rows)[i]))
			(*rows)[kept++] = (*rows)[i];
	qsort_r(*rows, kept, sizeof(**rows), compare, l);
	l->total = (int64_t)count;
	l->matching = (int64_t)kept;
	return ERR_OK;
}

static void
show_row(struct request *r, struct list *l, const struct pending *p)
{
	struct tailcfg_hostinfo h = registration_host(r, p);

	list_row(r, l, p->id, NULL,
		arena_printf(r->mem, "/register/%s",
			tailnet_pending_id(r->mem, r->pepper, p)),
		p->code);
	list_cell_text(r, l, p->hostname);
	list_cell_text(r, l, registration_os(r, &h));
	list_cell_text(r, l, p->address);
	list_cell_text(r, l, registration_key(r, p));
	list_cell(r, l);
	html_time(r, p->created_at);
	list_cell_text(r, l, registration_words(r, &h.request_tags, ""));
	list_row_end(r);
}

static void
show_rows(struct request *r, struct list *l, const struct pending *rows)
{
	size_t from = (size_t)list_skip(l);

	list_begin(r, l);
	if (list_table(r, l)) {
		for (size_t i = from;
			i < (size_t)l->matching && i < from + LIST_ROWS; i++)
			show_row(r, l, &rows[i]);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		html_begin(r, "p", "id", "empty", "data-swap", "");
		html_text(r, "Nobody is waiting. When ");
		html_element(r, "code", "tailscale up");
		html_text(r, " prints a link, it shows here.");
		html_end(r);
	}
}

static void
take(struct request *r, struct list *l)
{
	*l = (struct list){ .id = "registrations",
		.path = "/admin/registrations",
		.one = "machine asks to join",
		.many = "machines ask to join",
		.row = "registration",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "asked",
		.files = true };
	list_take(r, l);
}

static enum err
show(struct request *r, struct form *f)
{
	struct pending *rows;
	struct list l;
	enum err e;

	take(r, &l);
	e = search(r, &l, &rows);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "registrations",
			.h1 = "Machines asking to join",
			.section = SECTION_MACHINES,
			.live = "registration" },
		form_refused(f));
	machines_nav(r, MACHINES_ASKING);
	show_rows(r, &l, rows);
	html_element(r, "h2", "Find one by its link");
	form_show(f, "Find");
	frame_end(r);
	return ERR_OK;
}

static const char *const file_fields[] = { "id", "code", "hostname", "os",
	"address", "key", "asked", "tags" };

static enum err
write_row(struct export *x, const struct pending *p)
{
	struct tailcfg_hostinfo h = registration_host(x->r, p);

	export_int(x, p->id);
	export_text(x, p->code);
	export_text(x, p->hostname);
	export_text(x, registration_os(x->r, &h));
	export_text(x, p->address);
	export_text(x, registration_key(x->r, p));
	export_time(x, p->created_at);
	export_texts(x, json_texts_print(x->mem, &h.request_tags));
	return export_row(x);
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct list *l = arg;
	struct pending *rows;
	enum err e = search(x->r, l, &rows);

	for (int64_t i = 0; !e && i < l->matching; i++)
		e = write_row(x, &rows[i]);
	return e;
}

enum err
file_registrations(struct request *r)
{
	struct list *l = arena_array(r->mem, 1, sizeof(*l));

	take(r, l);
	return export_reply(r,
		&(struct export_of){ .what = "registrations",
			.list = l,
			.fields = file_fields,
			.count = sizeof(file_fields) / sizeof(file_fields[0]),
			.rows = write_rows,
			.arg = l });
}

static void
find_form(struct request *r, struct form *f)
{
	form_init(r, f, "find", "/admin/registrations", find_fields, 1);
}

enum err
page_registrations(struct request *r)
{
	struct form f;

	find_form(r, &f);
	return show(r, &f);
}

/* Of an address the last part, without what follows a question mark. */
static const char *
id_in(struct request *r, const char *text)
{
	const char *path = strstr(text, "/register/");

	text = path ? path + strlen("/register/") : text;
	return arena_printf(r->mem, "%.*s", (int)strcspn(text, "/?# \t"), text);
}

/* Finding changes nothing, so the form is not spent by it. */
enum err
do_registrations(struct request *r)
{
	struct pending p;
	const char *id;
	struct form f;
	enum err e;

	find_form(r, &f);
	if (!form_take(&f))
		return show(r, &f);
	id = id_in(r, form_get(&f, "auth_id"));
	e = tailnet_pending_find(r->db, r->pepper, id, r->mem, &p);
	if (e == ERR_NOT_FOUND || e == ERR_BAD_INPUT) {
		form_complain(&f, "auth_id", "No machine asks with this id.");
		return show(r, &f);
	}
	return e ? e
		 : reply_redirect(
			   r, 303, arena_printf(r->mem, "/register/%s", id));
}
