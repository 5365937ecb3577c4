/*
 * owed.h: what one event stream has not been told yet, and when it may be.
 *
 * A set, not a queue: an event that is owed already is not owed twice, so a row
 * that changes ten times between two payments is named once.  A stream hears at
 * most EVENTS_A_SECOND events in any second; when it owes more than may go, all
 * of them become one `reload`, and the stream is silent for a second.
 */
#ifndef WORKER_OWED_H
#define WORKER_OWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define EVENT_TABLE(X)                  \
	X(MACHINE, "machine")           \
	X(REGISTRATION, "registration") \
	X(USER, "user")                 \
	X(KEY, "key")                   \
	X(POLICY, "policy")             \
	X(DNS, "dns")                   \
	X(SETTING, "setting")           \
	X(RELAY, "relay")               \
	X(AUDIT, "audit")               \
	X(CHECK, "check")               \
	X(HEALTH, "health")             \
	X(STRIP, "strip")               \
	X(RELOAD, "reload")             \
	X(BYE, "bye")

/* From STRIP on they name no row: their data is empty. */
enum event {
#define X(name, word) EVENT_##name,
	EVENT_TABLE(X)
#undef X
	EVENTS, /* how many */
};

enum {
	EVENTS_A_SECOND = 8,
};

struct owed {
	struct {
		enum event what;
		int64_t id;
	} at[EVENTS_A_SECOND];
	size_t count;
	bool all;     /* more than that: only a reload can say it */
	int64_t told; /* the change log up to here is known on the other side */
	int64_t said_ms[EVENTS_A_SECOND]; /* a ring: when the last ones went */
	size_t next;
};

void owed_init(struct owed *o, int64_t told);
void owed_add(struct owed *o, enum event what, int64_t id);
/* Something was missed, and nobody knows what. */
void owed_lost(struct owed *o);
bool owed_any(const struct owed *o);
/*
 * Appends what may go now; how many events that were.  Afterwards the other
 * side knows the change log up to `seq`: the last event has it as its id.
 */
size_t owed_pay(struct owed *o, int64_t now_ms, int64_t seq, struct buf *out);
/* One event as text/event-stream has it. */
void owed_put(struct buf *out, enum event what, int64_t id, int64_t seq);

#endif
