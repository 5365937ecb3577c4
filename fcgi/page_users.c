/*
 * page_users.c: the list of users, and adding one (spec/pages.md 10.1).
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/export.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/list.h"
#include "fcgi/pages_people.h"
#include "fcgi/person.h"
#include "fcgi/prove.h"
#include "tailnet/link.h"

static const struct column columns[] = {
	{ "Name", "name", NULL },
	{ "Role", "role", NULL },
	{ "Status", "status", NULL },
	{ "Provider", NULL, NULL },
	{ "Second factor", NULL, NULL },
	{ "Machines", "machines", "number" },
	{ "Last sign-in", "signed-in", NULL },
	{ "Created", "created", NULL },
};

/* In the order of enum user_factor, which begins with any. */
static const struct choice factors[] = {
	{ "yes", "Yes" },
	{ "no", "No" },
};

static enum user_factor
factor_of(const char *word)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(factors[i].value, word) == 0)
			return USER_FACTOR_YES + i;
	return USER_FACTOR_ANY;
}

static void
show_names(struct request *r, const struct user *u)
{
	if (*u->display_name) {
		html_begin(r, "div", "class", "sub");
		html_text(r, u->display_name);
		html_end(r);
	}
	if (*u->email) {
		html_begin(r, "div", "class", "sub");
		html_text(r, u->email);
		html_end(r);
	}
}

/* Who signs the user in: cairn itself, providers, or nobody. */
static const char *
provider_of(struct request *r, const struct user_row *row)
{
	bool local = row->has_password || row->user.status == USER_INVITED;

	if (!*row->providers)
		return local ? "local" : "none";
	return local ? arena_printf(r->mem, "%s, local", row->providers)
		     : row->providers;
}

static void
show_row(struct request *r, struct list *l, const struct user_row *row)
{
	const struct user *u = &row->user;

	list_row(r, l, u->id, user_status_word(u->status),
		person_path(r, u->id, ""), u->name);
	show_names(r, u);
	list_cell_text(r, l, person_role_label(u->role));
	list_cell(r, l);
	person_badge(r, row);
	list_cell_text(r, l, provider_of(r, row));
	list_cell_text(r, l, row->factor_at ? "Yes" : "No");
	list_cell(r, l);
	html_link(r,
		arena_printf(r->mem, "/admin/machines?owner=%" PRId64, u->id),
		arena_printf(r->mem, "%" PRId64, row->machines));
	list_cell(r, l);
	if (row->signed_in_at)
		html_time(r, row->signed_in_at);
	else
		html_text(r, "Never");
	list_cell(r, l);
	html_time(r, u->created_at);
	list_row_end(r);
}

/* What the address asks for: with limit -1 all of it. */
struct asked {
	struct list l;
	struct user_search s;
};

static void
take(struct request *r, int64_t limit, struct asked *a)
{
	struct list *l = &a->l;

	*l = (struct list){ .id = "users",
		.path = "/admin/users",
		.one = "user",
		.many = "users",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "name",
		.files = true };
	list_take(r, l);
	a->s = (struct user_search){ .limit = limit,
		.role = list_choice(r, l, "role", person_roles, ROLES),
		.status = list_choice(
			r, l, "status", person_statuses, USER_STATUSES),
		.factor = factor_of(list_choice(r, l, "factor", factors, 2)),
		.q = l->q,
		.sort = l->sort,
		.descending = l->descending };
}

static enum err
search(struct request *r, struct asked *a, struct user_row **rows,
	size_t *count)
{
	const struct user_search all = { .q = "", .role = "", .status = "" };
	struct list *l = &a->l;
	struct user_search *s = &a->s;
	enum err e = db_user_rows_count(r->db, &all, &l->total);

	l->matching = l->total;
	if (!e && list_is_filtered(l))
		e = db_user_rows_count(r->db, s, &l->matching);
	s->skip = s->limit == LIST_ROWS ? list_skip(l) : 0;
	return e ? e : db_user_rows(r->db, s, r->mem, rows, count);
}

static void
show_list(struct request *r, struct list *l, const struct user_row *rows,
	size_t count)
{
	list_begin(r, l);
	list_select(r, l, "role", "Role", person_roles, ROLES);
	list_select(r, l, "status", "Status", person_statuses, USER_STATUSES);
	list_select(r, l, "factor", "Second factor", factors, 2);
	if (list_table(r, l)) {
		for (size_t i = 0; i < count; i++)
			show_row(r, l, &rows[i]);
		list_end(r, l);
	}
}

enum err
page_users(struct request *r)
{
	struct user_row *rows;
	struct asked a;
	size_t count;
	enum err e;

	take(r, LIST_ROWS, &a);
	e = search(r, &a, &rows, &count);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "users",
			.h1 = "Users",
			.section = SECTION_USERS,
			.live = "user" },
		NULL);
	if (r->who.can & CAN_PEOPLE) {
		html_begin(
			r, "a", "class", "button", "href", "/admin/users/new");
		html_text(r, "Add user");
		html_end(r);
	}
	show_list(r, &a.l, rows, count);
	frame_end(r);
	return ERR_OK;
}

