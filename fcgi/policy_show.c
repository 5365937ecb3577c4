#include "fcgi/policy_show.h"

#include <inttypes.h>
#include <string.h>

#include "base/diff.h"
#include "base/text.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/policy_lines.h"
#include "tailnet/policy_force.h"
#include "tailnet/policy_trouble.h"

enum {
	DIFF_LINES_MAX = 1000, /* shown */
	DIFF_WIDTH_MAX = 300,  /* bytes of one line */
	LEAD_MAX = 22,         /* columns before a mark: a telephone shows it */
	TAB_COLUMNS = 8,
};

static const struct frame_place places[POLICY_PLACES] = {
	[POLICY_EDIT] = { POLICY_HOME, "Edit" },
	[POLICY_ACCESS] = { POLICY_WHO, "Who reaches what" },
	[POLICY_NETWORK] = { "/admin/network", "Network" },
	[POLICY_RULES] = { "/admin/policy/rules", "Rules" },
	[POLICY_HISTORY] = { POLICY_LOG, "History" },
};

bool
policy_may_write(const struct request *r)
{
	return (r->who.can & CAN_NETWORK) && !*r->settings->policy_path;
}

void
policy_nav(struct request *r, enum policy_place_of here)
{
	frame_section(r, "Policy", places, POLICY_PLACES, here);
}

const char *
policy_author(const struct policy_text *p)
{
	return *p->author_name ? p->author_name : p->author;
}

void
policy_version_link(struct request *r, int64_t id)
{
	html_link(r, arena_printf(r->mem, POLICY_LOG "/%" PRId64, id),
		arena_printf(r->mem, "Version %" PRId64, id));
}

int64_t
policy_lines_version(struct request *r)
{
	struct policy_force force;

	if (!policy_trouble(r->db, r->mem) ||
		policy_in_force(r->db, r->mem, &force))
		return 0;
	policy_free(force.policy);
	return force.broken ? force.version : 0;
}

int64_t
policy_obeyed(struct request *r, const struct policy_text *now)
{
	int64_t id = policy_lines_version(r);

	return id ? id : now->id;
}

const char *
policy_line_path(struct request *r, int64_t version, uint32_t line)
{
	return version ? arena_printf(r->mem, POLICY_LOG "/%" PRId64 "?line=%u",
				 version, line)
		       : arena_printf(r->mem, POLICY_HOME "?line=%u", line);
}

void
policy_line_below(struct request *r, uint32_t line, const char *words)
{
	html_begin(r, "a", "href", "#policy-text", "data-line",
		arena_printf(r->mem, "%u", line));
	html_text(r, words);
	html_end(r);
}

/* ---- what differs ---- */

