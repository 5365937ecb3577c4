/*
 * notice.h (rules): what others are told of: webhooks and mail.
 *
 * A fact is written for each target that wants it in the transaction that makes
 * it true, and sent by a job (fcgi/job_notice.c): none is lost, and a fact that
 * was told is not told again.  Without a target nothing is written.
 */
#ifndef TAILNET_NOTICE_H
#define TAILNET_NOTICE_H

#include "db/node.h"
#include "db/notice.h"
#include "db/user.h"
#include "tailnet/seal.h"

enum {
	NOTICE_TARGETS_MAX = 32,
	NOTICE_URL_MAX = 1024,
	NOTICE_PEOPLE_MAX = 20, /* addresses of one target */
	NOTICE_GIVE_UP_SECONDS = 3 * 86400,
	NOTICE_KEPT_SECONDS = 90 * 86400, /* longer than any key expires soon */
	NOTICE_SECRET_TEXT = 14 + 64 + 1, /* "cairn-webhook-" and hex */
};

#define NOTICE_EXPIRY_JOB "notice-expiry"

/* Word, and what it is for people. */
#define NOTICE_TABLE(X)                                                      \
	X(KEY_EXPIRING, "key.expiring",                                      \
		"A machine's key expires in 30, 7 and 1 days")               \
	X(APPROVAL, "approval.needed", "A machine or a user needs approval") \
	X(MACHINE, "machine.new", "A machine joined")                        \
	X(ROUTE, "route.waiting", "A route waits for approval")              \
	X(POLICY, "policy.changed", "The policy was changed")                \
	X(HEALTH, "health.failing",                                          \
		"A check of the server's health fails, or works again")

enum notice_event {
#define X(name, word, words) NOTICE_##name,
	NOTICE_TABLE(X)
#undef X
	NOTICE_EVENTS,
};

const char *notice_word(enum notice_event event);
/* "A machine joined" for "machine.new"; the word itself where it is none. */
const char *notice_event_words(const char *word);
/* Those of a list with blanks between, "; " between them. */
const char *notice_events_words(struct arena *mem, const char *events);

/* How a webhook's body is made, and how mail is made private. */
#define NOTICE_FORMAT_TABLE(X)                       \
	X("json", "JSON, signed")                    \
	X("slack", "Slack, Mattermost, Google Chat") \
	X("discord", "Discord")                      \
	X("text", "Plain text (ntfy)")
#define NOTICE_SECURITY_TABLE(X)               \
	X("starttls", "STARTTLS")              \
	X("tls", "TLS from the start (SMTPS)") \
	X("none", "None: in the own network alone")

/*
 * Parts of rules: in the caller's transaction.
 */

/* It joined for the first time; and that it needs approval, if it does. */
enum err notice_machine_new(
	struct db *db, struct arena *mem, const struct node *n, int64_t now);
/* Routes that wait and that `before` (a JSON list of what it advertised) did
 * not have: each once a day. */
enum err notice_routes(struct db *db, struct arena *mem, const struct node *n,
	const char *before, int64_t now);
enum err notice_user_waits(
	struct db *db, struct arena *mem, const struct user *u, int64_t now);
enum err notice_policy(struct db *db, struct arena *mem, int64_t version,
	const char *by, int64_t now);
/* A check fails since `since`: once for each time it begins to; and that it
 * does so no more. */
enum err notice_health(struct db *db, struct arena *mem, const char *check,
	const char *words, int64_t since, int64_t now);
enum err notice_health_mended(struct db *db, struct arena *mem,
	const char *check, int64_t since, int64_t now);

/*
 * Rules.
 */

/* What expires within 30, 7 and 1 days: each once, by its nearest day.  Forgets
 * what is old.  *targets: whether anybody is to hear anything. */
enum err tailnet_notice_expiries(struct db *db, int64_t now, bool *targets);

/* Addresses as a target keeps them: commas, semicolons and lines become
 * blanks, one between two. */
const char *notice_addresses(struct arena *mem, const char *text);
/* Events with a blank before and behind each, in the order of the table; *odd
 * is the first word that is none, or NULL. */
const char *notice_events(
	struct arena *mem, const char *text, const char **odd);
/* Why a target cannot be, *field a member's name; NULL when it can. */
const char *notice_target_trouble(struct arena *mem,
	const struct notice_target *t, bool private_too, const char **field);
/* `secret`: of mail the password ("" for none), of a webhook NULL: one is made,
 * and *text is what its receiver checks by.  ERR_TOO_BIG past
 * NOTICE_TARGETS_MAX. */
enum err tailnet_notice_target_add(struct db *db, const struct secret *seal,
	const struct notice_target *t, const char *secret, const char *actor,
	int64_t now, struct arena *mem, int64_t *id, const char **text);
/* Whether the password of mail goes to where it went: else it must be entered
 * again, so that nobody sends to a server of their own what they do not know.
 */
bool notice_keeps_password(
	const struct notice_target *before, const struct notice_target *t);
/* All but kind, secret and time of t->id; a `secret` that is NULL stays as it
 * is.  ERR_NOT_FOUND; ERR_BAD_INPUT: another kind, or the secret must come. */
enum err tailnet_notice_target_set(struct db *db, const struct secret *seal,
	const struct notice_target *t, const char *secret, const char *actor,
	int64_t now);
enum err tailnet_notice_target_delete(
	struct db *db, int64_t id, const char *actor, int64_t now);
enum err tailnet_notice_test(
	struct db *db, int64_t id, const char *actor, int64_t now);
/* What signs, or the password. */
enum err notice_secret_open(const struct secret *seal,
	const struct notice_target *t, struct arena *mem, const char **text);

/* An address as mail has it, of at most 254 bytes of ASCII that need no
 * quotes. */
bool notice_is_address(const char *s);

#endif
