/*
 * page_checks.c: logins by SSH that wait for their owner, and what owners said
 * (spec/pages.md 12.3).  Who manages machines may say no and take back; yes is
 * the owner's to say.
 */
#include <inttypes.h>
#include <string.h>

#include "db/words.h"
#include "fcgi/audit_words.h"
#include "fcgi/export.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/list.h"
#include "fcgi/machines_nav.h"
#include "fcgi/pages_machines.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "tailnet/ssh_check.h"

#define CHECKS_PATH "/admin/checks"

static const struct column columns[] = {
	{ "From", NULL, NULL },
	{ "Owner", NULL, NULL },
	{ "To", NULL, NULL },
	{ "Login", NULL, "mono" },
	{ "Asked", NULL, NULL },
	{ "Decision", NULL, NULL },
	{ "By", NULL, NULL },
	{ "Until", NULL, NULL },
	{ "End", NULL, NULL },
};

static const struct choice states[] = {
	{ "waiting", "Waiting" },
	{ "approved", "Allowed" },
	{ "rejected", "Refused" },
	{ "ended", "Over" },
};

/* As it counts now: what nobody answered and what was remembered long enough is
 * over. */
static const char *
state_of(const struct request *r, const struct ssh_check *c)
{
	if (c->state == CHECK_REJECTED)
		return "rejected";
	if (!check_is_open(c, r->now))
		return "ended";
	return c->state == CHECK_WAITING ? "waiting" : "approved";
}

static const char *
decision_words(struct request *r, const struct ssh_check *c)
{
	if (c->state == CHECK_WAITING)
		return c->expires_at > r->now ? "Waiting" : "Nobody answered";
	if (c->state == CHECK_ENDED)
		return *c->reason ? arena_printf(r->mem, "Over: %s", c->reason)
				  : "Over";
	if (c->state == CHECK_APPROVED)
		return check_is_open(c, r->now) ? "Allowed" : "Allowed, over";
	return *c->reason ? arena_printf(r->mem, "Refused: %s", c->reason)
			  : "Refused";
}

static bool
matches(const struct list *l, const struct ssh_check *c)
{
	const char *texts[] = { c->src_name, c->dst_name, c->user_name,
		c->login };

	return words_match(l->q, texts, sizeof(texts) / sizeof(texts[0]));
}

/* What the address asks for. */
struct asked {
	struct list l;
	const char *state;
};

static void
take(struct request *r, struct asked *a)
{
	a->l = (struct list){ .id = "checks",
		.path = CHECKS_PATH,
		.one = "login that was asked for",
		.many = "logins that were asked for",
		.row = "check",
		.columns = columns,
		.column_count = sizeof(columns) / sizeof(columns[0]),
		.sort = "asked",
		.files = true };
	list_take(r, &a->l);
	a->state = list_choice(
		r, &a->l, "status", states, sizeof(states) / sizeof(states[0]));
}

/* Those that match come first, in their order: newest first. */
static enum err
search(struct request *r, struct asked *a, struct ssh_check **rows)
{
	struct list *l = &a->l;
	const char *state = a->state;
	size_t count, kept = 0;
	enum err e = db_ssh_checks(r->db, r->mem, rows, &count);

	if (e)
		return e;
	for (size_t i = 0; i < count; i++)
		if ((!*l->q || matches(l, &(*rows)[i])) &&
			(!*state ||
				strcmp(state, state_of(r, &(*rows)[i])) == 0))
			(*rows)[kept++] = (*rows)[i];
	l->total = (int64_t)count;
	l->matching = (int64_t)kept;
	return ERR_OK;
}

/* 0: it never was for longer than one login. */
static int64_t
until(const struct ssh_check *c)
{
	if (c->state == CHECK_WAITING)
		return c->expires_at;
	return c->state == CHECK_ENDED && c->ended_at ? c->ended_at
						      : check_until(c);
}

static void
show_until(struct request *r, const struct ssh_check *c)
{
	if (until(c))
		html_time(r, until(c));
	else if (c->state == CHECK_APPROVED)
		html_text(r, "this login alone");
}

static void
show_form(struct request *r, const struct ssh_check *c)
{
	const char *path = arena_printf(r->mem, CHECKS_PATH "/%" PRId64, c->id);
	struct form f;

	if (!check_is_open(c, r->now))
		return;
	if (c->state == CHECK_WAITING) {
		form_init(r, &f, arena_printf(r->mem, "check-%" PRId64, c->id),
			path, NULL, 0);
		form_open(&f);
		form_choice(&f, "plain:Reject", "decision", "reject");
		form_close(&f);
		return;
	}
	form_init(r, &f, arena_printf(r->mem, "revoke-%" PRId64, c->id),
		arena_printf(r->mem, "%s/revoke", path), NULL, 0);
	form_show(&f, "plain:Revoke");
}

