/*
 * words.h: what people type into the search field of a list (spec/pages.md
 * 1.6), as a function of SQL:
 *
 *	SELECT … WHERE words(?1, name, email)
 *
 * True when each word stands in one of the texts, in either case of its ASCII
 * letters.  "in quotes" is one word with its blanks, -word must stand in none.
 * No words at all match everything; NULL among the texts is empty.
 */
#ifndef DB_WORDS_H
#define DB_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	WORDS_MAX = 16, /* further ones are not looked at */
};

bool words_match(const char *words, const char *const *texts, size_t count);

/* For db.c: makes the function known to a connection. */
struct sqlite3;
int words_register(struct sqlite3 *handle);

#endif
