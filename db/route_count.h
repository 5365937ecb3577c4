/*
 * route_count.h: how many routes of a machine are in force and how many wait,
 * out of its two lists, node.routes and node.approved_routes; for C and as a
 * functions of SQL:
 *
 *	SELECT … WHERE has_routes('waiting', routes, approved_routes)
 *	SELECT … WHERE carries_one('["10.1.0.0/24"]', routes, approved_routes)
 *
 * The lists are read as the text that base/json.h writes, since a list of
 * machines asks it of ten thousand.
 */
#ifndef DB_ROUTE_COUNT_H
#define DB_ROUTE_COUNT_H

#include <stdbool.h>
#include <stddef.h>

struct route_count {
	size_t subnets;          /* advertised and approved */
	size_t waiting;          /* advertised, not approved */
	bool exit, exit_waiting; /* 0.0.0.0/0 and ::/0, the same */
};

struct route_count route_count_of(const char *routes, const char *approved);

/* "any": there is one, advertised or approved; "waiting": one waits; "exit":
 * it offers to be an exit node. */
bool route_count_fits(
	const char *kind, const char *routes, const char *approved);

/* One of that list is in force. */
bool routes_carry_one(
	const char *list, const char *routes, const char *approved);

/* For db.c: makes both known to a connection. */
struct sqlite3;
int route_count_register(struct sqlite3 *handle);

#endif
