/*
 * lock_file.h: a file that a process holds all the time that it does what no
 * two may do at once, with the process's number in it.
 *
 * The lock goes with the process, however that ends; the file stays then, and
 * keeps nobody out.  Who is done takes the file away.  Whoever had opened it
 * before that gets a lock on a file that is gone, which is worth nothing: it is
 * let go, and the file that is there now is asked for.
 */
#ifndef BASE_LOCK_FILE_H
#define BASE_LOCK_FILE_H

#include "base/err.h"

enum {
	LOCK_FILE_BY = 16, /* bytes of the holder's number, as text */
};

/* ERR_BUSY: another process holds it, the one in `by` ("" if it is not known).
 * ERR_IO: errno says why; a link is no such file.  No waiting. */
enum err lock_file_take(const char *path, int *fd, char by[LOCK_FILE_BY]);
/* Takes the file away and lets go of it, in this order. */
void lock_file_drop(const char *path, int fd);

#endif
