#include "tests/ledger/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "tests/ledger/actor.h"
#include "tests/ledger/complain.h"

enum {
	RETRY_MS = 12 * 1000,
	RETRY_LEAST_MS = 10, /* a client's: n * n * 10 ms */
	RETRY_MOST_MS = 400,
	POOL_MAX = 4096,
	GIVE_UP_ONE_IN = 4,
};

uint64_t
next_random(struct actor *a)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return a->random >> 11;
}

/* ---- requests ---- */

static struct attempt
begin_one(struct load *l, bool form)
{
	struct attempt t;

	pthread_mutex_lock(&l->lock);
	l->open++;
	l->open_forms += form;
	t = (struct attempt){ l->calm, form, l->wounds };
	pthread_mutex_unlock(&l->lock);
	return t;
}

struct attempt
begin(struct actor *a)
{
	return begin_one(a->load, false);
}

struct attempt
begin_form(struct actor *a)
{
	return begin_one(a->load, true);
}

void
end(struct actor *a, struct attempt t, bool good, const char *what,
	const char *words)
{
	struct load *l = a->load;
	bool quiet;

	pthread_mutex_lock(&l->lock);
	l->open--;
	l->open_forms -= t.form;
	l->counts.lost += !good;
	quiet = t.calm && l->calm && t.wounds == l->wounds;
	pthread_mutex_unlock(&l->lock);
	if (!good && quiet)
		complain(REFUSED, "%s, though nothing was killed: %s", what,
			words);
}

void
count(struct actor *a, uint64_t *counter)
{
	pthread_mutex_lock(&a->load->lock);
	(*counter)++;
	pthread_mutex_unlock(&a->load->lock);
}

bool
again(struct actor *a, unsigned tries, int64_t since_ms, const char *what)
{
	int64_t ms = (int64_t)tries * tries * RETRY_LEAST_MS;

	if (tries == 1 && next_random(a) % GIVE_UP_ONE_IN == 0)
		return false;
	if (clock_now_ms() - since_ms > RETRY_MS) {
		complain(NOT_BACK, "%s: no answer for %d s", what,
			RETRY_MS / 1000);
		return false;
	}
	ms = ms > RETRY_MOST_MS ? RETRY_MOST_MS : ms;
	ms = ms / 2 + (int64_t)(next_random(a) % (uint64_t)ms);
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
	return true;
}

/* ---- the pool ---- */

void
pool_put(struct load *l, enum pool_kind kind, const char *key)
{
	struct pool *p = &l->pools[kind];

	pthread_mutex_lock(&l->lock);
	if (p->count < POOL_MAX)
		(void)snprintf(p->at[p->count++], KEY_TEXT_SIZE, "%s", key);
	pthread_mutex_unlock(&l->lock);
}

bool
pool_take(struct actor *a, enum pool_kind kind, char key[KEY_TEXT_SIZE])
{
	struct pool *p = &a->load->pools[kind];
	bool found;
	size_t at;

	pthread_mutex_lock(&a->load->lock);
	found = p->count > 0;
	if (found) {
		at = next_random(a) % p->count;
		memcpy(key, p->at[at], KEY_TEXT_SIZE);
		memcpy(p->at[at], p->at[--p->count], KEY_TEXT_SIZE);
	}
	pthread_mutex_unlock(&a->load->lock);
	return found;
}

static void
refill_list(struct load *l, enum pool_kind kind, const struct view *db,
	enum view_list from)
{
	for (size_t i = 0; i < db->lists[from].count; i++)
		pool_put(l, kind, db->lists[from].at[i].name);
}

void
load_refill(struct load *l, const struct view *db)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < POOLS; i++)
		l->pools[i].count = 0;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < db->count; i++)
		if (strncmp(db->rows[i].name, "watch-", 6) != 0)
			pool_put(l, POOL_MACHINES, db->rows[i].key);
	refill_list(l, POOL_RECORDS, db, VIEW_RECORDS);
	refill_list(l, POOL_NAMESERVERS, db, VIEW_NAMESERVERS);
	refill_list(l, POOL_RELAYS, db, VIEW_RELAYS);
}

