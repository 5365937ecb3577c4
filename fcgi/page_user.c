/*
 * page_user.c: one user: who it is, what they have, and the forms of those who
 * may change it (spec/pages.md 10.2); what these do is in page_user_do.c.
 */
#include <inttypes.h>

#include "db/node.h"
#include "db/preauth_list.h"
#include "db/web_session.h"
#include "fcgi/agent.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/pages_people.h"
#include "fcgi/user_identity.h"
#include "fcgi/user_page.h"
#include "fcgi/user_policy.h"

enum {
	SHOWN_MAX = 20, /* machines and keys; the lists have all */
};

static const struct field user_fields[] = {
	{ "name", "Name", .max = 63, .flags = FIELD_REQUIRED },
	{ "display_name", "Display name", .max = 64 },
	{ "email", "E-mail", .kind = FIELD_EMAIL, .max = 254 },
};

static const struct field role_fields[] = {
	{ "role", "Role", .kind = FIELD_SELECT, .flags = FIELD_REQUIRED,
		.choices = person_roles, .choice_count = ROLES },
};

void
user_page_forms(struct request *r, struct user_page *p)
{
	const struct user *u = &p->row.user;
	const char *subject = arena_printf(r->mem, "user:%" PRId64, u->id);

	form_init(r, &p->user, "user", person_path(r, u->id, "/profile"),
		user_fields, 3);
	form_put(&p->user, "name", u->name);
	form_put(&p->user, "display_name", u->display_name);
	form_put(&p->user, "email", u->email);
	form_edits(&p->user, subject);
	form_init(r, &p->role, "role", person_path(r, u->id, "/role"),
		role_fields, 1);
	form_put(&p->role, "role", role_word(u->role));
	form_edits(&p->role, subject);
	form_init(r, &p->status, "status", person_path(r, u->id, "/status"),
		NULL, 0);
	form_init(r, &p->invite, "invite", person_path(r, u->id, "/invite"),
		NULL, 0);
	form_init(r, &p->sessions, "sessions",
		person_path(r, u->id, "/sessions/revoke"), NULL, 0);
	form_init(r, &p->factor, "factor",
		person_path(r, u->id, "/factor/delete"), NULL, 0);
}

static void
fact_time(struct request *r, const char *fact, const char *name, int64_t at)
{
	html_element(r, "dt", name);
	html_begin(r, "dd", "data-fact", fact);
	if (at)
		html_time(r, at);
	else
		html_text(r, "Never");
	html_end(r);
}

/* By what. */
static const char *
sign_in_words(
	struct request *r, const struct user_row *row, const char *providers)
{
	if (*providers)
		return arena_printf(r->mem, "by %s%s", providers,
			row->has_password ? ", or with a password" : "");
	return row->has_password                  ? "with a password"
	       : row->user.status == USER_INVITED ? "after the invite"
						  : "not at all";
}

static void
show_role(struct request *r, enum role role)
{
	html_element(r, "dt", "Role");
	html_begin(r, "dd", "data-fact", "role");
	html_textf(r, "%s. %s", person_role_label(role), person_role_may(role));
	html_end(r);
}

static enum err
show_facts(struct request *r, const struct user_row *row, const char *providers)
{
	const struct user *u = &row->user;
	enum err e;

	html_begin(r, "dl", "id", "summary", "data-swap", "");
	html_fact(r, "name", "Name", u->name);
	if (*u->display_name)
		html_fact(r, "display", "Display name", u->display_name);
	if (*u->email)
		html_fact(r, "email", "E-mail", u->email);
	show_role(r, u->role);
	html_element(r, "dt", "Status");
	html_begin(r, "dd", "data-fact", "status");
	person_badge(r, row);
	html_end(r);
	html_fact(r, "provider", "Signs in", sign_in_words(r, row, providers));
	e = user_identity_facts(r, u->id);
	if (row->factor_at)
		fact_time(r, "factor", "Second factor since", row->factor_at);
	else
		html_fact(r, "factor", "Second factor", "none");
	fact_time(r, "created", "Created", u->created_at);
	fact_time(r, "signed-in", "Last sign-in", row->signed_in_at);
	html_end(r);
	return e;
}

