/*
 * node.h: the machines of the tailnet, table `node`.
 *
 * A node has a user or tags, never both.  Lists are JSON text (base/json has
 * the helpers), "[]" when empty.  Addresses are text, NULL if the family is
 * missing.
 */
#ifndef DB_NODE_H
#define DB_NODE_H

#include "db/db.h"
#include "proto/key.h"

struct node {
	int64_t id;
	struct key machine_key, node_key;
	int64_t user_id; /* 0: tagged */
	const char *tags;
	const char *name; /* DNS label */
	bool name_pinned;
	const char *hostname;
	const char *ipv4, *ipv6;
	const char *hostinfo;
	const char *routes, *approved_routes, *requested_tags;
	int64_t capver;
	bool ephemeral;
	const char *register_method; /* authkey cli web oidc */
	int64_t preauth_key_id;      /* 0: none */
	int64_t created_at;
	int64_t expires_at; /* 0: never */
	bool unapproved;    /* waits for an admin (setting device_approval) */
	const char *registered_by; /* "user:3", "cli", "preauth-key:7"; "" */
	int64_t signed_in_at;      /* 0: not known */
	const char *attributes;    /* "custom:a=b custom:c=d" of db/attribute.h;
				      only read */
};

/* `attributes` of a row of that name, in a query. */
#define NODE_ATTRIBUTES(node)                                       \
	"coalesce((SELECT group_concat(name || '=' || value, ' ') " \
	"FROM (SELECT a.name, a.value FROM node_attribute a "       \
	"WHERE a.node_id = " node ".id ORDER BY a.name)), '')"

/* All but id.  ERR_EXISTS when a key, address or name is taken. */
enum err db_node_add(struct db *db, const struct node *n, int64_t *id);
/* Writes every column but id and created_at; ERR_NOT_FOUND. */
enum err db_node_update(struct db *db, const struct node *n);
enum err db_node_delete(struct db *db, int64_t id);

enum err db_node_by_id(
	struct db *db, int64_t id, struct arena *mem, struct node *out);
enum err db_node_by_node_key(struct db *db, const struct key *node_key,
	struct arena *mem, struct node *out);
enum err db_node_by_name(
	struct db *db, const char *name, struct arena *mem, struct node *out);
/* user_id 0 finds the tagged row of the machine. */
enum err db_node_by_machine(struct db *db, const struct key *machine_key,
	int64_t user_id, struct arena *mem, struct node *out);
/* Every row of that machine, by id. */
enum err db_nodes_of_machine(struct db *db, const struct key *machine_key,
	struct arena *mem, struct node **nodes, size_t *count);
/* By id. */
enum err db_nodes_of_user(struct db *db, int64_t user_id, struct arena *mem,
	struct node **nodes, size_t *count);
enum err db_node_name_taken(
	struct db *db, const char *name, int64_t but_id, bool *taken);
/* Whether a node has that address, of either family. */
enum err db_node_address_taken(struct db *db, const char *address, bool *taken);
/* The one with the greatest id; ERR_NOT_FOUND while there is none. */
enum err db_node_newest(struct db *db, struct arena *mem, struct node *out);
/* By id. */
enum err db_nodes(
	struct db *db, struct arena *mem, struct node **nodes, size_t *count);
/* As people count them, db/natural.h. */
enum err db_nodes_by_name(
	struct db *db, struct arena *mem, struct node **nodes, size_t *count);
/* A user's machine that is not online. */
struct node_silent {
	int64_t id;
	const char *name, *owner;
	int64_t seen_at; /* when it was made, if it never connected */
	bool never;      /* connected */
	bool expired;    /* its key, at `now` */
};

/* Those not seen since before then, the longest away first. */
enum err db_nodes_silent(struct db *db, int64_t before, int64_t now,
	struct arena *mem, struct node_silent **rows, size_t *count);
/* Those whose key expires after `from` and not after `until`, by id. */
enum err db_nodes_expiring(struct db *db, int64_t from, int64_t until,
	struct arena *mem, struct node **nodes, size_t *count);
/* Those that have approved routes or advertise some, by id. */
enum err db_nodes_with_routes(
	struct db *db, struct arena *mem, struct node **nodes, size_t *count);
/* Those that carry one of the routes (a JSON list): it is advertised and
 * approved; by id. */
enum err db_nodes_carrying(struct db *db, const char *routes, struct arena *mem,
	struct node **nodes, size_t *count);
enum err db_node_count(struct db *db, int64_t *count);

/* Whether others may meet it, so that relays carry for it: its key has not
 * expired, and it is approved. */
bool node_is_admitted(int64_t expires_at, bool unapproved, int64_t now);

#endif
