/*
 * asks.h: rows that ask a machine something (tailnet/ask.h), sent to it.
 *
 * A row is sent once, by the worker that runs when it is written; what was not
 * sent because the client is just away, or by a worker that ended, is silence.
 */
#ifndef WORKER_ASKS_H
#define WORKER_ASKS_H

#include "db/change.h"
#include "worker/worker.h"

/* What was asked before is not asked again. */
void asks_start(struct worker *w);
void asks_seen(const struct change *c);
/* After the log was applied: sends what is new. */
void asks_caught_up(struct worker *w);
/* Whether one is due that nobody answered. */
bool asks_due(int64_t now);

#endif
