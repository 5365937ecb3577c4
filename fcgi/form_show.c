/*
 * form_show.c: the markup of forms and their messages.
 */
#include <string.h>

#include "base/text.h"
#include "fcgi/flash.h"
#include "fcgi/form.h"
#include "fcgi/html.h"
#include "fcgi/who.h"

static const char *
id_of(const struct form *f, const char *field, const char *tail)
{
	return arena_printf(f->r->mem, "%s-%s%s", f->name, field, tail);
}

static const struct form_error *
error_of(const struct form *f, const char *field)
{
	for (size_t i = 0; i < f->error_count; i++)
		if (strcmp(f->errors[i].field, field) == 0)
			return &f->errors[i];
	return NULL;
}

static const struct field *
field_of(const struct form *f, const char *name, size_t *at)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->fields[i].name, name) == 0) {
			*at = i;
			return &f->fields[i];
		}
	return NULL;
}

void
form_hidden(struct request *r)
{
	html_hidden(r, "csrf", who_form_token(r));
	html_hidden(r, "once", text_random(r->mem, ONCE_LEN));
}

void
form_open(struct form *f)
{
	html_begin(f->r, "form", "method", "post", "action", f->action, "id",
		arena_printf(f->r->mem, "form-%s", f->name), "novalidate", "");
	form_hidden(f->r);
	if (f->subject)
		html_hidden(f->r, "was", f->was);
}

static void
describe(struct form *f, const struct field *d)
{
	bool wrong = error_of(f, d->name) != NULL;
	const char *hint = d->hint ? id_of(f, d->name, "-hint") : NULL;
	const char *error = wrong ? id_of(f, d->name, "-error") : NULL;

	if (hint || error)
		html_attribute(f->r, "aria-describedby",
			hint && error
				? arena_printf(f->r->mem, "%s %s", hint, error)
			: hint ? hint
			       : error);
	if (wrong)
		html_attribute(f->r, "aria-invalid", "true");
}

static void
constrain(struct form *f, const struct field *d)
{
	struct request *r = f->r;

	if (d->kind != FIELD_NUMBER && d->kind != FIELD_TIME)
		html_attribute(r, "maxlength",
			arena_printf(
				r->mem, "%zu", d->max ? d->max : (size_t)256));
	if (d->flags & FIELD_REQUIRED)
		html_attribute(r, "required", "");
	if (d->kind == FIELD_NUMBER)
		html_attribute(r, "inputmode", "numeric");
	if (d->autocomplete)
		html_attribute(r, "autocomplete", d->autocomplete);
	if (d->flags & FIELD_MONO) {
		html_attribute(r, "class", "mono");
		html_attribute(r, "spellcheck", "false");
		html_attribute(r, "autocapitalize", "none");
	}
	if ((d->flags & FIELD_FOCUS) && !f->taken && !flash_is_there(r))
		html_attribute(r, "autofocus", "");
}

static const char *
input_type(enum field_kind kind)
{
	switch (kind) {
	case FIELD_EMAIL:
		return "email";
	case FIELD_PASSWORD:
		return "password";
	case FIELD_TIME:
		return "datetime-local";
	default:
		return "text";
	}
}

static void
show_hint(struct form *f, const struct field *d)
{
	if (!d->hint)
		return;
	html_begin(
		f->r, "p", "class", "hint", "id", id_of(f, d->name, "-hint"));
	html_text(f->r, d->hint);
	html_end(f->r);
}

static void
show_label(struct form *f, const struct field *d)
{
	html_begin(f->r, "label", "for", id_of(f, d->name, ""));
	html_text(f->r, d->label);
	html_end(f->r);
	show_hint(f, d);
}

static void
show_error(struct form *f, const struct field *d)
{
	const struct form_error *error = error_of(f, d->name);

	if (!error)
		return;
	html_begin(f->r, "p", "class", "error", "id",
		id_of(f, d->name, "-error"), "data-error", error->code);
	html_text(f->r, error->text);
	html_end(f->r);
}

