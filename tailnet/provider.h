/*
 * provider.h: what may be done to the providers that people sign in by: one
 * transaction each, with its audit row (spec/pages.md 13).
 *
 * An issuer is https, or http on this very machine.  One that anybody can have
 * an account with (PROVIDER_OPEN) must say whom it lets in.  While passwords
 * are off, the last provider that an owner has signed in by stays.
 */
#ifndef TAILNET_PROVIDER_H
#define TAILNET_PROVIDER_H

#include "base/json.h"
#include "db/provider.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

enum {
	PROVIDERS_MAX = 16,
	PROVIDER_NAME_MAX = 40, /* characters */
	PROVIDER_URL_MAX = 512, /* bytes, as the next ones */
	PROVIDER_ID_MAX = 256,
	PROVIDER_SECRET_MAX = 512,
	PROVIDER_LIST_MAX = 8 * 1024,
	PROVIDER_CLAIM_MAX = 256,
};

/* Fills what is empty and has a usual value, and brings lists into their form.
 */
void provider_complete(struct provider *p, struct arena *mem);
/* NULL, or what is wrong: *field is a member's name. */
const char *provider_check(
	const struct provider *p, struct arena *mem, const char **field);
/* Scheme and host as the rules want them; `alone`: nothing but a path may
 * follow. */
bool provider_url_is_good(const char *url, bool alone, struct arena *mem);
/* Whether it is http, which is for this machine alone. */
bool provider_url_is_plain(const char *url);

struct provider_change {
	struct provider provider; /* id 0: a new one */
	/* NULL: the one that is there stays, if the issuer does: nobody has it
	 * sent to a server of their own. */
	const char *secret;
	const struct secret *seal;
	const char *actor;
	int64_t now;
};
/* ERR_BAD_INPUT with *field and *why; ERR_EXISTS, ERR_NOT_FOUND, ERR_FULL.
 * *id is the row. */
enum err tailnet_provider_put(struct db *db, const struct provider_change *c,
	struct arena *mem, int64_t *id, const char **field, const char **why);
/* The same in the caller's transaction. */
enum err provider_put_in(struct db *db, const struct provider_change *c,
	struct arena *mem, int64_t *id, const char **field, const char **why);
/* ERR_LAST_PROVIDER.  Identities stay, groups that came from it go. */
enum err tailnet_provider_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);
/* Whether passwords may be off: an active owner has signed in by a provider
 * other than `but`; in the caller's transaction.  ERR_LAST_PROVIDER. */
enum err provider_owner_is_there(struct db *db, int64_t but);

/* What policies see of a user: the groups of all identities that have a
 * provider still; in the caller's transaction. */
enum err provider_groups_settle(
	struct db *db, int64_t user_id, struct arena *mem);

/* The lines of a list, without blanks around and empty ones. */
struct json_texts provider_lines(struct arena *mem, const char *text);

#endif
