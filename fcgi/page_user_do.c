/*
 * page_user_do.c: what the forms on the page of one user do
 * (spec/pages.md 10.2).
 */
#include <inttypes.h>
#include <string.h>

#include "db/web_session.h"
#include "fcgi/kept.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/user_identity.h"
#include "fcgi/user_page.h"
#include "fcgi/user_policy.h"
#include "tailnet/link.h"

/* The user of the address and all its forms, for who may use them. */
static enum err
begin_act(struct request *r, struct user_page *p, bool *found)
{
	enum err e = person_to_change(r, &p->row, found);

	p->refused = NULL;
	if (!e && *found)
		user_page_forms(r, p);
	return e;
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
	const char *providers = "";
	bool found, asked;
	enum err e = begin_act(r, &p, &found);

	if (!e && found)
		e = user_providers(r, p.row.user.id, &providers);
	if (e || !found)
		return e;
	if (*providers) {
		(void)form_take(&p.user);
		p.user.conflict = user_profile_reason(r, providers);
		p.user.again = "Nothing was stored.";
		return user_page_show(r, &p, &p.user);
	}
	if (!form_take(&p.user))
		return user_page_show(r, &p, &p.user);
	u = p.row.user;
	u.name = form_get(&p.user, "name");
	u.display_name = form_get(&p.user, "display_name");
	u.email = form_get(&p.user, "email");
	e = user_policy_ask(r, &p.row.user, &u, &asked);
	if (e || asked)
		return e;
	e = tailnet_person_change(r->db, &a, &u, r->now);
	if (person_blame(&p.user, e))
		return user_page_show(r, &p, &p.user);
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
		return user_page_show(r, &p, &p.role);
	role = role_of(form_get(&p.role, "role"));
	e = tailnet_person_role(r->db, &a, p.row.user.id, role, r->now);
	if (e == ERR_LAST_OWNER) {
		form_error(&p.role, "role", "last-owner");
		return user_page_show(r, &p, &p.role);
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
		.section = SECTION_USERS,
		.button = "danger:Suspend",
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
	return user_page_show(r, p, &p->status);
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
	return user_page_show(r, p, &p->invite);
}

enum err
do_user_invite(struct request *r)
{
	struct actor a = prove_actor(r);
	struct invite_link l = { .token = NULL };
	const char *act = fields_one(r, "do");
	struct user_page p;
	bool found, fresh = false;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	l.name = p.row.user.name;
	l.reset = act && strcmp(act, "reset") == 0;
	if (!l.reset && (!act || strcmp(act, "invite") != 0))
		return refuse_invite(r, &p, NULL);
	if (p.row.user.status == USER_SUSPENDED)
		return refuse_invite(r, &p, "Restore this user first.");
	if (p.row.user.id == r->who.user_id && p.row.has_password)
		return refuse_invite(r, &p,
			"Change your own password on /me/security, where the "
			"old one is asked for.");
	if (p.row.user.id == r->who.user_id && !who_is_fresh(r)) {
		e = kept_fresh(r, &fresh);
		if (e || !fresh)
			return e;
	}
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

static enum err
ask_factor_delete(struct request *r, const struct user_row *row)
{
	const struct confirm c = {
		.question = arena_printf(r->mem,
			"Take the second factor of %s away?", row->user.name),
		.effects = { "The password alone opens the account then, until "
			     "its owner sets up another one.",
			"All browsers of that user are signed out." },
		.section = SECTION_USERS,
		.button = "danger:Take it away",
		.cancel = person_path(r, row->user.id, ""),
	};

	return kept_confirm(r, &c);
}

enum err
do_user_factor_delete(struct request *r)
{
	struct actor a = prove_actor(r);
	struct user_page p;
	bool found;
	enum err e = begin_act(r, &p, &found);

	if (e || !found)
		return e;
	if (!kept_is_confirmed(r))
		return ask_factor_delete(r, &p.row);
	e = tailnet_factor_reset(r->db, &a, p.row.user.id, r->now);
	if (!e || e == ERR_NOT_FOUND) /* it has gone already */
		return done(r, &p, "user-factor-removed");
	return e;
}
