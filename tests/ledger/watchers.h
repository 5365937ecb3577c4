/*
 * watchers.h: clients that stay online and keep their netmaps, each in a thread
 * of its own; whose connection ends comes back as clients do.  The first ones
 * belong to the desks, one each; the last is the door (DOOR_TAGS).
 */
#ifndef TESTS_LEDGER_WATCHERS_H
#define TESTS_LEDGER_WATCHERS_H

#include "tests/ledger/facts.h"
#include "tests/ledger/instance.h"

enum {
	WATCHERS = 10,
	WATCHER_DOOR = WATCHERS - 1,
};

/* "watch-N" */
#define WATCHER_NAME "watch-%u"

struct watchers;

struct watchers *watchers_new(
	struct instance *i, struct facts *f, uint64_t seed);
/* Waits until all are online; false when the time is over. */
bool watchers_online(struct watchers *w, int64_t until_ms);
void watchers_free(struct watchers *w);

/* Waits until all are online and their netmaps say what `db` says, facts too.
 * Complains of each that is not there in time. */
void watchers_wait(struct watchers *w, const struct view *db, int64_t until_ms);
/* When the last of them had its map again, of those that lost it; 0: none. */
int64_t watchers_back_ms(struct watchers *w);

#endif
