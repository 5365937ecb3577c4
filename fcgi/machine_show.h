/*
 * machine_show.h: what lists and pages say of a machine, the same everywhere:
 * its state with a dot (whose shape is the style sheet's), owner or tags,
 * addresses, badges, expiry (spec/pages.md 9.1).
 */
#ifndef FCGI_MACHINE_SHOW_H
#define FCGI_MACHINE_SHOW_H

#include "db/machine_list.h"
#include "fcgi/request.h"
#include "tailnet/primaries.h"

enum {
	EXPIRES_SOON_SECONDS = 7 * 86400,
};

/* <span class="state" data-state="online">Came online …</span> */
void show_state(struct request *r, const struct machine_row *m);
/* The user, a link for who may read users, or the tags. */
void show_owner(struct request *r, const struct machine_row *m);
void show_tags(struct request *r, const char *tags);
/* Both, each with a button that copies it. */
void show_addresses(struct request *r, const struct machine_row *m);
void show_badges(struct request *r, const struct machine_row *m, bool standby);
/* Who serves the subnets that these carry. */
enum err machine_primaries(struct request *r, const struct machine_row *rows,
	size_t count, struct primaries *out);
/* Whether it is online, and another serves a subnet of it. */
bool machine_stands_by(const struct machine_row *m, const struct primaries *p);
/* "Never", the time, or "Expired" and the time. */
void show_expiry(struct request *r, const struct machine_row *m);
/* "linux 6.1 · 1.102.3" */
void show_system(struct request *r, const struct machine_row *m);

/* A button that copies the text of the element `id`; only the script shows it.
 * `what` (may be NULL) names it for who does not see what stands beside it. */
void show_copy(struct request *r, const char *id, const char *what);

#endif
