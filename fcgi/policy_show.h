/*
 * policy_show.h: pieces of the pages of the policy (spec/pages.md 11).
 */
#ifndef FCGI_POLICY_SHOW_H
#define FCGI_POLICY_SHOW_H

#include "db/policy_text.h"
#include "fcgi/request.h"
#include "tailnet/policy_trial.h"

enum policy_place_of {
	POLICY_EDIT,
	POLICY_ACCESS,
	POLICY_NETWORK,
	POLICY_RULES,
	POLICY_HISTORY,
	POLICY_PLACES,
};

#define POLICY_HOME "/admin/policy"
#define POLICY_LOG  "/admin/policy/history"
#define POLICY_WHO  "/admin/access"

/* The section's own navigation. */
/* Whether who asks may change the text here: not where it is a file. */
bool policy_may_write(const struct request *r);
void policy_nav(struct request *r, enum policy_place_of here);
/* The unified diff as <pre>; a sentence where the texts are equal. */
void policy_diff(struct request *r, const char *id, const char *old_text,
	const char *new_text);
/* Three lines of it around `line`, with a mark below the column (0: none). */
void policy_excerpt(
	struct request *r, const char *text, size_t line, size_t column);
/* The version whose lines an answer names, if it is not the newest: that one
 * cannot be loaded, and another is in force.  Else 0. */
int64_t policy_lines_version(struct request *r);
/* The version that is obeyed: the newest, which is `now`, or that one. */
int64_t policy_obeyed(struct request *r, const struct policy_text *now);
/* Where that line is shown; version 0: the newest. */
const char *policy_line_path(struct request *r, int64_t version, uint32_t line);
/* A link to a line of the text in the field of the same page. */
void policy_line_below(struct request *r, uint32_t line, const char *words);
/* A table up to its <tbody>, which the caller ends with it. */
void policy_table(struct request *r, const char *id, const char *const heads[],
	size_t count);
/* A cell of it, or the first one of a row, under that head; the caller ends
 * it. */
void policy_cell_begin(struct request *r, const char *head);
void policy_first_begin(struct request *r, const char *head);
void policy_cell(struct request *r, const char *head, const char *words);
/* The field `text` with a policy in it. */
struct policy_text_field {
	const char *text;
	int rows;
	bool readonly, invalid;
};
void policy_text_field(
	struct request *r, const struct policy_text_field *field);
/* section#check of a text that does not load. */
void policy_refused(
	struct request *r, const char *text, const struct policy_error *error);
/* section#check, of a text that was tried against the stored one. */
void policy_checked(struct request *r, const char *text, const char *stored,
	const struct policy_trial *trial);
/* #check-tests, with the hint; nothing where it has no tests. */
void policy_tests_shown(struct request *r, const struct policy_trial *trial);
/* What helps where a test names what has no machine yet; NULL: none does. */
const char *policy_tests_hint(const struct policy_trial *trial);
/* #check-impact: what the text that was tried opens and closes.  `below`: that
 * text is in the field of the same page, and its lines are links. */
void policy_impact(struct request *r, const struct policy_trial *t, bool below);
/* Parts of it: how many people, as sentences; and what comes to whom. */
void policy_people_count(struct request *r, const struct compare *c);
void policy_people(struct request *r, const struct compare *c);
/* "alice", or who else; the number of a version as a link. */
const char *policy_author(const struct policy_text *p);
void policy_version_link(struct request *r, int64_t id);

#endif
