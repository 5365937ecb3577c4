/*
 * now.h: the worker's wall time, which does not go back (base/held.h), not even
 * over a restart: the row STAT_HEARTBEAT, written every ten seconds, holds it
 * for the next worker and for all other programs.
 */
#ifndef WORKER_NOW_H
#define WORKER_NOW_H

#include <stdbool.h>
#include <stdint.h>

/* Not before `mark`, which an earlier worker has written. */
void now_begin(int64_t mark);
int64_t now_held(void);
/* Once a second: whether the clock was set since; that is told in the log. */
bool now_tick(void);

#endif
