/*
 * backup_half.h: a backup before it has its name, FILE.half-PID beside it.
 *
 * It is held by a lock that goes with its process.  So one that nobody holds is
 * of a backup that was killed, and goes with the next of the same file, or, in
 * the folder of those that are named by their time, with any.
 */
#ifndef TAILNET_BACKUP_HALF_H
#define TAILNET_BACKUP_HALF_H

#include "base/arena.h"
#include "base/err.h"

struct backup_half {
	const char *path, *file; /* path NULL: there is none */
	int fd;                  /* to write to, and what holds it */
};

/* Those of killed ones go first.  ERR_IO. */
enum err backup_half_open(
	struct backup_half *h, const char *file, struct arena *mem);
/* Gives it the name of the file, for good. */
enum err backup_half_name(struct backup_half *h, struct arena *mem);
/* Takes away what has not got its name; also of one that was not opened. */
void backup_half_drop(struct backup_half *h);

#endif
