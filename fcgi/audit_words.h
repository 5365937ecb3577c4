/*
 * audit_words.h: what a row of the audit log says, in words for people.
 */
#ifndef FCGI_AUDIT_WORDS_H
#define FCGI_AUDIT_WORDS_H

#include "db/audit.h"
#include "fcgi/list.h"

enum {
	AUDIT_WORDS_MAX = 200, /* bytes of what changed */
};

/* "node:12" in its parts.  `kind` is "" for "cli" and "server". */
struct audit_thing {
	const char *kind;  /* "node" */
	const char *words; /* "machine" */
	const char *now;   /* its name as it is now; NULL: it has none */
	const char *path;  /* of its page; NULL: it is gone or has none */
	int64_t id;        /* 0: none */
};

/* One field that changed, in words; `before` NULL: it was not there. */
struct audit_change {
	const char *name, *before, *after;
};

struct audit_thing audit_thing(struct request *r, const char *text);
/* Its name, a link where it has a page. */
void audit_show_name(
	struct request *r, const struct audit_thing *t, const char *name);
/* By the name as it was then; an id only where there never was one. */
void audit_show_actor(
	struct request *r, const char *actor, const char *actor_name);
/* "node" for "machine": a kind as the log has it; else the word itself. */
const char *audit_kind(const char *words);
/* The cell of what was done: its words, and in data-event its code, which the
 * filters and the files have. */
void audit_event_cell(struct request *r, struct list *l, const struct audit *a);
/* What it was done to: "machine laptop", a link where it has a page. */
void audit_show_target(struct request *r, const struct audit *a);
/* Each field that changed; 0 where before and after are not written as
 * tailnet/changes.h does. */
size_t audit_changes(
	struct request *r, const struct audit *a, struct audit_change **out);
/* What changed, "name: laptop → kitchen", or what else the row has to say;
 * nothing that its target says already. */
const char *audit_details(struct request *r, const struct audit *a);

#endif