/* Not in the middle of a character. */
static const char *
cut(struct request *r, struct bytes line)
{
	size_t len = line.len;
	const char *at = (const char *)line.at;

	if (len && at[len - 1] == '\r')
		len--;
	if (len <= DIFF_WIDTH_MAX)
		return arena_printf(r->mem, "%.*s", (int)len, at);
	len = DIFF_WIDTH_MAX;
	while (len && ((unsigned char)at[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(r->mem, "%.*s…", (int)len, at);
}

static void
show_line(void *arg, enum diff_mark mark, struct bytes line, bool ends)
{
	struct request *r = arg;
	const char *text = cut(r, line);
	bool changed = mark == DIFF_IN || mark == DIFF_OUT;

	if (changed)
		html_begin(r, "span", "class", mark == DIFF_IN ? "add" : "del");
	if (mark == DIFF_HUNK)
		html_text(r, text);
	else
		html_text(r, arena_printf(r->mem, "%s%s",
				     mark == DIFF_IN    ? "+"
				     : mark == DIFF_OUT ? "−"
							: " ",
				     text));
	if (changed)
		html_end(r);
	html_text(r, ends ? "\n" : "\n\\ no line end here\n");
}

void
policy_table(struct request *r, const char *id, const char *const heads[],
	size_t count)
{
	html_begin(r, "table", "id", id, "class", "list");
	html_heads(r, heads, count);
	html_begin(r, "tbody");
}

/* As lists have it (list.c). */
static const char *
column_word(struct request *r, const char *head)
{
	char *word = arena_strdup(r->mem, head);

	for (char *p = word; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a')
		     : *p == ' '            ? '-'
					    : *p;
	return word;
}

void
policy_first_begin(struct request *r, const char *head)
{
	html_begin(r, "th", "scope", "row", "data-col", column_word(r, head),
		"data-label", head);
}

void
policy_cell_begin(struct request *r, const char *head)
{
	html_begin(
		r, "td", "data-col", column_word(r, head), "data-label", head);
}

void
policy_cell(struct request *r, const char *head, const char *words)
{
	policy_cell_begin(r, head);
	html_text(r, words);
	html_end(r);
}

void
policy_diff(struct request *r, const char *id, const char *old_text,
	const char *new_text)
{
	struct diff d;
	size_t left;

	diff_texts(r->mem, old_text, new_text, &d);
	if (!d.count) {
		html_begin(r, "p", "id", id);
		html_text(r, "No line differs.");
		html_end(r);
		return;
	}
	html_begin(r, "pre", "id", id, "class", "diff", "tabindex", "0", "role",
		"region", "aria-label", "What differs");
	left = diff_unified(&d, r->mem, DIFF_LINES_MAX, show_line, r);
	html_end(r);
	if (left)
		html_element(r, "p",
			arena_printf(r->mem, "%zu more lines differ.", left));
}

/* ---- a place in the text ---- */

/* What stands before the column, as blanks and tabs, so that the mark comes to
 * stand below it; bytes that go on a character take no place. */
static const char *
lead_of(struct request *r, const char *line, size_t column)
{
	char *lead = arena_alloc(r->mem, strlen(line) + 1), *to = lead;

	for (size_t i = 0; i + 1 < column && line[i]; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			*to++ = line[i] == '\t' ? '\t' : ' ';
	*to = '\0';
	return lead;
}

/* Where a line begins to be shown, so that the mark is seen on a narrow screen:
 * it does not scroll there by itself. */
static size_t
lead_from(const char *line, size_t column)
{
	size_t len = strlen(line), at = column - 1 < len ? column - 1 : len;
	size_t wide = 0;

	while (at) {
		unsigned char c = (unsigned char)line[at - 1];

		wide += c == '\t' ? TAB_COLUMNS : (c & 0xc0) != 0x80;
		if (wide > LEAD_MAX)
			break;
		at--;
	}
	while (at && ((unsigned char)line[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void
show_marked(struct request *r, const char *line, size_t column)
{
	size_t from = column ? lead_from(line, column) : 0;

	line += from;
	html_textf(r, "%s%s\n", from ? "…" : "",
		cut(r, (struct bytes){ (const void *)line, strlen(line) }));
	if (column)
		html_textf(r, "      %s%s^\n", from ? " " : "",
			lead_of(r, line, column - from));
}

void
policy_excerpt(struct request *r, const char *text, size_t line, size_t column)
{
	size_t first = line > 1 ? line - 1 : 1, n;
	const char *const *lines = policy_lines_at(r->mem, text, first, 3, &n);

	if (!n)
		return;
	html_begin(r, "pre", "class", "excerpt", "tabindex", "0", "role",
		"region", "aria-label",
		arena_printf(r->mem, "Around line %zu", line));
	for (size_t i = 0; i < n; i++) {
		size_t number = first + i;

		html_textf(r, "%4zu  ", number);
		show_marked(r, lines[i], number == line ? column : 0);
	}
	html_end(r);
}

/* ---- the field ---- */

/* Browsers drop a line feed behind the tag, and only one. */
void
policy_text_field(struct request *r, const struct policy_text_field *field)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "policy-text");
	html_text(r, "Text");
	html_end(r);
	html_begin(r, "div", "class", "lined");
	html_begin(r, "textarea", "id", "policy-text", "name", "text", "class",
		"mono", "wrap", "off", "spellcheck", "false", "autocapitalize",
		"none", "autocomplete", "off", "rows",
		arena_printf(r->mem, "%d", field->rows));
	if (field->readonly)
		html_attribute(r, "readonly", "");
	if (field->invalid)
		html_attribute(r, "aria-invalid", "true");
	html_exact(r, "\n");
	html_exact(r, policy_lines_shown(r->mem, field->text));
	html_end(r);
	html_end(r);
	html_end(r);
}

/* ---- what was found ---- */

/* What stands in quotes behind `head`; NULL if the text is another one. */
static const char *
quoted(struct request *r, const char *text, const char *head)
{
	const char *at = strstr(text, head);

	if (!at)
		return NULL;
	at += strlen(head);
	return arena_printf(r->mem, "%.*s", (int)strcspn(at, "\""), at);
}

/* A port above the highest is no name that lacks its ports. */
static bool
ends_in_port(const char *name)
{
	const char *colon = strrchr(name, ':');
	const char *last = colon ? colon + 1 : name;

	return strlen(last) > 4 && !last[strspn(last, "0123456789")];
}

/* What would help, where that is known. */
static const char *
fix_of(struct request *r, const char *text)
{
	static const struct {
		const char *head, *also, *before, *after;
	} fixes[] = {
		{ "dst=\"", "invalid first integer", "Did you mean \"",
			":*\"?" },
		{ "dst=\"", "must contain a colon", "Did you mean \"",
			":*\"?" },
		{ "port range \"", "invalid first integer", "Did you mean \"",
			":*\"?" },
		{ "tag not found: \"", "", "Give \"",
			"\" an owner in \"tagOwners\"." },
		{ "group not found: \"", "", "Name \"", "\" in \"groups\"." },
		{ "unknown field \"", "", "There is no \"",
			"\": see how it is spelt." },
	};

	for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++) {
		const char *name = quoted(r, text, fixes[i].head);

		if (name && *name && strstr(text, fixes[i].also) &&
			!strchr(name, ' ') && !ends_in_port(name))
			return arena_printf(r->mem, "%s%s%s", fixes[i].before,
				name, fixes[i].after);
	}
	return NULL;
}

/* "hujson: line 3, column 7: REASON" says its place itself. */
static const char *
without_place(const char *text)
{
	const char *at = strstr(text, ", column ");

	if (!text_starts(text, "hujson: line ") || !at)
		return text;
	at = strstr(at, ": ");
	return at ? at + 2 : text;
}

static void
show_error(
	struct request *r, const char *text, const struct policy_error *error)
{
	const char *line = arena_printf(r->mem, "%u", error->place.line);
	const char *fix = fix_of(r, error->text);

	html_begin(r, "ol", "id", "check-errors");
	html_begin(r, "li");
	if (error->place.line) {
		html_attribute(r, "data-line", line);
		html_attribute(r, "data-column",
			arena_printf(r->mem, "%u", error->place.column));
		html_begin(r, "a", "href", "#policy-text", "data-line", line);
		html_textf(r, "Line %u, column %u", error->place.line,
			error->place.column);
		html_end(r);
		html_textf(r, ": %s", without_place(error->text));
		policy_excerpt(r, text, error->place.line, error->place.column);
	} else {
		html_text(r, error->text);
	}
	if (fix) {
		html_begin(r, "p", "class", "fix");
		html_text(r, fix);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

void
policy_refused(
	struct request *r, const char *text, const struct policy_error *error)
{
	html_begin(r, "section", "id", "check", "data-result", "error",
		"tabindex", "-1", "autofocus", "");
	html_element(r, "h2", "This policy is refused");
	show_error(r, text, error);
	html_end(r);
}

/* Of the form below, where the editor may be far away. */
static void
show_save(struct request *r)
{
	if (!policy_may_write(r))
		return;
	html_begin(r, "p");
	html_begin(r, "button", "type", "submit", "form", "form-policy", "name",
		"do", "value", "save", "class", "primary");
	html_text(r, "Save");
	html_end(r);
	html_end(r);
}

/* Beside "can be saved" that is easily taken for nothing allowed. */
static void
show_unruled(struct request *r, const char *text)
{
	html_begin(r, "p", "id", "check-empty", "class", "error");
	html_textf(r, "%s lets every machine reach every other.",
		strchr(text, '"') ? "A policy with neither grants nor acls"
				  : "An empty policy");
	html_end(r);
}

/* What decides stands first: failing tests, then whom it concerns, and a diff
 * that may be a thousand lines is folded.  So diff and impact are not in the
 * order of spec/pages.md 11.1, where the impact came later than the rest. */
void
policy_checked(struct request *r, const char *text, const char *stored,
	const struct policy_trial *trial)
{
	bool wrong = trial->error.text != NULL;

	html_begin(r, "section", "id", "check", "data-result",
		trial->failures.count ? "tests"
		: wrong               ? "error"
				      : "ok",
		"tabindex", "-1", "autofocus", "");
	html_element(r, "h2",
		wrong ? "This policy is refused" : "This policy can be saved");
	if (wrong)
		show_error(r, text, &trial->error);
	if (trial->failures.count)
		policy_tests_shown(r, trial);
	if (trial->unruled)
		show_unruled(r, text);
	if (!wrong)
		show_save(r);
	if (trial->compared)
		policy_impact(r, trial, true);
	if (!trial->failures.count)
		policy_tests_shown(r, trial);
	html_begin(r, "details");
	html_element(r, "summary", "What differs, line by line");
	policy_diff(r, "check-diff", stored, text);
	html_end(r);
	html_end(r);
}
