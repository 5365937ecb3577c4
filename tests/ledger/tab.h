/*
 * tab.h: somebody's browser at nginx: its cookies, and forms as they stand on
 * pages, filled in and sent.  No scripts.
 *
 * A form that is sent twice is the same form both times, with its tokens.
 */
#ifndef TESTS_LEDGER_TAB_H
#define TESTS_LEDGER_TAB_H

#include "tests/ledger/instance.h"

#define TAB_SESSION "cairn"       /* the cookies of whoever is signed in, … */
#define TAB_FLASH   "cairn-flash" /* … and of what the next page says */

enum {
	TAB_COOKIES = 4,
	TAB_MS = 8000, /* a writer waits 5 s for others */
};

struct tab_cookie {
	char name[32], value[128]; /* no value: gone */
};

struct tab {
	const struct instance *instance;
	struct tab_cookie cookies[TAB_COOKIES];
	size_t count;
};

struct page {
	int status;           /* 0: no answer */
	const char *text;     /* head and body */
	const char *location; /* "" if none */
};

struct sent {
	const char *action, *body;
};

/* "" if there is none. */
const char *tab_cookie(const struct tab *t, const char *name);
/* Nothing is known of it any more. */
void tab_forget(struct tab *t);

/* Texts in mem.  Cookies of the answer are kept. */
struct page tab_get(struct tab *t, const char *path, struct arena *mem);
struct page tab_send(struct tab *t, const struct sent *form, struct arena *mem);

enum {
	TYPED_MAX = 4,
};

/* What somebody types, or the button that is chosen. */
struct typed {
	const char *field; /* NULL: no more */
	const char *value; /* NULL: a box that is not ticked any more */
};

/* The form of that id as a browser would send it.  False: the page has none, or
 * not all of it. */
bool tab_fill(const struct page *p, const char *id,
	const struct typed typed[TYPED_MAX], struct arena *mem,
	struct sent *out);

#endif
