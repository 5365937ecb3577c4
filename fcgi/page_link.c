/*
 * page_link.c: pages whose address is a secret: setup (and recovery of a lost
 * owner), invite, reset (spec/pages.md 6).
 *
 * Looking spends nothing, so what scans mail for links burns none.  The address
 * of the page is written nowhere: not in a log, not in a referrer.
 */
#include <string.h>

#include "base/ip.h"
#include "fcgi/device.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/setup_check.h"
#include "fcgi/setup_name.h"
#include "tailnet/link.h"
#include "tailnet/password.h"
#include "tailnet/policy_template.h"

enum {
	LINKS_PER_MINUTE = 60, /* that do not exist, from one address */
};

#define PASSWORD_FIELDS                                                      \
	{ "password", "Password",                                            \
		.hint = "At least 12 characters; a sentence is good.",       \
		.kind = FIELD_PASSWORD, .max = 256, .flags = FIELD_REQUIRED, \
		.autocomplete = "new-password" },                            \
	{                                                                    \
		"password_again", "The same again",                          \
			.kind = FIELD_PASSWORD, .max = 256,                  \
			.flags = FIELD_REQUIRED,                             \
			.autocomplete = "new-password"                       \
	}

static const struct field setup_fields[] = {
	{ "name", "Your name here",
		.hint = "You sign in with it; machines show it as their owner.",
		.max = 64, .flags = FIELD_REQUIRED,
		.autocomplete = "username" },
	{ "email", "E-mail (optional)", .kind = FIELD_EMAIL, .max = 254,
		.autocomplete = "email" },
	PASSWORD_FIELDS,
	{ "org", "Name of this network",
		.hint = "Shown on these pages and by the clients.", .max = 64,
		.flags = FIELD_REQUIRED, .autocomplete = "organization" },
	{ "base_domain", "Domain of the machines' names",
		.hint = "A machine laptop becomes laptop.DOMAIN. Leave it "
			"empty to have no names. The page DNS changes it.",
		.max = 200, .flags = FIELD_MONO },
	{ "policy", "Who reaches whom",
		.hint = "To begin with. The page Policy changes it.",
		.kind = FIELD_RADIO,
		.flags = FIELD_REQUIRED }, /* setup_form fills it */
};

enum {
	SETUP_FIELDS = sizeof(setup_fields) / sizeof(setup_fields[0]),
	POLICIES_MAX = 8,
};

static size_t
policy_choices(struct choice *out)
{
	size_t n = 0;

	for (size_t i = 0; i < policy_template_count && n < POLICIES_MAX; i++) {
		const struct policy_template *t = &policy_templates[i];

		if (t->at_setup)
			out[n++] = (struct choice){ t->name, t->words };
	}
	return n;
}

static const struct field password_fields[] = { PASSWORD_FIELDS };

static enum err
show_dead(struct request *r, const char *words, const char *command)
{
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 410;
	frame_begin(r,
		&(struct page){ .name = "link-dead",
			.h1 = "This link no longer works" },
		NULL);
	html_element(r, "p", words);
	if (command)
		html_command(r, "command", command);
	frame_end(r);
	return ERR_OK;
}

static enum err
show_dead_kind(struct request *r, enum link_kind kind)
{
	if (kind == LINK_SETUP)
		return show_dead(r,
			"It was used, or it is older than an hour. For a new "
			"one, run on the server:",
			"cairn setup-link");
	return show_dead(r,
		"It was used, or its time is over. Ask an admin for a new one.",
		NULL);
}

/* The link of the address.  *dead: the answer is made. */
static enum err
find(struct request *r, enum link_kind kind, struct link_found *out, bool *dead)
{
	enum err e = tailnet_link_find(
		r->db, r->pepper, kind, r->parts[0], r->now, r->mem, out);

	*dead = e == ERR_NOT_FOUND || e == ERR_EXPIRED;
	if (!*dead)
		return e;
	/* Guessing 256 bits is no danger, only work; it does not count as a
	 * wrong password, or a link in a web page could lock a whole office
	 * out. */
	if (e == ERR_NOT_FOUND && !rate_take(r->rate, RATE_LINK, r->address,
					  r->now, LINKS_PER_MINUTE)) {
		r->reply.retry_after = "60";
		return ERR_RATE;
	}
	return show_dead_kind(r, kind);
}

