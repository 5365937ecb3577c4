/*
 * policy_editor.h: the page with the text of the policy, whatever was found in
 * it (spec/pages.md 11.1).  A save and a restore that are refused end here.
 */
#ifndef FCGI_POLICY_EDITOR_H
#define FCGI_POLICY_EDITOR_H

#include "fcgi/form.h"
#include "fcgi/list.h"
#include "fcgi/policy_show.h"

struct policy_editor {
	struct request *r;
	struct policy_text now; /* stored; id 0 and "" if none is */
	const char *was;        /* hash of the version that is edited */
	const char *text;       /* in the field */
	const struct policy_trial *trial; /* NULL: it was not tried */
	bool meanwhile;    /* another version came, and nothing is saved */
	size_t line;       /* to be shown; 0: none */
	struct list asked; /* what of the address was not understood */
	struct form form;  /* the note, and what is told */
};

/* With the stored text in the field. */
enum err policy_editor_open(struct request *r, struct policy_editor *e);
/* The line of `text` that the address asks for, 0 if none; `asked` names one
 * that is not there. */
size_t policy_editor_line(
	struct request *r, struct list *asked, const char *text);
/* The text of the version that is edited; "" if there was none. */
const char *policy_editor_edited(const struct policy_editor *e);
/* Somebody saved another version: 409, with what it changed.  Now that one is
 * edited, so that the next save replaces it. */
enum err policy_editor_conflict(struct policy_editor *e);
/* 409: the text is a file's, and nothing was stored. */
enum err policy_editor_is_file(struct policy_editor *e);
/* What a conflict tells is told where nothing is to be saved; a save will hear
 * of it. */
void policy_editor_meanwhile(struct policy_editor *e);
enum err policy_editor_show(struct policy_editor *e);
/* Whether `text` is of no bytes, which is no policy at all, and nobody said yet
 * that this is meant: a field that was blanked opens nothing by mistake. */
bool policy_editor_doubts(struct request *r, const char *text);
/* Then the answer asks. */
enum err policy_editor_ask(struct request *r);

#endif
