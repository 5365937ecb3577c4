/*
 * bundle.h: a backup: a copy of the database that carries files with it.
 *
 * A bundle is a database as any other, with two tables more: `bundle` (one row:
 * when and by which program it was made) and `bundle_file` (the files of the
 * instance that the database cannot do without).  It is one file, SQLite keeps
 * it whole, and anybody can look into it.  The tables are in no schema: they
 * never stand in cairn.db.
 */
#ifndef DB_BUNDLE_H
#define DB_BUNDLE_H

#include "db/db.h"

enum {
	BUNDLE_FILE_MOST = 1024 * 1024, /* bytes of a file in it */
	BUNDLE_FILES_MOST = 32,
};

struct bundle {
	int64_t made_at;
	const char *version; /* of the program */
	const char *url;     /* of the instance, then */
};

struct bundle_file {
	const char *name; /* below HOME: "keys/seal" */
	struct bytes content;
};

/* A consistent copy at `path`, which is replaced, while others read and write.
 * VACUUM INTO: it is one file, without traces of what was deleted. */
enum err db_copy(struct db *db, const char *path);

/* Of the copy, when it is opened: makes a bundle of it. */
enum err db_bundle_make(struct db *db, const struct bundle *b);
enum err db_bundle_add(struct db *db, const struct bundle_file *f);

/* ERR_NOT_FOUND: it is none; ERR_DB: its tables are not as db_bundle_make makes
 * them. */
enum err db_bundle(struct db *db, struct arena *mem, struct bundle *out);
enum err db_bundle_files(struct db *db, struct arena *mem,
	struct bundle_file **files, size_t *count);
/* A database like any other again. */
enum err db_bundle_end(struct db *db);

/* The first complaint of integrity_check or foreign_key_check in *words, NULL
 * when all is well. */
enum err db_sound(struct db *db, struct arena *mem, const char **words);

/* What opens something, and ended: when a backup brought it back to life, or
 * when the secret that it is known by was changed. */
struct restored {
	int64_t keys;     /* preauth keys, which may have been spent since */
	int64_t sessions; /* browsers */
	int64_t links;    /* setup, invite, reset */
	int64_t pending;  /* machines that asked to join */
	int64_t checks;   /* SSH logins that were allowed or asked for */
};
/* In the caller's transaction.  `why` is told to who waits for an SSH login. */
enum err db_opened_end(
	struct db *db, int64_t now, const char *why, struct restored *out);

#endif
