#include "fcgi/guess.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/ip.h"

enum {
	SETS = 4096, /* for each kind */
	WAYS = 4,    /* places in a set; the one that matters least goes */
};

/* One place: whose, since when, how many failures, until when to wait. */
struct place {
	uint64_t tag; /* 0: free */
	int64_t since, until;
	int64_t failures;
};

struct guess {
	uint64_t seed;
	pthread_mutex_t lock; /* of the places */
	pthread_mutex_t checks[GUESS_CHECKS];
	struct place places[GUESS_KINDS][SETS][WAYS];
	pthread_mutex_t outside[GUESS_OUTSIDE];
	pthread_mutex_t strangers[GUESS_STRANGERS];
	uint64_t stranger[GUESS_STRANGERS]; /* whose */
};

/* Robust: the next one gets it when its holder dies. */
static bool
lock_init(pthread_mutex_t *m)
{
	pthread_mutexattr_t how;
	bool good;

	if (pthread_mutexattr_init(&how) != 0)
		return false;
	good = pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED) ==
		       0 &&
	       pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST) == 0 &&
	       pthread_mutex_init(m, &how) == 0;
	pthread_mutexattr_destroy(&how);
	return good;
}

struct guess *
guess_new(void)
{
	struct guess *g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool good;

	if (g == MAP_FAILED)
		return NULL;
	if (getrandom(&g->seed, sizeof(g->seed), 0) < 0)
		g->seed = 0;
	good = lock_init(&g->lock);
	for (size_t i = 0; i < GUESS_CHECKS; i++)
		good = good && lock_init(&g->checks[i]);
	for (size_t i = 0; i < GUESS_OUTSIDE; i++)
		good = good && lock_init(&g->outside[i]);
	for (size_t i = 0; i < GUESS_STRANGERS; i++)
		good = good && lock_init(&g->strangers[i]);
	if (!good) {
		guess_free(g);
		return NULL;
	}
	return g;
}

void
guess_free(struct guess *g)
{
	if (g)
		munmap(g, sizeof(*g));
}

/* What a dead child left in the table is a count, whole or not: it is used. */
static bool
got(pthread_mutex_t *m, int result)
{
	if (result == EOWNERDEAD)
		return pthread_mutex_consistent(m) == 0;
	return result == 0;
}

/* Case does not matter in names, and an address counts by its network. */
static uint64_t
tag_of(const struct guess *g, enum guess_of what, const char *who)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ g->seed;
	struct ip ip = { .family = 0 };
	size_t len = strlen(who);

	if (what == GUESS_ADDRESS && ip_parse(who, &ip) == ERR_OK) {
		who = (const char *)ip.bytes;
		len = ip_party_bytes(&ip);
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)who[i];

		if (what == GUESS_ACCOUNT && c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		hash = (hash ^ c) * UINT64_C(1099511628211);
	}
	hash ^= hash >> 29; /* the seed must reach every bit */
	hash *= UINT64_C(0xbf58476d1ce4e5b9);
	hash ^= hash >> 32;
	return hash ? hash : 1;
}

/* Its place, or NULL: it has not failed lately. */
static struct place *
find(struct guess *g, enum guess_of what, const char *who)
{
	uint64_t tag = tag_of(g, what, who);
	struct place *set = g->places[what][tag % SETS];

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].tag == tag)
			return &set[i];
	return NULL;
}

/* Its place, taken from whoever failed least if it has none: nobody waits for
 * what another did. */
static struct place *
take(struct guess *g, enum guess_of what, const char *who)
{
	struct place *p = find(g, what, who);
	uint64_t tag = tag_of(g, what, who);
	struct place *set = g->places[what][tag % SETS];

	if (p)
		return p;
	p = &set[0];
	for (size_t i = 1; i < WAYS; i++)
		if (set[i].failures < p->failures ||
			(set[i].failures == p->failures &&
				set[i].since < p->since))
			p = &set[i];
	*p = (struct place){ .tag = tag };
	return p;
}

static int64_t
wait_of(const struct place *p, int64_t now)
{
	int64_t wait = p ? p->until - now : 0;

	return wait < 0 ? 0 : wait > GUESS_WAIT_MAX ? GUESS_WAIT_MAX : wait;
}

int64_t
guess_wait(struct guess *g, enum guess_of what, const char *who, int64_t now)
{
	int64_t wait;

	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return 0;
	wait = wait_of(find(g, what, who), now);
	pthread_mutex_unlock(&g->lock);
	return wait;
}

