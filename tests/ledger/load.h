/*
 * load.h: clients that join, and hands and browsers that change what is there,
 * as fast as answers come, each in a thread of its own.
 *
 * Every request is a fact tried before it goes out and a fact told when its
 * answer is there.  Whose answer is lost mostly asks again, as clients do, and
 * sometimes gives up.
 */
#ifndef TESTS_LEDGER_LOAD_H
#define TESTS_LEDGER_LOAD_H

#include "tests/ledger/facts.h"
#include "tests/ledger/instance.h"

enum {
	LOAD_ACTORS = INSTANCE_DESKS,
	LOAD_NODES = 200, /* about as many machines there are */
};

struct load_counts {
	uint64_t joined, renamed, deleted, extended, set, signed_in;
	uint64_t routes, dns, relays, checks;
	uint64_t by_form; /* of those */
	uint64_t lost;    /* requests whose answer never came */
	int64_t open_ms;  /* the load was on for so long */
};

struct load;

struct load *load_new(const struct instance *i, struct facts *f, uint64_t seed);
void load_free(struct load *l);

/* From here on nothing may be refused, until load_wound. */
void load_open(struct load *l);
struct load_open {
	unsigned requests, forms; /* the latter are among the former */
};

/* What is open right now; from here on it may fail. */
struct load_open load_wound(struct load *l);
/* Kills all hands; none is started before they are let again. */
void load_stop_hands(struct load *l);
void load_let_hands(struct load *l);
/* No new requests; waits for those that are open.  False: not all ended. */
bool load_close(struct load *l, int64_t until_ms);
/* What is there, after each look. */
void load_refill(struct load *l, const struct view *db);
struct load_counts load_counts(struct load *l);

#endif
