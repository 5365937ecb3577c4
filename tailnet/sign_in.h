/*
 * sign_in.h: who is it, and the browser sessions of people.
 *
 * A session is a cookie of 43 characters; the row holds its keyed hash.  All
 * that checks or sets a password here does so outside of its transaction, in a
 * tenth of a second: how many run at once is the program's to limit.  What
 * hangs on it carries the hash that was found right into its transaction, and
 * is refused if another password was set meanwhile.
 */
#ifndef TAILNET_SIGN_IN_H
#define TAILNET_SIGN_IN_H

#include "db/user.h"
#include "db/web_session.h"
#include "tailnet/people.h"
#include "tailnet/seal.h"

enum {
	SESSION_TOKEN_LEN = 43, /* A-Z a-z 0-9 - _: 258 bits */
	/* Rows of session.refused in a minute: of an address, and of all. */
	REFUSED_LOGGED = 10,
	REFUSED_LOGGED_ALL = 300,
};

enum sign_in {
	SIGN_IN_DONE,
	SIGN_IN_UNKNOWN,     /* nobody is called so; */
	SIGN_IN_WRONG,       /* not the password; */
	SIGN_IN_NO_PASSWORD, /* none is set yet: the page says one thing */
	/* The password was right: */
	SIGN_IN_SUSPENDED,
	SIGN_IN_NEEDS_APPROVAL,
	SIGN_IN_WRONG_CODE, /* for tailnet_sign_in_refused alone */
};

/* What a provider said of who signs in (oidc_sign_in.h). */
struct vouched {
	int64_t identity_id;
	int64_t since; /* that proof of who it is; 0: it did not say when */
};

/* A browser as it asks. */
struct browser {
	const char *address; /* of one IPv6 network one text, as limits count */
	const char *agent;   /* cut to SESSION_AGENT_MAX */
	/* Hash of the form token before the sign-in; zero: none. */
	uint8_t pre_hash[SESSION_HASH_SIZE];
	const struct vouched *vouched; /* NULL: nobody did */
	/* `after` of the sign-in's audit row; NULL: nothing is told. */
	const char *told;
};

struct session_made {
	int64_t id, user_id;
	const char *token; /* for the cookie */
};

/* As the row of a session keeps its cookie. */
void session_hash(const struct secret *pepper, const char *token,
	uint8_t out[SESSION_HASH_SIZE]);

/* Who it is, and the hash in the database that the password fitted. */
struct proven {
	struct user user;
	const char *hash;
};

/* Whom a name or e-mail means; id 0: nobody. */
enum err tailnet_sign_in_user(
	struct db *db, const char *name, struct arena *mem, struct user *out);
/* By name or e-mail.  Nothing is written but, of a refusal, its audit row, and
 * a hash of old costs anew; both in a transaction of their own, before which no
 * db_before_commit should be set.  `out` is filled but for SIGN_IN_UNKNOWN. */
enum err tailnet_sign_in(struct db *db, const char *name, const char *password,
	const struct browser *b, int64_t now, struct arena *mem,
	enum sign_in *outcome, struct proven *out);
/* The audit row of a refusal, unless there were REFUSED_LOGGED of late. */
enum err tailnet_sign_in_refused(struct db *db, const struct user *u,
	enum sign_in why, const struct browser *b, int64_t now);
/* In the transaction of what hangs on it: another password may have been set
 * while this one was checked, which takes a tenth of a second.  ERR_DENIED. */
enum err login_is_still(
	struct db *db, int64_t user_id, const char *hash, struct arena *mem);
/* Whether it is the user's password: who is signed in shows it again.
 * *verified: its hash; NULL: it is not. */
enum err password_of_user_is(struct db *db, int64_t user_id,
	const char *password, struct arena *mem, const char **verified);

/* For who is active and whose password is that of `verified` still (NULL: it is
 * not a password that opens this): else ERR_DENIED.  ERR_FACTOR: a password is
 * not enough for who has a second factor (factor.h). */
enum err tailnet_session_begin(struct db *db, const struct secret *pepper,
	int64_t user_id, const char *verified, const struct browser *b,
	int64_t now, struct arena *mem, struct session_made *out);
/* The same in the caller's transaction, in which the password was set. */
enum err session_begin(struct db *db, const struct secret *pepper,
	int64_t user_id, const struct browser *b, int64_t now,
	struct arena *mem, struct session_made *out);
/* The user has shown the password again: ERR_DENIED if it is not that of
 * `verified` any more, ERR_FACTOR as above, ERR_NOT_FOUND if the session has
 * ended. */
enum err tailnet_session_fresh(struct db *db, int64_t session, int64_t user_id,
	const char *verified, int64_t now);
/* By its owner at this browser. */
enum err tailnet_session_end(struct db *db, int64_t id, int64_t now);
/* A session of that user; ERR_NOT_FOUND of another's. */
enum err tailnet_session_revoke(
	struct db *db, int64_t user_id, int64_t id, int64_t now);
/* All of that user but this one. */
enum err tailnet_session_revoke_others(struct db *db, int64_t user_id,
	int64_t but, int64_t now, int64_t *gone);

/*
 * A new password for who is signed in with that session: the others of that
 * user end, and this one gets another cookie.  ERR_DENIED: `old` is not the
 * password.  ERR_PASSWORD.
 */
struct password_change {
	int64_t user_id, session;
	const char *old, *fresh;
};
enum err tailnet_password_change(struct db *db, const struct secret *pepper,
	const struct password_change *c, int64_t now, struct arena *mem,
	const char **token);

#endif