static void
link_to_all(struct request *r, const char *list, int64_t id, const char *words)
{
	html_begin(r, "p");
	html_link(
		r, arena_printf(r->mem, "%s?owner=%" PRId64, list, id), words);
	html_end(r);
}

static enum err
show_machines(struct request *r, const struct user *u)
{
	struct node *nodes;
	size_t count;
	enum err e = db_nodes_of_user(r->db, u->id, r->mem, &nodes, &count);

	if (e)
		return e;
	html_element(r, "h2", "Machines");
	if (!count) {
		html_element(r, "p", "No machines.");
		return ERR_OK;
	}
	html_begin(r, "ul", "id", "machines");
	for (size_t i = 0; i < count && i < SHOWN_MAX; i++) {
		html_begin(r, "li");
		html_link(r,
			arena_printf(r->mem, "/admin/machines/%" PRId64,
				nodes[i].id),
			nodes[i].name);
		html_end(r);
	}
	html_end(r);
	link_to_all(r, "/admin/machines", u->id,
		arena_printf(r->mem,
			count == 1 ? "Show it in the list" : "All %zu machines",
			count));
	return ERR_OK;
}

static enum err
show_keys(struct request *r, const struct user *u)
{
	struct preauth_search s = { .q = "",
		.status = "valid",
		.tag = "",
		.user_id = u->id,
		.now = r->now,
		.sort = "created",
		.descending = true,
		.limit = SHOWN_MAX };
	struct preauth_row *rows;
	size_t count;
	enum err e = db_preauth_rows(r->db, &s, r->mem, &rows, &count);

	if (e)
		return e;
	html_element(r, "h2", "Keys");
	if (!count) {
		html_element(r, "p", "No auth keys that are good now.");
		return ERR_OK;
	}
	html_begin(r, "ul", "id", "keys");
	for (size_t i = 0; i < count; i++) {
		html_begin(r, "li");
		html_element(r, "code",
			arena_printf(
				r->mem, "hskey-auth-%s…", rows[i].key.prefix));
		html_textf(r, " %s", rows[i].key.description);
		html_end(r);
	}
	html_end(r);
	link_to_all(r, "/admin/keys", u->id, "All keys of this user");
	return ERR_OK;
}

static const struct column session_columns[] = {
	{ "Browser", NULL, NULL },
	{ "Address", NULL, "mono" },
	{ "Signed in", NULL, NULL },
	{ "Last used", NULL, NULL },
};

static enum err
show_sessions(struct request *r, struct user_page *p, bool may)
{
	struct list l = { .id = "sessions",
		.one = "session",
		.columns = session_columns,
		.column_count = 4 };
	struct web_session *rows;
	size_t count;
	enum err e = db_web_sessions(
		r->db, p->row.user.id, r->now, r->mem, &rows, &count);

	if (e)
		return e;
	html_element(r, "h2", "Sessions");
	if (!count) {
		html_element(r, "p", "Signed in nowhere.");
		return ERR_OK;
	}
	list_bare(r, &l);
	for (size_t i = 0; i < count; i++) {
		list_row(r, &l, rows[i].id, NULL, NULL,
			agent_words(r->mem, rows[i].agent));
		list_cell_text(r, &l, rows[i].address);
		list_cell(r, &l);
		html_time(r, rows[i].started_at);
		list_cell(r, &l);
		if (rows[i].id == r->who.session)
			html_text(r, "now");
		else
			html_time(r, rows[i].used_at);
		list_row_end(r);
	}
	list_end(r, &l);
	if (may)
		form_show(&p->sessions, "plain:Sign out everywhere");
	return ERR_OK;
}

static void
show_status_form(struct user_page *p, bool last_owner)
{
	enum user_status now = p->row.user.status;

	if (last_owner && p->refused != &p->status)
		return;
	html_element(p->status.r, "h2", "Access");
	form_open(&p->status);
	if (now == USER_NEEDS_APPROVAL)
		form_button(&p->status, "Approve", "approve");
	if (now == USER_SUSPENDED)
		form_button(&p->status, "Restore", "restore");
	else if (!last_owner)
		form_button(&p->status, "plain:Suspend", "suspend");
	form_close(&p->status);
}

