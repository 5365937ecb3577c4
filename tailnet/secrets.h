/*
 * secrets.h: which file of keys/ is the secret that the database is written
 * with, while a rotation puts another in its place (rotate.h).
 *
 * A file and a database cannot change in one step.  So a new secret is written
 * as NAME.next first; the transaction that seals or ends everything also puts
 * the new secret's mark into the database, which is the one moment when it
 * counts; then NAME.next becomes NAME.  Whoever reads a secret takes the file
 * that fits the mark, so that all are right before, between and after, and
 * whatever was cut off is finished by secrets_settle.
 *
 * Names are "seal", "pepper", and "pages", which is made of the seal.
 */
#ifndef TAILNET_SECRETS_H
#define TAILNET_SECRETS_H

#include "db/db.h"
#include "tailnet/seal.h"

/* ERR_NOT_FOUND, ERR_IO; ERR_CRYPTO: no file is the one of this database. */
enum err secret_current(
	struct db *db, const char *home, const char *name, struct secret *out);
/* Whether it is (still) the one: ERR_BUSY if another took its place.  In the
 * transaction of what is sealed with it, which no later seal could open. */
enum err secret_check(struct db *db, const char *name, const struct secret *s);

/* In the caller's transaction: from now on it is this one ("seal": and what is
 * made of it). */
enum err secret_mark(struct db *db, const char *name, const struct secret *s);
/* In the caller's transaction: marks the files that are there, where there is
 * no mark yet.  ERR_CRYPTO: *which does not fit the mark that there is. */
enum err secrets_adopt(struct db *db, const char *home, const char **which);

/* A new secret beside the one that counts: HOME/keys/NAME.next, on the disk.
 * In the transaction that settled and marks it: a NAME.next that counts would
 * be lost, and one that does not count yet be taken away. */
enum err secret_stage(
	const char *home, const char *name, const struct secret *s);
/* Gives each NAME.next that the database is marked with its name, and removes
 * any other.  A transaction of its own: may be called at any time. */
enum err secrets_settle(struct db *db, const char *home);
/* The same in the caller's transaction, which must not have marked any. */
enum err secrets_settle_in(struct db *db, const char *home);

#endif
