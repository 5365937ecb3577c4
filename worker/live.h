/*
 * live.h: what the worker writes itself, behind the events: node_live,
 * noise_session, stat, checkpoints and sweeps.
 *
 * One libuv work item at a time, on a connection of its own, about once a
 * second; what it needs is copied into its arena first, so the loop goes on
 * meanwhile.  A batch that fails is tried again with the next one.
 */
#ifndef WORKER_LIVE_H
#define WORKER_LIVE_H

#include "worker/session.h"

struct writer *writer_new(struct worker *w);
void writer_free(struct writer *wr);
/* Ends the rows that an earlier worker left open. */
enum err writer_close_sessions(struct writer *wr, int64_t now, int64_t *count);

void live_session_begin(struct worker *w, const struct session *s);
void live_session_end(
	struct worker *w, const struct session *s, const char *why);

/* The next batch has the counters in it: others take the time from them. */
void live_count_soon(struct worker *w);
/* Once a second: starts a batch if none is under way and something is due. */
void live_tick(struct worker *w);
/* At the end: writes what is left, on the loop's thread. */
void live_last(struct worker *w);

#endif
