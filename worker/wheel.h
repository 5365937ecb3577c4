/*
 * wheel.h: timers of whole seconds, one for each tunnel.
 *
 * A timer that is only put off keeps its slot until that comes round: each
 * message puts a keep-alive off, and moving it in a list would touch its
 * neighbours' memory each time.
 */
#ifndef WORKER_WHEEL_H
#define WORKER_WHEEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum {
	WHEEL_SLOTS = 64, /* seconds ahead that a timer may be set */
};

/* Zeroed: off.  Its owner keeps it in place while it is on. */
struct wheel_timer {
	bool on;
	int slot;
	int64_t due; /* the turn at which it fires; not before its slot's */
	TAILQ_ENTRY(wheel_timer) links;
};

/* (Re)sets it to so many turns from now, 1 to WHEEL_SLOTS - 1. */
void wheel_set(struct wheel_timer *t, int seconds);
void wheel_off(struct wheel_timer *t);

/* Once a second.  A timer is off before it fires, and may be set anew, or end
 * itself and no other, while it does. */
typedef void wheel_fired(struct wheel_timer *t);
void wheel_turn(wheel_fired *fired);

#endif
