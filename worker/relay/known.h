/*
 * known.h: the node keys of the tailnet in memory, kept up to date by the
 * change log: who may use the relay (admit.h).
 *
 * When the database cannot be read for KNOWN_STALE_SECONDS nobody new is let in
 * (spec/reliability.md T27: fail closed); who is here already stays.
 */
#ifndef WORKER_RELAY_KNOWN_H
#define WORKER_RELAY_KNOWN_H

#include "db/db.h"
#include "worker/relay/admit.h"

enum {
	KNOWN_STALE_SECONDS = 5,
	KNOWN_CHANGES_MAX = 256, /* at once; more, and all rows are read */
};

struct known;

/* Borrows `db`. */
struct known *known_new(struct db *db);
void known_free(struct known *k);

/* Each second: what has changed since the last look. */
enum err known_look(struct known *k, int64_t now);
bool known_is_stale(const struct known *k);
/* Whether a setting changed since this was last asked. */
bool known_settings_changed(struct known *k);
bool known_key_changed(struct known *k);
/* Everyone is welcome: a relay that is open on purpose. */
void known_set_open(struct known *k, bool open);

struct admit known_admit(struct known *k);

#endif