static const char *
default_domain(struct request *r)
{
	const char *host;
	int64_t port;
	bool https;
	struct ip ip;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	if (ip_parse(host, &ip) == ERR_OK || strcmp(host, "localhost") == 0)
		return r->settings->dns_domain;
	return arena_printf(r->mem, "tail.%s", host);
}

static void
setup_form(struct request *r, struct form *f)
{
	struct field *fields =
		arena_array(r->mem, SETUP_FIELDS, sizeof(*fields));
	struct choice *choices =
		arena_array(r->mem, POLICIES_MAX, sizeof(*choices));
	struct field *policy = &fields[SETUP_FIELDS - 1];

	memcpy(fields, setup_fields, sizeof(setup_fields));
	policy->choices = choices;
	policy->choice_count = policy_choices(choices);
	form_init(r, f, "setup", r->target, fields, SETUP_FIELDS);
	form_put(f, "policy", choices->value);
	form_put(f, "name", setup_name(r));
	form_put(f, "org",
		*r->settings->tailnet_name ? r->settings->tailnet_name
					   : "home");
	form_put(f, "base_domain", default_domain(r));
}

static enum err
show_setup(struct request *r, struct form *f)
{
	frame_begin(r, &(struct page){ .name = "setup", .h1 = "Set up cairn" },
		form_refused(f));
	html_element(r, "p",
		"One form, then you connect the first machine. All of it can "
		"be changed later on these pages.");
	form_show(f, "Set up");
	frame_end(r);
	return ERR_OK;
}

static enum err
show_passwords(struct request *r, struct form *f, const struct page *p,
	const char *words, const char *button)
{
	frame_begin(r, p, form_refused(f));
	html_element(r, "p", words);
	form_show(f, button);
	frame_end(r);
	return ERR_OK;
}

static void
passwords_form(struct request *r, struct form *f, const char *name)
{
	form_init(r, f, name, r->target, password_fields, 2);
}

/* What both passwords must be to each other and by themselves. */
bool
page_passwords_fit(struct form *f)
{
	const char *password = form_get(f, "password");

	if (f->r->stale || form_blames(f, "password") ||
		form_blames(f, "password_again"))
		return false;
	if (strlen(password) < PASSWORD_MIN)
		form_error(f, "password", "password-short");
	else if (strlen(password) > PASSWORD_MAX)
		form_error(f, "password", "too-long");
	else if (strcmp(password, form_get(f, "password_again")) != 0)
		form_error(f, "password_again", "password-differs");
	return form_ok(f);
}

static enum err
show_recover(struct request *r, struct form *f, const struct user *owner)
{
	return show_passwords(r, f,
		&(struct page){
			.name = "setup", .h1 = "Recover the owner account" },
		arena_printf(r->mem,
			"A new password for %s. All browsers of that account "
			"are signed out.",
			owner->name),
		"Set the password");
}

enum err
page_setup(struct request *r)
{
	struct link_found found;
	struct form f;
	bool dead;
	enum err e = find(r, LINK_SETUP, &found, &dead);

	if (e || dead)
		return e;
	if (found.user.id) {
		passwords_form(r, &f, "setup");
		return show_recover(r, &f, &found.user);
	}
	setup_form(r, &f);
	return show_setup(r, &f);
}

static enum err
set_up(struct request *r, struct form *f, const struct link_found *found)
{
	const struct policy_template *t =
		policy_template(form_get(f, "policy"));
	struct setup setup = { .name = form_get(f, "name"),
		.email = form_get(f, "email"),
		.password = form_get(f, "password"),
		.org = form_get(f, "org"),
		.domain = form_get(f, "base_domain"),
		.policy = t ? t->text : NULL };
	struct browser b = prove_browser(r);
	const char *field = NULL;
	struct session_made made;
	int place;
	enum err e = prove_enter(r, &place);

	if (e)
		return e;
	e = tailnet_setup(r->db, r->pepper, &found->row, &setup, &b, r->now,
		r->mem, &made, &field);
	prove_leave(r, place);
	if (e == ERR_EXPIRED || (e == ERR_EXISTS && !r->repeated))
		return show_dead_kind(r, LINK_SETUP);
	if (setup_blame(f, e, field))
		return show_setup(r, f);
	if (e)
		return e;
	who_signed_in(r, made.token);
	device_remember(r, made.user_id);
	return form_done(r, "/admin/machines/new", "set-up", 0);
}

/* What the three links that set one password differ in. */
struct password_link {
	enum link_kind kind;
	const char *form;
	enum err (*show)(
		struct request *r, struct form *f, const struct user *u);
	enum err (*spend)(struct request *r, const struct link_found *found,
		const char *password);
};

