/*
 * page_register.c: /register/{auth_id}, the page at the address that `tailscale
 * up` prints (spec/pages.md 7.1).
 *
 * It shows which machine asks.  Whoever is signed in adds it to the own
 * machines, or turns it away; who has the right gives it to others or to tags.
 * The link is a secret of 144 bits; the rate limit is against guessing in bulk.
 */
#include <string.h>

#include "base/text.h"
#include "db/audit.h"
#include "db/node.h"
#include "db/user.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/oidc_page.h"
#include "fcgi/owner.h"
#include "fcgi/page.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/registration.h"
#include "fcgi/reply.h"
#include "fcgi/tags.h"
#include "tailnet/register.h"

enum {
	REFRESH_SECONDS = 5,
	REGISTER_FIELDS = 2,
};

/* One link that somebody looks at or decides on. */
struct look {
	struct request *r;
	struct pending p;
	struct field fields[REGISTER_FIELDS];
	struct form form;
	bool picks_owner; /* may give it to others */
	bool no_owner;    /* nobody can sign in here yet */
};

static const struct field register_fields[REGISTER_FIELDS] = {
	{ "owner", "Owner", .kind = FIELD_SELECT }, /* see owner_field */
	{ "tags", "Tags", .hint = "Instead of an owner: like tag:server.",
		.max = 1024, .flags = FIELD_MONO },
};

static const char past_words[] =
	"Machines end with your sign-in at the provider, which is over: sign "
	"in there again.";

static const char *
name_of(const struct pending *p)
{
	return *p->hostname ? p->hostname : "this machine";
}

static void
begin(struct look *l, const char *h1, const char *state)
{
	struct request *r = l->r;
	const char *refresh = request_query(r, "refresh");
	bool waits = strcmp(state, "waiting") == 0 && !r->who.session;

	frame_begin(r,
		&(struct page){ .name = "register",
			.h1 = h1,
			.live = "registration",
			.live_id = l->p.id,
			.asks = strcmp(state, "waiting") == 0,
			.refresh = waits && refresh && *refresh
					   ? REFRESH_SECONDS
					   : 0 },
		form_refused(&l->form));
	html_begin(r, "section", "id", "registration", "data-swap", "",
		"data-state", state);
}

static enum err
finish(struct look *l)
{
	html_end(l->r);
	frame_end(l->r);
	return ERR_OK;
}

/* Before there is an owner: on the server itself. */
static void
show_command(struct look *l)
{
	struct request *r = l->r;

	html_element(r, "h2", "To add it");
	html_begin(r, "p");
	html_text(r, "Whoever runs the server runs this on it, with the name "
		     "of the user who will own the machine in place of NAME:");
	html_end(r);
	html_command(r, "command",
		arena_printf(r->mem,
			"cairn auth register --auth-id %s --user NAME",
			r->parts[0]));
	html_begin(r, "p");
	html_text(r, "Or they set cairn up with ");
	html_element(r, "code", "cairn setup-link");
	html_text(r, ", sign in, and open this page again.");
	html_end(r);
}

/* For who would rather not sign in: the same by a command on the server. */
static void
show_server_command(struct look *l)
{
	struct request *r = l->r;

	html_begin(r, "details");
	html_element(r, "summary", "By a command on the server");
	html_command(r, "command",
		arena_printf(r->mem,
			"cairn auth register --auth-id %s --user NAME",
			r->parts[0]));
	html_end(r);
}

static enum err
show_sign_in(struct look *l)
{
	struct request *r = l->r;
	enum err e;

	html_begin(r, "p");
	html_begin(r, "a", "id", "sign-in", "class", "button", "href",
		arena_printf(r->mem, "/login?next=%s",
			text_url_encode(r->mem, r->path)));
	html_text(r, "Sign in to add this machine");
	html_end(r);
	html_end(r);
	e = oidc_links(r, r->path);
	html_begin(r, "p");
	html_text(r, "Or ask an admin and give them the code ");
	html_element(r, "strong", l->p.code);
	html_text(r, ".");
	html_end(r);
	show_server_command(l);
	html_begin(r, "noscript"); /* the script sees it by itself */
	html_begin(r, "p");
	html_link(r, r->path, "Check again");
	html_text(r, " · ");
	html_link(r,
		arena_printf(r->mem, "%s?refresh=%d", r->path, REFRESH_SECONDS),
		"Check every 5 seconds");
	html_end(r);
	html_end(r);
	return e;
}

