/*
 * machine_asks.h: what a machine was asked and what it answered, as its page
 * shows it (tailnet/ask.h).
 *
 * Answers of a person's machine are for those who may ask, not for all readers.
 */
#ifndef FCGI_MACHINE_ASKS_H
#define FCGI_MACHINE_ASKS_H

#include "db/ask.h"
#include "db/node.h"
#include "fcgi/request.h"

struct machine_asks {
	struct ask_row *rows; /* newest first */
	size_t count;
};

enum err machine_asks_load(
	struct request *r, const struct node *n, struct machine_asks *out);
/* The fact `ping` of #connection; nothing when it never was pinged. */
void machine_ping_show(struct request *r, const struct machine_asks *a);
/* #asked, where the forms that ask lead back to: the newest of each kind. */
void machine_asks_show(struct request *r, const struct machine_asks *a);

#endif
