/*
 * page_rules.c: the policy as tables, and forms that put one entry into its
 * text or take one out (spec/pages.md 11.3).  What they make is asked first,
 * with what differs and what opens and closes, and goes through the checks of
 * the editor.
 */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
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
#include "tailnet/policy_store.h"

enum {
	LISTS_MAX = 1000, /* characters of a field with several words */
	NOTE_MAX = 180,   /* bytes of what is said of the deed */
};

static const struct field rule_fields[] = {
	{ "src", "From", "Users, groups, tags, machines by address; * is all.",
		.max = LISTS_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "dst", "To", .max = LISTS_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "ports", "Ports", "Like 443, 80-90, tcp:22; * is all.",
		.max = LISTS_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "was", .kind = FIELD_HIDDEN },
};
static const struct field group_fields[] = {
	{ "name", "Group", "Like group:dev; a new one is made.", .max = 200,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "value", "Member", "A user, like alice@ or alice@example.org.",
		.max = 254, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "was", .kind = FIELD_HIDDEN },
};
static const struct field owner_fields[] = {
	{ "name", "Tag", "Like tag:web; a new one is made.", .max = 200,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "value", "Owner", "A user, group, tag or autogroup.", .max = 254,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "was", .kind = FIELD_HIDDEN },
};

/* What a button does; the forms with fields come first. */
static const struct deed {
	const char *word;
	enum policy_edit_kind kind;
	const char *section; /* NULL: the form names it */
	const char *form, *title, *button;
	const struct field *fields;
	size_t count;
} deeds[] = {
	{ "add-rule", EDIT_RULE_IN, "grants", "rule", "Add a rule", "Add rule",
		rule_fields, 4 },
	{ "add-member", EDIT_LISTED_IN, "groups", "member", "Add to a group",
		"Add member", group_fields, 3 },
	{ "add-owner", EDIT_LISTED_IN, "tagOwners", "owner",
		"Add an owner of a tag", "Add owner", owner_fields, 3 },
	{ "remove-rule", EDIT_RULE_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
	{ "remove-listed", EDIT_LISTED_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
	{ "remove-name", EDIT_NAME_OUT, NULL, NULL, NULL, NULL, NULL, 0 },
};

enum {
	FORMS = 3,
	DEEDS = sizeof(deeds) / sizeof(deeds[0]),
};

struct rules_page {
	struct rules rules;
	struct policy_text now; /* "" if there is none */
	struct hujson h;
	struct form forms[FORMS];
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
		.writes = r->who.can & CAN_NETWORK };
	for (size_t i = 0; i < FORMS; i++) {
		form_init(r, &p->forms[i], deeds[i].form, RULES_PAGE,
			deeds[i].fields, deeds[i].count);
		form_put(&p->forms[i], "was", p->now.hash);
	}
	form_init(r, &p->other, "rules", RULES_PAGE, &rule_fields[3], 1);
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
	struct form *f = &p->forms[i];

	if (!p->rules.writes)
		return;
	html_begin(r, "details");
	if (f->taken)
		html_attribute(r, "open", "");
	html_element(r, "summary", deeds[i].title);
	form_open(f);
	for (size_t k = 0; k < deeds[i].count; k++)
		form_field(f, deeds[i].fields[k].name);
	form_button(f, deeds[i].button, deeds[i].word);
	form_close(f);
	html_end(r);
}

static enum err
show_page(struct rules_page *p, struct form *refused)
{
	struct request *r = p->rules.r;

	frame_begin(r,
		&(struct page){ .name = "policy-rules",
			.h1 = "Rules",
			.section = SECTION_POLICY,
			.live = refused ? NULL : "policy" },
		refused ? form_refused(refused) : NULL);
	policy_nav(r, POLICY_RULES);
	rules_network(&p->rules);
	show_form(p, 0);
	rules_groups(&p->rules);
	show_form(p, 1);
	rules_tag_owners(&p->rules);
	show_form(p, 2);
	rules_ssh(&p->rules);
	rules_tests(&p->rules);
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

/* ---- what is asked ---- */

/* Words with blanks or commas between them. */
static struct json_texts
split(struct request *r, const char *text)
{
	struct json_texts l = {
		arena_array(r->mem, strlen(text) + 1, sizeof(const char *)), 0
	};

	while (*(text += strspn(text, " ,\t\r\n"))) {
		size_t len = strcspn(text, " ,\t\r\n");

		l.at[l.count++] = arena_printf(r->mem, "%.*s", (int)len, text);
		text += len;
	}
	return l;
}

static const char *
sent(struct request *r, const char *name)
{
	const char *value = fields_one(r, name);

	return value ? fields_trim(r, value) : "";
}

static void
take_edit(struct rules_page *p, const struct deed *d)
{
	struct request *r = p->rules.r;
	int64_t n;

	p->edit = (struct policy_edit){ .kind = d->kind,
		.section = d->section ? d->section : sent(r, "section"),
		.name = sent(r, "name"),
		.value = sent(r, "value"),
		.src = split(r, sent(r, "src")),
		.dst = split(r, sent(r, "dst")),
		.ports = split(r, sent(r, "ports")),
		.number = SIZE_MAX };
	if (!text_int(sent(r, "number"), &n) && n >= 0)
		p->edit.number = (size_t)n;
}

static const char *
list_words(struct request *r, const struct json_texts *l)
{
	const char *words = "";

	for (size_t i = 0; i < l->count; i++)
		words = arena_printf(
			r->mem, "%s%s%s", words, i ? ", " : "", l->at[i]);
	return words;
}

/* "Added alice@ to group:dev", for the history. */
static const char *
note_of(struct request *r, const struct policy_edit *e)
{
	const char *words;
	size_t len = NOTE_MAX;

	switch (e->kind) {
	case EDIT_RULE_IN:
		words = arena_printf(r->mem, "Added a rule: %s to %s, %s",
			list_words(r, &e->src), list_words(r, &e->dst),
			list_words(r, &e->ports));
		break;
	case EDIT_LISTED_IN:
		words = arena_printf(
			r->mem, "Added %s to %s", e->value, e->name);
		break;
	case EDIT_RULE_OUT:
		words = arena_printf(
			r->mem, "Removed %s[%zu]", e->section, e->number);
		break;
	case EDIT_LISTED_OUT:
		words = arena_printf(r->mem, "Removed number %zu of %s",
			e->number + 1, e->name);
		break;
	default:
		words = arena_printf(r->mem, "Removed %s", e->name);
	}
	if (text_length(words) == SIZE_MAX)
		return "By the page of rules";
	if (strlen(words) <= NOTE_MAX)
		return words;
	while (len && ((unsigned char)words[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(r->mem, "%.*s…", (int)len, words);
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
	for (size_t i = 0; i < FORMS; i++)
		form_put(&p->forms[i], "was", p->now.hash);
	return show_page(p, f);
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

static enum err
refuse_text(struct rules_page *p, struct form *f)
{
	if (f == &p->other)
		return refuse_in_editor(p);
	return refuse(p, f,
		arena_printf(p->rules.r->mem, "The policy would be refused: %s",
			policy_trial_words(p->rules.r->mem, &p->trial)));
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
			   .effects = { arena_printf(
				   r->mem, "%s.", note_of(r, &p->edit)) },
			   .more = show_effect,
			   .more_arg = p,
			   .button = "Save",
			   .cancel = RULES_PAGE });
}

static enum err
save(struct rules_page *p, struct form *f)
{
	struct request *r = p->rules.r;
	struct policy_save in = { .text = p->text,
		.was = p->now.hash,
		.note = note_of(r, &p->edit),
		.actor = prove_actor_text(r) };
	struct policy_saved out;
	enum err e = tailnet_policy_save(r->db, &in, r->now, r->mem, &out);

	if (e == ERR_POLICY || e == ERR_TOO_BIG) {
		p->trial = out.trial;
		return refuse_text(p, f);
	}
	if (e == ERR_CHANGED) {
		e = open_page(r, p);
		return e ? e : show_conflict(p, f);
	}
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

static const struct deed *
deed_of(struct request *r)
{
	const char *word = sent(r, "do");

	for (size_t i = 0; i < DEEDS; i++)
		if (strcmp(word, deeds[i].word) == 0)
			return &deeds[i];
	return NULL;
}

enum err
do_rules(struct request *r)
{
	struct rules_page p = { .text = NULL };
	const struct deed *d = deed_of(r);
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
		f = &p.forms[d - deeds];
		if (!form_take(f))
			return show_page(&p, f);
	}
	if (strcmp(sent(r, "was"), p.now.hash) != 0)
		return show_conflict(&p, f);
	take_edit(&p, d);
	return apply(&p, f);
}
