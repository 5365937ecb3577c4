#include "base/doubt.h"

#include <stdlib.h>

static int64_t
step_of(const struct doubt *d, int64_t wall, int64_t ms)
{
	int64_t step = wall - d->wall - (ms - d->ms) / 1000;

	return d->wall && llabs(step) >= DOUBT_STEP ? step : 0;
}

int64_t
doubt_look(struct doubt *d, int64_t wall, int64_t ms, bool *over)
{
	int64_t step = step_of(d, wall, ms);

	d->wall = wall;
	d->ms = ms;
	d->ahead += step;
	if (d->ahead < DOUBT_STEP)
		d->ahead = 0;
	if (step > 0)
		d->since_ms = ms;
	*over = d->ahead && ms - d->since_ms >= DOUBT_SECONDS * 1000;
	if (*over) {
		d->ahead = 0;
		d->believed_at = wall;
	}
	return step;
}
