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
#include "tests/lib/fake_client.h"

#define VIEW_GONE "gone"
#define VIEW_HERE "here"

struct view_row {
	char key[KEY_TEXT_SIZE];
	char name[64], address[64], expiry[24]; /* expiry: Unix seconds */
};

struct view {
	struct arena *mem;
	struct view_row *rows;
	size_t count;
	/* Of the database alone. */
	struct preauth_key *keys;
	size_t key_count;
	struct web_session *sessions; /* of user 1 */
	size_t session_count;
	const char *setting; /* the value of VIEW_SETTING */
};

#define VIEW_SETTING "ephemeral_timeout"

/* ERR_… of the database. */
enum err view_of_db(struct db *db, struct arena *mem, struct view *out);
/* Its own node is one of the rows. */
void view_of_client(
	const struct fake_client *c, struct arena *mem, struct view *out);

/* What a view says of a subject: a node key, or the id of a row. */
typedef const char *view_ask(const struct view *v, const char *subject);
view_ask view_machine, view_name, view_address, view_expiry; /* or "gone" */
view_ask view_key;     /* "used", "unused", "gone" */
view_ask view_session; /* "open" or "gone" */
view_ask view_setting; /* its value */

/* NULL, or the words for the first difference of the rows. */
const char *view_differs(
	const struct view *db, const struct view *map, struct arena *mem);

#endif
