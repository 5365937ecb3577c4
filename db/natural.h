/*
 * natural.h: the order of names as people count: node-2 before node-10.
 *
 * A function of SQL, name_key(name): a text whose order by bytes is that order.
 * Letters count without their case, a run of digits by its value.  Names that
 * differ in case or in leading zeros alone have the same.
 */
#ifndef DB_NATURAL_H
#define DB_NATURAL_H

#include <stddef.h>

enum {
	NATURAL_NAME_MAX = 255, /* bytes of a name that count */
	/* A digit that stands alone gets one more; a long run four. */
	NATURAL_SIZE = 2 * NATURAL_NAME_MAX + 2,
};

/* Without NUL; its length. */
size_t natural_key(const char *name, size_t len, char out[NATURAL_SIZE]);

/* For db.c: makes the function known to a connection. */
struct sqlite3;
int natural_register(struct sqlite3 *handle);

#endif
