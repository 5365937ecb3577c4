/*
 * who.h: who asks, and what they may do (spec/pages.md 3.1, 5.2).
 *
 * A capability is a bit; the route table names the one that an address needs,
 * the router refuses who lacks it, and pages hide what would be refused.
 *
 * Before the sign-in a browser has a pre-session: a cookie that form tokens
 * hang on.  It is made by the first page with a form.
 */
#ifndef FCGI_WHO_H
#define FCGI_WHO_H

#include <stdbool.h>
#include <stdint.h>

#include "db/user.h"

struct request;

enum can {
	CAN_READ = 1 << 0,     /* all admin pages */
	CAN_MACHINES = 1 << 1, /* machines, registrations, auth keys */
	CAN_NETWORK = 1 << 2,  /* policy, DNS, relays, routes */
	CAN_PEOPLE = 1 << 3,
	CAN_SETTINGS = 1 << 4, /* settings, roles up to admin */
	CAN_OWN = 1 << 5,      /* owners */
	CAN_SELF = 1 << 6,     /* the own portal: whoever is signed in */
};

enum {
	FRESH_SECONDS = 600,     /* a sign-in is fresh for so long (3.2) */
	PRE_TOKEN_SECONDS = 600, /* a session takes its pre-session's token */
	USED_SECONDS = 600,      /* the last use is written so often */
	TOKEN_LEN = 43,          /* of cookies and form tokens: 256 bits */
	ONCE_LEN = 22,
};

struct who {
	int64_t session; /* row of web_session; 0: signed out */
	int64_t user_id;
	const char *name;
	enum role role;
	unsigned can; /* 0 when signed out */
	int64_t started_at, fresh_at;
	uint8_t pre_hash[32]; /* of the form token it began from */
	const char *pre;      /* the pre-session's cookie; NULL: none */
	const char *theme;    /* "auto", "light", "dark" */
	/* The setting require_second_factor keeps it from all but CAN_SELF. */
	bool needs_factor;
};

unsigned role_can(enum role role);
/* The roles that may, for people: "an owner or admin". */
const char *who_may(unsigned can);

/* Reads the cookies into r->who; an ended session is nobody. */
enum err who_load(struct request *r);
/* Whether the setting require_second_factor keeps that user from the admin
 * pages: a member has none to be kept from, and who has no password needs none
 * (its provider has its own). */
enum err who_needs_factor(
	struct request *r, int64_t user_id, enum role role, bool *needs);
bool who_is_fresh(const struct request *r);

/* The form token of this session or pre-session; makes the latter (and its
 * cookie) if there is neither. */
const char *who_form_token(struct request *r);
/* The pre-session's, whoever is signed in; there must be one. */
const char *who_pre_form_token(struct request *r);
bool who_form_token_is(struct request *r, const char *token);
/* What `once` is spent in: hash of it and the session or pre-session. */
void who_once_hash(struct request *r, const char *once, uint8_t out[32]);

/* Names of the cookies: with __Host- on https. */
const char *cookie_name(struct request *r, const char *name);
/* Of the request; NULL if there is none. */
const char *cookie_get(struct request *r, const char *name);
/* seconds 0: gone. */
void cookie_set(struct request *r, const char *name, const char *value,
	int64_t seconds);

/* A session has begun: its cookie, and the pre-session's is gone. */
void who_signed_in(struct request *r, const char *token);
void who_signed_out(struct request *r);
/* base64url of a keyed hash of `about`: TOKEN_LEN characters that nobody makes
 * without the pepper. */
const char *who_hash_text(struct request *r, const char *about);
/* Keyed hash of the form token, for web_session.pre_hash. */
void who_token_hash(struct request *r, const char *token, uint8_t out[32]);

#endif
