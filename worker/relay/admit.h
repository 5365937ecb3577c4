/*
 * admit.h: who may use the relay.
 *
 * By default the nodes of the tailnet: a node key that the database knows and
 * that has not expired.  The set of keys is kept in memory and moved forward by
 * the change log, looked at each second and whenever an unknown key knocks, so
 * a node that registered a moment ago is let in, and a deleted one is out in
 * two seconds.
 *
 * A relay on another machine asks the server, and whoever knocks waits for its
 * answer (asked.h).
 */
#ifndef WORKER_RELAY_ADMIT_H
#define WORKER_RELAY_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ADMIT_ANY = -1,
	ADMIT_LATER = -2, /* it is asked for: relay_answer tells */
};

/* The question, so that tests can answer it from a list. */
struct admit {
	/* Someone comes, with a proven key: the id of its node, 0 if there is
	 * none, ADMIT_ANY if everyone is welcome or the id is not known here,
	 * ADMIT_LATER if that must be asked for. */
	int64_t (*allows)(void *arg, const uint8_t key[32]);
	/* Asked each second of everyone who was let in. */
	bool (*keeps)(void *arg, const uint8_t key[32]);
	void *arg;
};

#endif
