/*
 * doctor.h: what may be wrong with an instance, looked at from beside it: for
 * `cairn doctor`, which tells each finding as it comes, and for the page of
 * health, which keeps the last of each check (health_checks.h).
 *
 * Each check looks at one thing, reports with doctor_ok, doctor_warn,
 * doctor_fail or doctor_unknown, and goes on.  Nothing is changed.
 */
#ifndef TAILNET_DOCTOR_H
#define TAILNET_DOCTOR_H

#include "db/health.h"
#include "tailnet/settings.h"

enum {
	DOCTOR_QUICK_BYTES = 64 * 1024 * 1024, /* a larger file is not read
						* through while it is in a
						* hurry */
	DOCTOR_QUICK_SECONDS = 2,              /* that one answer may take */
	DOCTOR_FINDING_MAX = 1024,             /* bytes of its words */
};

struct doctor_finding {
	enum health_name check;
	enum health_state state;
	const char *what, *remedy; /* what to do; NULL: nothing */
};

struct doctor {
	struct arena *mem;
	const char *home;
	int64_t now;
	struct db *db; /* opened by doctor_database where it is NULL */
	bool quick;    /* a handler waits: nothing that takes seconds */
	void (*tell)(void *arg, const struct doctor_finding *f);
	void *arg;

	/* What was learned on the way. */
	bool failed;
	bool stopped;      /* nothing of it runs, which has been told */
	bool has_settings; /* the database could be read */
	struct settings settings;
	const char *server_key; /* "mkey:…", NULL when not known */
	bool this_run; /* the URL is one that the settings do not say */
};

/* All of them, in order.  `url` "" is the one of this run, else the one that is
 * set; `insecure` takes any certificate. */
void doctor_run(struct doctor *d, const char *url, bool insecure);

#define DOCTOR_PRINTF(n) __attribute__((format(printf, n, n + 1)))

void doctor_ok(struct doctor *d, enum health_name check, const char *fmt, ...)
	DOCTOR_PRINTF(3);
/* It cannot be known from here. */
void doctor_unknown(struct doctor *d, enum health_name check, const char *fmt,
	...) DOCTOR_PRINTF(3);
/* The remedy is said in words: what to do. */
void doctor_warn(struct doctor *d, enum health_name check, const char *remedy,
	const char *fmt, ...) DOCTOR_PRINTF(4);
void doctor_fail(struct doctor *d, enum health_name check, const char *remedy,
	const char *fmt, ...) DOCTOR_PRINTF(4);

/* Folder, secrets, sockets, and whether nginx may reach them.  doctor_home is
 * false when there is no instance to look at. */
bool doctor_home(struct doctor *d);
/* Bytes that may still be written where the database lies. */
void doctor_room(struct doctor *d, uint64_t free_bytes);
/* Whether anything runs at all; if not, nobody needs to hear it of each part.
 */
void doctor_running(struct doctor *d);
/* Where `make run` serves now, NULL when its nginx does not run. */
const char *doctor_url_now(struct doctor *d);
void doctor_sockets(struct doctor *d);
/* Database, what grows in it, the worker that follows it. */
void doctor_database(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_dns(struct doctor *d); /* doctor_database calls both */
void doctor_worker(struct doctor *d);
void doctor_relays(struct doctor *d); /* doctor_worker calls it */
/* Each provider that people sign in by is asked; doctor_rest calls it. */
void doctor_providers(struct doctor *d);
/* STUN, sign-in, backups, versions, and what cut sessions tell of nginx. */
void doctor_rest(struct doctor *d);
/* The way in, as a client goes it. */
void doctor_url(struct doctor *d, const char *url, bool insecure);

#endif