static void
show_input(struct form *f, const struct field *d, const char *value)
{
	show_label(f, d);
	html_begin(f->r, "input", "type", input_type(d->kind), "id",
		id_of(f, d->name, ""), "name", d->name);
	if (d->kind != FIELD_PASSWORD)
		html_attribute(f->r, "value", value);
	constrain(f, d);
	describe(f, d);
	html_end_void(f->r);
}

static void
show_lines(struct form *f, const struct field *d, const char *value)
{
	show_label(f, d);
	html_begin(f->r, "textarea", "id", id_of(f, d->name, ""), "name",
		d->name, "rows", "4");
	constrain(f, d);
	describe(f, d);
	html_text(f->r, value);
	html_end(f->r);
}

static void
show_select(struct form *f, const struct field *d, const char *value)
{
	show_label(f, d);
	html_begin(
		f->r, "select", "id", id_of(f, d->name, ""), "name", d->name);
	describe(f, d);
	for (size_t i = 0; i < d->choice_count; i++) {
		html_begin(f->r, "option", "value", d->choices[i].value);
		if (strcmp(d->choices[i].value, value) == 0)
			html_attribute(f->r, "selected", "");
		html_text(f->r, d->choices[i].label);
		html_end(f->r);
	}
	html_end(f->r);
}

static void
show_box(struct form *f, const struct field *d, const char *value)
{
	html_begin(f->r, "input", "type", "checkbox", "id",
		id_of(f, d->name, ""), "name", d->name, "value", "1");
	if (*value)
		html_attribute(f->r, "checked", "");
	describe(f, d);
	html_end_void(f->r);
	show_label(f, d);
}

/* The first radio button has the id that links and messages lead to. */
static void
show_radio(struct form *f, const struct field *d, const char *value)
{
	html_begin(f->r, "fieldset");
	describe(f, d);
	html_element(f->r, "legend", d->label);
	show_hint(f, d);
	for (size_t i = 0; i < d->choice_count; i++) {
		const char *id = i ? id_of(f, d->name,
					     arena_printf(f->r->mem, "-%s",
						     d->choices[i].value))
				   : id_of(f, d->name, "");

		html_begin(f->r, "div", "class", "box");
		html_begin(f->r, "input", "type", "radio", "id", id, "name",
			d->name, "value", d->choices[i].value);
		if (strcmp(d->choices[i].value, value) == 0)
			html_attribute(f->r, "checked", "");
		if (d->flags & FIELD_REQUIRED)
			html_attribute(f->r, "required", "");
		html_end_void(f->r);
		html_begin(f->r, "label", "for", id);
		html_text(f->r, d->choices[i].label);
		html_end(f->r);
		html_end(f->r);
	}
	html_end(f->r);
}

static bool
is_ticked(const char *value, const char *choice)
{
	size_t len = strlen(choice);
	const char *at = value;

	while ((at = strstr(at, choice))) {
		if ((at == value || at[-1] == ' ') &&
			(at[len] == ' ' || !at[len]))
			return true;
		at += len;
	}
	return false;
}

/* The first box has the id that messages lead to. */
static void
show_many(struct form *f, const struct field *d, const char *value)
{
	html_begin(f->r, "fieldset");
	describe(f, d);
	html_element(f->r, "legend", d->label);
	show_hint(f, d);
	for (size_t i = 0; i < d->choice_count; i++) {
		const char *tail = arena_printf(f->r->mem, "-%zu", i);
		const char *id = id_of(f, d->name, i ? tail : "");

		html_begin(f->r, "div", "class", "box");
		html_begin(f->r, "input", "type", "checkbox", "id", id, "name",
			d->name, "value", d->choices[i].value);
		if (is_ticked(value, d->choices[i].value))
			html_attribute(f->r, "checked", "");
		html_end_void(f->r);
		html_begin(f->r, "label", "for", id);
		html_text(f->r, d->choices[i].label);
		html_end(f->r);
		html_end(f->r);
	}
	html_end(f->r);
}

