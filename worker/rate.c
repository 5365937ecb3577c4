#include "worker/rate.h"

#include <string.h>

struct bucket {
	int64_t used_ms; /* the time that is bought up to; 0: never used */
};

static struct bucket members[RATE_SLOTS], strangers[RATE_SLOTS];
static struct bucket requests[RATE_SLOTS], all_members, all_strangers;

/* A bucket as a point in time: each request moves it by `cost_ms`, and it may
 * run ahead of now by `burst` costs. */
static int64_t
take(struct bucket *b, int64_t cost_ms, int64_t burst, int64_t now_ms)
{
	int64_t ahead;

	if (b->used_ms < now_ms)
		b->used_ms = now_ms;
	ahead = b->used_ms - now_ms;
	if (ahead + cost_ms > burst * cost_ms)
		return (ahead + cost_ms - burst * cost_ms + 999) / 1000;
	b->used_ms += cost_ms;
	return 0;
}

static struct bucket *
bucket_of(struct bucket table[RATE_SLOTS], const struct key *machine_key)
{
	uint32_t place;

	memcpy(&place, machine_key->bytes, sizeof(place));
	return &table[place % RATE_SLOTS];
}

int64_t
rate_register(struct worker *w, const struct key *machine_key, bool has_node,
	int64_t now_ms)
{
	const struct settings *s = &w->snap->settings;
	int64_t per_second = s->register_rate;
	int64_t wait, cost = per_second < 1000 ? 1000 / per_second : 1;

	wait = take(bucket_of(has_node ? members : strangers, machine_key),
		RATE_MACHINE_SECONDS * 1000, s->register_machine_rate, now_ms);
	if (wait)
		return wait;
	return take(has_node ? &all_members : &all_strangers, cost, per_second,
		now_ms);
}

int64_t
rate_request(const struct key *machine_key, int64_t now_ms)
{
	return take(bucket_of(requests, machine_key), 1000, RATE_REQUEST_BURST,
		now_ms);
}
