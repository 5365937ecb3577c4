/*
 * link.h: what the links that are a secret do: setup and recovery, invite,
 * reset (spec/pages.md 6).
 *
 * A token is 43 characters of A-Z a-z 0-9 - _; only its keyed hash is stored.
 * Looking spends nothing.  What spends a link is one transaction: if any part
 * is refused, the link is as good as before.  A new link of a kind (and user)
 * ends the one before.  A link is good while who made it is active and may
 * touch the role that the user has by now; a change of the user's role ends it.
 */
#ifndef TAILNET_LINK_H
#define TAILNET_LINK_H

#include "db/link.h"
#include "tailnet/settings.h"
#include "tailnet/sign_in.h"

enum {
	LINK_TOKEN_LEN = 43,
	SETUP_SECONDS = 3600,
	INVITE_SECONDS = 7 * 86400,
	RESET_SECONDS = 3600,
};

/* The whole address: URL/setup/TOKEN.  Who may read the database may make one:
 * the command line. */
enum err tailnet_setup_link(struct db *db, const struct settings *s,
	const struct secret *pepper, int64_t now, struct arena *mem,
	const char **url);

/* A user and an invite at once (status invited).  As tailnet_person_add. */
enum err tailnet_invite_new(struct db *db, const struct secret *pepper,
	const struct actor *a, const struct user *u, int64_t now,
	struct arena *mem, int64_t *id, const char **token);
/* For who has no password: else ERR_EXISTS.  ERR_DENIED for who is suspended.
 */
enum err tailnet_invite(struct db *db, const struct secret *pepper,
	const struct actor *a, int64_t user_id, int64_t now, struct arena *mem,
	const char **token);
/* The password stays until the link is spent. */
enum err tailnet_reset(struct db *db, const struct secret *pepper,
	const struct actor *a, int64_t user_id, int64_t now, struct arena *mem,
	const char **token);

struct link_found {
	struct link_row row;
	/* Of invite and reset; of a setup link the owner to recover, id 0 while
	 * there is none: then it is a setup. */
	struct user user;
};

/* ERR_NOT_FOUND: there is no such link of that kind.  ERR_EXPIRED: it was
 * spent, its time is over, or its maker may not do this any more. */
enum err tailnet_link_find(struct db *db, const struct secret *pepper,
	enum link_kind kind, const char *token, int64_t now, struct arena *mem,
	struct link_found *out);

/* The last of these, of a link for `u` as it is now; in the caller's
 * transaction. */
enum err link_maker_may(struct db *db, const struct link_row *l,
	const struct user *u, struct arena *mem);

struct setup {
	const char *name, *email, *password;
	const char *org;    /* tailnet_name */
	const char *domain; /* dns_domain; "": MagicDNS off */
	const char *policy; /* text to begin with; NULL or "": none */
};

/*
 * The rules below take the row of tailnet_link_find and look again under the
 * lock: ERR_EXPIRED when it was spent meanwhile.  *made is a session that has
 * begun for that browser.
 */

/* The first owner; a user of that name that is there becomes it.  ERR_BAD_NAME,
 * ERR_BAD_EMAIL, ERR_PASSWORD; of a refused setting *field is its name, and
 * the error of settings_store.  ERR_EXISTS when there is an owner by now. */
enum err tailnet_setup(struct db *db, const struct secret *pepper,
	const struct link_row *link, const struct setup *setup,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *made, const char **field);
/* A new password for the owner of tailnet_link_find, who is active again and
 * has no second factor. */
enum err tailnet_recover(struct db *db, const struct link_row *link,
	const char *password, int64_t now);
/* The password of who was invited, who is active now. */
/* With the setting user_approval whoever was invited waits for an admin now:
 * made->token is NULL, there is no session. */
enum err tailnet_join_people(struct db *db, const struct secret *pepper,
	const struct link_row *link, const char *password,
	const struct browser *b, int64_t now, struct arena *mem,
	struct session_made *made);
/* Ends all sessions of the user. */
enum err tailnet_reset_finish(struct db *db, const struct link_row *link,
	const char *password, int64_t now);

#endif