static void
show_invite_form(struct user_page *p)
{
	bool own = p->row.user.id == p->invite.r->who.user_id;

	/* The own password is changed where the old one is asked for; and who
	 * has none makes a link, if the own role may be touched. */
	if (((own && (p->row.has_password ||
			     !(p->invite.r->who.can & CAN_SETTINGS))) ||
		    p->row.user.status == USER_SUSPENDED) &&
		p->refused != &p->invite)
		return;
	form_open(&p->invite);
	if (p->row.has_password)
		form_button(&p->invite,
			"plain:Make a link that sets a new "
			"password",
			"reset");
	else
		form_button(&p->invite,
			own ? "plain:Make a link that sets a password"
			    : "plain:Make an invite link",
			"invite");
	form_close(&p->invite);
}

static void
show_role_form(struct request *r, struct user_page *p)
{
	struct field *d = arena_array(r->mem, 1, sizeof(*d));

	if ((!(r->who.can & CAN_SETTINGS) ||
		    r->who.user_id == p->row.user.id) &&
		p->refused != &p->role)
		return;
	*d = role_fields[0];
	d->hint = "All sessions of this user end with a new role.";
	person_role_field(r, d);
	p->role.fields = d;
	html_element(r, "h2", "What they may do");
	form_open(&p->role);
	form_field(&p->role, "role");
	person_role_lines(r, d);
	form_button(&p->role, "plain:Set the role", NULL);
	form_close(&p->role);
}

/* The own one goes on /me/security. */
static void
show_factor_form(struct request *r, struct user_page *p)
{
	if (p->row.factor_at && p->row.user.id != r->who.user_id)
		form_show(&p->factor, "plain:Take the second factor away");
}

/* What a provider says at each sign-in stands above, to be read alone. */
static void
show_names(struct request *r, struct user_page *p, const char *providers)
{
	if (*providers)
		html_element(r, "p", user_profile_reason(r, providers));
	else
		form_show(&p->user, "Save");
}

static enum err
show_forms(struct request *r, struct user_page *p, const char *providers)
{
	const struct user *u = &p->row.user;
	bool last;
	enum err e = person_is_last_owner(r, u, &last);

	if (e)
		return e;
	html_element(r, "h2", "Names");
	e = user_policy_note(r, u);
	if (e)
		return e;
	show_names(r, p, providers);
	show_role_form(r, p);
	show_status_form(p, last);
	show_invite_form(p);
	show_factor_form(r, p);
	if (last)
		return ERR_OK;
	html_begin(r, "p");
	html_link(r, person_path(r, u->id, "/delete"), "Delete this user");
	html_end(r);
	return ERR_OK;
}

enum err
user_page_show(struct request *r, struct user_page *p, struct form *acted)
{
	const struct user *u = &p->row.user;
	bool may = person_may_touch(r, u);
	const char *providers;
	enum err e = user_providers(r, u->id, &providers);

	if (e)
		return e;
	p->refused = acted ? form_refused(acted) : NULL;
	frame_begin(r,
		&(struct page){ .name = "user",
			.h1 = u->name,
			.section = SECTION_USERS,
			.up = { "/admin/users", "All users" },
			.live = "user",
			.live_id = u->id },
		p->refused);
	e = show_facts(r, &p->row, providers);
	if (!e)
		e = show_machines(r, u);
	if (!e)
		e = show_keys(r, u);
	if (!e)
		e = show_sessions(r, p, may);
	if (!e && may)
		e = show_forms(r, p, providers);
	frame_end(r);
	return e;
}

enum err
page_user(struct request *r)
{
	struct user_page p;
	bool found;
	enum err e = person_find(r, &p.row, &found);

	if (e || !found)
		return e;
	user_page_forms(r, &p);
	return user_page_show(r, &p, NULL);
}
