#include "tests/ledger/load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "tests/ledger/complain.h"
#include "tests/ledger/hand.h"

enum {
	ANSWER_MS = 3000,
	RETRY_MS = 12 * 1000,
	RETRY_LEAST_MS = 10, /* a client's: n * n * 10 ms */
	RETRY_MOST_MS = 400,
	POOL_MAX = 4096,
	GIVE_UP_ONE_IN = 4,
	LOOK_ONE_IN = 4, /* of those that join, for a whole map */
	YEAR = 31536000,
};

struct actor {
	struct load *load;
	pthread_t thread;
	struct hand hand;
	unsigned number;
	uint64_t random;
	unsigned long made; /* names that it has given */
};

struct load {
	const struct instance *instance;
	struct facts *facts;
	struct actor actors[LOAD_ACTORS];
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	bool on, calm, ending;
	unsigned long wounds;
	unsigned busy, open;
	char (*pool)[KEY_TEXT_SIZE]; /* machines that nobody works at */
	size_t pool_count;
	int64_t opened_ms;
	struct load_counts counts;
};

/* One request, or one that is sent again. */
struct attempt {
	bool calm;
	unsigned long wounds;
};

static uint64_t
next_random(struct actor *a)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return a->random >> 11;
}

/* ---- requests ---- */

static struct attempt
begin(struct actor *a)
{
	struct load *l = a->load;
	struct attempt t;

	pthread_mutex_lock(&l->lock);
	l->open++;
	t = (struct attempt){ l->calm, l->wounds };
	pthread_mutex_unlock(&l->lock);
	return t;
}

/* In quiet times no request fails; whatever else befell it is told. */
static void
end(struct actor *a, struct attempt t, bool good, const char *what,
	const char *words)
{
	struct load *l = a->load;
	bool quiet;

	pthread_mutex_lock(&l->lock);
	l->open--;
	l->counts.lost += !good;
	quiet = t.calm && l->calm && t.wounds == l->wounds;
	pthread_mutex_unlock(&l->lock);
	if (!good && quiet)
		complain(REFUSED, "%s, though nothing was killed: %s", what,
			words);
}

static void
count(struct actor *a, uint64_t *counter)
{
	pthread_mutex_lock(&a->load->lock);
	(*counter)++;
	pthread_mutex_unlock(&a->load->lock);
}

/* A client's pause before its next try; false: it tries no more. */
static bool
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

static void
pool_put(struct load *l, const char *key)
{
	pthread_mutex_lock(&l->lock);
	if (l->pool_count < POOL_MAX)
		(void)snprintf(
			l->pool[l->pool_count++], KEY_TEXT_SIZE, "%s", key);
	pthread_mutex_unlock(&l->lock);
}

static bool
pool_take(struct actor *a, char key[KEY_TEXT_SIZE])
{
	struct load *l = a->load;
	bool found;
	size_t at;

	pthread_mutex_lock(&l->lock);
	found = l->pool_count > 0;
	if (found) {
		at = next_random(a) % l->pool_count;
		memcpy(key, l->pool[at], KEY_TEXT_SIZE);
		memcpy(l->pool[at], l->pool[--l->pool_count], KEY_TEXT_SIZE);
	}
	pthread_mutex_unlock(&l->lock);
	return found;
}

void
load_refill(struct load *l, const struct view *db)
{
	pthread_mutex_lock(&l->lock);
	l->pool_count = 0;
	pthread_mutex_unlock(&l->lock);
	for (size_t i = 0; i < db->count; i++)
		if (strncmp(db->rows[i].name, "watch-", 6) != 0)
			pool_put(l, db->rows[i].key);
}

/* ---- a machine joins ---- */

struct joining {
	struct fake_client *client;
	struct arena *mem;
	const char *node_key, *key_id, *auth_key;
	char name[64];
};

/* A refusal in words is wrong at any time: the key is good. */
static bool
admitted(const struct fake_registration *r)
{
	const char *error = r->response.error ? r->response.error : "";

	if (r->status == 200 && *error)
		complain(REFUSED, "a good key: %s", error);
	return r->status == 200 && !*error && r->response.machine_authorized;
}

static bool
register_once(struct actor *a, struct joining *j)
{
	struct fake_registration r = { .status = 0 };
	struct attempt t = begin(a);
	enum err e = fake_connect(j->client, ANSWER_MS);
	bool good;

	if (!e)
		e = fake_register(
			j->client, j->auth_key, NULL, ANSWER_MS, j->mem, &r);
	good = !e && admitted(&r);
	end(a, t, good, "a registration",
		e ? err_words(e)
		  : arena_printf(j->mem, "status %d, %s", r.status, r.text));
	return good;
}

/* Of what the map says of the machine itself. */
static void
tell_own_map(struct actor *a, const struct joining *j)
{
	const struct fake_peer *self = &j->client->self;
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s",
		(int)strcspn(self->name, "."), self->name);
	facts_told(a->load->facts, FACT_ADDRESS, j->node_key, self->address);
	facts_told(a->load->facts, FACT_NAME, j->node_key, name);
}

