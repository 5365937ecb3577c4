/*
 * home_hold.h: a home to oneself, while what makes it an instance is exchanged.
 *
 * Held are keeper.lock, as a keeper holds it all the time that it runs, and
 * cairn.lock, the lock of all writers.  Who has the database open without
 * either, as the programs that systemd runs, is known by SQLite's own lock.
 */
#ifndef TAILNET_HOME_HOLD_H
#define TAILNET_HOME_HOLD_H

#include "base/arena.h"
#include "base/err.h"

struct home_hold {
	const char *home;
	int keeper, writers; /* descriptors, -1: not held */
};

/*
 * ERR_BUSY: cairn runs there, another restore does, or something writes for
 * longer than DB_LOCK_WAIT_MS.  *why is in words.  home_hold_drop is due
 * afterwards in any case.
 */
enum err home_hold_take(struct home_hold *h, const char *home,
	struct arena *mem, const char **why);
/* ERR_BUSY while another process has the database open, even one that is
 * stopped.  Not while this process has it open: see lock_is_held. */
enum err home_hold_alone(
	const struct home_hold *h, struct arena *mem, const char **why);
void home_hold_drop(struct home_hold *h);

#endif
