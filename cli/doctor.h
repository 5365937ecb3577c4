/*
 * doctor.h: cairn doctor, one line a finding:
 *
 *   ok    worker: alive, heard of 1 s ago
 *   FAIL  worker: last heard of 40 s ago — start cairn-worker
 *
 * Each check looks at one thing, reports with doctor_ok, doctor_warn or
 * doctor_fail, and goes on.  Any FAIL makes the exit status 1.  Nothing is
 * changed.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"
#include "tailnet/settings.h"

struct doctor {
	struct cli *c;
	struct value *list; /* the findings, for --output */
	bool failed;
	bool stopped;      /* nothing of it runs, which has been told */
	bool has_settings; /* the database could be read */
	struct settings settings;
	const char *server_key; /* "mkey:…", NULL when not known */
	bool this_run; /* the URL is one that the settings do not say */
};

#define DOCTOR_PRINTF(n) __attribute__((format(printf, n, n + 1)))

void doctor_ok(struct doctor *d, const char *fmt, ...) DOCTOR_PRINTF(2);
/* The remedy is said in words: what to do. */
void doctor_warn(struct doctor *d, const char *remedy, const char *fmt, ...)
	DOCTOR_PRINTF(3);
void doctor_fail(struct doctor *d, const char *remedy, const char *fmt, ...)
	DOCTOR_PRINTF(3);

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
void doctor_dns(struct doctor *d); /* doctor_database calls it */
void doctor_worker(struct doctor *d);
/* The way in, as a client goes it. */
void doctor_url(struct doctor *d, const char *url, bool insecure);

#endif
