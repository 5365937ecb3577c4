/*
 * backup.h: the whole instance in one file, and back.
 *
 * A backup holds database, secrets (keys/) and certificate (tls/): whoever has
 * it is this server, so it is written 0600 and best with a passphrase
 * (tailnet/lockbox.h).  It is made while all runs, is a state that was
 * committed, and is looked through before it gets its name.
 *
 * Putting it back is going back in time: keys for machines that were spent
 * since would be good again, browsers that were signed out signed in.  So what
 * opened something then ends (db/bundle.h, struct restored), and the audit log
 * says so.  Machines keep their keys and addresses: their clients come back by
 * themselves, at this or another host, as long as the URL is the same.
 */
#ifndef TAILNET_BACKUP_H
#define TAILNET_BACKUP_H

#include "base/arena.h"
#include "base/err.h"
#include "db/audit.h"
#include "db/bundle.h"

/* Every function: *why says in words what is wrong, and what to do. */

struct backup {
	struct db *db; /* of the home, outside any transaction */
	const char *home;
	const char *file;       /* where it goes; it is replaced */
	const char *passphrase; /* NULL: as it is */
	const char *version;    /* of the program */
	const char *actor;      /* for the audit row */
	int64_t now;
	/* Asked before each step up to the last, which names the file: true
	 * ends it with ERR_BUSY, and nothing is left.  NULL: nothing ends it.
	 */
	bool (*ended)(void *arg);
	void *arg;
};

/* *size: bytes of the file.  ERR_EXISTS: its name is that of a folder, a link,
 * a device, which stay. */
enum err tailnet_backup(const struct backup *b, struct arena *mem,
	int64_t *size, const char **why);

enum {
	BACKUPS_KEPT = 10, /* in HOME/backups; older ones go with a new one */
};

/* Backups without a name of their own lie in HOME/backups. */
struct backup_row {
	const char *name; /* cairn-20261130-205055.backup */
	int64_t made_at;  /* as the file has it */
	int64_t size;
	bool sealed; /* with a passphrase */
};

/* Newest first; none where there is no folder. */
enum err backup_list(const char *home, struct arena *mem,
	struct backup_row **rows, size_t *count);
/* Whether it is the name of one: never a path. */
bool backup_is_name(const char *name);
/* The path of a new one; makes the folder. */
enum err backup_new_path(const char *home, int64_t now, struct arena *mem,
	const char **path, const char **why);
/* Takes away all but the newest BACKUPS_KEPT. */
void backup_prune(const char *home, struct arena *mem);

struct restore {
	const char *home;
	const char *file;
	const char *passphrase; /* NULL: none was given */
	const char *url;        /* NULL: as it was */
	/* Whether an instance that is there may make room: its files go to
	 * HOME/replaced-DATE, nothing is deleted. */
	bool replace;
	bool running; /* the worker is alive: refused */
	/* Asked before each step up to the last, which moves the parts: true
	 * ends it with ERR_BUSY, and nothing was moved.  NULL: nothing ends
	 * it. */
	bool (*ended)(void *arg);
	void *arg;
	int64_t now;
	const struct audit_origin *origin; /* who does it; NULL: not known */
};

struct restore_made {
	struct bundle from;
	struct restored ended;
	const char *replaced; /* folder of what was there, NULL */
};

/* "1 key for machines, 2 browsers, …". */
const char *restored_counts(const struct restored *n, struct arena *mem);

/*
 * HOME is as it was until all of the file was read, checked, brought to this
 * version's schema and put beside it.  It is held all the time
 * (tailnet/home_hold.h): ERR_BUSY where cairn runs, or began to meanwhile.
 */
enum err tailnet_restore(const struct restore *r, struct arena *mem,
	struct restore_made *out, const char **why);

#endif
