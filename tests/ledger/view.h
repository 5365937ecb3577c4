/*
 * view.h: the tailnet as somebody sees it: the database, or a client's netmap.
 *
 * The same questions are put to both, so that a fact is checked in both by one
 * function.  Rows are in the order of their node keys.
 */
#ifndef TESTS_LEDGER_VIEW_H
#define TESTS_LEDGER_VIEW_H

#include "db/preauth_key.h"
#include "db/web_session.h"
#include "tailnet/seal.h"
#include "tests/lib/fake_client.h"

#define VIEW_GONE "gone"
#define VIEW_HERE "here"

enum {
	VIEW_HASH_SIZE = 2 * SESSION_HASH_SIZE + 1,
	VIEW_REGION = 1000,
};

struct view_row {
	char key[KEY_TEXT_SIZE];
	char name[64], address[64], expiry[24]; /* expiry: Unix seconds */
	const char *routes; /* approved, as JSON; of the database alone */
};

/* What has a name and a value, beside machines. */
struct view_pair {
	const char *name, *value;
};

/* clang-format off */
#define VIEW_LIST_TABLE(X)                                                    \
	X(RECORDS, true)     /* below VIEW_ZONE, with their address */        \
	X(NAMESERVERS, true) /* of domains there, with their address */       \
	X(REGIONS, true)     /* from VIEW_REGION on, that machines are told of */ \
	X(RELAYS, false)     /* from there on, that were added */             \
	X(CHECKS, false)     /* by id, with their state */
/* clang-format on */

#define VIEW_ZONE ".ledger.test"

enum view_list {
#define X(name, in_maps) VIEW_##name,
	VIEW_LIST_TABLE(X)
#undef X
	VIEW_LISTS,
};

struct view {
	struct arena *mem;
	struct view_row *rows;
	size_t count;
	struct {
		struct view_pair *at; /* by name */
		size_t count;
	} lists[VIEW_LISTS];
	/* Of the database alone. */
	struct preauth_key *keys;
	size_t key_count;
	char (*sessions)[VIEW_HASH_SIZE]; /* hashes, as view_hash */
	size_t session_count;
	const char *setting; /* the value of VIEW_SETTING */
};

#define VIEW_SETTING "ephemeral_timeout"

/* A session's name in the ledger: its cookie's hash, as the row holds it. */
void view_hash(const struct secret *pepper, const char *cookie,
	char out[VIEW_HASH_SIZE]);

/* ERR_… of the database. */
enum err view_of_db(struct db *db, struct arena *mem, struct view *out);
/* Its own node is one of the rows. */
void view_of_client(
	const struct fake_client *c, struct arena *mem, struct view *out);

/* What a view says of a subject: a node key, a key's id, a session's
 * hash. */
typedef const char *view_ask(const struct view *v, const char *subject);
view_ask view_machine, view_name, view_address, view_expiry; /* or "gone" */
view_ask view_key;     /* "used", "unused", "gone" */
view_ask view_session; /* "open" or "gone" */
view_ask view_setting; /* its value */
view_ask view_routes;  /* JSON, or "gone" */
view_ask view_record, view_nameserver, view_relay, view_region, view_check;

/* The lists of a view (view_lists.c). */
enum err view_lists_of_db(struct db *db, struct view *v);
void view_lists_of_client(const struct fake_client *c, struct view *v);
/* NULL, or the words for the first difference in what netmaps show. */
const char *view_lists_differ(
	const struct view *db, const struct view *map, struct arena *mem);

/* NULL, or the words for the first difference of the rows. */
const char *view_differs(
	const struct view *db, const struct view *map, struct arena *mem);

#endif
