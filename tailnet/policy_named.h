/*
 * policy_named.h: where the stored policy names a person, for who is about to
 * change what the person is called.
 */
#ifndef TAILNET_POLICY_NAMED_H
#define TAILNET_POLICY_NAMED_H

#include "base/json.h"
#include "db/user.h"

/* How a policy may name the user: the login, and beside an e-mail address the
 * name. */
struct json_texts policy_logins(struct arena *mem, const struct user *u);

/* Lines of the newest text that name one of these, alone or before a colon
 * ("bob@:22"); sorted, each once.  None where it cannot be read. */
enum err policy_lines_naming(struct db *db, const struct json_texts *logins,
	struct arena *mem, struct json_ints *lines);

#endif
