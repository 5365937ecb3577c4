/*
 * rules_page.h: the policy as tables of its entries (spec/pages.md 11.3).
 *
 *   page_rules.c    the page, and what its forms do
 *   rules_forms.c   the forms: their fields, and which edit of the text they
 * are rules_show.c    the tables
 */
#ifndef FCGI_RULES_PAGE_H
#define FCGI_RULES_PAGE_H

#include "db/policy_text.h"
#include "fcgi/form.h"
#include "policy/edit.h"
#include "policy/hujson.h"

#define RULES_PAGE "/admin/policy/rules"

enum {
	RULES_ROWS_MAX = 200,    /* of a table */
	RULES_LISTED_MAX = 50,   /* members of one group, owners of one tag */
	RULES_BUTTONS_MAX = 300, /* of the page: each is a form */
};

struct rules {
	struct request *r;
	const struct policy_text *now;
	const struct hujson *h; /* of the newest text */
	bool writes;
	size_t buttons; /* that take something out, so far */
};

/* Of the sections that there are. */
void rules_groups(struct rules *p);
void rules_tag_owners(struct rules *p);
void rules_network(struct rules *p);
void rules_ssh(struct rules *p);
void rules_tests(struct rules *p);

/* ---- forms ---- */

/* Those with fields, in the order of the page. */
enum rules_form {
	RULES_RULE,
	RULES_MEMBER,
	RULES_OWNER,
	RULES_SSH,
	RULES_TEST,
	RULES_SSH_TEST,
	RULES_FORMS,
};

/* What a button does. */
struct rules_deed {
	const char *word;
	enum policy_edit_kind kind;
	const char *section;               /* NULL: the form names it */
	const char *form, *title, *button; /* NULL: it has no fields */
	const struct field *fields;
	size_t count;
};

/* The first are those of enum rules_form. */
extern const struct rules_deed rules_deeds[];
/* The field that all have. */
extern const struct field rules_was[1];

/* By the button; NULL: none. */
const struct rules_deed *rules_deed_of(struct request *r);
/* "" if it was not sent. */
const char *rules_sent(struct request *r, const char *name);
/* What the form asks for; complaints go to the form. */
void rules_take(
	struct form *f, const struct rules_deed *d, struct policy_edit *out);
/* The field with a word that the error quotes; NULL: none. */
const char *rules_field_named(struct form *f, const char *error);
/* "Added alice@ to group:dev", for the history. */
const char *rules_note(struct request *r, const struct policy_edit *e);

#endif
