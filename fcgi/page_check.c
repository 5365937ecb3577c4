/*
 * page_check.c: /auth/{auth_id}, the page at the address that a terminal shows
 * when the policy wants a login by SSH to be allowed first (spec/pages.md 7.2).
 *
 * It is for the owner of the machine that logs in, and nobody else: neither an
 * admin nor whoever the link was sent to learns more than that.
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/page.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "tailnet/ssh_check.h"

/* One link that somebody looks at or decides on. */
struct look {
	struct request *r;
	struct ssh_check c;
	struct policy_ssh rule;
	struct form form;
	bool made; /* the answer is: there is nothing to look at */
};

const char *
check_period_words(struct request *r, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *word;
	} units[] = { { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	size_t i = 0;
	int64_t n;

	if (seconds <= 0)
		return "this login alone";
	while (seconds % units[i].seconds)
		i++;
	n = seconds / units[i].seconds;
	return arena_printf(r->mem, "%" PRId64 " %s%s", n, units[i].word,
		n == 1 ? "" : "s");
}

static enum err
say_old(struct look *l)
{
	struct request *r = l->r;

	l->made = true;
	r->reply.class = REPLY_ERROR_PAGE;
	r->reply.status = 410;
	frame_begin(r,
		&(struct page){ .name = "ssh-check",
			.h1 = "This link is no longer good" },
		NULL);
	html_begin(r, "p", "data-state", "over");
	html_text(r, "Connect once more: your terminal shows a new one.");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
say_no(struct look *l, enum err why)
{
	l->made = true;
	l->r->reply.error = "owner";
	return reply_error(l->r, 403,
		why == ERR_SOURCE_TAGGED
			? "The machine that logs in has tags and no owner, so "
			  "nobody can allow it here."
			: "Only the owner of the machine that logs in may "
			  "look at this and decide.");
}

/* Who looks is signed in: the row of the route says so. */
static enum err
find(struct request *r, struct look *l)
{
	struct node src;
	enum err e;

	*l = (struct look){ .r = r };
	e = tailnet_check_find(r->db, r->pepper, r->parts[0], r->mem, &l->c);
	if (e == ERR_BAD_INPUT)
		r->why = "this is not a link of a check: "
			 "it was not copied whole";
	if (e)
		return e == ERR_NOT_FOUND ? say_old(l) : e;
	e = db_node_by_id(r->db, l->c.src_id, r->mem, &src);
	if (e)
		return e == ERR_NOT_FOUND ? say_old(l) : e;
	if (!src.user_id)
		return say_no(l, ERR_SOURCE_TAGGED);
	if (src.user_id != r->who.user_id || l->c.user_id != r->who.user_id)
		return say_no(l, ERR_NOT_OWNER);
	if (l->c.state == CHECK_ENDED ||
		(l->c.state == CHECK_WAITING && l->c.expires_at <= r->now))
		return say_old(l);
	e = tailnet_check_rule(r->db, &l->c, r->mem, &l->rule);
	form_init(r, &l->form, "check", r->path, NULL, 0);
	return e == ERR_NOT_FOUND ? say_old(l) : e;
}

static void
show_rule(struct look *l)
{
	struct request *r = l->r;
	const char *line;

	html_element(r, "dt", "Rule");
	html_begin(r, "dd", "data-fact", "rule");
	if (!l->rule.check) {
		html_text(r, "none any more");
	} else {
		line = arena_printf(r->mem, "line %u of the policy",
			(unsigned)l->rule.rule.line);
		if (r->who.can & CAN_READ)
			html_link(r,
				arena_printf(r->mem, "/admin/policy?line=%u",
					(unsigned)l->rule.rule.line),
				line);
		else
			html_text(r, line);
	}
	html_end(r);
}

static void
show_facts(struct look *l)
{
	struct request *r = l->r;
	const struct ssh_check *c = &l->c;

	html_begin(r, "dl", "id", "check", "data-swap", "");
	html_fact(r, "from", "From machine", c->src_name);
	html_fact(r, "user", "Of", c->user_name);
	html_fact(r, "to", "To machine", c->dst_name);
	html_fact(r, "login", "Logs in as", c->login);
	html_element(r, "dt", "Asked");
	html_begin(r, "dd", "data-fact", "asked");
	html_time(r, c->created_at);
	html_end(r);
	show_rule(l);
	html_fact(r, "period", "Allows",
		check_period_words(
			r, l->rule.check && l->rule.period < c->period
				   ? l->rule.period
				   : c->period));
	html_end(r);
}

static enum err
show_waiting(struct look *l)
{
	struct request *r = l->r;

	show_facts(l);
	form_open(&l->form);
	form_choice(&l->form, "Allow", "decision", "approve");
	form_choice(&l->form, "plain:Not me", "decision", "reject");
	form_close(&l->form);
	html_element(r, "p",
		"If you are not at a terminal that waits for this, press "
		"Not me.");
	html_begin(r, "p");
	html_text(r, "This link ends: ");
	html_time(r, l->c.expires_at);
	html_end(r);
	return ERR_OK;
}

static enum err
show_decided(struct look *l)
{
	struct request *r = l->r;

	html_element(r, "p", "Go back to your terminal.");
	show_facts(l);
	return ERR_OK;
}

static enum err
show(struct look *l)
{
	static const struct {
		const char *state, *h1;
	} states[] = {
		[CHECK_WAITING] = { "waiting", "Allow SSH to %s?" },
		[CHECK_APPROVED] = { "approved", "SSH to %s is allowed" },
		[CHECK_REJECTED] = { "rejected", "SSH to %s was refused" },
	};
	struct request *r = l->r;
	enum ssh_check_state state = l->c.state;
	const char *h1 = states[state].h1;
	enum err e;

	frame_begin(r,
		&(struct page){ .name = "ssh-check",
			.h1 = arena_printf(r->mem, "%.*s%s%s",
				(int)strcspn(h1, "%"), h1, l->c.dst_name,
				strchr(h1, '%') + 2),
			.live = "check",
			.live_id = l->c.id,
			.live_url = arena_printf(r->mem, "%s", r->path) },
		form_refused(&l->form));
	html_begin(r, "section", "id", "ssh-check", "data-swap", "",
		"data-state", states[state].state);
	e = state == CHECK_WAITING ? show_waiting(l) : show_decided(l);
	html_end(r);
	frame_end(r);
	return e;
}

enum err
page_ssh_check(struct request *r)
{
	struct look l;
	enum err e;

	if (!rate_take(r->rate, RATE_REGISTER_PAGE, r->address, r->now,
		    REGISTER_PER_MINUTE)) {
		r->reply.retry_after = "60";
		return ERR_RATE;
	}
	e = find(r, &l);
	return e || l.made ? e : show(&l);
}

static enum err
decided(struct look *l, enum err e)
{
	switch (e) {
	case ERR_OK:
	case ERR_DECIDED: /* who decides second sees what the first did */
		return reply_redirect(l->r, 303, l->r->path);
	case ERR_EXPIRED:
	case ERR_NOT_FOUND:
		return say_old(l);
	case ERR_NOT_OWNER:
	case ERR_SOURCE_TAGGED:
		return say_no(l, e);
	default:
		return e;
	}
}

enum err
do_ssh_check(struct request *r)
{
	const char *decision = fields_one(r, "decision");
	const struct actor a = prove_actor(r);
	struct look l;
	enum err e = find(r, &l);

	if (e || l.made)
		return e;
	if (decision && strcmp(decision, "reject") == 0)
		return decided(&l, tailnet_check_reject(r->db, l.c.id, "",
					   prove_actor_text(r), r->now));
	if (decision && strcmp(decision, "approve") == 0)
		return decided(
			&l, tailnet_check_approve(r->db, l.c.id, &a, r->now));
	(void)form_take(&l.form);
	form_error(&l.form, "decision", "choice");
	return show(&l);
}
