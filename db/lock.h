/*
 * lock.h: the lock of all writers, on a descriptor of the side file.
 *
 * Who waits is served in the order of coming.  The lock goes with its holder,
 * whether that lets go, closes the descriptor or dies.
 */
#ifndef DB_LOCK_H
#define DB_LOCK_H

#include "base/err.h"

/* ERR_BUSY after `wait_ms`. */
enum err lock_take(int fd, int wait_ms);
void lock_drop(int fd);

#endif
