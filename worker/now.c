#include "worker/now.h"

#include "base/clock.h"
#include "base/doubt.h"
#include "base/held.h"
#include "base/log.h"

static struct held held;
static struct doubt doubt;
static bool stepped; /* since now_tick was asked last */

void
now_begin(int64_t mark)
{
	held = (struct held){ mark, clock_now_ms() };
}

/* At each use: who asks before the next tick does not believe a step either. */
int64_t
now_held(void)
{
	int64_t wall_ms = clock_wall_ms(), ms = clock_now_ms();
	int64_t wall = wall_ms / 1000, step, now;
	bool over;

	step = doubt_look(&doubt, wall_ms, ms, &over);
	now = held_now(&held, wall - doubt.ahead, ms);
	if (step)
		log_event(LOG_WARN, "the clock was set", "seconds",
			log_int(step), "ahead_of_it", log_int(now - wall),
			"not_believed", log_int(doubt.ahead));
	if (over)
		log_event(LOG_WARN, "the clock that was set is believed");
	stepped = stepped || step;
	return now;
}

int64_t
now_doubt(void)
{
	return doubt.ahead;
}

int64_t
now_believed_at(void)
{
	return doubt.believed_at;
}

bool
now_tick(void)
{
	bool was;

	(void)now_held();
	was = stepped;
	stepped = false;
	return was;
}
