#include "base/doubt.h"

#include <stdlib.h>

/* To the nearest second: that the clocks are read one after the other, and that
 * a second is cut off somewhere else in each, makes no step of 3599 from an
 * hour. */
static int64_t
step_of(const struct doubt *d, int64_t wall_ms, int64_t ms)
{
	int64_t step_ms = wall_ms - d->wall_ms - (ms - d->ms);
	int64_t step = (step_ms + (step_ms < 0 ? -500 : 500)) / 1000;

	return d->wall_ms && llabs(step) >= DOUBT_STEP ? step : 0;
}

int64_t
doubt_look(struct doubt *d, int64_t wall_ms, int64_t ms, bool *over)
{
	int64_t step = step_of(d, wall_ms, ms);

	d->wall_ms = wall_ms;
	d->ms = ms;
	d->ahead += step;
	if (d->ahead < DOUBT_STEP)
		d->ahead = 0;
	if (step > 0)
		d->since_ms = ms;
	*over = d->ahead && ms - d->since_ms >= DOUBT_SECONDS * 1000;
	if (*over) {
		d->ahead = 0;
		d->believed_at = wall_ms / 1000;
	}
	return step;
}
