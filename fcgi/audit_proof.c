#include "fcgi/audit_proof.h"

#include <inttypes.h>

#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"
#include "fcgi/reply.h"
#include "tailnet/audit_check.h"

/* ---- what is known ---- */

static int64_t
smaller(int64_t a, int64_t b)
{
	return !a || (b && b < a) ? b : a;
}

/* What was found once may have been mended since. */
static enum err
look_again(struct request *r, struct audit_proof *p)
{
	struct audit_link link;
	enum err e;

	if (!p->mark.broken)
		return ERR_OK;
	e = db_audit_link(r->db, p->mark.broken, &link);
	p->mended = e == ERR_NOT_FOUND || (!e && link.fits);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The first that does not fit, as far as a page looks. */
static enum err
find_broken(
	struct request *r, int64_t from, int64_t until, struct audit_proof *p)
{
	int64_t intact, shown = 0;
	enum err e = look_again(r, p);

	if (!e)
		e = db_audit_walk_on(r->db, &p->walk);
	if (!e)
		e = db_audit_walk(r->db, &p->walk, AUDIT_PAGE_ROWS);
	if (!e && until > from)
		e = db_audit_check_range(
			r->db, from - 1, until, &intact, &shown);
	p->broken = smaller(p->walk.broken, shown);
	if (!p->mended)
		p->broken = smaller(p->broken, p->mark.broken);
	return e;
}

static bool
is_bad(const struct audit_proof *p)
{
	return p->broken || p->given > p->there || p->mended;
}

/* Whether the page of health says the same. */
static enum err
compare(struct request *r, struct audit_proof *p)
{
	struct health_row *rows;
	enum err e = db_health(r->db, r->mem, &rows);

	if (!e)
		p->told =
			(rows[HEALTH_AUDIT].state == HEALTH_FAIL) == is_bad(p);
	return e;
}

static enum err
look(struct request *r, int64_t from, int64_t until, struct audit_proof *p)
{
	int64_t first = 0, last, loose = 0;
	struct audit_mark walking = { .at = 0 };
	enum err e = db_audit_checked(r->db, &p->mark);

	if (!e)
		e = db_audit_walking(r->db, &walking);
	p->walking = walking.at != 0;
	if (!e)
		e = find_broken(r, from, until, p);
	if (!e)
		e = db_audit_cut(r->db, &p->given, &p->there);
	if (!e)
		e = db_audit_ends(r->db, &first, &last);
	if (!e)
		e = db_audit_loose(r->db, &loose);
	p->rows = p->walk.id && first ? p->walk.id - first + 1 - loose : 0;
	return e ? e : compare(r, p);
}

/* What is news to the mark, or to the page of health. */
static bool
is_news(const struct audit_proof *p)
{
	if (p->broken && p->broken != p->mark.broken)
		return true;
	return (p->mended && !p->broken && !p->walking) || !p->told;
}

enum err
audit_proof_take(
	struct request *r, int64_t from, int64_t until, struct audit_proof *p)
{
	bool again;
	enum err e = look(r, from, until, p);

	if (e || !is_news(p))
		return e;
	/* A server that cannot write still says what it sees. */
	if (tailnet_audit_verify(r->db, r->now, AUDIT_VERIFY_ROWS, p->broken,
		    &again, &p->mark))
		return ERR_OK;
	*p = (struct audit_proof){ .broken = 0 };
	return look(r, from, until, p);
}

void
audit_proof_note(struct request *r, int64_t id)
{
	struct audit_mark mark;
	bool again;

	if (db_audit_checked(r->db, &mark) ||
		(mark.broken && mark.broken <= id))
		return;
	(void)tailnet_audit_verify(
		r->db, r->now, AUDIT_VERIFY_ROWS, id, &again, &mark);
}

/* ---- what is said ---- */

static void
show_broken(struct request *r, const struct audit_proof *p)
{
	html_textf(r,
		"Row %" PRId64 " does not fit the one before it: somebody "
		"changed the log past cairn. Found ",
		p->broken);
	html_time_exact(r, p->mark.broken == p->broken ? p->mark.at : r->now);
	html_text(r, ".");
}

static void
show_intact(struct request *r, const struct audit_proof *p)
{
	html_textf(r, "The log is intact to row %" PRId64, p->walk.id);
	if (!p->walk.ended)
		html_textf(r, "; the %" PRId64 " newer rows are checked soon",
			p->there - p->walk.id);
	html_text(r, ".");
	if (p->rows)
		html_textf(r,
			p->rows == 1 ? " %" PRId64 " row fits."
				     : " %" PRId64 " rows fit.",
			p->rows);
	if (p->mark.whole_at) {
		html_text(r, " Checked from its beginning ");
		html_time_exact(r, p->mark.whole_at);
		html_text(r, ".");
	}
}

static void
show_words(struct request *r, const struct audit_proof *p)
{
	if (p->broken)
		show_broken(r, p);
	else if (p->given > p->there)
		html_textf(r,
			"Rows up to %" PRId64 " were there and are not: "
			"somebody cut the log past cairn.",
			p->given);
	else if (p->mended)
		html_textf(r,
			"Row %" PRId64 " did not fit the one before it, and "
			"does again.",
			p->mark.broken);
	else
		show_intact(r, p);
	if (p->walking)
		html_text(
			r, " All of it is being checked: reload in a moment.");
	html_text(r, " On the server: ");
	html_element(r, "code", "cairn audit verify");
	html_text(r, ".");
}

static void
show_form(struct request *r)
{
	html_begin(r, "form", "method", "post", "action", "/admin/audit/verify",
		"id", "form-verify");
	form_hidden(r);
	html_begin(r, "button", "type", "submit");
	html_text(r, "Verify now");
	html_end(r);
	html_end(r);
}

void
audit_proof_show(struct request *r, const struct audit_proof *p)
{
	html_begin(r, "p", "id", "chain", "data-swap", "", "data-state",
		is_bad(p) ? "broken" : "intact");
	show_words(r, p);
	html_end(r);
	show_form(r);
}

enum err
do_audit_verify(struct request *r)
{
	struct audit_mark mark;
	int64_t given = 0, there = 0;
	bool again;
	enum err e = tailnet_audit_verify(
		r->db, r->now, AUDIT_VERIFY_ROWS, 0, &again, &mark);

	if (!e)
		e = db_audit_cut(r->db, &given, &there);
	if (e)
		return e;
	flash_set(r,
		again                          ? "audit-asked"
		: mark.broken || given > there ? "audit-broken"
					       : "audit-verified",
		0);
	return reply_redirect(r, 303, "/admin/audit");
}
