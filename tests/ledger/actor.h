/*
 * actor.h: between load.c, which runs the threads, and deeds.c, which says what
 * they do.
 */
#ifndef TESTS_LEDGER_ACTOR_H
#define TESTS_LEDGER_ACTOR_H

#include <pthread.h>

#include "tests/ledger/hand.h"
#include "tests/ledger/load.h"

enum {
	SESSIONS = 8, /* a user may have fifty */
};

struct actor {
	struct load *load;
	pthread_t thread;
	struct hand hand;
	unsigned number;
	uint64_t random;
	unsigned long made;          /* names that it has given */
	char sessions[SESSIONS][24]; /* that it has open, oldest first */
	unsigned session_count;
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

uint64_t next_random(struct actor *a);

/* Around each request. */
struct attempt begin(struct actor *a);
/* In quiet times no request fails; whatever else befell it is told. */
void end(struct actor *a, struct attempt t, bool good, const char *what,
	const char *words);
/* A client's pause before its next try; false: it tries no more. */
bool again(struct actor *a, unsigned tries, int64_t since_ms, const char *what);
void count(struct actor *a, uint64_t *counter);

void pool_put(struct load *l, const char *key);
bool pool_take(struct actor *a, char key[KEY_TEXT_SIZE]);

/* One thing, by chance (deeds.c). */
void act(struct actor *a, struct arena *mem);

#endif
