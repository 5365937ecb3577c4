/*
 * list.h: every list of the site: filters above, a table that becomes cards on
 * a telephone, pages below (spec/pages.md 1.6).
 *
 *	struct list l = { .id = "machines", .path = "/admin/machines",
 *		.one = "machine", .many = "machines",
 *		.columns = columns, .column_count = 6, .sort = "name" };
 *	list_take(r, &l);
 *	status = list_choice(r, &l, "status", choices, n);  "" or one of them
 *	… the query, with l.q, l.sort, l.descending, list_skip(&l) …
 *	l.matching = …; l.total = …;
 *	list_begin(r, &l) … list_select(r, &l, "status", "State", choices, n) …
 *	list_table(r, &l);
 *	for each row: list_row(r, &l, id, link, text) … list_cell(r, &l) …
 *		list_cell_end(r) … list_row_end(r)
 *	list_end(r, &l);
 */
#ifndef FCGI_LIST_H
#define FCGI_LIST_H

#include "fcgi/form.h"
#include "fcgi/request.h"

enum {
	LIST_ROWS = 50,
	LIST_FILTERS = 8,
	LIST_NAMES = LIST_FILTERS + 3, /* and q, sort, page */
	LIST_Q_MAX = 256,              /* letters, as its field says */
	LIST_TOLD = 60, /* bytes of a value that was not understood */
};

struct column {
	const char *head;  /* data-label; data-col is its lower case */
	const char *sort;  /* word of `sort`; NULL: it does not sort */
	const char *class; /* of the cells: "mono", "number" or NULL */
};

struct list {
	const char *id, *path;  /* of the table; address without query */
	struct choice view;     /* { name, value } that is no filter: always in
				 * the address; { NULL, NULL }: none */
	const char *one, *many; /* what is counted */
	const char *row;        /* of the rows' ids; NULL: as `one` */
	const struct column *columns;
	size_t column_count;
	const char *sort; /* at first the default; then what was asked for;
			   * NULL: there is but one order */
	const char *more_sorts;  /* without a column: "version created" */
	bool descending;         /* as `sort` */
	bool files;              /* path.csv and path.json are the same list */
	const char *box;         /* a field of form-bulk in each row, or NULL */
	struct form *bulk;       /* that form, shown above the table, or NULL */
	const char *q;           /* "" if none */
	int64_t page;            /* from 1 */
	int64_t matching, total; /* rows with these filters, and without */
	bool more;               /* `matching` is not all of them */

	/* Filters in force, for links; and what was asked for in vain. */
	struct choice filters[LIST_FILTERS];
	size_t filter_count;
	const char *ignored;
	const char *misread; /* the same with their values: "os=beos, sort=x" */
	const char *names[LIST_NAMES]; /* of the address, as they were read */
	size_t name_count;
	bool unsure; /* a filter was: these may not be the rows meant */
	const char *first_sort;
	bool first_descending;
	size_t cell;
};

/* q, sort and page of the address. */
void list_take(struct request *r, struct list *l);
/* A filter that is one of the choices, in either case; else "" (and
 * #filter-note names it). */
const char *list_choice(struct request *r, struct list *l, const char *name,
	const struct choice *choices, size_t count);
/* A filter that is a number (an id), 0 if none. */
int64_t list_number(struct request *r, struct list *l, const char *name);
/* A filter that is any text of at most LIST_Q_MAX letters. */
const char *list_text(struct request *r, struct list *l, const char *name);
/* It turned out to be none after all: left out, and #filter-note names it. */
void list_refuse(struct request *r, struct list *l, const char *name);
/* What of the address is not as the list has it, and names it has not or has
 * twice: "os=beos, ownr=1"; NULL if all is understood.  A page leaves the
 * latter out (spec/pages.md 1.1). */
const char *list_misread(struct request *r, const struct list *l);
bool list_is_filtered(const struct list *l);
/* The value of a filter, "" if none is in force. */
const char *list_in_force(const struct list *l, const char *name);
/* Rows on this page. */
int64_t list_shown(const struct list *l);
/* Rows before the page; a page past the end becomes the last.  Needs matching.
 */
int64_t list_skip(struct list *l);

/* The list without filters, in its first order. */
const char *list_home(struct request *r, const struct list *l);
/* The same list in another order, at another page. */
const char *list_place(struct request *r, const struct list *l,
	const char *sort, bool descending, int64_t page);
/* The same list with another ending of its path; its page is kept where that
 * is "" or begins with '/'. */
const char *list_address(
	struct request *r, const struct list *l, const char *ending);

/* The filter form: q first, then what stands between begin and table. */
void list_begin(struct request *r, struct list *l);
void list_select(struct request *r, struct list *l, const char *name,
	const char *label, const struct choice *choices, size_t count);
void list_input(
	struct request *r, struct list *l, const char *name, const char *label);
/* The same for a day, or a time of one. */
void list_day(
	struct request *r, struct list *l, const char *name, const char *label);
/* The fields until list_more_end are folded away, unless one of the named
 * filters is in force. */
void list_more(struct request *r, const struct list *l,
	const char *const names[], size_t count);
void list_more_end(struct request *r);
/* Ends the form; #count; the table's head.  False when there are no rows:
 * #none was said if filters left none; else the page says #empty itself. */
bool list_table(struct request *r, struct list *l);
/* The same without filters: #count and the table's head. */
bool list_counted(struct request *r, struct list *l);
/* #filter-note alone, if there is anything to name: for a page that is no list
 * and has asked the address as one. */
void list_note(struct request *r, const struct list *l);
/* The head alone, for a table that neither filters nor pages. */
void list_bare(struct request *r, struct list *l);
/* <tr>, and the first cell with a link. */
void list_row(struct request *r, struct list *l, int64_t id, const char *state,
	const char *href, const char *text);
/* The same for what has no number: `word` is its own for as long as it is
 * there, for live pages take a row by its id. */
void list_row_named(struct request *r, struct list *l, const char *word,
	const char *state, const char *href, const char *text);
/* More in the first cell, then the others, in order of the columns. */
void list_cell(struct request *r, struct list *l);
void list_cell_text(struct request *r, struct list *l, const char *text);
void list_row_end(struct request *r);
void list_end(struct request *r, struct list *l);

#endif