void
guess_forget(struct guess *g, enum guess_of what, const char *who)
{
	struct place *p;

	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return;
	p = find(g, what, who);
	if (p)
		*p = (struct place){ .tag = 0 };
	pthread_mutex_unlock(&g->lock);
}

static void
count(struct place *p, enum guess_of what, int64_t now)
{
	const int64_t kept =
		what == GUESS_CODE ? GUESS_CODE_KEPT : GUESS_WINDOW;
	int64_t wait = GUESS_WINDOW;

	if (now - p->since >= kept && now - p->until >= kept)
		*p = (struct place){ .tag = p->tag, .since = now };
	p->failures++;
	if (p->failures < GUESS_FREE)
		return;
	for (int64_t i = GUESS_FREE; i < p->failures && wait < GUESS_WAIT_MAX;
		i++)
		wait *= 2;
	p->until = now + (wait < GUESS_WAIT_MAX ? wait : GUESS_WAIT_MAX);
}

void
guess_failed(struct guess *g, enum guess_of what, const char *who, int64_t now)
{
	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return;
	count(take(g, what, who), what, now);
	pthread_mutex_unlock(&g->lock);
}

int64_t
guess_try(struct guess *g, enum guess_of what, const char *who, int64_t now)
{
	int64_t wait;

	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return 0;
	wait = wait_of(find(g, what, who), now);
	if (!wait)
		count(take(g, what, who), what, now);
	pthread_mutex_unlock(&g->lock);
	return wait;
}

void
guess_take_back(struct guess *g, enum guess_of what, const char *who)
{
	struct place *p;

	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return;
	p = find(g, what, who);
	if (p && p->failures)
		p->failures--;
	if (p)
		p->until = 0;
	pthread_mutex_unlock(&g->lock);
}

enum err
guess_enter(struct guess *g, bool stranger, int *place)
{
	const int last = stranger ? 0 : GUESS_CHECKS - 1;
	struct timespec until;

	*place = -1;
	if (!g)
		return ERR_OK;
	for (int i = last; i >= 0; i--)
		if (got(&g->checks[i], pthread_mutex_trylock(&g->checks[i]))) {
			*place = i;
			return ERR_OK;
		}
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += GUESS_CHECK_MS / 1000;
	if (!got(&g->checks[last],
		    pthread_mutex_timedlock(&g->checks[last], &until)))
		return ERR_BUSY;
	*place = last;
	return ERR_OK;
}

void
guess_leave(struct guess *g, int place)
{
	if (g && place >= 0)
		pthread_mutex_unlock(&g->checks[place]);
}

enum err
guess_go_outside(struct guess *g, int64_t places, int *place)
{
	*place = -1;
	if (!g)
		return ERR_OK;
	for (int i = 0; i < GUESS_OUTSIDE && i < places; i++)
		if (got(&g->outside[i],
			    pthread_mutex_trylock(&g->outside[i]))) {
			*place = i;
			return ERR_OK;
		}
	return ERR_BUSY;
}

void
guess_come_back(struct guess *g, int place)
{
	if (g && place >= 0)
		pthread_mutex_unlock(&g->outside[place]);
}

/* Under the lock of the places: who holds how many does not change meanwhile.
 */
static enum err
take_stranger(struct guess *g, int64_t places, uint64_t tag, int *place)
{
	int64_t own = 0;
	int found = -1;

	for (int i = 0; i < places; i++) {
		pthread_mutex_t *seat = &g->strangers[i];

		if (!got(seat, pthread_mutex_trylock(seat)))
			own += g->stranger[i] == tag;
		else if (found < 0)
			found = i;
		else
			pthread_mutex_unlock(seat);
	}
	if (own && own >= places - 1) {
		guess_let_out(g, found);
		return ERR_RATE;
	}
	if (found < 0)
		return ERR_BUSY;
	g->stranger[found] = tag;
	*place = found;
	return ERR_OK;
}

enum err
guess_let_in(struct guess *g, int64_t places, const char *address, int *place)
{
	enum err e;

	*place = -1;
	if (!g || !got(&g->lock, pthread_mutex_lock(&g->lock)))
		return ERR_OK;
	e = take_stranger(g,
		places < GUESS_STRANGERS ? places : GUESS_STRANGERS,
		tag_of(g, GUESS_ADDRESS, address), place);
	pthread_mutex_unlock(&g->lock);
	return e;
}

void
guess_let_out(struct guess *g, int place)
{
	if (g && place >= 0)
		pthread_mutex_unlock(&g->strangers[place]);
}
