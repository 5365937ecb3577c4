/*
 * now.h: the worker's wall time, which does not go back (base/held.h), not even
 * over a restart: the row STAT_HEARTBEAT, written every ten seconds, holds it
 * for the next worker and for all other programs.
 */
#ifndef WORKER_NOW_H
#define WORKER_NOW_H

#include <stdint.h>

/* Not before `mark`, which an earlier worker has written. */
void now_begin(int64_t mark);
int64_t now_held(void);
/* Once a second: a clock that was set is told in the log. */
void now_tick(void);

#endif
