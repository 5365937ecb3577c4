/*
 * rows.h: many nodes straight into a database, and the clients that are them.
 *
 * Node n has keys that follow from n, so that a client in another process can
 * be that node without a registration.
 */
#ifndef TESTS_LIB_ROWS_H
#define TESTS_LIB_ROWS_H

#include "tests/lib/fake_client.h"

struct db;

enum {
	ROWS_MAX = 20000,
};

/* A user and `count` nodes of it, numbered from 1, in one transaction. */
enum err rows_fill(struct db *db, size_t count, int64_t now);
/* The whole hostinfo of the rows and of rows_client, as clients write it. */
const char *rows_hostinfo(struct arena *mem, size_t n);

/* Node n as a client, blind, with what a laptop says of itself. */
struct fake_client *rows_client(const struct fake_target *target, size_t n);
/* The same with fresh keys: it must register. */
struct fake_client *rows_stranger(const struct fake_target *target, size_t n);
/* Its address was another until now; tell by fake_lite. */
void rows_roam(struct fake_client *c);

/* Connected, map stream open, first map here, endpoints told. */
enum err rows_online(struct fake_client *c, int64_t ms);

#endif