/* Machines would end with a token that has ended. */
static enum err
is_past(struct request *r, bool *past)
{
	int64_t until;
	bool found;
	enum err e = oidc_session(r, &found, &until);

	*past = until && until <= r->now;
	return e;
}

static enum err
show_form(struct look *l)
{
	struct request *r = l->r;
	bool past;
	enum err e = is_past(r, &past);

	if (!e && past) {
		html_element(r, "p", past_words);
		e = oidc_again_link(r, r->path);
	}
	if (e)
		return e;
	html_begin(r, "p");
	html_text(r, "Add to: ");
	html_element(r, "strong", r->who.name);
	html_end(r);
	form_open(&l->form);
	if (l->picks_owner && !past) {
		form_field(&l->form, "owner");
		form_field(&l->form, "tags");
	}
	if (!past)
		form_choice(&l->form, "Add machine", "decision", "approve");
	form_choice(&l->form, "plain:Not mine", "decision", "reject");
	form_close(&l->form);
	html_element(r, "p",
		"If you do not recognise this machine, press Not mine.");
	return ERR_OK;
}

static enum err
show_waiting(struct look *l)
{
	struct request *r = l->r;
	enum err e = ERR_OK;

	begin(l, arena_printf(r->mem, "Add %s?", name_of(&l->p)), "waiting");
	registration_show(r, &l->p);
	if (r->who.session)
		e = show_form(l);
	else if (l->no_owner)
		show_command(l);
	else
		e = show_sign_in(l);
	if (e)
		return e;
	html_begin(r, "p");
	html_text(r, "This link ends: ");
	html_time(r, l->p.expires_at);
	html_end(r);
	return finish(l);
}

static void
show_as(struct request *r, const struct node *n)
{
	const char *owner =
		n->user_id ? db_audit_name(r->db, r->mem, "user", n->user_id)
			   : form_tags_text(r, n->tags);

	if (owner)
		html_textf(r, "as %s. ", owner);
}

static enum err
show_approved(struct look *l)
{
	struct request *r = l->r;
	struct node n = { .id = 0 };
	enum err e = db_node_by_id(r->db, l->p.node_id, r->mem, &n);
	bool again = n.id && n.created_at < l->p.created_at;

	if (e && e != ERR_NOT_FOUND)
		return e;
	begin(l,
		arena_printf(r->mem, "%s is %s", name_of(&l->p),
			again ? "signed in again" : "added"),
		"approved");
	html_begin(r, "p");
	if (n.id)
		show_as(r, &n);
	html_text(r, "You can close this window.");
	html_end(r);
	if (n.id && n.unapproved)
		html_element(
			r, "p", "An admin must approve it before it connects.");
	return finish(l);
}

static enum err
show_rejected(struct look *l)
{
	struct request *r = l->r;
	struct audit a = { .actor_name = "" };

	(void)db_audit_last(r->db,
		arena_printf(r->mem, "pending:%lld", (long long)l->p.id),
		"registration.rejected", r->mem, &a);
	begin(l, arena_printf(r->mem, "%s was turned away", name_of(&l->p)),
		"rejected");
	html_begin(r, "p");
	html_textf(r, "%s turned it away ",
		*a.actor_name ? a.actor_name : "An admin");
	html_time(r, l->p.decided_at);
	if (l->p.reason && *l->p.reason)
		html_textf(r, ": %s", l->p.reason);
	html_text(r, ".");
	html_end(r);
	return finish(l);
}

static enum err
show_replaced(struct look *l)
{
	struct request *r = l->r;

	begin(l, arena_printf(r->mem, "%s has a newer link", name_of(&l->p)),
		"replaced");
	html_begin(r, "p");
	html_text(r, "It has asked anew ");
	html_time(r, l->p.decided_at);
	html_text(r, ": open the link that it shows now.");
	html_end(r);
	return finish(l);
}