static const char *const file_fields[] = { "id", "name", "display_name",
	"email", "role", "status", "provider", "second_factor", "machines",
	"last_sign_in", "created" };

static enum err
write_rows(struct export *x, void *arg)
{
	struct request *r = x->r;
	struct user_row *rows;
	size_t count;
	enum err e = search(r, arg, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		const struct user *u = &rows[i].user;

		export_int(x, u->id);
		export_text(x, u->name);
		export_text(x, u->display_name);
		export_text(x, u->email);
		export_text(x, role_word(u->role));
		export_text(x, user_status_word(u->status));
		export_text(x, provider_of(r, &rows[i]));
		export_bool(x, rows[i].factor_at);
		export_int(x, rows[i].machines);
		export_time(x, rows[i].signed_in_at);
		export_time(x, u->created_at);
		e = export_row(x);
	}
	return e;
}

enum err
file_users(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	take(r, -1, a);
	return export_reply(r,
		&(struct export_of){ .what = "users",
			.list = &a->l,
			.fields = file_fields,
			.count = sizeof(file_fields) / sizeof(file_fields[0]),
			.rows = write_rows,
			.arg = a });
}

static const struct choice sign_in_choices[] = {
	{ "invite", "By a link that you send them" },
	{ "none", "Not at all: a name for machines and keys" },
};

static const struct field new_fields[] = {
	{ "name", "Name",
		.hint = "They sign in with it; machines show it as their "
			"owner.",
		.max = 63, .flags = FIELD_REQUIRED | FIELD_FOCUS },
	{ "display_name", "Display name (optional)", .max = 64 },
	{ "email", "E-mail (optional)", .kind = FIELD_EMAIL, .max = 254 },
	{ "role", "Role", .kind = FIELD_SELECT, .choices = person_roles,
		.choice_count = ROLES },
	{ "sign_in", "How they sign in", .kind = FIELD_RADIO,
		.choices = sign_in_choices, .choice_count = 2 },
};

enum {
	FIELD_ROLE = 3,
	NEW_FIELDS = sizeof(new_fields) / sizeof(new_fields[0]),
};

static enum err
show_new(struct request *r, struct form *f)
{
	struct field *fields = arena_array(r->mem, NEW_FIELDS, sizeof(*fields));

	memcpy(fields, new_fields, sizeof(new_fields));
	person_role_field(r, &fields[FIELD_ROLE]);
	f->fields = fields;
	frame_begin(r,
		&(struct page){ .name = "user-new",
			.h1 = "Add a user",
			.section = SECTION_USERS },
		form_refused(f));
	form_open(f);
	for (size_t i = 0; i < f->count; i++) {
		form_field(f, fields[i].name);
		if (i == FIELD_ROLE)
			person_role_lines(r, &fields[i]);
	}
	form_button(f, "Add user", NULL);
	form_close(f);
	frame_end(r);
	return ERR_OK;
}

static void
new_form(struct request *r, struct form *f)
{
	form_init(r, f, "user-new", "/admin/users/new", new_fields, NEW_FIELDS);
	form_put(f, "role", "member");
	form_put(f, "sign_in", "invite");
}

enum err
page_user_new(struct request *r)
{
	struct form f;

	new_form(r, &f);
	return show_new(r, &f);
}

static enum err
add(struct request *r, const struct user *u, bool invite, struct invite_link *l,
	int64_t *id)
{
	struct actor a = prove_actor(r);

	return invite ? tailnet_invite_new(r->db, r->pepper, &a, u, r->now,
				r->mem, id, &l->token)
		      : tailnet_person_add(r->db, &a, u, r->now, id);
}

enum err
do_user_new(struct request *r)
{
	struct invite_link l = { .token = NULL };
	struct actor a = prove_actor(r);
	struct user u;
	struct form f;
	bool invite, fresh = true;
	int64_t id;
	enum err e = ERR_OK;

	new_form(r, &f);
	if (!form_take(&f))
		return show_new(r, &f);
	u = (struct user){ .name = form_get(&f, "name"),
		.display_name = form_get(&f, "display_name"),
		.email = form_get(&f, "email") };
	/* What is left out is as it stands on an empty form. */
	u.role = *form_get(&f, "role") ? role_of(form_get(&f, "role"))
				       : ROLE_MEMBER;
	invite = strcmp(form_get(&f, "sign_in"), "none") != 0;
	if (!actor_may_give(&a, u.role))
		return person_refuse(r, u.role);
	if (u.role != ROLE_MEMBER && !who_is_fresh(r))
		e = kept_fresh(r, &fresh);
	if (e || !fresh)
		return e;
	e = add(r, &u, invite, &l, &id);
	if (person_blame(&f, e))
		return show_new(r, &f);
	if (e)
		return e;
	l.name = u.name;
	return invite ? person_show_link(r, &l)
		      : form_done(r, person_path(r, id, ""), "user-added", id);
}
