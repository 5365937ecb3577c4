#include "worker/now.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/held.h"
#include "base/log.h"

enum {
	STEP_SECONDS = 60, /* more in a second is no delay */
};

static struct held held;
static int64_t last_wall, last_ms;

void
now_begin(int64_t mark)
{
	held = (struct held){ mark, clock_now_ms() };
}

int64_t
now_held(void)
{
	return held_now(&held, clock_now(), clock_now_ms());
}

bool
now_tick(void)
{
	int64_t wall = clock_now(), ms = clock_now_ms();
	int64_t step = wall - last_wall - (ms - last_ms) / 1000;
	bool set = last_wall && llabs(step) >= STEP_SECONDS;

	if (set)
		log_event(LOG_WARN, "the clock was set", "seconds",
			log_int(step), "ahead_of_it",
			log_int(now_held() - wall));
	last_wall = wall;
	last_ms = ms;
	return set;
}
