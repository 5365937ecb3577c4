/*
 * page_policy_restore.c: a version of the policy comes back, after a question
 * that shows what that opens and closes (spec/pages.md 11.2).
 */
#include <inttypes.h>
#include <string.h>

#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_editor.h"
#include "fcgi/prove.h"
#include "tailnet/policy_store.h"

/* What keeps it from being the policy again is shown where it can be mended. */
static enum err
show_refused(struct request *r, enum err why, const struct policy_text *old,
	const struct policy_trial *trial)
{
	struct policy_editor e;
	enum err err = policy_editor_open(r, &e);

	if (err)
		return err;
	e.text = old->text;
	if (why == ERR_CHANGED)
		return policy_editor_conflict(&e);
	if (why == ERR_POLICY_FILE)
		return policy_editor_is_file(&e);
	e.trial = trial;
	r->reply.status = 422;
	return policy_editor_show(&e);
}

/* ---- the question ---- */

struct effect {
	const char *before, *after; /* texts */
	struct policy_trial trial;
};

static void
show_effect(struct request *r, const void *arg)
{
	const struct effect *x = arg;

	html_element(r, "h2", "What differs");
	policy_diff(r, "diff", x->before, x->after);
	if (!x->trial.compared)
		return;
	html_element(r, "h2", "What that opens and closes");
	policy_impact(r, &x->trial, false);
}

static enum err
try_it(struct request *r, struct effect *x)
{
	enum err e = db_read_begin(r->db);

	if (e)
		return e;
	e = policy_try(
		r->db, x->after, TRY_ROWS | TRY_IMPACT, r->mem, &x->trial);
	db_read_end(r->db);
	return e == ERR_TOO_BIG ? ERR_POLICY : e;
}

static enum err
ask(struct request *r, const struct policy_text *old, const char *was)
{
	struct effect x = { .after = old->text };
	struct policy_text now;
	enum err e = db_policy_current(r->db, r->mem, &now);

	if (!e && strcmp(was, now.hash) != 0)
		e = ERR_CHANGED;
	if (!e)
		e = try_it(r, &x);
	if (e == ERR_CHANGED || e == ERR_POLICY)
		return show_refused(r, e, old, &x.trial);
	if (!e)
		e = db_policy_version(
			r->db, policy_obeyed(r, &now), r->mem, &now);
	if (e)
		return e;
	x.before = now.text;
	return kept_confirm(
		r, &(struct confirm){
			   .question = arena_printf(r->mem,
				   "Restore version %" PRId64 "?", old->id),
			   .effects = { arena_printf(r->mem,
				   "It takes the place of version %" PRId64
				   " for the whole network at once; that one "
				   "stays in the history.",
				   now.id) },
			   .more = show_effect,
			   .more_arg = &x,
			   .section = SECTION_POLICY,
			   .button = "danger:Restore",
			   .cancel = arena_printf(
				   r->mem, POLICY_LOG "/%" PRId64, old->id) });
}

/* Not where the policy is a file: that is refused. */
static bool
is_asked(struct request *r)
{
	return fields_one(r, "ask") && !kept_is_confirmed(r) &&
	       policy_may_write(r);
}

enum err
do_policy_restore(struct request *r)
{
	const char *was = fields_one(r, "was");
	struct policy_saved out;
	struct policy_text old;
	enum err e = db_policy_version(r->db, page_id(r, 0), r->mem, &old);

	if (e == ERR_NOT_FOUND)
		return policy_no_version(r);
	if (e)
		return e;
	was = was ? was : "";
	if (policy_text_is_whole(&old) && policy_editor_doubts(r, old.text))
		return policy_editor_ask(r);
	if (policy_text_is_whole(&old) && is_asked(r))
		return ask(r, &old, was);
	e = tailnet_policy_restore(
		r->db, old.id, was, prove_actor_text(r), r->now, r->mem, &out);
	if (e == ERR_NOT_FOUND)
		return policy_no_version(r);
	if (e == ERR_CHANGED || e == ERR_POLICY || e == ERR_POLICY_FILE)
		return show_refused(r, e, &old, &out.trial);
	if (e)
		return e;
	return form_done(r, POLICY_HOME,
		out.unchanged ? "policy-unchanged" : "policy-restored",
		out.unchanged ? 0 : out.version);
}