static void
look_around(struct actor *a, struct joining *j)
{
	if (fake_map_open(j->client) == ERR_OK &&
		fake_until(j->client, fake_has_map, NULL, ANSWER_MS) == ERR_OK)
		tell_own_map(a, j);
}

static void
join_with(struct actor *a, struct joining *j)
{
	struct facts *f = a->load->facts;
	int64_t since = clock_now_ms();
	unsigned tries = 0;

	facts_try(f, FACT_MACHINE, j->node_key, VIEW_HERE);
	facts_try(f, FACT_KEY, j->key_id, "used");
	while (!register_once(a, j))
		if (!again(a, ++tries, since, "a registration"))
			return;
	facts_told(f, FACT_MACHINE, j->node_key, VIEW_HERE);
	facts_told(f, FACT_KEY, j->key_id, "used");
	count(a, &a->load->counts.joined);
	(void)fake_lite(j->client, ANSWER_MS, NULL);
	if (next_random(a) % LOOK_ONE_IN == 0)
		look_around(a, j);
	pool_put(a->load, j->node_key);
}

/* ---- what a hand does ---- */

/* False: refused or lost, and it is not known whether it was done. */
static bool
ask_once(struct actor *a, char answer[HAND_TEXT], const char *line)
{
	struct attempt t = begin(a);
	enum hand_answer got = hand_ask(&a->hand, answer, "%s", line);

	end(a, t, got == HAND_OK, line,
		got == HAND_REFUSED ? answer : "no answer");
	return got == HAND_OK;
}

/* Asks for a change of one fact. */
static bool
change(struct actor *a, enum fact_kind kind, const char *subject,
	const char *value, const char *line)
{
	char answer[HAND_TEXT];

	facts_try(a->load->facts, kind, subject, value);
	if (!ask_once(a, answer, line))
		return false;
	facts_told(a->load->facts, kind, subject, value);
	return true;
}

static void
do_join(struct actor *a, struct arena *mem)
{
	char answer[HAND_TEXT];
	struct joining j = { .mem = mem };

	if (!ask_once(a, answer, "key"))
		return;
	j.key_id = arena_printf(mem, "%.*s", (int)strcspn(answer, " "), answer);
	j.auth_key = arena_strdup(mem, strchr(answer, ' ') + 1);
	facts_told(a->load->facts, FACT_KEY, j.key_id, "unused");
	(void)snprintf(j.name, sizeof(j.name), "m%u-%lu", a->number, a->made++);
	j.client = fake_new(&a->load->instance->target, j.name);
	j.node_key = key_text(mem, KEY_NODE, &j.client->node_public);
	join_with(a, &j);
	fake_free(j.client);
}

static void
do_rename(struct actor *a, struct arena *mem, const char *key)
{
	const char *name = arena_printf(mem, "r%u-%lu", a->number, a->made++);

	if (!change(a, FACT_NAME, key, name,
		    arena_printf(mem, "rename %s %s", key, name)))
		return;
	count(a, &a->load->counts.renamed);
	pool_put(a->load, key);
}

static void
do_delete(struct actor *a, struct arena *mem, const char *key)
{
	if (change(a, FACT_MACHINE, key, VIEW_GONE,
		    arena_printf(mem, "delete %s", key)))
		count(a, &a->load->counts.deleted);
}

static void
do_extend(struct actor *a, struct arena *mem, const char *key)
{
	const char *at = arena_printf(mem, "%lld",
		(long long)clock_now() + YEAR +
			(long long)(next_random(a) % YEAR));

	if (!change(a, FACT_EXPIRY, key, at,
		    arena_printf(mem, "expire %s %s", key, at)))
		return;
	count(a, &a->load->counts.extended);
	pool_put(a->load, key);
}

/* One actor alone, so that the order is known. */
static void
do_set(struct actor *a, struct arena *mem)
{
	const char *value = arena_printf(mem, "%lus", 100 + a->made++);

	if (change(a, FACT_SETTING, VIEW_SETTING, value,
		    arena_printf(mem, "set %s %s", VIEW_SETTING, value)))
		count(a, &a->load->counts.set);
}

static void
act(struct actor *a, struct arena *mem)
{
	unsigned dice = (unsigned)(next_random(a) % 100);
	char key[KEY_TEXT_SIZE];
	bool full = a->load->pool_count > LOAD_NODES;

	if (a->number == 0 && dice < 20)
		do_set(a, mem);
	else if (dice < (full ? 35 : 60) || !pool_take(a, key))
		do_join(a, mem);
	else if (dice < 75)
		do_rename(a, mem, key);
	else if (dice < 95)
		do_delete(a, mem, key);
	else
		do_extend(a, mem, key);
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
	l->pool = own_alloc(POOL_MAX * sizeof(*l->pool));
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
	free(l->pool);
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

unsigned
load_wound(struct load *l)
{
	unsigned open;

	pthread_mutex_lock(&l->lock);
	l->calm = false;
	l->wounds++;
	l->counts.open_ms += clock_now_ms() - l->opened_ms;
	open = l->open;
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
