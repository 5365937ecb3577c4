/*
 * now.h: the worker's wall time.  It does not go back (base/held.h), not even
 * over a restart: the row STAT_HEARTBEAT, written every ten seconds, holds it
 * for the next worker and for all other programs.  And a step forward is
 * believed ten minutes later only (base/doubt.h), so a clock that is wrong for
 * a moment neither ends keys nor sweeps away who was gone for a moment, here
 * and at the clients, who judge their peers' keys by the time they are told.
 */
#ifndef WORKER_NOW_H
#define WORKER_NOW_H

#include <stdbool.h>
#include <stdint.h>

/* Not before `mark`, which an earlier worker has written. */
void now_begin(int64_t mark);
int64_t now_held(void);
/* Seconds of the wall clock that are not believed. */
int64_t now_doubt(void);
/* When a step was believed; 0: never.  Whoever was away for a moment then has
 * not been away since before it. */
int64_t now_believed_at(void);
/* Once a second: whether the clock was set since; that is told in the log. */
bool now_tick(void);

#endif
