/*
 * actor.h: between load.c, which runs the threads, deeds.c, which says what
 * they do, and desk.c, which does it by the pages' forms.
 */
#ifndef TESTS_LEDGER_ACTOR_H
#define TESTS_LEDGER_ACTOR_H

#include <pthread.h>

#include "tailnet/seal.h"
#include "tests/ledger/hand.h"
#include "tests/ledger/load.h"
#include "tests/ledger/tab.h"

struct actor {
	struct load *load;
	pthread_t thread;
	struct hand hand;
	unsigned number;
	uint64_t random;
	unsigned long made;   /* names that it has given */
	unsigned long set;    /* values of the setting */
	unsigned long relays; /* that it has added */
	struct tab tab;
	char session[VIEW_HASH_SIZE]; /* "": the tab is signed out */
	unsigned forms_left;          /* before it signs out */
};

/* What is there and nobody works at, by kind. */
enum pool_kind {
	POOL_MACHINES, /* node keys */
	POOL_RECORDS,  /* names */
	POOL_NAMESERVERS,
	POOL_RELAYS, /* regions */
	POOLS,
};

struct pool {
	char (*at)[KEY_TEXT_SIZE];
	size_t count;
};

struct load {
	const struct instance *instance;
	struct facts *facts;
	struct secret pepper; /* of the cookies' hashes */
	struct actor actors[LOAD_ACTORS];
	pthread_mutex_t signing_in; /* one at a time: each costs much */
	pthread_mutex_t lock;       /* of all below */
	pthread_cond_t changed;
	bool on, calm, ending;
	unsigned long wounds;
	unsigned busy, open, open_forms;
	struct pool pools[POOLS];
	int64_t opened_ms;
	int64_t link_ms; /* when a check's link was opened last */
	struct load_counts counts;
};

/* One request, or one that is sent again. */
struct attempt {
	bool calm, form;
	unsigned long wounds;
};

uint64_t next_random(struct actor *a);

/* Around each request; of a form that is sent. */
struct attempt begin(struct actor *a);
struct attempt begin_form(struct actor *a);
/* In quiet times no request fails; whatever else befell it is told. */
void end(struct actor *a, struct attempt t, bool good, const char *what,
	const char *words);
/* A client's pause before its next try; false: it tries no more. */
bool again(struct actor *a, unsigned tries, int64_t since_ms, const char *what);
void count(struct actor *a, uint64_t *counter);

void pool_put(struct load *l, enum pool_kind kind, const char *key);
bool pool_take(struct actor *a, enum pool_kind kind, char key[KEY_TEXT_SIZE]);

/* One thing, by chance (deeds.c). */
void act(struct actor *a, struct arena *mem);
/* The same of what is no machine (deeds_net.c). */
void act_on_net(struct actor *a, struct arena *mem);
/* A hand's answer to that line.  False: refused or lost, and it is not known
 * whether it was done (deeds.c). */
bool ask_once(struct actor *a, char answer[HAND_TEXT], const char *line);

/* A change of one fact, as a hand is told and as the pages have it. */
struct change {
	enum fact_kind kind;
	const char *subject, *value;
	const char *line;
	const char *where; /* told to a hand: an id for the page and the form;
			      NULL: it needs none */
	const char *page;  /* of a machine: what comes behind its address */
	const char *form;  /* NULL: there is no such form */
	const char *form_tail; /* behind form and id; NULL: form says all */
	struct typed typed[TYPED_MAX];
	const char *flash; /* "": it has none */
};

/* By the one or the other; facts are tried and told.  False: not done, or
 * nobody knows (deeds.c). */
bool change(struct actor *a, struct arena *mem, const struct change *c);

/* Whether the actor's tab is signed in, if need be now (desk.c). */
bool desk_is_open(struct actor *a, struct arena *mem);
/* By the form.  False: not done, or nobody knows. */
bool desk_change(struct actor *a, struct arena *mem, const struct change *c);
void desk_sign_out(struct actor *a, struct arena *mem);

#endif
