#include "tests/ledger/watchers.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/own.h"
#include "tests/ledger/complain.h"

enum {
	ANSWER_MS = 5000,
	LOOK_MS = 100, /* whether it is over */
	RETRY_MS = 10, /* a client's: n * n * 10 ms */
	RETRY_MOST_MS = 1000,
};

struct watcher {
	struct watchers *all;
	struct fake_client *client;
	const char *auth_key;
	pthread_t thread;
	unsigned seed;
	bool joined, online; /* online: others may read the client, locked */
	int64_t back_ms;
};

struct watchers {
	struct watcher at[WATCHERS];
	struct facts *facts;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ending;
};

static bool
is_ending(struct watchers *w)
{
	bool ending;

	pthread_mutex_lock(&w->lock);
	ending = w->ending;
	pthread_mutex_unlock(&w->lock);
	return ending;
}

static void
set_online(struct watcher *w, bool online)
{
	pthread_mutex_lock(&w->all->lock);
	if (online && !w->online)
		w->back_ms = clock_now_ms();
	w->online = online;
	pthread_cond_broadcast(&w->all->changed);
	pthread_mutex_unlock(&w->all->lock);
}

static enum err
join(struct watcher *w)
{
	struct arena *mem = arena_new();
	struct fake_registration r = { .status = 0 };
	const char *key = key_text(mem, KEY_NODE, &w->client->node_public);
	enum err e;

	facts_try(w->all->facts, FACT_MACHINE, key, VIEW_HERE);
	e = fake_register(w->client, w->auth_key, NULL, ANSWER_MS, mem, &r);
	w->joined = !e && r.status == 200 && r.response.machine_authorized;
	if (!e && !w->joined)
		e = ERR_DENIED;
	if (!e)
		facts_told(w->all->facts, FACT_MACHINE, key, VIEW_HERE);
	arena_free(mem);
	return e;
}

static enum err
come_back(struct watcher *w)
{
	enum err e = fake_connect(w->client, ANSWER_MS);

	if (!e && !w->joined)
		e = join(w);
	if (!e)
		e = fake_map_open(w->client);
	if (!e)
		e = fake_lite(w->client, ANSWER_MS, NULL);
	if (!e)
		e = fake_until(w->client, fake_has_map, NULL, ANSWER_MS);
	if (!e)
		set_online(w, true);
	return e;
}

static void
pause_before(struct watcher *w, int64_t tries)
{
	int64_t ms = tries * tries * RETRY_MS;

	ms = ms > RETRY_MOST_MS ? RETRY_MOST_MS : ms;
	ms = ms / 2 + rand_r(&w->seed) % ms;
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000,
			  .tv_nsec = ms % 1000 * 1000000 },
		NULL);
}

/* What has come goes into the netmap; ends with the connection. */
static void
follow(struct watcher *w)
{
	struct pollfd on = { .fd = fake_fd(w->client), .events = POLLIN };
	enum err e = ERR_OK;

	while (!e && !is_ending(w->all)) {
		pthread_mutex_lock(&w->all->lock);
		e = fake_pump(w->client);
		if (!e && w->client->map_ended)
			e = ERR_NOT_FOUND;
		w->online = !e;
		pthread_cond_broadcast(&w->all->changed);
		pthread_mutex_unlock(&w->all->lock);
		if (!e)
			(void)poll(&on, 1, LOOK_MS);
	}
	set_online(w, false);
}

static void *
run(void *arg)
{
	struct watcher *w = arg;

	for (int64_t tries = 0; !is_ending(w->all);) {
		if (come_back(w)) {
			pause_before(w, ++tries);
			continue;
		}
		tries = 0;
		follow(w);
	}
	return NULL;
}

static const char *
key_for(struct instance *i, unsigned n)
{
	if (n == WATCHER_DOOR)
		return instance_key(i, 0, DOOR_TAGS);
	return instance_key(i, n < INSTANCE_DESKS ? i->desks[n] : 1, "[]");
}

