/*
 * page_user.c: one user: who it is, what they have, and the forms of those who
 * may change it (spec/pages.md 10.2).
 */
#include <inttypes.h>
#include <string.h>

#include "db/node.h"
#include "db/preauth_list.h"
#include "db/web_session.h"
#include "fcgi/agent.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/list.h"
#include "fcgi/pages_people.h"
#include "fcgi/person.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/user_policy.h"
#include "tailnet/link.h"

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

/* Everything of the page; a form that was refused is shown as it came. */
struct user_page {
	struct user_row row;
	struct form user, role, status, invite, sessions;
	const struct form *refused;
};

static void
make_forms(struct request *r, struct user_page *p)
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
}

/* The user of the address and all its forms, for who may use them. */
static enum err
begin_act(struct request *r, struct user_page *p, bool *found)
{
	enum err e = person_to_change(r, &p->row, found);

	p->refused = NULL;
	if (!e && *found)
		make_forms(r, p);
	return e;
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

static void
show_facts(struct request *r, const struct user_row *row)
{
	const struct user *u = &row->user;

	html_begin(r, "dl", "id", "summary", "data-swap", "");
	html_fact(r, "name", "Name", u->name);
	if (*u->display_name)
		html_fact(r, "display", "Display name", u->display_name);
	if (*u->email)
		html_fact(r, "email", "E-mail", u->email);
	html_fact(r, "role", "Role", role_word(u->role));
	html_element(r, "dt", "Status");
	html_begin(r, "dd", "data-fact", "status");
	person_badge(r, u->status);
	html_end(r);
	html_fact(r, "provider", "Signs in",
		row->has_password           ? "with a password"
		: u->status == USER_INVITED ? "after the invite"
					    : "not at all");
	fact_time(r, "created", "Created", u->created_at);
	fact_time(r, "signed-in", "Last sign-in", row->signed_in_at);
	html_end(r);
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
			count == 1 ? "The machine in the list"
				   : "All %zu machines",
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

	if ((own || p->row.user.status == USER_SUSPENDED) &&
		p->refused != &p->invite)
		return;
	form_open(&p->invite);
	if (p->row.has_password)
		form_button(&p->invite,
			"plain:Make a link that sets a new "
			"password",
			"reset");
	else
		form_button(&p->invite, "plain:Make an invite link", "invite");
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
	form_show(&p->role, "plain:Set the role");
}

static enum err
show_forms(struct request *r, struct user_page *p)
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
	form_show(&p->user, "Save");
	show_role_form(r, p);
	show_status_form(p, last);
	show_invite_form(p);
	if (last)
		return ERR_OK;
	html_begin(r, "p");
	html_link(r, person_path(r, u->id, "/delete"), "Delete this user");
	html_end(r);
	return ERR_OK;
}

static enum err
show(struct request *r, struct user_page *p, struct form *acted)
{
	const struct user *u = &p->row.user;
	bool may = person_may_touch(r, u);
	enum err e;

	p->refused = acted ? form_refused(acted) : NULL;
	frame_begin(r,
		&(struct page){ .name = "user",
			.h1 = u->name,
			.section = SECTION_USERS,
			.live = "user",
			.live_id = u->id },
		p->refused);
	show_facts(r, &p->row);
	e = show_machines(r, u);
	if (!e)
		e = show_keys(r, u);
	if (!e)
		e = show_sessions(r, p, may);
	if (!e && may)
		e = show_forms(r, p);
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
	make_forms(r, &p);
	return show(r, &p, NULL);
}

static enum err
done(struct request *r, const struct user_page *p, const char *flash)
{
	return form_done(
		r, person_path(r, p->row.user.id, ""), flash, p->row.user.id);
}

enum err
do_user_profile(struct request *r)
{
	struct actor a = prove_actor(r);
	struct user_page p;
	struct user u;
	bool found, asked;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	if (!form_take(&p.user))
		return show(r, &p, &p.user);
	u = p.row.user;
	u.name = form_get(&p.user, "name");
	u.display_name = form_get(&p.user, "display_name");
	u.email = form_get(&p.user, "email");
	e = user_policy_ask(r, &p.row.user, &u, &asked);
	if (e || asked)
		return e;
	e = tailnet_person_change(r->db, &a, &u, r->now);
	if (person_blame(&p.user, e))
		return show(r, &p, &p.user);
	return e ? e : done(r, &p, "user-saved");
}

static enum err
refuse_own(struct request *r)
{
	r->reply.error = "role";
	return reply_error(r, 403, "Nobody changes the own role.");
}

enum err
do_user_role(struct request *r)
{
	struct actor a = prove_actor(r);
	struct user_page p;
	enum role role;
	bool found;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	if (!form_take(&p.role))
		return show(r, &p, &p.role);
	role = role_of(form_get(&p.role, "role"));
	e = tailnet_person_role(r->db, &a, p.row.user.id, role, r->now);
	if (e == ERR_LAST_OWNER) {
		form_error(&p.role, "role", "last-owner");
		return show(r, &p, &p.role);
	}
	if (e == ERR_DENIED)
		return a.user_id == p.row.user.id ? refuse_own(r)
						  : person_refuse(r, role);
	return e ? e : done(r, &p, "role-set");
}

