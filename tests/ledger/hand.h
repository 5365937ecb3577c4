/*
 * hand.h: a process that does what an admin does: one rule of tailnet/ a
 * line, told by a pipe.  It may be killed at any moment.
 *
 *	key                        ok ID TEXT  a one-time key
 *	rename KEY NAME            ok          KEY: the node key of a machine
 *	expire KEY AT              ok
 *	delete KEY                 ok
 *	routes KEY PREFIX|none     ok          all that are approved
 *	where KEY                  ok ID       for its page
 *	set NAME VALUE             ok
 *	record NAME ADDRESS|gone   ok
 *	nameserver DOMAIN ADDRESS|gone         ok
 *	where-record NAME          ok ID       for its form
 *	where-nameserver DOMAIN    ok ID
 *	relay ID add|hide|show|gone            ok
 *	where-relay ID             ok hidden|shown
 *	ask NAME LOGIN             ok ID STATE LINK
 *	                           a login of that machine at the door
 *	check ID approve|reject|revoke         ok
 *	                           no WORDS    it was refused
 */
#ifndef TESTS_LEDGER_HAND_H
#define TESTS_LEDGER_HAND_H

#include <pthread.h>
#include <sys/types.h>

#include "tests/ledger/instance.h"

enum hand_answer {
	HAND_OK,
	HAND_REFUSED,
	HAND_LOST, /* no answer: done or not, nobody knows */
};

enum {
	HAND_TEXT = 512,
	HAND_MS = 8000, /* a writer waits 5 s for others */
};

struct hand {
	const struct instance *instance;
	char **env;
	pthread_mutex_t lock; /* of pid: another thread stops it */
	pid_t pid;            /* 0: none yet, or none any more */
	bool stopped;
	int to, from;
};

void hand_init(struct hand *h, const struct instance *i);
/* Starts the process where there is none.  `answer` is what stands behind "ok"
 * or "no". */
enum hand_answer hand_ask(struct hand *h, char answer[HAND_TEXT],
	const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* From another thread: SIGKILL, and no new one before hand_let. */
void hand_stop(struct hand *h);
void hand_let(struct hand *h);
void hand_end(struct hand *h);

/* The process itself: `ledger --hand HOME` (hand_do.c). */
int hand_main(const char *home);

#endif