struct watchers *
watchers_new(struct instance *i, struct facts *f, uint64_t seed)
{
	struct watchers *w = own_alloc(sizeof(*w));
	pthread_condattr_t clock;

	w->facts = f;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&w->changed, &clock);
	for (unsigned n = 0; n < WATCHERS; n++) {
		struct watcher *one = &w->at[n];

		one->all = w;
		one->seed = (unsigned)seed + n;
		one->auth_key = key_for(i, n);
		one->client = fake_new(
			&i->target, arena_printf(i->mem, WATCHER_NAME, n));
		if (pthread_create(&one->thread, NULL, run, one))
			give_up("a thread");
	}
	return w;
}

void
watchers_free(struct watchers *w)
{
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_mutex_unlock(&w->lock);
	for (unsigned n = 0; n < WATCHERS; n++) {
		pthread_join(w->at[n].thread, NULL);
		fake_free(w->at[n].client);
	}
	free(w);
}

/* NULL: it is online and agrees. */
static const char *
trouble_of(const struct watcher *w, const struct view *db, struct arena *mem)
{
	struct view map;

	if (!w->online)
		return "it is not online";
	view_of_client(w->client, mem, &map);
	return view_differs(db, &map, mem);
}

/* The first that does not agree; WATCHERS if all do. */
static unsigned
first_trouble(struct watchers *w, const struct view *db)
{
	struct arena *mem = arena_new();
	unsigned from = 0;

	while (from < WATCHERS && !trouble_of(&w->at[from], db, mem)) {
		arena_reset(mem);
		from++;
	}
	arena_free(mem);
	return from;
}

static void
tell(struct watchers *w, const struct view *db)
{
	struct arena *mem = arena_new();

	for (unsigned n = 0; n < WATCHERS; n++) {
		const char *words = trouble_of(&w->at[n], db, mem);
		const char *who =
			arena_printf(mem, "the netmap of watch-%u", n);
		struct view map;

		if (words)
			complain(NOT_BACK, "watch-%u: %s", n, words);
		if (!w->at[n].online)
			continue;
		view_of_client(w->at[n].client, mem, &map);
		facts_check_map(w->facts, &map, who);
	}
	arena_free(mem);
}

static bool
all_online(struct watchers *w, const void *unused)
{
	(void)unused;
	for (unsigned n = 0; n < WATCHERS; n++)
		if (!w->at[n].online)
			return false;
	return true;
}

static bool
all_agree(struct watchers *w, const void *db)
{
	return first_trouble(w, db) == WATCHERS;
}

/* Under the lock: whenever something comes, the question is put again. */
static bool
wait_until(struct watchers *w, bool (*holds)(struct watchers *, const void *),
	const void *arg, int64_t until_ms)
{
	const struct timespec until = { .tv_sec = until_ms / 1000,
		.tv_nsec = until_ms % 1000 * 1000000 };
	bool good;
	int over = 0;

	while (!(good = holds(w, arg)) && !over)
		over = pthread_cond_timedwait(&w->changed, &w->lock, &until);
	return good;
}

bool
watchers_online(struct watchers *w, int64_t until_ms)
{
	bool good;

	pthread_mutex_lock(&w->lock);
	good = wait_until(w, all_online, NULL, until_ms);
	pthread_mutex_unlock(&w->lock);
	return good;
}

void
watchers_wait(struct watchers *w, const struct view *db, int64_t until_ms)
{
	pthread_mutex_lock(&w->lock);
	(void)wait_until(w, all_agree, db, until_ms);
	tell(w, db);
	pthread_mutex_unlock(&w->lock);
}

int64_t
watchers_back_ms(struct watchers *w)
{
	int64_t last = 0;

	pthread_mutex_lock(&w->lock);
	for (unsigned n = 0; n < WATCHERS; n++)
		if (w->at[n].back_ms > last)
			last = w->at[n].back_ms;
	pthread_mutex_unlock(&w->lock);
	return last;
}
