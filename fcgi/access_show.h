/*
 * access_show.h: the answer to who reaches what: the verdict on two with the
 * rule or the nearest miss, and all that is open (spec/pages.md 11.4).
 */
#ifndef FCGI_ACCESS_SHOW_H
#define FCGI_ACCESS_SHOW_H

#include "fcgi/request.h"
#include "tailnet/policy_ends.h"

struct access {
	struct request *r;
	struct engine *e;
	const char *draft; /* a text that is not saved; NULL: that in force */
	struct policy_error error; /* of the draft */
	int64_t version;           /* whose lines are meant; 0: the newest */
	const char *src, *dst, *port_text, *proto_text; /* as asked; "" */
	int port, proto;
	struct policy_end from, to;
	const char *why; /* it cannot be answered, in words; or NULL */
	int64_t until;   /* pairs are looked at, as clock_now_ms has it */
};

enum err access_show(struct access *a);

#endif
