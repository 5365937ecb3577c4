/*
 * secret_mark.h: which secrets of keys/ the rows were written with, table
 * `secret_mark` (tailnet/secrets.h).
 */
#ifndef DB_SECRET_MARK_H
#define DB_SECRET_MARK_H

#include "db/db.h"

enum {
	SECRET_MARK_SIZE = 32,
};

/* ERR_NOT_FOUND: an instance whose `cairn init` has not run since. */
enum err db_secret_mark(
	struct db *db, const char *name, uint8_t out[SECRET_MARK_SIZE]);
enum err db_secret_mark_put(
	struct db *db, const char *name, const uint8_t mark[SECRET_MARK_SIZE]);

#endif
