/*
 * page_policy.c: the editor of the policy: look, check, save (spec/pages.md
 * 11.1).
 */
#include "fcgi/pages_policy.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/policy_editor.h"
#include "fcgi/policy_lines.h"
#include "fcgi/prove.h"
#include "tailnet/policy_file.h"
#include "tailnet/policy_store.h"
#include "tailnet/policy_template.h"
#include "tailnet/policy_trouble.h"

/* Nothing is stored, so the form is not spent. */
static enum err
check(struct policy_editor *e)
{
	struct request *r = e->r;
	struct policy_trial trial;
	enum err err = db_read_begin(r->db);

	if (err)
		return err;
	err = policy_try(r->db, e->text, TRY_ROWS | TRY_IMPACT, r->mem, &trial);
	db_read_end(r->db);
	if (err && err != ERR_POLICY)
		return err;
	e->trial = &trial;
	policy_editor_meanwhile(e);
	return policy_editor_show(e);
}

/* What keeps the newest text, or that of the file, from being the policy. */
static bool
is_in_trouble(struct policy_editor *e)
{
	struct request *r = e->r;
	const char *why, *text = NULL;

	if (policy_file_trouble(r->db, r->settings, r->mem))
		text = policy_file_text(r->settings->policy_path, r->mem, &why);
	if (text)
		e->text = text;
	return text || policy_trouble(r->db, r->mem);
}

/* The text of the address's template; NULL: it names none. */
static const char *
template_text(struct policy_editor *e)
{
	struct request *r = e->r;
	struct choice *names =
		arena_array(r->mem, policy_template_count, sizeof(*names));
	const char *name;

	for (size_t i = 0; i < policy_template_count; i++)
		names[i] = (struct choice){ policy_templates[i].name, "" };
	name = list_choice(
		r, &e->asked, "template", names, policy_template_count);
	return *name ? policy_template(name)->text : NULL;
}

/* The text of the version that the address names, to be looked at before it is
 * saved again; NULL: it names none. */
static const char *
version_text(struct policy_editor *e)
{
	struct request *r = e->r;
	int64_t id = list_number(r, &e->asked, "version");
	struct policy_text p;

	if (!id)
		return NULL;
	if (db_policy_version(r->db, id, r->mem, &p)) {
		list_refuse(r, &e->asked, "version");
		return NULL;
	}
	form_put(&e->form, "note",
		arena_printf(r->mem, "The text of version %" PRId64, id));
	return p.text;
}

enum err
page_policy(struct request *r)
{
	struct policy_editor e;
	const char *begun, *again;
	enum err err = policy_editor_open(r, &e);

	if (err)
		return err;
	begun = template_text(&e);
	again = policy_may_write(r) ? version_text(&e) : NULL;
	if (again) {
		e.text = again;
		return check(&e);
	}
	if (begun && policy_may_write(r))
		e.text = begun;
	else if (is_in_trouble(&e))
		return check(&e);
	e.line = policy_editor_line(r, &e.asked, e.text);
	return policy_editor_show(&e);
}

static enum err
save(struct policy_editor *e)
{
	struct request *r = e->r;
	struct policy_save in = { .text = e->text,
		.was = e->was,
		.note = form_get(&e->form, "note"),
		.actor = prove_actor_text(r) };
	struct policy_saved out;
	enum err err;

	if (policy_editor_doubts(r, in.text))
		return policy_editor_ask(r);
	err = tailnet_policy_save(r->db, &in, r->now, r->mem, &out);
	if (err == ERR_CHANGED)
		return policy_editor_conflict(e);
	if (err == ERR_POLICY_FILE)
		return policy_editor_is_file(e);
	if (err == ERR_POLICY) {
		e->trial = &out.trial;
		r->reply.status = 422;
		return policy_editor_show(e);
	}
	if (err)
		return err;
	return form_done(r, POLICY_HOME,
		out.unchanged ? "policy-unchanged" : "policy-saved",
		out.unchanged ? 0 : out.version);
}

/* A draft comes back from where it was asked; one that was begun there goes on
 * from the version of now. */
static enum err
edit(struct policy_editor *e)
{
	if (!fields_one(e->r, "was"))
		e->was = e->now.hash;
	policy_editor_meanwhile(e);
	return policy_editor_show(e);
}

static const struct act {
	const char *name;
	enum err (*run)(struct policy_editor *e);
} acts[] = {
	{ "check", check },
	{ "save", save },
	{ "edit", edit },
};

/* Which button; a form that names none does nothing. */
static const struct act *
act_of(struct policy_editor *e)
{
	const char *what = fields_one(e->r, "do");

	for (size_t i = 0; what && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(what, acts[i].name) == 0)
			return &acts[i];
	form_error(&e->form, "do", "choice");
	return NULL;
}

enum err
do_policy(struct request *r)
{
	const char *text = fields_one(r, "text");
	struct policy_editor e;
	enum err err = policy_editor_open(r, &e);
	const struct act *act;

	if (err)
		return err;
	if (!text) {
		r->why = "the form lacks its field text";
		return ERR_BAD_INPUT;
	}
	if (strlen(text) > POLICY_TEXT_MAX)
		r->why = arena_printf(r->mem,
			"a policy is at most %d bytes long", POLICY_TEXT_MAX);
	e.text = policy_lines_taken(r->mem, text, policy_editor_edited(&e));
	form_take(&e.form);
	if (text_length(form_get(&e.form, "note")) == SIZE_MAX)
		form_complain(&e.form, "note", FORM_ODD_TEXT);
	act = act_of(&e);
	return form_ok(&e.form) ? act->run(&e) : policy_editor_show(&e);
}
