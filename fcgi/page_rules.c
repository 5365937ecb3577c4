/*
 * page_rules.c: the policy as tables, and forms that put one entry into its
 * text or take one out (spec/pages.md 11.3).  What they make is asked first,
 * with what differs and what opens and closes, and goes through the checks of
 * the editor.
 */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/pages_policy.h"
#include "fcgi/policy_editor.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/rules_page.h"
#include "policy/edit.h"
#include "policy/shape.h"
#include "tailnet/policy_named.h"
#include "tailnet/policy_store.h"

struct rules_page {
	struct rules rules;
	struct policy_text now; /* "" if there is none */
	struct hujson h;
	struct form forms[RULES_FORMS];
	struct form other; /* of a deed without fields: what is told of it */
	struct policy_edit edit;
	const char *text; /* with the edit */
	struct policy_trial trial;
};

/* ---- the page ---- */

static enum err
open_page(struct request *r, struct rules_page *p)
{
	struct policy_error error;
	const char *text;
	enum err e = db_policy_current(r->db, r->mem, &p->now);

	if (e == ERR_NOT_FOUND)
		p->now = (struct policy_text){ .text = "", .hash = "" };
	else if (e)
		return e;
	p->rules = (struct rules){ .r = r,
		.now = &p->now,
		.h = &p->h,
		.writes = policy_may_write(r) };
	for (size_t i = 0; i < RULES_FORMS; i++) {
		form_init(r, &p->forms[i], rules_deeds[i].form, RULES_PAGE,
			rules_deeds[i].fields, rules_deeds[i].count);
		form_put(&p->forms[i], "was", p->now.hash);
	}
	form_init(r, &p->other, "rules", RULES_PAGE, rules_was, 1);
	text = *p->now.text ? p->now.text : "{}";
	e = hujson_parse((struct bytes){ (const void *)text, strlen(text) },
		r->mem, &p->h, &error);
	if (!e)
		e = shape_check(&p->h, r->mem, &error);
	return e;
}

static void
show_form(struct rules_page *p, size_t i)
{
	struct request *r = p->rules.r;
	const struct rules_deed *d = &rules_deeds[i];
	struct form *f = &p->forms[i];

	if (!p->rules.writes)
		return;
	html_begin(r, "details");
	if (f->taken)
		html_attribute(r, "open", "");
	html_element(r, "summary", d->title);
	form_open(f);
	for (size_t k = 0; k < d->count; k++)
		form_field(f, d->fields[k].name);
	form_button(f, d->button, d->word);
	form_close(f);
	html_end(r);
}

static enum err
show_page(struct rules_page *p, struct form *refused)
{
	static void (*const parts[RULES_FORMS])(struct rules *) = {
		[RULES_RULE] = rules_network,
		[RULES_MEMBER] = rules_groups,
		[RULES_OWNER] = rules_tag_owners,
		[RULES_SSH] = rules_ssh,
		[RULES_TEST] = rules_tests,
	};
	struct request *r = p->rules.r;

	frame_begin(r,
		&(struct page){ .name = "policy-rules",
			.h1 = "Rules",
			.section = SECTION_POLICY,
			.live = refused ? NULL : "policy" },
		refused ? form_refused(refused) : NULL);
	policy_nav(r, POLICY_RULES);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i])
			parts[i](&p->rules);
		show_form(p, i);
	}
	frame_end(r);
	return ERR_OK;
}

/* A text that cannot be read is shown where it can be mended. */
static enum err
show_unread(struct request *r)
{
	return reply_redirect(r, 303, POLICY_HOME);
}

enum err
page_rules(struct request *r)
{
	struct rules_page p = { .text = NULL };
	enum err e = open_page(r, &p);

	if (e == ERR_POLICY || e == ERR_TOO_BIG)
		return show_unread(r);
	return e ? e : show_page(&p, NULL);
}

/* ---- what is done ---- */

static enum err
show_conflict(struct rules_page *p, struct form *f)
{
	struct request *r = p->rules.r;
	char at[CLOCK_TEXT_SIZE];
	const char *text;

	if (!p->now.id) {
		f->conflict = "There is no policy any more.";
		return show_page(p, f);
	}
	clock_text(p->now.created_at, at);
	text = arena_printf(r->mem,
		"%s saved another version at %.10s %.5s "
		"UTC: the tables below are of it.",
		policy_author(&p->now), at, at + 11);
	f->conflict = text;
	for (size_t i = 0; i < RULES_FORMS; i++)
		form_put(&p->forms[i], "was", p->now.hash);
	return show_page(p, f);
}

/* It came while this one was tried: the page of now, with what was sent. */
static enum err
show_changed(struct rules_page *p, struct form *f)
{
	const struct form sent = *f;
	enum err e = open_page(p->rules.r, p);

	*f = sent;
	return e ? e : show_conflict(p, f);
}

static enum err
refuse(struct rules_page *p, struct form *f, const char *words)
{
	form_complain(f, f->fields[0].name, words);
	return show_page(p, f);
}

/* Where there is no field to say it at: in the editor, with the text. */
static enum err
refuse_in_editor(struct rules_page *p)
{
	struct policy_editor e;
	enum err err = policy_editor_open(p->rules.r, &e);

	if (err)
		return err;
	e.text = p->text;
	e.trial = &p->trial;
	p->rules.r->reply.status = 422;
	return policy_editor_show(&e);
}

