#include "base/held.h"

enum {
	HALF_SPEED = 2 * 1000, /* milliseconds for a second */
};

int64_t
held_at_least(int64_t wall, int64_t mark)
{
	return mark > wall && mark - wall <= HELD_MOST ? mark : wall;
}

int64_t
held_now(struct held *h, int64_t wall, int64_t ms)
{
	int64_t passed = (ms - h->ms) / HALF_SPEED;

	if (held_at_least(wall, h->now) == wall) {
		h->now = wall;
		h->ms = ms;
	} else {
		h->now += passed;
		h->ms += passed * HALF_SPEED;
	}
	return h->now;
}
