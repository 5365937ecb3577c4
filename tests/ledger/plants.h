/*
 * plants.h: the bugs that can be planted, and what the run must find of each.
 *
 * A bug of the database itself is SQL that is run before anything is started;
 * the others are done by shim.c, which knows their words.  Those of power cuts
 * need these to show.
 */
#ifndef TESTS_LEDGER_PLANTS_H
#define TESTS_LEDGER_PLANTS_H

#include <stdbool.h>

#include "tests/ledger/complain.h"

/* Word, what it must come out as, power cuts, SQL.  Of the last ones each
 * loses one kind of fact (facts.h), now and then. */
/* clang-format off */
#define PLANT_TABLE(X)                                                        \
	X("sync-off", LOST, true, NULL)                                       \
	X("sync-normal", LOST, true, NULL)                                    \
	X("late-commit", LOST, false, NULL)                                   \
	X("late-form", LOST, false, NULL)                                     \
	X("no-flock", REFUSED, false, NULL)                                   \
	X("no-lock", DAMAGED, false, NULL)                                    \
	X("lost-trigger", LOST, false, "DROP TRIGGER node_changed")           \
	X("lost-form", REFUSED, false,                                        \
		"CREATE TRIGGER forget AFTER INSERT ON spent_form "           \
		"BEGIN DELETE FROM spent_form; END")                          \
	X("lost-record", LOST, false,                                         \
		"CREATE TRIGGER forget AFTER INSERT ON dns_record "           \
		"WHEN NEW.id % 3 = 0 BEGIN "                                  \
		"DELETE FROM dns_record WHERE id = NEW.id; END")              \
	X("lost-nameserver", LOST, false,                                     \
		"CREATE TRIGGER forget AFTER INSERT ON nameserver "           \
		"WHEN NEW.id % 3 = 0 BEGIN "                                  \
		"DELETE FROM nameserver WHERE id = NEW.id; END")              \
	X("lost-dns", LOST, false, "DROP TRIGGER dns_record_added")           \
	X("lost-check", LOST, false,                                          \
		"CREATE TRIGGER forget AFTER UPDATE OF state ON ssh_check "   \
		"WHEN NEW.id % 3 = 0 BEGIN "                                  \
		"UPDATE ssh_check SET state = OLD.state WHERE id = NEW.id; "  \
		"END")                                                        \
	X("lost-relay", LOST, false,                                          \
		"CREATE TRIGGER forget AFTER UPDATE OF token_at ON derp_region "          \
		"WHEN NEW.id % 3 = 0 BEGIN "                                  \
		"DELETE FROM derp_region WHERE id = NEW.id; END")             \
	X("lost-hiding", LOST, false,                                         \
		"CREATE TRIGGER forget AFTER INSERT ON derp_hidden BEGIN "    \
		"DELETE FROM derp_hidden; END")                               \
	/* Whatever else of relays changes would tell of it too. */           \
	X("lost-region", LOST, false,                                         \
		"DROP TRIGGER derp_hidden_added; "                            \
		"DROP TRIGGER derp_region_added; "                            \
		"DROP TRIGGER derp_region_changed; "                          \
		"DROP TRIGGER derp_test_added; "                              \
		"DROP TRIGGER derp_test_changed")                             \
	X("lost-route", LOST, false,                                          \
		"CREATE TRIGGER forget AFTER UPDATE OF approved_routes ON "   \
		"node WHEN NEW.id % 3 = 0 BEGIN UPDATE node SET "             \
		"approved_routes = OLD.approved_routes WHERE id = NEW.id; "   \
		"END")
/* clang-format on */

struct plant {
	const char *word;
	enum complaint catches;
	bool cuts;
	const char *sql; /* NULL: none */
};

/* NULL: there is no such word. */
const struct plant *plant_find(const char *word);
/* The words that need power cuts, or the others; a line each. */
void plants_print(bool cuts);

#endif
