#include "worker/wheel.h"

#include <assert.h>
#include <stddef.h>

TAILQ_HEAD(slot, wheel_timer);

static struct slot slots[WHEEL_SLOTS];
static int64_t turns;

static struct slot *
slot_at(int64_t turn)
{
	struct slot *s = &slots[turn % WHEEL_SLOTS];

	if (!s->tqh_last)
		TAILQ_INIT(s);
	return s;
}

static void
enter(struct wheel_timer *t)
{
	t->on = true;
	t->slot = (int)(t->due % WHEEL_SLOTS);
	TAILQ_INSERT_TAIL(slot_at(t->due), t, links);
}

void
wheel_off(struct wheel_timer *t)
{
	if (t->on)
		TAILQ_REMOVE(&slots[t->slot], t, links);
	t->on = false;
}

void
wheel_set(struct wheel_timer *t, int seconds)
{
	int64_t due = turns + seconds;
	bool put_off = t->on && due >= t->due;

	assert(seconds > 0 && seconds < WHEEL_SLOTS);
	t->due = due;
	if (put_off)
		return;
	wheel_off(t);
	enter(t);
}

void
wheel_turn(wheel_fired *fired)
{
	struct slot *s = slot_at(++turns);
	struct wheel_timer *t, *next;

	for (t = TAILQ_FIRST(s); t; t = next) {
		next = TAILQ_NEXT(t, links);
		wheel_off(t);
		if (t->due > turns)
			enter(t);
		else
			fired(t);
	}
}
