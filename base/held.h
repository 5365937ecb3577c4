/*
 * held.h: wall time that does not go back (spec/reliability.md T35).
 *
 * A clock that is set back must not revive what has expired.  So time is held
 * where it was and goes on at half its speed until the clock has caught up:
 * slow enough to get there, and nothing that counts minutes stands still.  A
 * step back by more than HELD_MOST mends a clock that was wrong; it is taken as
 * it is, or a wrong year would never pass.
 */
#ifndef BASE_HELD_H
#define BASE_HELD_H

#include <stdint.h>

enum {
	HELD_MOST = 86400,
};

struct held {
	int64_t now, ms;
};

/* `wall` in Unix seconds, `ms` of a clock that is never set. */
int64_t held_now(struct held *h, int64_t wall, int64_t ms);
/* The same for who only knows what time somebody else held. */
int64_t held_at_least(int64_t wall, int64_t mark);

#endif
