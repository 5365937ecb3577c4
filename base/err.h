/*
 * err.h: the one error type of the program.
 *
 * A function that can fail returns enum err; ERR_OK is zero, so `if (e)` reads
 * "if it failed".  Results leave through the last parameters and are written
 * only on success.  The table below is the only place to add an error: it makes
 * the code, the words for the log, the user and the client, and the HTTP status
 * all at once.
 *
 * The second half are refusals of the rules in tailnet/.  Their words are shown
 * to people (by `tailscale up`, the CLI, the pages): each says what is wrong
 * and what to do about it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* clang-format off */
#define ERR_TABLE(X)                                                          \
	X(OK, 200, "ok")                                                      \
	X(BAD_INPUT, 400, "input is malformed")                               \
	X(DENIED, 403, "not allowed")                                         \
	X(CODE_USED, 403, "this code was used already")                       \
	X(NOT_FOUND, 404, "not found")                                        \
	X(EXISTS, 409, "already exists")                                      \
	X(CHANGED, 409, "somebody else changed it meanwhile")                 \
	X(EXPIRED, 410, "has expired")                                        \
	X(TOO_BIG, 413, "larger than its limit")                              \
	X(OFFLINE, 409, "this machine is not connected")                      \
	X(RATE, 429, "too many requests: wait a little and try again")        \
	X(DB, 500, "database failed")                                         \
	X(IO, 500, "reading or writing a file or socket failed")              \
	X(CRYPTO, 500, "a key or seal does not fit")                          \
	X(SCHEMA_OLD, 500, "the database is older than this program: "        \
		"run 'cairn init'")                                           \
	X(SCHEMA_NEW, 500, "the database is newer than this program: "        \
		"install the newer version again")                            \
	X(BUSY, 503, "busy: try again later")                                 \
	X(DISK_FULL, 503, "the server's disk is full: its admin must make "   \
		"room")                                                       \
	X(NOT_WRITABLE, 503, "the database cannot be written: see who owns "  \
		"it, and whether its disk is sound and not read-only")        \
	X(REPLACED, 503, "cairn.db was replaced or removed under the "        \
		"running programs: stop all, put it right, start again")      \
	X(KEY_UNKNOWN, 403, "invalid auth key: this server does not know "    \
		"it; check that it was copied whole")                         \
	X(KEY_EXPIRED, 403, "invalid auth key: it has expired; "              \
		"ask for a new one")                                          \
	X(KEY_USED, 403, "invalid auth key: it was good for one machine "     \
		"and is used already; ask for a new one")                     \
	X(KEY_REVOKED, 403, "invalid auth key: it has been revoked; "         \
		"ask for a new one")                                          \
	X(TAGS_REFUSED, 403, "requested tags are invalid or not permitted: "  \
		"the policy says who may take a tag; else tags come by auth " \
		"key or from an admin: leave out --advertise-tags")           \
	X(TAG_UNKNOWN, 422, "the policy has no owner for this tag")           \
	X(NODE_KEY_TAKEN, 403, "this node key belongs to another machine: "   \
		"run 'tailscale logout', then 'tailscale up' again")          \
	X(CLIENT_OLD, 403, "this client is too old: version 1.80 or newer "    \
		"is needed")                                                  \
	X(NODE_GONE, 410, "this machine was removed from the network: "       \
		"run 'tailscale up' to join again")                           \
	X(EXTEND, 403, "a machine cannot extend its own key expiry: "         \
		"ask an admin")                                               \
	X(REJECTED, 403, "an admin turned this machine away")                 \
	X(BAD_NAME, 400, "name is not valid")                                 \
	X(BAD_TAG, 400, "tag is not valid: 'tag:', then a letter, then "      \
		"letters, digits and '-'")                                    \
	X(BAD_ATTRIBUTE, 400, "an attribute is custom: with letters, digits, " \
		"'_' and ':', 50 characters at most; its value letters, "     \
		"digits, '_', '.' and '-', 1 to 50")                          \
	X(BAD_ROUTE, 400, "route is not a prefix like 192.168.1.0/24")        \
	X(NO_TAGS, 400, "a tagged machine keeps at least one tag")            \
	X(NO_OWNER, 400, "an auth key needs a user or tags")                  \
	X(IN_USE, 409, "the user still owns machines: "                       \
		"delete them or give them to someone else first")             \
	X(DECIDED, 409, "this registration was decided already")              \
	X(LAST_OWNER, 403, "the last owner cannot be changed or removed: "    \
		"make somebody else an owner first")                          \
	X(LAST_RELAY, 409, "machines need at least one relay: show or add "    \
		"another one first")                                          \
	X(LAST_PROVIDER, 409, "no owner has signed in by another provider: " \
		"somebody must stay who can come in while passwords are off")  \
	X(HAS_MACHINE, 409, "the new owner has that machine already: "        \
		"delete one of the two first")                                \
	X(TAGGED, 409, "a machine with tags has no owner: whoever signs in "   \
		"on it becomes one")                                          \
	X(ADDRESS_RANGE, 422, "this address lies outside of the tailnet's "    \
		"range, or is reserved")                                      \
	X(ADDRESS_TAKEN, 409, "another machine has this address")             \
	X(BAD_EMAIL, 400, "e-mail is not an address like name@example.org")   \
	X(EMAIL_TAKEN, 409, "somebody else has this e-mail address, or is "     \
		"called so")                                                  \
	X(BAD_TEXT, 400, "has characters that do not show, or that turn "     \
		"text round")                                                 \
	X(SUSPENDED, 403, "the owner is suspended: ask an admin")             \
	X(USER_WAITS, 403, "the owner is not approved yet: ask an admin")     \
	X(OUTSIDE, 422, "machines have addresses outside of it")              \
	X(FACTOR, 403, "this account has a second factor: its code is "       \
		"needed")                                                     \
	X(PASSWORD, 400, "a password has 12 to 256 bytes")                    \
	X(DOMAIN_SERVER, 400, "the server's own host must not lie inside "    \
		"dns_domain")                                                 \
	X(BAD_RESOLVER, 400, "a nameserver is an IP address or an https:// " \
		"address")                                                    \
	X(BAD_DOMAIN, 400, "this is not a domain like tail.example.org")      \
	X(BAD_ADDRESS, 400, "this is not an address like 100.64.0.7 for A, "  \
		"or fd7a:115c:a1e0::7 for AAAA")                              \
	X(BASE_DOMAIN, 409, "names of the base domain are answered by the "   \
		"machines themselves")                                        \
	X(MACHINE_NAME, 409, "a machine is called so")                        \
	X(NO_NAMESERVER, 422, "add a nameserver for all names first")         \
	X(NO_ADDRESS, 503, "no free address is left in the range")            \
	X(POLICY, 422, "the policy is refused")                               \
	X(POLICY_FILE, 409, "the policy is a file, as the setting "            \
		"policy_path says: change it there")                           \
	X(POLICY_DAMAGED, 409, "the text of this version is not what was "     \
		"saved: its row in the database was damaged")                 \
	X(FULL, 503, "too many registrations are waiting: "                   \
		"try again in some minutes")                                  \
	X(NOT_OWNER, 403, "only who owns the machine that logs in may "       \
		"allow it")                                                   \
	X(SOURCE_TAGGED, 403, "the machine that logs in has tags and no "     \
		"owner, so nobody can be asked")
/* clang-format on */

enum err {
#define X(name, status, words) ERR_##name,
	ERR_TABLE(X)
#undef X
};

const char *err_words(enum err e);
int err_http_status(enum err e);

#endif
