/*
 * doubt.h: a wall clock that was set forward is not believed at once.
 *
 * An hour too much expires keys and throws away what was away for a moment, and
 * neither comes back with the right time.  So what a step adds is left out for
 * DOUBT_SECONDS: time enough for somebody, or for the network's time, to mend
 * it.  A machine that slept steps as well; to it nothing happens but that it
 * waits so long.
 */
#ifndef BASE_DOUBT_H
#define BASE_DOUBT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DOUBT_STEP = 60, /* seconds; less is no step but a delay */
	DOUBT_SECONDS = 600,
};

struct doubt {
	int64_t wall_ms, ms; /* of the last look; 0: there was none */
	int64_t ahead;       /* seconds that are not believed */
	int64_t since_ms;    /* when the last step was */
	int64_t believed_at; /* Unix seconds when one was believed; 0: never */
};

/*
 * A look at the two clocks, both in milliseconds, `ms` being the one that is
 * never set; how many seconds the wall clock stepped since the last one, to the
 * nearest, 0 if it did not.  *over: what was ahead is believed from now on.
 */
int64_t doubt_look(struct doubt *d, int64_t wall_ms, int64_t ms, bool *over);

#endif