/* Without its line, which is of a text that nobody saw. */
static enum err
refuse_word(struct rules_page *p, struct form *f, const char *field)
{
	const char *why = p->trial.error.text;

	form_complain(f, field,
		strstr(why, "invalid address")
			? "Each is a user, group, tag, autogroup, host or "
			  "address."
			: arena_printf(p->rules.r->mem,
				  "The policy would be refused: %s", why));
	return show_page(p, f);
}

/* Tests that do not hold are lines of their own there. */
static const char *
in_one_line(struct arena *mem, const char *words)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (const char *at = words; *at; at++)
		if (*at == '\n')
			buf_puts(&b, "; ");
		else
			buf_put(&b, at, 1);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static enum err
refuse_text(struct rules_page *p, struct form *f)
{
	struct arena *mem = p->rules.r->mem;
	const char *field = NULL, *hint = policy_tests_hint(&p->trial);

	if (f == &p->other)
		return refuse_in_editor(p);
	if (!p->trial.failures.count)
		field = rules_field_named(f, p->trial.error.text);
	if (field)
		return refuse_word(p, f, field);
	return refuse(p, f,
		arena_printf(mem, "The policy would be refused: %s%s%s",
			in_one_line(mem, policy_trial_words(mem, &p->trial)),
			hint ? ". " : "", hint ? hint : ""));
}

static void
show_effect(struct request *r, const void *arg)
{
	const struct rules_page *p = arg;

	html_element(r, "h2", "What differs");
	policy_diff(r, "diff", p->now.text, p->text);
	if (!p->trial.compared)
		return;
	html_element(r, "h2", "What that opens and closes");
	policy_impact(r, &p->trial, false);
}

/* A member or owner that stands for nobody: allowed, and often misspelt. */
static const char *
nobody_words(struct request *r, const struct policy_edit *edit)
{
	const char *value = edit->value;
	struct user *users;
	size_t count;

	if (edit->kind != EDIT_LISTED_IN || !strchr(value, '@') ||
		strchr(value, ':') || db_users(r->db, r->mem, &users, &count))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct json_texts l = policy_logins(r->mem, &users[i]);

		for (size_t k = 0; k < l.count; k++)
			if (strcasecmp(l.at[k], value) == 0)
				return NULL;
	}
	return arena_printf(r->mem, "There is no user %s yet.", value);
}

static enum err
ask_first(struct rules_page *p, struct form *f)
{
	struct request *r = p->rules.r;
	enum err e = db_read_begin(r->db);

	if (e)
		return e;
	e = policy_try(
		r->db, p->text, TRY_ROWS | TRY_IMPACT, r->mem, &p->trial);
	db_read_end(r->db);
	if (e == ERR_POLICY || e == ERR_TOO_BIG)
		return refuse_text(p, f);
	if (e)
		return e;
	return kept_confirm(
		r, &(struct confirm){ .question = "Save this change?",
			   .effects = { arena_printf(r->mem, "%s.",
						rules_note(r, &p->edit)),
				   nobody_words(r, &p->edit) },
			   .more = show_effect,
			   .more_arg = p,
			   .section = SECTION_POLICY,
			   .button = "Save",
			   .cancel = RULES_PAGE });
}

static enum err
save(struct rules_page *p, struct form *f)
{
	struct request *r = p->rules.r;
	struct policy_save in = { .text = p->text,
		.was = p->now.hash,
		.note = rules_note(r, &p->edit),
		.actor = prove_actor_text(r) };
	struct policy_saved out;
	enum err e = tailnet_policy_save(r->db, &in, r->now, r->mem, &out);

	if (e == ERR_POLICY || e == ERR_TOO_BIG) {
		p->trial = out.trial;
		return refuse_text(p, f);
	}
	if (e == ERR_CHANGED)
		return show_changed(p, f);
	if (e)
		return e;
	return form_done(r, RULES_PAGE,
		out.unchanged ? "policy-unchanged" : "policy-saved",
		out.unchanged ? 0 : out.version);
}

static enum err
apply(struct rules_page *p, struct form *f)
{
	struct request *r = p->rules.r;
	struct policy_error error;

	switch (policy_edit(p->now.text, &p->edit, r->mem, &p->text, &error)) {
	case ERR_OK:
		break;
	case ERR_EXISTS:
		return refuse(p, f, "It is listed there already.");
	case ERR_NOT_FOUND:
		return refuse(p, f, "It is not there any more.");
	default:
		return refuse(p, f,
			"This policy has acls, which take ports of one "
			"protocol each: add a rule for each protocol.");
	}
	return kept_is_confirmed(r) ? save(p, f) : ask_first(p, f);
}

enum err
do_rules(struct request *r)
{
	struct rules_page p = { .text = NULL };
	const struct rules_deed *d = rules_deed_of(r);
	enum err e = open_page(r, &p);
	struct form *f = &p.other;

	if (e == ERR_POLICY || e == ERR_TOO_BIG)
		return show_unread(r);
	if (e)
		return e;
	if (!d) {
		r->why = "the form does not say what to do";
		return ERR_BAD_INPUT;
	}
	f->taken = true;
	if (d->form) {
		f = &p.forms[d - rules_deeds];
		form_take(f);
	}
	rules_take(f, d, &p.edit);
	if (!form_ok(f))
		return show_page(&p, f);
	if (strcmp(rules_sent(r, "was"), p.now.hash) != 0)
		return show_conflict(&p, f);
	return apply(&p, f);
}
