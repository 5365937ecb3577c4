/* list_show.c: how a list looks: filters, count, table, pages; declared in
 * list.h. */
#include <inttypes.h>
#include <string.h>

#include "fcgi/html.h"
#include "fcgi/list.h"

static const char *
field_max(struct request *r)
{
	return arena_printf(r->mem, "%d", LIST_Q_MAX);
}

/* As it stands in the address. */
static const char *
typed(struct request *r, const char *name)
{
	const char *text = request_query(r, name);

	return text ? fields_trim(r, text) : "";
}

/* What was not understood stands there as it was typed. */
static const char *
in_field(struct request *r, const struct list *l, const char *name)
{
	const char *in_force = list_in_force(l, name);

	return *in_force ? in_force : typed(r, name);
}

void
list_begin(struct request *r, struct list *l)
{
	html_begin(r, "form", "method", "get", "action", l->path, "role",
		"search", "id", "filter");
	if (l->view.value)
		html_hidden(r, l->view.value, l->view.label);
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "filter-q");
	html_text(r, "Search");
	html_end(r);
	html_void(r, "input", "type", "search", "id", "filter-q", "name", "q",
		"value", *l->q ? l->q : typed(r, "q"), "maxlength",
		field_max(r));
	html_end(r);
}

void
list_select(struct request *r, struct list *l, const char *name,
	const char *label, const struct choice *choices, size_t count)
{
	const char *id = arena_printf(r->mem, "filter-%s", name);

	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", id);
	html_text(r, label);
	html_end(r);
	html_begin(r, "select", "id", id, "name", name);
	html_begin(r, "option", "value", "");
	html_text(r, "Any");
	html_end(r);
	for (size_t i = 0; i < count; i++) {
		html_begin(r, "option", "value", choices[i].value);
		if (strcmp(choices[i].value, list_in_force(l, name)) == 0)
			html_attribute(r, "selected", "");
		html_text(r, choices[i].label);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}

static void
show_input(struct request *r, struct list *l, const char *type,
	const char *name, const char *label)
{
	const char *id = arena_printf(r->mem, "filter-%s", name);

	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", id);
	html_text(r, label);
	html_end(r);
	html_void(r, "input", "type", type, "id", id, "name", name, "value",
		in_field(r, l, name), "maxlength", field_max(r));
	html_end(r);
}

void
list_input(
	struct request *r, struct list *l, const char *name, const char *label)
{
	show_input(r, l, "text", name, label);
}

/* A field for days shows nothing but days. */
void
list_day(struct request *r, struct list *l, const char *name, const char *label)
{
	size_t len = strlen(in_field(r, l, name));
	bool day = !len || len == strlen("2026-11-22");

	show_input(r, l, day ? "date" : "text", name, label);
}

void
list_more(struct request *r, const struct list *l, const char *const names[],
	size_t count)
{
	bool open = false;

	for (size_t i = 0; i < count; i++)
		open = open || *in_field(r, l, names[i]);
	html_begin(r, "details");
	if (open)
		html_attribute(r, "open", "");
	html_element(r, "summary", "More filters");
}

void
list_more_end(struct request *r)
{
	html_end(r);
}

static void
end_filter(struct request *r, const struct list *l)
{
	if (l->descending != l->first_descending ||
		strcmp(l->sort, l->first_sort) != 0)
		html_hidden(r, "sort",
			arena_printf(r->mem, "%s%s", l->descending ? "-" : "",
				l->sort));
	html_begin(r, "button", "type", "submit");
	html_text(r, "Filter");
	html_end(r);
	html_end(r);
}

void
list_note(struct request *r, const struct list *l)
{
	if (!l->ignored)
		return;
	html_begin(r, "p", "id", "filter-note");
	html_textf(r, "Not understood and left out: %s.", l->ignored);
	html_end(r);
}

static void
show_count(struct request *r, const struct list *l)
{
	const char *words = l->total == 1 ? l->one : l->many;

	html_begin(r, "p", "id", "count", "data-swap", "");
	if (list_is_filtered(l)) {
		html_textf(r, "%s%" PRId64 " of %" PRId64 " %s ",
			l->more ? "At least " : "", l->matching, l->total,
			words);
		html_link(r, list_home(r, l), "Clear");
	} else {
		html_textf(r, "%" PRId64 " %s", l->total, words);
	}
	html_end(r);
	list_note(r, l);
}

static const char *
column_word(struct request *r, const struct column *c)
{
	char *word = arena_strdup(r->mem, c->head);

	for (char *p = word; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a')
		     : *p == ' '            ? '-'
					    : *p;
	return word;
}

static void
show_head(struct request *r, const struct list *l, const struct column *c)
{
	bool now = c->sort && l->sort && strcmp(c->sort, l->sort) == 0;

	html_begin(r, "th", "scope", "col");
	if (now)
		html_attribute(r, "aria-sort",
			l->descending ? "descending" : "ascending");
	if (c->class)
		html_attribute(r, "class", c->class);
	if (c->sort)
		html_link(r,
			list_place(r, l, c->sort, now && !l->descending, 1),
			c->head);
	else
		html_text(r, c->head);
	html_end(r);
}

bool
list_counted(struct request *r, struct list *l)
{
	show_count(r, l);
	if (!l->matching && list_is_filtered(l)) {
		html_begin(r, "p", "id", "none");
		html_text(r, "Nothing matches. ");
		html_link(r, list_home(r, l), "Clear");
		html_end(r);
	}
	if (l->matching && l->bulk)
		form_show(l->bulk, "plain:Go on");
	if (l->matching)
		list_bare(r, l);
	return l->matching > 0;
}

bool
list_table(struct request *r, struct list *l)
{
	end_filter(r, l);
	return list_counted(r, l);
}

void
list_bare(struct request *r, struct list *l)
{
	html_begin(r, "table", "id", l->id, "class", "list");
	html_begin(r, "thead");
	html_begin(r, "tr");
	for (size_t i = 0; i < l->column_count; i++)
		show_head(r, l, &l->columns[i]);
	html_end(r);
	html_end(r);
	html_begin(r, "tbody", "id", arena_printf(r->mem, "%s-rows", l->id),
		"data-swap", "rows");
}

static void
show_box(struct request *r, const struct list *l, const char *number,
	const char *name)
{
	html_begin(r, "input", "type", "checkbox", "name", l->box, "form",
		"form-bulk", "value", number, "aria-label", name);
	if (fields_say(r, l->box, number))
		html_attribute(r, "checked", "");
	html_end_void(r);
}

void
list_row(struct request *r, struct list *l, int64_t id, const char *state,
	const char *href, const char *text)
{
	list_row_named(
		r, l, arena_printf(r->mem, "%" PRId64, id), state, href, text);
}

void
list_row_named(struct request *r, struct list *l, const char *word,
	const char *state, const char *href, const char *text)
{
	html_begin(r, "tr", "id",
		arena_printf(r->mem, "%s-%s", l->row ? l->row : l->one, word),
		"data-id", word);
	if (state)
		html_attribute(r, "data-state", state);
	html_begin(r, "th", "scope", "row", "data-col",
		column_word(r, &l->columns[0]), "data-label",
		l->columns[0].head);
	l->cell = 0;
	if (l->box)
		show_box(r, l, word, text);
	if (href)
		html_link(r, href, text);
	else
		html_text(r, text);
}

void
list_cell(struct request *r, struct list *l)
{
	const struct column *c = &l->columns[++l->cell];

	html_end(r); /* the cell before */
	html_begin(
		r, "td", "data-col", column_word(r, c), "data-label", c->head);
	if (c->class)
		html_attribute(r, "class", c->class);
}

void
list_cell_text(struct request *r, struct list *l, const char *text)
{
	list_cell(r, l);
	html_text(r, text);
}

void
list_row_end(struct request *r)
{
	html_end(r); /* the last cell */
	html_end(r);
}

static void
page_link(struct request *r, const struct list *l, int64_t page,
	const char *words, const char *rel)
{
	html_begin(r, "li");
	if (page == l->page && !rel) {
		html_begin(r, "span", "aria-current", "page");
		html_text(r, words);
		html_end(r);
	} else {
		html_begin(r, "a", "href",
			list_place(r, l, l->sort, l->descending, page));
		if (rel)
			html_attribute(r, "rel", rel);
		html_text(r, words);
		html_end(r);
	}
	html_end(r);
}

/* First, last, and those around the one that is shown. */
static bool
is_shown(const struct list *l, int64_t page, int64_t last)
{
	return page == 1 || page == last ||
	       (page >= l->page - 2 && page <= l->page + 2);
}

/* "1 2 3 … 7" */
static void
show_numbers(struct request *r, const struct list *l, int64_t last)
{
	int64_t before = 0;

	for (int64_t p = 1; p <= last; p++) {
		if (!is_shown(l, p, last))
			continue;
		if (p > before + 1) {
			html_begin(r, "li");
			html_element(r, "span", "…");
			html_end(r);
		}
		page_link(r, l, p, arena_printf(r->mem, "%" PRId64, p), NULL);
		before = p;
	}
}

static void
show_files(struct request *r, const struct list *l)
{
	html_begin(r, "p", "id", "files");
	html_text(r, "Save this list: ");
	html_link(r, list_address(r, l, ".csv"), "CSV");
	html_text(r, " ");
	html_link(r, list_address(r, l, ".json"), "JSON");
	html_end(r);
}

void
list_end(struct request *r, struct list *l)
{
	int64_t last = (l->matching + LIST_ROWS - 1) / LIST_ROWS;

	html_end(r); /* tbody */
	html_end(r); /* table */
	if (l->files)
		show_files(r, l);
	if (last < 2)
		return;
	html_begin(r, "nav", "aria-label", "Pages");
	html_begin(r, "ul");
	if (l->page > 1)
		page_link(r, l, l->page - 1, "Previous", "prev");
	show_numbers(r, l, last);
	if (l->page < last)
		page_link(r, l, l->page + 1, "Next", "next");
	html_end(r);
	html_end(r);
}