static void
machine_link(struct request *r, int64_t id, const char *name)
{
	if (db_audit_name(r->db, r->mem, "node", id))
		html_link(r,
			arena_printf(r->mem, "/admin/machines/%" PRId64, id),
			name);
	else
		html_text(r, name);
}

static void
show_row(struct request *r, struct list *l, const struct ssh_check *c)
{
	bool there = db_audit_name(r->db, r->mem, "node", c->src_id) != NULL;

	list_row(r, l, c->id, state_of(r, c),
		there ? arena_printf(
				r->mem, "/admin/machines/%" PRId64, c->src_id)
		      : NULL,
		c->src_name);
	list_cell_text(r, l, c->user_name);
	list_cell(r, l);
	machine_link(r, c->dst_id, c->dst_name);
	list_cell_text(r, l, c->login);
	list_cell(r, l);
	html_time(r, c->created_at);
	list_cell_text(r, l, decision_words(r, c));
	list_cell(r, l);
	if (*c->decided_by)
		audit_show_actor(r, c->decided_by, "");
	list_cell(r, l);
	show_until(r, c);
	list_cell(r, l);
	show_form(r, c);
	list_row_end(r);
}

static void
show_rows(struct request *r, struct list *l, const struct ssh_check *rows)
{
	size_t from = (size_t)list_skip(l);

	list_begin(r, l);
	list_select(r, l, "status", "State", states,
		sizeof(states) / sizeof(states[0]));
	if (list_table(r, l)) {
		for (size_t i = from;
			i < (size_t)l->matching && i < from + LIST_ROWS; i++)
			show_row(r, l, &rows[i]);
		list_end(r, l);
	} else if (!list_is_filtered(l)) {
		html_begin(r, "p", "id", "empty", "data-swap", "");
		html_text(r,
			"Nobody was asked lately. By a rule of the policy "
			"with the action \"check\" a login by SSH waits until "
			"the owner of the machine that logs in has allowed it "
			"in a browser.");
		html_end(r);
	}
}

static const char *const file_fields[] = { "id", "from", "owner", "to", "login",
	"asked", "state", "by", "until" };

static enum err
write_row(struct export *x, const struct ssh_check *c)
{
	export_int(x, c->id);
	export_text(x, c->src_name);
	export_text(x, c->user_name);
	export_text(x, c->dst_name);
	export_text(x, c->login);
	export_time(x, c->created_at);
	export_text(x, state_of(x->r, c));
	export_text(x, c->decided_by);
	export_time(x, until(c));
	return export_row(x);
}

static enum err
write_rows(struct export *x, void *arg)
{
	struct asked *a = arg;
	struct ssh_check *rows;
	enum err e = search(x->r, a, &rows);

	for (int64_t i = 0; !e && i < a->l.matching; i++)
		e = write_row(x, &rows[i]);
	return e;
}

enum err
file_checks(struct request *r)
{
	struct asked *a = arena_array(r->mem, 1, sizeof(*a));

	take(r, a);
	return export_reply(r,
		&(struct export_of){ .what = "checks",
			.list = &a->l,
			.fields = file_fields,
			.count = sizeof(file_fields) / sizeof(file_fields[0]),
			.rows = write_rows,
			.arg = a });
}

enum err
page_checks(struct request *r)
{
	struct ssh_check *rows;
	struct asked a;
	enum err e;

	take(r, &a);
	e = search(r, &a, &rows);
	if (e)
		return e;
	frame_begin(r,
		&(struct page){ .name = "checks",
			.h1 = "SSH checks",
			.section = SECTION_MACHINES,
			.live = "check" },
		NULL);
	machines_nav(r, MACHINES_CHECKS);
	show_rows(r, &a.l, rows);
	frame_end(r);
	return ERR_OK;
}

/* Whoever came first: the list says what it is now. */
static enum err
done(struct request *r, enum err e, const char *flash)
{
	if (e == ERR_NOT_FOUND || (!e && !page_id(r, 0)))
		return reply_gone(r, &(struct gone){ .kind = "check",
					     .id = page_id(r, 0),
					     .event = "",
					     .thing = "SSH check",
					     .list = CHECKS_PATH,
					     .list_words = "SSH checks" });
	if (e == ERR_DECIDED || e == ERR_EXPIRED)
		return form_done(r, CHECKS_PATH, "check-over", 0);
	return e ? e : form_done(r, CHECKS_PATH, flash, 0);
}

enum err
do_check(struct request *r)
{
	const char *decision = fields_one(r, "decision");

	if (!decision || strcmp(decision, "reject") != 0) {
		r->why = "only the owner of a machine may allow its logins; "
			 "here they are rejected";
		return ERR_BAD_INPUT;
	}
	return done(r,
		tailnet_check_reject(
			r->db, page_id(r, 0), "", prove_actor_text(r), r->now),
		"check-rejected");
}

enum err
do_check_revoke(struct request *r)
{
	return done(r,
		tailnet_check_revoke(
			r->db, page_id(r, 0), prove_actor_text(r), r->now),
		"check-revoked");
}
