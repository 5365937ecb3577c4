/*
 * waits.h: requests whose handler answered "wait for this row": parked without
 * holding a handler, asked again when the change log names the row or at the
 * deadline (DESIGN 1.1).
 */
#ifndef WORKER_WAITS_H
#define WORKER_WAITS_H

#include "db/change.h"
#include "worker/inner.h"

enum {
	WAITS_MAX = 1024,
	WAITS_ADDRESS_MAX = 32, /* of them from one address, or /64 */
};

/* An inner answer of any kind: parks the stream or forwards it. */
void waits_answer(struct stream *st, const struct cgi_answer *a);
void waits_forget(struct stream *st);
void waits_seen(const struct change *c);
/* Once a second. */
void waits_tick(int64_t now);
size_t waits_count(void);

#endif
