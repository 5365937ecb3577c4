/*
 * page_user_delete.c: deleting a user, and what becomes of their machines
 * (spec/pages.md 10.2).
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "db/preauth_list.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/owner.h"
#include "fcgi/pages_people.h"
#include "fcgi/person.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"

static const struct choice machine_choices[] = {
	{ "delete", "Delete them: they must join anew" },
	{ "move", "Give them to another user" },
};

static const struct field delete_fields[] = {
	{ "typed", "Type the name to confirm", .max = 64,
		.autocomplete = "off" },
	{ "machines", "Their machines", .kind = FIELD_RADIO,
		.choices = machine_choices, .choice_count = 2 },
	{ "owner", "To whom", .hint = "Only if you give them away." },
};

enum {
	DELETE_FIELDS = sizeof(delete_fields) / sizeof(delete_fields[0]),
};

static enum err
delete_form(struct request *r, struct form *f, const struct user *u)
{
	struct field *fields =
		arena_array(r->mem, DELETE_FIELDS, sizeof(*fields));
	enum err e;

	memcpy(fields, delete_fields, sizeof(delete_fields));
	fields[0].label = arena_printf(r->mem, "Type %s to confirm", u->name);
	e = owner_field(r, &fields[2], u->id, "Nobody chosen");
	form_init(r, f, "delete", person_path(r, u->id, "/delete"), fields,
		DELETE_FIELDS);
	return e;
}

static void
show_effects(struct request *r, const struct user_row *row, int64_t keys)
{
	html_element(r, "p",
		"All browsers of this user are signed out; nobody signs in "
		"with this name any more.");
	if (keys)
		html_element(r, "p",
			keys == 1 ? "The auth key of this user ends."
				  : arena_printf(r->mem,
					    "The %" PRId64
					    " auth keys of this user end.",
					    keys));
	if (row->machines)
		html_element(r, "p",
			row->machines == 1
				? "This user has 1 machine: choose what "
				  "becomes of it."
				: arena_printf(r->mem,
					  "This user has %" PRId64
					  " machines: choose what becomes of "
					  "them.",
					  row->machines));
}

static enum err
show(struct request *r, const struct user_row *row, struct form *f)
{
	const struct user *u = &row->user;
	const struct preauth_search owned = { .q = "",
		.status = "",
		.tag = "",
		.user_id = u->id,
		.now = r->now };
	int64_t keys;
	enum err e = db_preauth_rows_count(r->db, &owned, &keys);

	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "user-delete",
			.h1 = arena_printf(r->mem, "Delete %s?", u->name),
			.title = u->name,
			.section = SECTION_USERS },
		form_refused(f));
	show_effects(r, row, keys);
	form_open(f);
	if (row->machines) {
		form_field(f, "machines");
		form_field(f, "owner");
	}
	form_field(f, "typed");
	form_button(f, "danger:Delete", NULL);
	html_text(r, " ");
	html_link(r, person_path(r, u->id, ""), "Cancel");
	form_close(f);
	frame_end(r);
	return ERR_OK;
}

static enum err
refuse_last(struct request *r)
{
	r->reply.error = "last-owner";
	return reply_error(r, 403,
		"The last owner cannot be removed: make somebody else an owner "
		"first.");
}

/* The user, unless nobody may delete them now. */
static enum err
begin(struct request *r, struct user_row *row, bool *found)
{
	bool last;
	enum err e = person_to_change(r, row, found);

	if (!e && *found)
		e = person_is_last_owner(r, &row->user, &last);
	if (e || !*found || !last)
		return e;
	*found = false;
	return refuse_last(r);
}

enum err
page_user_delete(struct request *r)
{
	struct user_row row;
	struct form f;
	bool found;
	enum err e = begin(r, &row, &found);

	if (!e && found)
		e = delete_form(r, &f, &row.user);
	return e || !found ? e : show(r, &row, &f);
}

/* What the form says about the machines, if there are any. */
static enum err
take_machines(
	struct form *f, const struct user_row *row, struct person_delete *d)
{
	const char *choice = form_get(f, "machines");
	struct user to;
	enum err e;

	if (!row->machines)
		return ERR_OK;
	if (strcmp(choice, "delete") == 0)
		d->machines = PERSON_DELETE;
	else if (strcmp(choice, "move") == 0)
		d->machines = PERSON_MOVE;
	else if (!*choice)
		form_error(f, "machines", "choice");
	if (d->machines != PERSON_MOVE)
		return ERR_OK;
	e = owner_find(f, "owner", &to);
	d->to = to.id;
	return e;
}

/* What the rule found, said at its field; false: not the form's fault. */
static bool
blame(struct form *f, enum err e)
{
	if (e == ERR_IN_USE) /* a machine came meanwhile */
		form_error(f, "machines", "choice");
	else if (e == ERR_HAS_MACHINE)
		form_complain(f, "owner",
			"This user has one of these machines already: delete "
			"one of the two first.");
	else if (e == ERR_NOT_FOUND || e == ERR_BAD_INPUT)
		form_error(f, "owner", "choice");
	else
		return false;
	return true;
}

enum err
do_user_delete(struct request *r)
{
	struct actor a = prove_actor(r);
	struct person_delete d = { .machines = PERSON_KEEP };
	struct user_row row;
	struct form f;
	bool found;
	enum err e = begin(r, &row, &found);

	if (!e && found)
		e = delete_form(r, &f, &row.user);
	if (e || !found)
		return e;
	form_take(&f);
	if (strcasecmp(form_get(&f, "typed"), row.user.name) != 0)
		form_error(&f, "typed", "typed-name", "name", row.user.name);
	d.id = row.user.id;
	e = take_machines(&f, &row, &d);
	if (e)
		return e;
	if (!form_ok(&f))
		return show(r, &row, &f);
	e = tailnet_person_delete(r->db, &a, &d, r->now);
	if (blame(&f, e)) {
		e = db_user_row(r->db, d.id, r->mem, &row);
		return e ? e : show(r, &row, &f);
	}
	return e ? e : form_done(r, "/admin/users", "user-deleted", d.id);
}
