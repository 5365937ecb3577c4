/*
 * policy_tested.c: the tests of a policy that was tried, each with what was
 * seen (spec/pages.md 11.1, #check-tests).
 */
#include <string.h>

#include "db/audit.h"
#include "fcgi/html.h"
#include "fcgi/policy_show.h"

/* "laptop to web" */
static const char *
row_ends(struct request *r, const struct test_row *t)
{
	const char *from = db_audit_name(r->db, r->mem, "node", t->from_id);
	const char *to = db_audit_name(r->db, r->mem, "node", t->to_id);

	if (!from)
		return to ? arena_printf(r->mem, " (to %s)", to) : "";
	return to ? arena_printf(r->mem, " (%s to %s)", from, to)
		  : arena_printf(r->mem, " (%s)", from);
}

/* What was seen, by which rule, between whom. */
static const char *
row_error(struct request *r, const struct test_row *t)
{
	bool ssh = strcmp(t->section, "sshTests") == 0;
	const char *seen = strcmp(t->got, "check") == 0 ? "held for a check"
			   : ssh                        ? "let in"
							: "let through";

	if (!*t->got)
		return t->error;
	if (strcmp(t->got, "deny") == 0)
		return arena_printf(r->mem, "no rule%s", row_ends(r, t));
	return arena_printf(r->mem, "%s by %s, line %u%s", seen, t->rule,
		t->rule_place.line, row_ends(r, t));
}

static void
show_test(struct request *r, const struct test_row *t)
{
	const char *line = arena_printf(r->mem, "%u", t->place.line);

	html_begin(r, "tr", "data-result", t->error ? "fail" : "pass");
	policy_first_begin(r, "Line");
	policy_line_below(r, t->place.line, line);
	html_end(r);
	for (size_t i = 0; i < 4; i++) {
		static const char *const heads[] = { "From", "Wants", "To",
			"Result" };
		const char *cells[] = { t->src, t->wants, t->to,
			t->error ? arena_printf(
					   r->mem, "fails: %s", row_error(r, t))
				 : "passes" };

		policy_cell(r, heads[i], cells[i]);
	}
	html_end(r);
}

const char *
policy_tests_hint(const struct policy_trial *trial)
{
	static const struct {
		const char *words, *also, *hint;
	} hints[] = {
		{ "tag:", "names no machine yet",
			"A test needs a machine: save the policy without this "
			"test first, then give a machine the tag, and add the "
			"test after that." },
		{ "", " no machine yet",
			"A test needs a machine: save the policy without this "
			"test first, and add it once there is such a "
			"machine." },
	};
	const struct policy_failures *all = &trial->failures;

	for (size_t n = 0; n < sizeof(hints) / sizeof(hints[0]); n++)
		for (size_t i = 0; i < all->count; i++)
			for (size_t k = 0; k < all->at[i].errors.count; k++) {
				const char *text = all->at[i].errors.at[k];

				if (strstr(text, hints[n].also) &&
					strstr(text, hints[n].words))
					return hints[n].hint;
			}
	return NULL;
}

/* Beside what a test says, whose words are those of the hosted service. */
static void
show_hint(struct request *r, const char *hint)
{
	if (!hint)
		return;
	html_begin(r, "p", "class", "fix");
	html_text(r, hint);
	html_end(r);
}

void
policy_tests_shown(struct request *r, const struct policy_trial *trial)
{
	static const char *const heads[] = { "Line", "From", "Wants", "To",
		"Result" };
	const struct test_rows *rows = &trial->rows;

	if (!rows->count)
		return;
	html_element(r, "h3", "Tests");
	show_hint(r, policy_tests_hint(trial));
	policy_table(r, "check-tests", heads, sizeof(heads) / sizeof(heads[0]));
	for (size_t i = 0; i < rows->count; i++)
		show_test(r, &rows->at[i]);
	html_end(r);
	html_end(r);
	if (rows->left)
		html_element(r, "p",
			arena_printf(
				r->mem, "%zu more are not shown.", rows->left));
}