static enum err
show_expired(struct request *r)
{
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 410;
	frame_begin(r,
		&(struct page){ .name = "register",
			.h1 = "This link is no longer good" },
		NULL);
	html_begin(r, "p", "data-state", "expired");
	html_text(r, "Run ");
	html_element(r, "code", "tailscale up");
	html_text(r, " again for a new link.");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
show(struct look *l)
{
	switch (l->p.state) {
	case PENDING_APPROVED:
		return show_approved(l);
	case PENDING_REJECTED:
		return pending_is_replaced(&l->p) ? show_replaced(l)
						  : show_rejected(l);
	case PENDING_WAITING:
		break;
	}
	return show_waiting(l);
}

static bool
is_over(const struct look *l)
{
	return l->p.state == PENDING_WAITING && l->p.expires_at <= l->r->now;
}

static enum err
make_form(struct look *l)
{
	struct request *r = l->r;
	enum err e = ERR_OK;

	l->picks_owner = (r->who.can & CAN_MACHINES) != 0;
	memcpy(l->fields, register_fields, sizeof(l->fields));
	if (l->picks_owner)
		e = owner_field(r, &l->fields[0], 0, "Nobody: it has tags");
	form_init(r, &l->form, "register", r->path, l->fields,
		l->picks_owner ? REGISTER_FIELDS : 0);
	if (l->fields[0].kind == FIELD_SELECT)
		form_put_int(&l->form, "owner", r->who.user_id);
	else
		form_put(&l->form, "owner", r->who.name);
	return e;
}

/* *made: the answer is, because nothing waits there. */
static enum err
find(struct request *r, struct look *l, bool *made)
{
	int64_t owners = 0;
	bool set_up = false;
	enum err e;

	l->r = r;
	*made = false;
	e = tailnet_pending_find(r->db, r->pepper, r->parts[0], r->mem, &l->p);
	if (e == ERR_BAD_INPUT)
		r->why = "this is not a registration link: "
			 "it was not copied whole";
	if (e == ERR_NOT_FOUND || (!e && is_over(l))) {
		*made = true;
		return show_expired(r);
	}
	if (!e)
		e = make_form(l);
	if (!e)
		e = db_user_owners(r->db, &owners);
	if (!e && !owners)
		e = oidc_is_set_up(r, &set_up);
	l->no_owner = !owners && !set_up;
	return e;
}

enum err
page_register(struct request *r)
{
	struct look l;
	bool made;
	enum err e;

	if (!rate_take(r->rate, RATE_REGISTER_PAGE, r->address, r->now,
		    REGISTER_PER_MINUTE)) {
		r->reply.retry_after = "60";
		return ERR_RATE;
	}
	e = find(r, &l, &made);
	return e || made ? e : show(&l);
}

/* Whose it becomes; without a word about it the own. */
static enum err
take_owner(struct look *l, struct pending_decision *d, bool *ok)
{
	*ok = form_ok(&l->form);
	if (!*ok)
		return ERR_OK;
	if (l->picks_owner &&
		(fields_has(l->r, "owner") || *form_get(&l->form, "tags")))
		return owner_or_tags(&l->form, &d->user_id, &d->tags, ok);
	d->user_id = l->r->who.user_id;
	return ERR_OK;
}

/* Who decides second is shown what the first decided. */
static enum err
decided(struct look *l, enum err e)
{
	if (e == ERR_EXPIRED)
		return show_expired(l->r);
	if (e && e != ERR_DECIDED)
		return e;
	return reply_redirect(l->r, 303, l->r->path);
}

static enum err
approve(struct look *l)
{
	struct request *r = l->r;
	const struct actor a = prove_actor(r);
	const char *words = "";
	struct pending_decision d = { .tags = "[]",
		.method = "web",
		.actor = &a,
		.without_right = !(r->who.can & CAN_MACHINES),
		.words = &words };
	struct node n;
	bool ok, vouched;
	enum err e = take_owner(l, &d, &ok);

	if (!e)
		e = oidc_session(r, &vouched, &d.until);
	if (e)
		return e;
	if (!ok)
		return show(l);
	if (vouched)
		d.method = "oidc";
	if (d.until && d.until <= r->now) {
		form_complain(&l->form, "decision", past_words);
		return show(l);
	}
	e = tailnet_pending_decide(
		r->db, r->settings, &l->p, &d, r->now, r->mem, &n);
	if (e == ERR_TAGS_REFUSED && !r->repeated) {
		form_tags_refused(&l->form, "decision", l->p.hostinfo, words);
		return show(l);
	}
	return decided(l, e);
}

static enum err
reject(struct look *l)
{
	return decided(l, tailnet_pending_reject(l->r->db, &l->p, "",
				  prove_actor_text(l->r), l->r->now));
}

enum err
do_register(struct request *r)
{
	const char *decision = fields_one(r, "decision");
	struct look l;
	bool made;
	enum err e = find(r, &l, &made);

	if (e || made)
		return e;
	if (l.p.state != PENDING_WAITING)
		return decided(&l, ERR_DECIDED);
	if (decision && strcmp(decision, "reject") == 0)
		return reject(&l);
	(void)form_take(&l.form);
	if (decision && strcmp(decision, "approve") == 0)
		return approve(&l);
	form_error(&l.form, "decision", "choice");
	return show(&l);
}
