/*
 * restore_inside.h: what the files of a restore share: restore.c puts the parts
 * in place, restore_look.c decides whether the file is what it says.
 */
#ifndef TAILNET_RESTORE_INSIDE_H
#define TAILNET_RESTORE_INSIDE_H

#include "tailnet/backup.h"
#include "tailnet/home_hold.h"

struct restoring {
	const struct restore *r;
	struct arena *mem;
	struct restore_made *made;
	const char *stage; /* HOME/.restore-…, as if it were a home */
	bool new_home;     /* HOME was made for it */
	int64_t version;   /* of the schema of the backup */
	const char **why;
	struct home_hold hold;
};

/* Keeps the words of the first trouble, and returns its error. */
enum err restore_refuse(struct restoring *s, enum err e, const char *words);
/* The same for what is well too: "doing: why". */
enum err restore_say(struct restoring *s, enum err e, const char *doing);

/*
 * Whether `db`, the database of the backup, is one that cairn made: its
 * version, its schema, its time and its pages, in this order.  Nothing of it
 * that somebody may have written runs before its schema is known to be cairn's.
 */
enum err restore_look_through(struct restoring *s, struct db *db);
/* Of the database on the schema of this program: whether the secrets beside it
 * are those that it was written with.  ERR_CRYPTO. */
enum err restore_check_secrets(struct restoring *s, struct db *db);

#endif
