#include "fcgi/policy_editor.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "fcgi/flash.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/policy_lines.h"
#include "tailnet/policy_file.h"
#include "tailnet/policy_template.h"

enum {
	ROWS = 30,
};

static const struct field note_field[] = {
	{ "note", "Why (optional)", .hint = "For the history.",
		.max = POLICY_NOTE_MAX },
};

static enum err
read_now(struct request *r, struct policy_text *out)
{
	enum err e = db_policy_current(r->db, r->mem, out);

	if (e != ERR_NOT_FOUND)
		return e;
	*out = (struct policy_text){ .text = "", .hash = "" };
	return ERR_OK;
}

enum err
policy_editor_open(struct request *r, struct policy_editor *e)
{
	*e = (struct policy_editor){ .r = r };
	form_init(r, &e->form, "policy", POLICY_HOME, note_field, 1);
	e->form.taken = r->method == METHOD_POST;
	if (read_now(r, &e->now))
		return ERR_DB;
	e->text = e->now.text;
	e->was = r->method == METHOD_POST ? fields_one(r, "was") : e->now.hash;
	if (!e->was)
		e->was = "";
	return ERR_OK;
}

size_t
policy_editor_line(struct request *r, struct list *asked, const char *text)
{
	int64_t n = list_number(r, asked, "line");
	size_t there = 0;

	if (n > 0 && n <= POLICY_TEXT_MAX)
		(void)policy_lines_at(r->mem, text, (size_t)n, 1, &there);
	if (n && !there)
		list_refuse(r, asked, "line");
	return there ? (size_t)n : 0;
}

/* By its hash; NULL if it is not kept any more. */
static const char *
text_of(struct request *r, const char *hash)
{
	struct policy_text *rows, p;
	size_t count;

	if (db_policy_versions(
		    r->db, 0, POLICY_VERSIONS_KEPT, r->mem, &rows, &count))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].hash, hash) == 0 &&
			!db_policy_version(r->db, rows[i].id, r->mem, &p))
			return p.text;
	return NULL;
}

const char *
policy_editor_edited(const struct policy_editor *e)
{
	const char *text;

	if (!*e->was)
		return "";
	if (strcmp(e->was, e->now.hash) == 0)
		return e->now.text;
	text = text_of(e->r, e->was);
	return text ? text : e->now.text;
}

struct theirs {
	const char *before, *now;
};

static void
show_theirs(struct request *r, const void *arg)
{
	const struct theirs *t = arg;

	policy_diff(r, "conflict-diff", t->before, t->now);
}

static void
tell_theirs(struct policy_editor *e)
{
	struct request *r = e->r;
	struct theirs *t = arena_alloc(r->mem, sizeof(*t));
	const char *before = text_of(r, e->was);

	t->before = before ? before : "";
	t->now = e->now.text;
	e->form.conflict = arena_printf(r->mem,
		"%s saved version %" PRId64 " at %s while you edited:",
		policy_author(&e->now), e->now.id,
		html_time_words(r, e->now.created_at));
	e->form.tell = show_theirs;
	e->form.tell_arg = t;
}

enum err
policy_editor_conflict(struct policy_editor *e)
{
	if (read_now(e->r, &e->now))
		return ERR_DB;
	tell_theirs(e);
	e->form.again = "Save replaces theirs.";
	e->was = e->now.hash;
	return policy_editor_show(e);
}

enum err
policy_editor_is_file(struct policy_editor *e)
{
	e->form.conflict = err_words(ERR_POLICY_FILE);
	e->form.again = "Nothing was stored.";
	e->was = e->now.hash;
	return policy_editor_show(e);
}

void
policy_editor_meanwhile(struct policy_editor *e)
{
	e->meanwhile = strcmp(e->was, e->now.hash) != 0;
	if (!e->meanwhile)
		return;
	tell_theirs(e);
	e->form.again = "Take over what you want of theirs; Save asks once "
			"more before it replaces it.";
}

bool
policy_editor_doubts(struct request *r, const char *text)
{
	return !*text && !kept_is_confirmed(r);
}

enum err
policy_editor_ask(struct request *r)
{
	return kept_confirm(r,
		&(struct confirm){ .question = "Save an empty policy?",
			.effects = { "It has no rules at all: every machine "
				     "then reaches every other, on all ports.",
				"A policy that lets nobody reach anything is "
				"{\"grants\": []}." },
			.section = SECTION_POLICY,
			.button = "danger:Save no rules",
			.cancel = POLICY_HOME });
}

