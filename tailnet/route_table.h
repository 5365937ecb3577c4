/*
 * route_table.h: all routes of the tailnet by prefix: who carries each, who
 * could, who waits, and what else leads to the same addresses.
 *
 * Who serves is as in tailnet/primaries.h: what the worker elected.
 */
#ifndef TAILNET_ROUTE_TABLE_H
#define TAILNET_ROUTE_TABLE_H

#include "policy/range.h"
#include "tailnet/primaries.h"

/* The first that holds, in this order; the order of preference, too. */
#define ROUTE_STATE_TABLE(X)                              \
	X(PRIMARY, "primary", "primary")                  \
	X(IN_USE, "in-use", "in use") /* of exit nodes */ \
	X(STANDBY, "standby", "standby")                  \
	X(AWAY, "away", "just gone")                      \
	X(SILENT, "silent", "does not answer")            \
	X(OFFLINE, "offline", "offline")                  \
	X(EXPIRED, "expired", "its key has expired")      \
	X(UNAPPROVED, "unapproved", "not let in yet")     \
	X(WAITING, "waiting", "waiting")                  \
	X(MISSING, "not-advertised", "not advertised")

enum route_state {
#define X(name, word, words) ROUTE_##name,
	ROUTE_STATE_TABLE(X)
#undef X
	ROUTE_STATES,
};

const char *route_state_word(enum route_state state);
const char *route_state_words(enum route_state state);

struct route_router {
	const struct node *node; /* in the memory of the table */
	bool advertised, approved;
	enum route_state state;
};

struct route_row {
	struct range range;
	const char *prefix; /* "0.0.0.0/0" stands for both exit routes */
	bool exit;
	size_t place;            /* in the order of prefixes, from 0 */
	struct route_router *at; /* in the order of preference */
	size_t count;
	/* The narrowest other prefix that holds it, NULL if none; and how many
	 * lie in it. */
	const char *within;
	size_t holds;
};

/* Of the state of its first machine. */
enum route_state route_row_state(const struct route_row *row);

struct route_table {
	struct route_row *at; /* IPv4 first, by address; exit nodes last */
	size_t count;
};

enum err route_table(struct db *db, const struct primaries_when *when,
	struct arena *mem, struct route_table *out);

/* How that machine stands to that route; either exit route is both.  Of a table
 * in its first order. */
enum route_state route_table_state(
	const struct route_table *t, const char *prefix, int64_t node_id);

#endif
