/*
 * export.h: a list as a file to save, .csv or .json of the same query without
 * pages (spec/pages.md 1.6).
 *
 *	enum err rows(struct export *x, void *arg)
 *		for each row: export_int(x, id) … export_text(x, name) …
 *			e = export_row(x)
 *	return export_reply(r, &(struct export_of){ .what = "machines",
 *		.list = &l, .fields = fields, .count = n,
 *		.rows = rows, .arg = arg });
 *
 * Rows go to a file without a name (spool.h), so that what is made is not
 * bounded by the memory of a handler and has a length in front: a file that a
 * dead handler cut off is an error to whoever saves it.  x->mem is the memory
 * of one row.  Values come in
 * the order of `fields`, as many as there are.
 *
 * Both are UTF-8, whatever the row holds.  CSV is RFC 4180, its first line the
 *names; what a spreadsheet would take for a formula gets an apostrophe in
 *front, and what does not show is a question mark.  JSON is a list of objects,
 *a line each.
 *
 * A list some of whose address was not understood is refused (400), names that
 * it does not have included: nobody shall take a file of everything for the
 * filtered one.
 *
 * So is one that a page of another site led to (403, by Sec-Fetch-Site).
 *
 * Each counts against EXPORTS_PER_MINUTE of the session, and is in the audit
 * log before its first byte.
 */
#ifndef FCGI_EXPORT_H
#define FCGI_EXPORT_H

#include "base/json.h"
#include "fcgi/list.h"
#include "fcgi/request.h"

enum {
	EXPORTS_PER_MINUTE = 10,
	EXPORT_ROW_MAX = 1024 * 1024, /* bytes of one; more is an error */
	EXPORT_FILE_MAX = 512 * 1024 * 1024, /* bytes; more is refused */
	EXPORT_CHUNK = 64 * 1024,            /* written at once */
	EXPORT_QUERY_TOLD = 512,             /* bytes of it in the audit log */
};

struct export
{
	struct request *r;
	struct arena *mem; /* of this row; reset behind it */
	const char *const *fields;
	size_t count, field;
	bool json, begun;
	struct buf out;
	const struct reply_sink *to;
};

struct export_of {
	const char *what; /* "machines": of the file and in the audit log */
	const struct list *list; /* as the address has it */
	const char *const *fields;
	size_t count;
	const char *event; /* in the audit log; NULL: "list.exported" */
	bool pieces; /* `rows` reads in pieces: a million rows are too many for
		      * one transaction */
	/* Called in one read transaction. */
	enum err (*rows)(struct export *x, void *arg);
	void *arg;
};

/* The address says which of the two it is. */
enum err export_reply(struct request *r, const struct export_of *of);

void export_text(struct export *x, const char *value); /* NULL: "" */
void export_int(struct export *x, int64_t value);
void export_time(struct export *x, int64_t at); /* 0: none */
void export_bool(struct export *x, bool value);
/* A JSON list of texts; in CSV with blanks between. */
void export_texts(struct export *x, const char *json);
/* What cairn wrote as JSON itself, as it is; in CSV its text. "": null. */
void export_value(struct export *x, const char *json);
/* The row is whole. */
enum err export_row(struct export *x);

#endif
