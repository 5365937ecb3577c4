#include "fcgi/person.h"

#include <inttypes.h>

#include "fcgi/frame.h"
#include "fcgi/gate.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/once.h"
#include "fcgi/prove.h"
#include "tailnet/user.h"

/* Says in words what who.c lets them. */
#define ROLE_LINES(X)                                                    \
	X("owner", "Owner",                                              \
		"Everything, also backups and who else is an owner.")    \
	X("admin", "Admin", "Everything but backups and owners.")        \
	X("network-admin", "Network admin",                              \
		"Changes the policy, DNS, relays and routes; sees all "  \
		"other admin pages.")                                    \
	X("it-admin", "IT admin",                                        \
		"Looks after machines, auth keys and members; sees all " \
		"other admin pages.")                                    \
	X("auditor", "Auditor",                                          \
		"Sees all admin pages and changes nothing "              \
		"there.")                                                \
	X("member", "Member",                                            \
		"Sees their own machines and account, and no "           \
		"admin pages.")

const struct choice person_roles[ROLES] = {
#define X(word, label, may) { word, label },
	ROLE_LINES(X)
#undef X
};

static const char *const mays[ROLES] = {
#define X(word, label, may) may,
	ROLE_LINES(X)
#undef X
};

const struct choice person_statuses[USER_STATUSES] = {
	{ "active", "Active" },
	{ "invited", "Invited" },
	{ "needs-approval", "Needs approval" },
	{ "suspended", "Suspended" },
};

static size_t
place_of(enum role role)
{
	size_t i = 0;

	while (i + 1 < ROLES && role_of(person_roles[i].value) != role)
		i++;
	return i;
}

const char *
person_role_label(enum role role)
{
	return person_roles[place_of(role)].label;
}

const char *
person_role_may(enum role role)
{
	return mays[place_of(role)];
}

static void
badge(struct request *r, const char *word, const char *words)
{
	html_begin(r, "span", "data-badge", word);
	html_text(r, words);
	html_end(r);
}

/* Whom nginx vouches for needs neither password nor provider. */
static bool
can_sign_in(const struct request *r, const struct user_row *row)
{
	return row->has_password || *row->providers || r->settings->remote_user;
}

void
person_badge(struct request *r, const struct user_row *row)
{
	enum user_status status = row->user.status;
	const char *word = user_status_word(status);

	if (status == USER_ACTIVE && !can_sign_in(r, row)) {
		badge(r, "no-sign-in", "Cannot sign in");
		return;
	}
	for (size_t i = 0; i < USER_STATUSES; i++)
		if (user_status_of(person_statuses[i].value) == status)
			badge(r, word, person_statuses[i].label);
}

void
person_role_field(struct request *r, struct field *d)
{
	struct actor a = prove_actor(r);
	struct choice *may = arena_array(r->mem, ROLES, sizeof(*may));

	d->choices = may;
	d->choice_count = 0;
	for (size_t i = 0; i < ROLES; i++)
		if (actor_may_give(&a, role_of(person_roles[i].value)))
			may[d->choice_count++] = person_roles[i];
}

void
person_role_lines(struct request *r, const struct field *d)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "div", "class", "hint", "id", "roles");
	for (size_t i = 0; i < d->choice_count; i++) {
		html_begin(r, "div");
		html_element(r, "b", d->choices[i].label);
		html_textf(r, ": %s",
			person_role_may(role_of(d->choices[i].value)));
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

const char *
person_path(struct request *r, int64_t id, const char *tail)
{
	return arena_printf(r->mem, "/admin/users/%" PRId64 "%s", id, tail);
}

enum err
person_find(struct request *r, struct user_row *out, bool *found)
{
	int64_t id = page_id(r, 0);
	enum err e = db_user_row(r->db, id, r->mem, out);

	*found = !e;
	if (e != ERR_NOT_FOUND)
		return e;
	return reply_gone(r, &(struct gone){ .kind = "user",
				     .id = id,
				     .event = "user.deleted",
				     .thing = "user",
				     .list = "/admin/users",
				     .list_words = "All users" });
}

bool
person_may_touch(const struct request *r, const struct user *u)
{
	struct actor a = prove_actor(r);

	return (r->who.can & CAN_PEOPLE) && actor_may_touch(&a, u->role);
}

enum err
person_refuse(struct request *r, enum role role)
{
	return gate_refuse(r, role == ROLE_OWNER    ? CAN_OWN
			      : role == ROLE_MEMBER ? CAN_PEOPLE
						    : CAN_SETTINGS);
}

enum err
person_to_change(struct request *r, struct user_row *out, bool *found)
{
	enum err e = person_find(r, out, found);

	if (e || !*found || person_may_touch(r, &out->user))
		return e;
	*found = false;
	return person_refuse(r, out->user.role);
}

enum err
person_is_last_owner(struct request *r, const struct user *u, bool *last)
{
	enum err e = user_not_last_owner(r->db, u);

	*last = e == ERR_LAST_OWNER;
	return *last ? ERR_OK : e;
}

enum err
person_show_link(struct request *r, const struct invite_link *l)
{
	form_shows_once(r, "/admin/users");
	frame_begin(r,
		&(struct page){ .name = "invite-link",
			.h1 = "Copy this link now",
			.title = l->name,
			.section = SECTION_USERS },
		NULL);
	html_element(r, "p",
		arena_printf(r->mem,
			l->reset ? "Send it to %s, who chooses a new password "
				   "with it. It works once, within an hour."
				 : "Send it to %s, who chooses a password with "
				   "it. It works once, within 7 days.",
			l->name));
	once_secret(r, "Link",
		arena_printf(r->mem, "%s/%s/%s", r->settings->url,
			l->reset ? "reset" : "invite", l->token));
	html_element(r, "p",
		"It is not shown again. Whoever has it can sign in as this "
		"user, so send it by a way that only they read.");
	html_begin(r, "p");
	html_link(r, "/admin/users", "All users");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

bool
person_blame(struct form *f, enum err e)
{
	if (e == ERR_BAD_NAME)
		form_error(f, "name", "user-name");
	else if (e == ERR_EXISTS)
		form_error(
			f, "name", "user-taken", "name", form_get(f, "name"));
	else if (e == ERR_BAD_EMAIL)
		form_error(f, "email", "email");
	else if (e == ERR_EMAIL_TAKEN)
		form_complain(f, "email",
			"Somebody else has this address, or is called so.");
	else if (e == ERR_BAD_TEXT)
		form_complain(f, "display_name", FORM_ODD_TEXT);
	else if (e == ERR_TOO_BIG)
		form_error(f, "display_name", "too-long");
	else
		return false;
	return true;
}
