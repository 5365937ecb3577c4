/*
 * frame.h: what stands around every page (spec/pages.md 2): title, header,
 * navigation, strip, messages, footer.
 *
 * What the role may not see or what is not built has no link.  Before the
 * sign-in there is neither navigation nor strip.
 */
#ifndef FCGI_FRAME_H
#define FCGI_FRAME_H

#include "fcgi/request.h"

/* Of the main navigation; SECTION_NONE marks nothing. */
enum section {
	SECTION_NONE,
	SECTION_OVERVIEW,
	SECTION_MACHINES,
	SECTION_USERS,
	SECTION_KEYS,
	SECTION_POLICY,
	SECTION_NETWORK,
	SECTION_DNS,
	SECTION_RELAYS,
	SECTION_AUDIT,
	SECTION_HEALTH,
	SECTION_SETTINGS,
	SECTION_ME,
	SECTION_CONNECT,
	SECTION_MY_KEYS,
	SECTION_SESSIONS,
	SECTION_SECURITY,
	SECTIONS,
};

/* A link. */
struct frame_place {
	const char *href, *words;
};

struct page {
	const char *name; /* body[data-page], spec/pages.md */
	const char *h1;
	const char *title; /* the thing, if h1 is a sentence; NULL: h1 */
	enum section section;
	struct frame_place up; /* the list it is of, above h1; or none */
	const char *live;      /* events that the page cares for; NULL: none */
	int64_t live_id;       /* of the thing; 0: all */
	const char *live_url;  /* fetched instead of the own address */
	int refresh;           /* seconds; 0: the visitor did not ask for it */
	/* What stands first in <main>, before flash and messages; or NULL. */
	void (*first)(struct request *r, const void *arg);
	const void *first_arg;
	bool asks; /* it shows one of the machines that the strip counts */
};

/* Everything up to and with <h1>: also flash and the messages of `form` (see
 * form.h), if its input was refused. */
struct form;
void frame_begin(
	struct request *r, const struct page *p, const struct form *refused);
void frame_end(struct request *r);

/* The pages of a section that has several, `here` among them
 * (spec/pages.md 2). */
void frame_section(struct request *r, const char *section,
	const struct frame_place *pages, size_t count, size_t here);

/* The name people know the instance by. */
const char *frame_organisation(struct request *r);

#endif
