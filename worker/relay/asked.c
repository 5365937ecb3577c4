#include "worker/relay/asked.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/own.h"

struct entry {
	uint8_t key[32];
	bool waits;   /* somebody knocked, and no answer is there */
	bool known;   /* there was an answer */
	bool allowed; /* what it was */
	int64_t at_ms, here_ms;
	UT_hash_handle hh;
};

struct asked {
	asked_tell *tell;
	void *arg;
	struct entry *entries; /* who was answered last is last */
	int64_t now_ms;
	size_t waiting;
	bool more; /* are to be asked about than the last question had room for
		    */
	/* The question that is under way. */
	uint8_t keys[ASKED_KEYS_MAX][32];
	size_t count;
};

struct asked *
asked_new(asked_tell *tell, void *arg)
{
	struct asked *a = own_alloc(sizeof(*a));

	a->tell = tell;
	a->arg = arg;
	return a;
}

static void
drop(struct asked *a, struct entry *e)
{
	HASH_DEL(a->entries, e);
	free(e);
}

void
asked_free(struct asked *a)
{
	struct entry *e, *next;

	if (!a)
		return;
	HASH_ITER(hh, a->entries, e, next)
	drop(a, e);
	free(a);
}

static struct entry *
find(const struct asked *a, const uint8_t *key)
{
	struct entry *e;

	HASH_FIND(hh, a->entries, key, sizeof(e->key), e);
	return e;
}

static struct entry *
add(struct asked *a, const uint8_t *key)
{
	struct entry *e;

	if (HASH_COUNT(a->entries) >= ASKED_MAX)
		return NULL;
	e = own_alloc(sizeof(*e));
	memcpy(e->key, key, sizeof(e->key));
	e->here_ms = -ASKED_HERE_MS;
	HASH_ADD(hh, a->entries, key, sizeof(e->key), e);
	return e;
}

static bool
is_fresh(const struct asked *a, const struct entry *e)
{
	return e->known && a->now_ms - e->at_ms < ASKED_FRESH_MS;
}

static bool
is_here(const struct asked *a, const struct entry *e)
{
	return a->now_ms - e->here_ms < ASKED_HERE_MS;
}

static int64_t
allows(void *arg, const uint8_t key[32])
{
	struct asked *a = arg;
	struct entry *e = find(a, key);

	if (e && is_fresh(a, e))
		return e->allowed ? ADMIT_ANY : 0;
	if (!e)
		e = add(a, key);
	if (!e)
		return 0;
	a->waiting += !e->waits;
	e->waits = true;
	return ADMIT_LATER;
}

/* Of one who is here only a clear No counts. */
static bool
keeps(void *arg, const uint8_t key[32])
{
	struct asked *a = arg;
	struct entry *e = find(a, key);

	if (!e)
		e = add(a, key);
	if (!e)
		return true;
	e->here_ms = a->now_ms;
	return !e->known || e->allowed;
}

struct admit
asked_admit(struct asked *a)
{
	return (struct admit){ allows, keeps, a };
}

void
asked_tick(struct asked *a, int64_t now_ms)
{
	struct entry *e, *next;

	a->now_ms = now_ms;
	HASH_ITER(hh, a->entries, e, next)
	if (!e->waits && !is_fresh(a, e) && !is_here(a, e))
		drop(a, e);
}

size_t
asked_count(const struct asked *a)
{
	return HASH_COUNT(a->entries);
}

bool
asked_is_due(const struct asked *a)
{
	return (a->waiting || a->more) && !a->count;
}

static void
put(struct asked *a, const struct entry *e)
{
	a->more = a->count == ASKED_KEYS_MAX;
	if (!a->more)
		memcpy(a->keys[a->count++], e->key, sizeof(e->key));
}

size_t
asked_question(
	struct asked *a, int64_t now_ms, uint8_t keys[ASKED_KEYS_MAX][32])
{
	struct entry *e, *next;

	if (a->count)
		return 0;
	a->now_ms = now_ms;
	a->more = false;
	HASH_ITER(hh, a->entries, e, next)
	if (e->waits && !a->more)
		put(a, e);
	HASH_ITER(hh, a->entries, e, next)
	if (!e->waits && !a->more && is_here(a, e) &&
		(!e->known || now_ms - e->at_ms >= ASKED_AGAIN_MS))
		put(a, e);
	memcpy(keys, a->keys, a->count * sizeof(a->keys[0]));
	return a->count;
}

static void
end_wait(struct asked *a, struct entry *e, bool allowed)
{
	if (!e->waits)
		return;
	e->waits = false;
	a->waiting--;
	a->tell(a->arg, e->key, allowed);
}

/* Telling may end connections and begin none, so the keys are ours still. */
void
asked_answer(struct asked *a, int64_t now_ms, const bool *allows_each)
{
	size_t count = a->count;

	a->count = 0;
	a->now_ms = now_ms;
	for (size_t i = 0; i < count; i++) {
		struct entry *e = find(a, a->keys[i]);

		if (!e)
			continue;
		HASH_DEL(a->entries, e);
		HASH_ADD(hh, a->entries, key, sizeof(e->key), e);
		e->known = true;
		e->allowed = allows_each[i];
		e->at_ms = now_ms;
		end_wait(a, e, e->allowed);
	}
}

void
asked_failed(struct asked *a)
{
	size_t count = a->count;

	a->count = 0;
	a->more = false; /* in a second again */
	for (size_t i = 0; i < count; i++) {
		struct entry *e = find(a, a->keys[i]);

		if (e)
			end_wait(a, e, false);
	}
}