static void
show_control(struct form *f, const struct field *d, const char *value)
{
	switch (d->kind) {
	case FIELD_SELECT:
		show_select(f, d, value);
		break;
	case FIELD_RADIO:
		show_radio(f, d, value);
		break;
	case FIELD_BOX:
		show_box(f, d, value);
		break;
	case FIELD_MANY:
		show_many(f, d, value);
		break;
	case FIELD_LINES:
		show_lines(f, d, value);
		break;
	default:
		show_input(f, d, value);
		break;
	}
}

void
form_field(struct form *f, const char *name)
{
	size_t at = 0;
	const struct field *d = field_of(f, name, &at);

	if (!d)
		return;
	if (d->kind == FIELD_HIDDEN) {
		html_hidden(f->r, d->name, f->values[at]);
		return;
	}
	html_begin(f->r, "div", "class",
		d->kind == FIELD_BOX ? "field box" : "field");
	show_control(f, d, f->values[at]);
	show_error(f, d);
	html_end(f->r);
}

void
form_field_message(struct form *f, const char *name)
{
	size_t at = 0;
	const struct field *d = field_of(f, name, &at);

	if (d)
		show_error(f, d);
}

static void
begin_button(struct form *f, const char **words)
{
	bool danger = text_starts(*words, "danger:");
	bool plain = text_starts(*words, "plain:");

	*words += danger ? 7 : plain ? 6 : 0;
	html_begin(f->r, "button", "type", "submit", "class",
		danger  ? "danger"
		: plain ? "plain"
			: "primary");
}

void
form_button(struct form *f, const char *words, const char *value)
{
	begin_button(f, &words);
	if (value) {
		html_attribute(f->r, "name", "do");
		html_attribute(f->r, "value", value);
	}
	html_text(f->r, words);
	html_end(f->r);
}

void
form_choice(
	struct form *f, const char *words, const char *name, const char *value)
{
	begin_button(f, &words);
	html_attribute(f->r, "name", name);
	html_attribute(f->r, "value", value);
	html_text(f->r, words);
	html_end(f->r);
}

void
form_close(struct form *f)
{
	html_end(f->r);
}

void
form_show(struct form *f, const char *button)
{
	form_open(f);
	for (size_t i = 0; i < f->count; i++)
		form_field(f, f->fields[i].name);
	form_button(f, button, NULL);
	form_close(f);
}

/* The focus goes to what stands first. */
static void
begin_alert(struct request *r, const char *id, bool first)
{
	html_begin(r, "div", "id", id, "role", "alert", "tabindex", "-1");
	if (first)
		html_attribute(r, "autofocus", "");
}

static void
show_conflict(struct request *r, const struct form *f)
{
	begin_alert(r, "conflict", !f->error_count);
	html_element(r, "p", f->conflict);
	if (f->tell)
		f->tell(r, f->tell_arg);
	html_element(r, "p",
		arena_printf(r->mem, "What you typed stands below. %s",
			f->again ? f->again
				 : "Send it again to replace theirs."));
	html_end(r);
}

/* A link to its field, which has the code; a button is no field. */
static void
show_message(
	struct request *r, const struct form *f, const struct form_error *error)
{
	size_t at;

	html_begin(r, "li");
	if (field_of(f, error->field, &at)) {
		html_link(r,
			arena_printf(r->mem, "#%s-%s", f->name, error->field),
			error->text);
	} else {
		html_attribute(r, "data-error", error->code);
		html_text(r, error->text);
	}
	html_end(r);
}

static void
show_errors(struct request *r, const struct form *f)
{
	begin_alert(r, "errors", true);
	html_element(r, "p", "Please look at this again:");
	html_begin(r, "ul");
	for (size_t i = 0; i < f->error_count; i++)
		show_message(r, f, &f->errors[i]);
	html_end(r);
	html_end(r);
}

void
form_messages(struct request *r, const struct form *f)
{
	if (f->error_count)
		show_errors(r, f);
	if (f->conflict)
		show_conflict(r, f);
}
