/*
 * rows.h: rows of the database as headscale's CLI shows them, and the ways to
 * name a user.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "cli/cli.h"
#include "db/live.h"
#include "db/node.h"
#include "db/preauth_key.h"
#include "db/user.h"
#include "tailnet/primaries.h"

/* All that nodes and keys refer to, read once. */
struct rows {
	struct user *users;
	size_t user_count;
	struct preauth_key *keys;
	size_t key_count;
	struct live *lives;
	size_t live_count;
	bool worker_alive; /* else nobody is online */
	int64_t now;
	struct primaries primaries;
};

enum err rows_load(struct cli *c, struct rows *out);
/* NULL when there is none. */
const struct user *rows_user(const struct rows *r, int64_t id);
const struct preauth_key *rows_key(const struct rows *r, int64_t id);
const struct live *rows_live(const struct rows *r, int64_t node_id);
/* As the pages say it (db/machine_list.h): neither one that waits for approval
 * nor one whose key has expired is, though it may be connected still. */
bool rows_online(const struct rows *r, const struct node *n);

/* Members of a user, key or node, added to an object. */
void put_user(struct value *v, const struct user *u);
/* `text` is the whole key when it has just been made, else NULL: masked. */
void put_key(struct value *v, const struct preauth_key *k,
	const struct user *owner, const char *text);
/* In lists a tagged node shows the user "tagged-devices". */
void put_node(struct value *v, const struct node *n, const struct rows *r,
	bool in_list);
/* Reads the rest and answers with one node, or the words. */
enum err answer_node(struct cli *c, const struct node *n, const char *words);

const char *key_masked(struct arena *mem, const struct preauth_key *k);
/* One-time keys alone are ever "used", as in headscale. */
bool key_used(const struct preauth_key *k);
/* Subnets that it is the primary of; after them approved exit routes that it
 * advertises.  As headscale's "Serving (Primary)". */
size_t routes_served(struct arena *mem, const struct node *n,
	const struct rows *r, const char ***out);

/* By id, name, or email where only one has it.  ERR_NOT_FOUND. */
enum err find_user(struct cli *c, const char *words, struct user *out);

#endif