/* ---- threads ---- */

/* False: it is over. */
static bool
wait_for_turn(struct load *l)
{
	bool go;

	pthread_mutex_lock(&l->lock);
	while (!l->on && !l->ending)
		pthread_cond_wait(&l->changed, &l->lock);
	go = !l->ending;
	l->busy += go;
	pthread_mutex_unlock(&l->lock);
	return go;
}

static void
turn_done(struct load *l)
{
	pthread_mutex_lock(&l->lock);
	l->busy--;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

static void *
run(void *arg)
{
	struct actor *a = arg;
	struct arena *mem = arena_new();

	while (wait_for_turn(a->load)) {
		act(a, mem);
		arena_reset(mem);
		turn_done(a->load);
	}
	arena_free(mem);
	hand_end(&a->hand);
	return NULL;
}

struct load *
load_new(const struct instance *i, struct facts *f, uint64_t seed)
{
	struct load *l = own_alloc(sizeof(*l));
	pthread_condattr_t clock;

	l->instance = i;
	l->facts = f;
	for (size_t n = 0; n < POOLS; n++)
		l->pools[n].at = own_alloc(POOL_MAX * sizeof(*l->pools[n].at));
	if (secret_read(i->home, "pepper", &l->pepper))
		give_up("the pepper");
	pthread_mutex_init(&l->signing_in, NULL);
	pthread_mutex_init(&l->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&l->changed, &clock);
	for (unsigned n = 0; n < LOAD_ACTORS; n++) {
		struct actor *a = &l->actors[n];

		a->load = l;
		a->number = n;
		a->random = seed * 2654435761u + n + 1;
		hand_init(&a->hand, i);
		a->tab.instance = i;
		if (pthread_create(&a->thread, NULL, run, a))
			give_up("a thread");
	}
	return l;
}

void
load_free(struct load *l)
{
	pthread_mutex_lock(&l->lock);
	l->ending = true;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
	for (unsigned n = 0; n < LOAD_ACTORS; n++)
		pthread_join(l->actors[n].thread, NULL);
	for (size_t n = 0; n < POOLS; n++)
		free(l->pools[n].at);
	free(l);
}

void
load_open(struct load *l)
{
	pthread_mutex_lock(&l->lock);
	l->on = l->calm = true;
	l->opened_ms = clock_now_ms();
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

struct load_open
load_wound(struct load *l)
{
	struct load_open open;

	pthread_mutex_lock(&l->lock);
	l->calm = false;
	l->wounds++;
	l->counts.open_ms += clock_now_ms() - l->opened_ms;
	open = (struct load_open){ l->open, l->open_forms };
	pthread_mutex_unlock(&l->lock);
	return open;
}

void
load_stop_hands(struct load *l)
{
	for (unsigned n = 0; n < LOAD_ACTORS; n++)
		hand_stop(&l->actors[n].hand);
}

void
load_let_hands(struct load *l)
{
	for (unsigned n = 0; n < LOAD_ACTORS; n++)
		hand_let(&l->actors[n].hand);
}

bool
load_close(struct load *l, int64_t until_ms)
{
	const struct timespec until = { .tv_sec = until_ms / 1000,
		.tv_nsec = until_ms % 1000 * 1000000 };
	bool idle;
	int over = 0;

	pthread_mutex_lock(&l->lock);
	l->on = false;
	while (l->busy && !over)
		over = pthread_cond_timedwait(&l->changed, &l->lock, &until);
	idle = l->busy == 0;
	pthread_mutex_unlock(&l->lock);
	return idle;
}

struct load_counts
load_counts(struct load *l)
{
	struct load_counts c;

	pthread_mutex_lock(&l->lock);
	c = l->counts;
	pthread_mutex_unlock(&l->lock);
	return c;
}
