/*
 * derp.h: relays beside the own one: regions that people added (table
 * derp_region), sources of whole maps (derp_source), which regions are hidden
 * (derp_hidden), and how they answered last (derp_test).
 */
#ifndef DB_DERP_H
#define DB_DERP_H

#include "db/db.h"

enum {
	DERP_TOKEN_HASH_SIZE = 32,
	DERP_CERT_LEN = 64, /* digits of a SHA-256 */
};

struct derp_region {
	int64_t id; /* of the region */
	const char *code, *name, *host;
	const char *ipv4, *ipv6; /* "" (ask DNS), "none" or an address */
	int64_t port;
	int64_t stun_port; /* 0: it has no STUN */
	const char *cert;  /* SHA-256 of a self-signed one in hex, or "" */
	uint8_t token_hash[DERP_TOKEN_HASH_SIZE];
	int64_t token_at; /* 0: it has no token */
	int64_t created_at;
};

struct derp_source {
	int64_t id;
	const char *place;                     /* https://… or a path */
	const char *map;                       /* "" while none was good */
	int64_t regions;                       /* in it */
	int64_t read_at, changed_at, tried_at; /* 0: never */
	const char *error;                     /* of the last try, or "" */
	int64_t created_at;
};

struct derp_test {
	int64_t id; /* of the region */
	int64_t at;
	int64_t stun_ms, https_ms; /* -1: not asked, or no answer */
	const char *error;
};

/* ERR_EXISTS: there is one of that id. */
enum err db_derp_region_add(struct db *db, const struct derp_region *r);
enum err db_derp_region(
	struct db *db, int64_t id, struct arena *mem, struct derp_region *out);
/* By id. */
enum err db_derp_regions(struct db *db, struct arena *mem,
	struct derp_region **rows, size_t *count);
/* `hash` NULL: it has no token any more.  ERR_NOT_FOUND. */
enum err db_derp_region_token(
	struct db *db, int64_t id, const uint8_t *hash, int64_t now);
enum err db_derp_region_delete(struct db *db, int64_t id);

/* ERR_EXISTS: that place is a source already. */
enum err db_derp_source_add(
	struct db *db, const char *place, int64_t now, int64_t *id);
enum err db_derp_source(
	struct db *db, int64_t id, struct arena *mem, struct derp_source *out);
enum err db_derp_source_at(struct db *db, const char *place, struct arena *mem,
	struct derp_source *out);
/* In the order in which they were added. */
enum err db_derp_sources(struct db *db, struct arena *mem,
	struct derp_source **rows, size_t *count);
/* It was read, and has this map. */
enum err db_derp_source_good(struct db *db, int64_t id, const char *map,
	int64_t regions, int64_t now);
/* It was not; what it had stays. */
enum err db_derp_source_bad(
	struct db *db, int64_t id, const char *error, int64_t now);
enum err db_derp_source_delete(struct db *db, int64_t id);

/* Fine if it is so already. */
enum err db_derp_hide(struct db *db, int64_t id, bool hidden);
/* Ids, ascending. */
enum err db_derp_hidden(
	struct db *db, struct arena *mem, int64_t **ids, size_t *count);

enum err db_derp_test_put(struct db *db, const struct derp_test *t);
enum err db_derp_tests(struct db *db, struct arena *mem,
	struct derp_test **rows, size_t *count);
enum err db_derp_test_drop(struct db *db, int64_t id);

/* How many machines have their home in each region that any has it in. */
struct derp_homes {
	int64_t id, machines, online;
};
enum err db_derp_homes(struct db *db, struct arena *mem,
	struct derp_homes **rows, size_t *count);

#endif