static void
show_state(struct policy_editor *e)
{
	struct request *r = e->r;

	html_begin(r, "p", "id", "policy-state", "data-swap", "",
		"data-version", arena_printf(r->mem, "%" PRId64, e->now.id),
		"data-hash", e->now.hash);
	if (*r->settings->policy_path)
		html_attribute(r, "data-mode", "file");
	if (e->now.id) {
		policy_version_link(r, e->now.id);
		html_textf(r, ", saved by %s, ", policy_author(&e->now));
		html_time(r, e->now.created_at);
	} else {
		html_text(r, "No policy: every machine reaches every other.");
	}
	html_end(r);
}

/* Where it is changed, and what keeps a change from being taken. */
static void
show_file(struct request *r)
{
	const char *path = r->settings->policy_path;
	const char *trouble = policy_file_trouble(r->db, r->settings, r->mem);

	if (!*path)
		return;
	html_begin(r, "p", "id", "policy-file", "data-swap", "");
	html_text(r, "It is the file ");
	html_element(r, "code", path);
	html_text(r, " of the server: change it there; it is read every few "
		     "seconds.");
	if (trouble)
		html_textf(r, " What stands there now was not taken: %s.",
			trouble);
	html_end(r);
}

static void
show_templates(struct request *r)
{
	html_element(r, "p", "Texts to begin with; nothing is saved yet:");
	html_begin(r, "ul", "id", "templates");
	for (size_t i = 0; i < policy_template_count; i++) {
		html_begin(r, "li");
		html_link(r,
			arena_printf(r->mem, POLICY_HOME "?template=%s",
				policy_templates[i].name),
			policy_templates[i].words);
		html_end(r);
	}
	html_end(r);
}

static void
show_text(struct policy_editor *e, bool writes)
{
	policy_text_field(
		e->r, &(struct policy_text_field){ .text = e->text,
			      .rows = ROWS,
			      .readonly = !writes,
			      .invalid = e->trial && e->trial->error.text });
}

/* Of the text as it stands in the field. */
static void
show_who(struct request *r)
{
	html_begin(r, "button", "type", "submit", "formaction", POLICY_WHO);
	html_text(r, "Who reaches what");
	html_end(r);
}

/* Who may not write may still have it checked, where it is a file. */
static void
show_form(struct policy_editor *e, bool writes)
{
	struct request *r = e->r;

	html_begin(r, "form", "method", "post", "action", POLICY_HOME, "id",
		"form-policy", "class", "wide", "novalidate", "");
	if (writes)
		html_attribute(r, "data-guard", "");
	form_hidden(r);
	html_hidden(r, "was", e->was);
	show_text(e, writes);
	if (writes)
		form_field(&e->form, "note");
	form_button(&e->form, "plain:Check", "check");
	html_text(r, " ");
	show_who(r);
	if (writes) {
		html_text(r, " ");
		form_button(&e->form, "Save", "save");
	}
	html_end(r);
}

static void
show_first(struct request *r, const void *arg)
{
	const struct policy_editor *e = arg;

	if (e->meanwhile)
		form_messages(r, &e->form);
	if (e->trial)
		policy_checked(r, e->text, e->now.text, e->trial);
}

enum err
policy_editor_show(struct policy_editor *e)
{
	struct request *r = e->r;
	const struct page page = { .name = "policy",
		.h1 = "Access policy",
		.section = SECTION_POLICY,
		.live = e->form.taken ? NULL : "policy",
		.first = show_first,
		.first_arg = e };
	const struct form *refused =
		e->meanwhile ? NULL : form_refused(&e->form);
	bool writes = policy_may_write(r);

	if (!refused && e->trial && e->trial->error.text &&
		r->reply.status == 422)
		refused = &e->form; /* the title says it */
	frame_begin(r, &page, refused);
	policy_nav(r, POLICY_EDIT);
	list_note(r, &e->asked);
	show_state(e);
	show_file(r);
	if (!e->now.id && writes)
		show_templates(r);
	if (e->line)
		policy_excerpt(r, e->text, e->line, 0);
	if (r->who.can & CAN_NETWORK)
		show_form(e, writes);
	else
		show_text(e, false);
	frame_end(r);
	return ERR_OK;
}
