/*
 * lock.h: the lock of all writers, on a descriptor of the side file.
 *
 * Who waits is served in the order of coming.  The lock goes with its holder,
 * whether that lets go, closes the descriptor or dies.
 */
#ifndef DB_LOCK_H
#define DB_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/* ERR_BUSY after `wait_ms`. */
enum err lock_take(int fd, int wait_ms);
void lock_drop(int fd);

/*
 * Whether another process has the database at `path` open, by the lock that
 * SQLite keeps on it from the first look in WAL mode to the end: one that is
 * stopped counts too.  *by is its number, 0 where it is hidden from this one (a
 * container).  Only where this process does not have it open itself: such a
 * lock goes with any descriptor of the file that is closed.
 */
bool lock_is_held(const char *path, pid_t *by);

#endif