static enum err
ask_suspend(struct request *r, const struct user_row *row)
{
	struct confirm c = {
		.question = arena_printf(r->mem, "Suspend %s?", row->user.name),
		.button = "Suspend",
		.cancel = person_path(r, row->user.id, ""),
	};
	struct web_session *sessions;
	size_t count;
	enum err e = db_web_sessions(
		r->db, row->user.id, r->now, r->mem, &sessions, &count);

	if (e)
		return e;
	c.effects[0] = count == 1
			       ? "1 browser is signed out."
			       : arena_printf(r->mem,
					 "%zu browsers are signed out.", count);
	c.effects[1] =
		row->machines == 1
			? "The key of 1 machine expires now: it loses the "
			  "network."
			: arena_printf(r->mem,
				  "The keys of %" PRId64
				  " machines expire now: they lose the "
				  "network.",
				  row->machines);
	c.effects[2] = "Nobody signs in as this user until it is restored; "
		       "then each machine signs in again.";
	return kept_confirm(r, &c);
}

static const struct {
	const char *word, *flash;
} acts[] = {
	[PERSON_APPROVE] = { "approve", "user-approve" },
	[PERSON_SUSPEND] = { "suspend", "user-suspend" },
	[PERSON_RESTORE] = { "restore", "user-restore" },
};

static bool
act_of(struct request *r, enum person_act *act)
{
	const char *word = fields_one(r, "do");

	for (size_t i = 0; word && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].word, word) == 0) {
			*act = (enum person_act)i;
			return true;
		}
	return false;
}

static enum err
refuse_act(struct request *r, struct user_page *p, enum err e)
{
	form_take(&p->status);
	if (e == ERR_LAST_OWNER)
		form_error(&p->status, "do", "last-owner");
	else if (e == ERR_BAD_INPUT)
		form_complain(&p->status, "do",
			arena_printf(r->mem, "%s is %s; this cannot be done.",
				p->row.user.name,
				user_status_word(p->row.user.status)));
	else
		form_error(&p->status, "do", "choice");
	return show(r, p, &p->status);
}

enum err
do_user_status(struct request *r)
{
	struct actor a = prove_actor(r);
	enum person_act act;
	struct user_page p;
	bool found, last;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	if (!act_of(r, &act))
		return refuse_act(r, &p, ERR_OK);
	e = person_is_last_owner(r, &p.row.user, &last);
	if (!e && last && act == PERSON_SUSPEND)
		return refuse_act(r, &p, ERR_LAST_OWNER);
	if (!e && act == PERSON_SUSPEND &&
		p.row.user.status != USER_SUSPENDED && !kept_is_confirmed(r))
		return ask_suspend(r, &p.row);
	if (!e)
		e = tailnet_person_status(
			r->db, &a, p.row.user.id, act, r->now);
	if (e == ERR_LAST_OWNER || e == ERR_BAD_INPUT)
		return refuse_act(r, &p, e);
	return e ? e : done(r, &p, acts[act].flash);
}

static enum err
refuse_invite(struct request *r, struct user_page *p, const char *words)
{
	form_take(&p->invite);
	if (words)
		form_complain(&p->invite, "do", words);
	else
		form_error(&p->invite, "do", "choice");
	return show(r, p, &p->invite);
}

enum err
do_user_invite(struct request *r)
{
	struct actor a = prove_actor(r);
	struct invite_link l = { .token = NULL };
	const char *act = fields_one(r, "do");
	struct user_page p;
	bool found;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	l.name = p.row.user.name;
	l.reset = act && strcmp(act, "reset") == 0;
	if (!l.reset && (!act || strcmp(act, "invite") != 0))
		return refuse_invite(r, &p, NULL);
	if (p.row.user.status == USER_SUSPENDED)
		return refuse_invite(r, &p, "Restore this user first.");
	if (p.row.user.id == r->who.user_id)
		return refuse_invite(r, &p,
			"Change your own password on /me/security, where the "
			"old one is asked for.");
	if (l.reset)
		e = tailnet_reset(r->db, r->pepper, &a, p.row.user.id, r->now,
			r->mem, &l.token);
	else
		e = tailnet_invite(r->db, r->pepper, &a, p.row.user.id, r->now,
			r->mem, &l.token);
	if (e == ERR_EXISTS)
		return refuse_invite(r, &p,
			"This user has a password already: reset it instead.");
	return e ? e : person_show_link(r, &l);
}

enum err
do_user_sessions_revoke(struct request *r)
{
	struct actor a = prove_actor(r);
	struct user_page p;
	int64_t gone;
	bool found;
	enum err e = begin_act(r, &p, &found);

	if (!e && found)
		e = tailnet_person_sessions_end(
			r->db, &a, p.row.user.id, r->now, &gone);
	return e || !found ? e : done(r, &p, "sessions-ended");
}
