/*
 * form.h: a form, from its table of fields to its markup and back
 *(spec/pages.md 1.2, 1.3, 1.5).
 *
 *	static const struct field fields[] = {
 *		{ "name", "Name", .max = 63 },
 *	};
 *	form_init(r, &f, "rename", "/admin/machines/12/name", fields, 1);
 *	form_put(&f, "name", node.name);       what is stored
 *	form_edits(&f, "node:12");             conflicts are looked for
 *	if (r->method == METHOD_POST)
 *		form_take(&f);                  what was sent, checked
 *	…                                       further checks: form_error
 *	if (form_ok(&f)) …                      the rule, then form_done
 *	frame_begin(r, &page, form_refused(&f)) … form_show(&f, "Rename");
 *
 * A form keeps what was sent (never passwords), so that showing it again loses
 * nothing.  Markup, messages and limits come from the same table.
 */
#ifndef FCGI_FORM_H
#define FCGI_FORM_H

#include "fcgi/request.h"

enum {
	FORM_MAX_FIELDS = 16,
	FORM_MAX_ERRORS = 16,
	FORM_VALUES_MAX = 512, /* boxes of a FIELD_MANY: ROUTES_MAX */
};

enum field_kind {
	FIELD_TEXT,
	FIELD_EMAIL,
	FIELD_PASSWORD,
	FIELD_NUMBER,
	FIELD_SELECT,
	FIELD_RADIO,
	FIELD_BOX,    /* value "1" when ticked */
	FIELD_MANY,   /* a box for each choice, all of this name; the value is
		       * those that are ticked, a blank between them */
	FIELD_TIME,   /* datetime-local; the value is that text */
	FIELD_LINES,  /* several, of which empty ones count for nothing */
	FIELD_HIDDEN, /* no label; carried along */
};

enum field_flags {
	FIELD_REQUIRED = 1 << 0,
	FIELD_MONO = 1 << 1,
	FIELD_FOCUS = 1 << 2, /* autofocus of a page without flash */
	FIELD_ASIDE = 1 << 3, /* of the act, not stored: no conflict names it */
};

struct choice {
	const char *value, *label;
};

struct field {
	const char *name, *label, *hint;
	enum field_kind kind;
	size_t max;          /* characters; 0: 256 */
	int64_t least, most; /* FIELD_NUMBER */
	unsigned flags;
	const char *autocomplete;
	const struct choice *choices;
	size_t choice_count;
};

struct form_error {
	const char *field, *code, *text;
};

struct form {
	struct request *r;
	const char *name, *action;
	const struct field *fields;
	size_t count;
	const char *values[FORM_MAX_FIELDS];
	struct form_error errors[FORM_MAX_ERRORS];
	size_t error_count;
	const char *subject; /* of the audit rows; NULL: no conflicts */
	char was[17];
	const char *conflict; /* what changed meanwhile, in words */
	/* More of it, below the words; NULL: nothing. */
	void (*tell)(struct request *r, const void *arg);
	const void *tell_arg;
	const char *again; /* what to do then; NULL: send it again */
	bool taken;
};

void form_init(struct request *r, struct form *f, const char *name,
	const char *action, const struct field *fields, size_t count);
/* Sets a value; before form_take it is what is stored. */
void form_put(struct form *f, const char *name, const char *value);
void form_put_int(struct form *f, const char *name, int64_t value);
void form_put_box(struct form *f, const char *name, bool on);
/* The form edits what is stored now: call after the form_puts.  `subject` as in
 * the audit log. */
void form_edits(struct form *f, const char *subject);

/* From r->fields.  Whether nothing was found wrong so far.  From here on the
 * request edits what this form does, if anything (gate.h). */
bool form_take(struct form *f);
bool form_ok(const struct form *f);
/* Whether something is said at that field. */
bool form_blames(const struct form *f, const char *field);
/* "" if it is not there. */
const char *form_get(const struct form *f, const char *name);
bool form_box(const struct form *f, const char *name);
int64_t form_int(const struct form *f, const char *name); /* 0 if none */
/* What people read for the value of a field: the label of a choice. */
const char *form_choice_words(const struct field *d, const char *value);

/* Adds the message of `code` (form.c has the table of 1.5), its {words} taken
 * from the pairs that follow: form_error(f, "name", "name-taken", "name", n).
 * {label} and {n} of the field are known. */
#define form_error(f, ...) form_error_list((f), __VA_ARGS__, (char *)NULL)
void form_error_list(struct form *f, const char *field, const char *code, ...)
	__attribute__((sentinel));
/* The field is no domain; for other scripts it says how they are written. */
void form_no_domain(struct form *f, const char *field);
/* A message with words of its own, of that code; of no code. */
void form_say(
	struct form *f, const char *field, const char *code, const char *words);
void form_complain(struct form *f, const char *field, const char *words);
/* For ERR_BAD_TEXT and the like. */
#define FORM_ODD_TEXT                                         \
	"Leave out characters that do not show or turn text " \
	"round."

/* NULL when there is nothing to say; sets the status, 422 or 409. */
const struct form *form_refused(struct form *f);

/* <form> with all fields and one button; `button` may be "danger:Delete". */
void form_show(struct form *f, const char *button);
/* The same in parts, where more stands between. */
void form_open(struct form *f);
void form_field(struct form *f, const char *name);
/* Only what is wrong with a field whose boxes stand elsewhere; one of them has
 * the id of the field. */
void form_field_message(struct form *f, const char *name);
void form_button(struct form *f, const char *words, const char *value);
/* A button that chooses by another field than `do`. */
void form_choice(
	struct form *f, const char *words, const char *name, const char *value);
void form_close(struct form *f);
/* csrf and once: inside any POST form. */
void form_hidden(struct request *r);
/* #errors or #conflict; frame_begin calls it. */
void form_messages(struct request *r, const struct form *f);

/* 303 with a flash: the form had its effect. */
enum err form_done(
	struct request *r, const char *location, const char *flash, int64_t id);
/* The answer is a page with a secret; the same form again leads there. */
void form_shows_once(struct request *r, const char *location);

#endif