/* The form of such a link was sent. */
static enum err
do_password(struct request *r, const struct password_link *l,
	const struct link_found *found)
{
	struct form f;
	int place;
	enum err e;

	passwords_form(r, &f, l->form);
	form_take(&f);
	if (!page_passwords_fit(&f))
		return l->show(r, &f, &found->user);
	e = prove_enter(r, &place);
	if (e)
		return e;
	e = l->spend(r, found, form_get(&f, "password"));
	prove_leave(r, place);
	if (e == ERR_EXPIRED)
		return show_dead_kind(r, l->kind);
	return e;
}

/* Who had forgotten it is asked for the new one. */
static enum err
lead_to_login(struct request *r, const struct link_found *found)
{
	guess_forget(r->guess, GUESS_ACCOUNT, found->user.name);
	device_remember(r, found->user.id);
	return form_done(r, "/login", "password-set", 0);
}

static enum err
spend_recovery(
	struct request *r, const struct link_found *found, const char *password)
{
	enum err e = tailnet_recover(r->db, &found->row, password, r->now);

	return e ? e : lead_to_login(r, found);
}

static const struct password_link recovery = { LINK_SETUP, "setup",
	show_recover, spend_recovery };

enum err
do_setup(struct request *r)
{
	struct link_found found;
	struct form f;
	bool dead;
	enum err e = find(r, LINK_SETUP, &found, &dead);

	if (e || dead)
		return e;
	if (found.user.id)
		return do_password(r, &recovery, &found);
	setup_form(r, &f);
	form_take(&f);
	setup_check(&f);
	return page_passwords_fit(&f) ? set_up(r, &f, &found)
				      : show_setup(r, &f);
}

static enum err
show_invite(struct request *r, struct form *f, const struct user *u)
{
	return show_passwords(r, f,
		&(struct page){ .name = "invite",
			.h1 = arena_printf(r->mem, "Welcome, %s",
				*u->display_name ? u->display_name : u->name) },
		arena_printf(r->mem,
			"Choose a password. You sign in as %s from then on.",
			u->name),
		"Begin");
}

enum err
page_invite(struct request *r)
{
	struct link_found found;
	struct form f;
	bool dead;
	enum err e = find(r, LINK_INVITE, &found, &dead);

	passwords_form(r, &f, "invite");
	return e || dead ? e : show_invite(r, &f, &found.user);
}

static enum err
spend_invite(
	struct request *r, const struct link_found *found, const char *password)
{
	struct browser b = prove_browser(r);
	struct session_made made;
	enum err e = tailnet_join_people(r->db, r->pepper, &found->row,
		password, &b, r->now, r->mem, &made);

	if (e)
		return e;
	if (!made.token) /* user_approval */
		return form_done(r, "/login", "user-waits", 0);
	flash_set(r, "welcome", 0);
	return page_signed_in(r, &made, "/connect");
}

enum err
do_invite(struct request *r)
{
	static const struct password_link invite = { LINK_INVITE, "invite",
		show_invite, spend_invite };
	struct link_found found;
	bool dead;
	enum err e = find(r, LINK_INVITE, &found, &dead);

	return e || dead ? e : do_password(r, &invite, &found);
}

static enum err
show_reset(struct request *r, struct form *f, const struct user *u)
{
	return show_passwords(r, f,
		&(struct page){ .name = "reset", .h1 = "Set a new password" },
		arena_printf(r->mem,
			"For %s. All browsers of that account are signed out.",
			u->name),
		"Set the password");
}

enum err
page_reset(struct request *r)
{
	struct link_found found;
	struct form f;
	bool dead;
	enum err e = find(r, LINK_RESET, &found, &dead);

	passwords_form(r, &f, "reset");
	return e || dead ? e : show_reset(r, &f, &found.user);
}

static enum err
spend_reset(
	struct request *r, const struct link_found *found, const char *password)
{
	enum err e = tailnet_reset_finish(r->db, &found->row, password, r->now);

	return e ? e : lead_to_login(r, found);
}

enum err
do_reset(struct request *r)
{
	static const struct password_link reset = { LINK_RESET, "reset",
		show_reset, spend_reset };
	struct link_found found;
	bool dead;
	enum err e = find(r, LINK_RESET, &found, &dead);

	return e || dead ? e : do_password(r, &reset, &found);
}
