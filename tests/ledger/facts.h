/*
 * facts.h: the ledger: what clients and admins were told is done.
 *
 * A fact is a kind, a subject and a value.  While a request is open, or when
 * its answer never came, the old and the wanted value may both be true;
 * afterwards only one.  Each acknowledgement is a line in a file that is synced
 * before the call returns.  Threads may call at the same time.
 */
#ifndef TESTS_LEDGER_FACTS_H
#define TESTS_LEDGER_FACTS_H

#include "tests/ledger/view.h"

/* A kind of fact is one row: its word, who is asked, whether netmaps show it
 * too, and the kind that it goes with: a machine that is deleted takes its name
 * along.  New kinds come here. */
/* clang-format off */
#define FACT_TABLE(X)                                                         \
	X(MACHINE, "machine", view_machine, true, MACHINE) /* here, gone */   \
	X(NAME, "name", view_name, true, MACHINE)                             \
	X(ADDRESS, "address", view_address, true, MACHINE)                    \
	X(EXPIRY, "expiry", view_expiry, true, MACHINE)                       \
	X(ROUTES, "routes", view_routes, false, MACHINE) /* approved: JSON */ \
	X(KEY, "key", view_key, false, KEY)              /* used, unused */   \
	X(SESSION, "session", view_session, false, SESSION) /* open, gone */  \
	X(SETTING, "setting", view_setting, false, SETTING)                   \
	X(RECORD, "record", view_record, true, RECORD) /* address, gone */    \
	X(NAMESERVER, "nameserver", view_nameserver, true, NAMESERVER)        \
	X(RELAY, "relay", view_relay, false, RELAY)  /* here, gone; … */      \
	X(REGION, "region", view_region, true, RELAY) /* … is it told of */   \
	X(CHECK, "check", view_check, false, CHECK) /* ssh_check.state */
/* clang-format on */

enum fact_kind {
#define X(name, word, ask, in_maps, with) FACT_##name,
	FACT_TABLE(X)
#undef X
	FACT_KINDS,
};

struct facts;

struct facts *facts_new(const char *path);
void facts_free(struct facts *f);

/* A request for it goes out now. */
void facts_try(struct facts *f, enum fact_kind kind, const char *subject,
	const char *wanted);
/* It was acknowledged: from here on it must hold. */
void facts_told(struct facts *f, enum fact_kind kind, const char *subject,
	const char *value);

/* Each fact against the database; what was open is settled by what is there,
 * and what rows say beside the facts becomes one; of machines each must
 * have been asked for.  Complains of each that does
 * not hold. */
void facts_check_db(struct facts *f, const struct view *db);
void facts_check_map(struct facts *f, const struct view *map, const char *who);
size_t facts_count(struct facts *f);

#endif
