/*
 * gone.h: the answer for a thing that is not there (spec/pages.md 1.3): 410
 * with who deleted it and when, from the audit log, else 404; both name the
 * list to go back to.
 */
#ifndef FCGI_GONE_H
#define FCGI_GONE_H

#include "fcgi/request.h"

struct gone {
	const char *kind;  /* as the audit log has it: "node", "user" */
	int64_t id;        /* 0: the address held no number */
	const char *event; /* of its deletion: "machine.deleted" */
	const char *thing; /* "machine" */
	const char *list, *list_words; /* where to go back to */
};

enum err reply_gone(struct request *r, const struct gone *g);

/* The decimal id that stands for the nth star of the address; 0: none. */
int64_t page_id(const struct request *r, size_t n);

#endif
