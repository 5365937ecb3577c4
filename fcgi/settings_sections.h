/*
 * settings_sections.h: the settings that have a form, section by section
 * (spec/pages.md 13).
 *
 * A section is a row here and two rows in routes.c, which name who may and
 * whether the sign-in must be fresh; both handlers are those of
 * page_settings.c.  Its address is /admin/settings/NAME, its form
 * settings-NAME.  A section that is more than fields that are settings brings
 * handlers of its own, and shows them between settings_begin and frame_end.
 *
 * Settings that stand on the page of something else have a row too, with
 * `aside`: their form is shown there by settings_aside_show.
 */
#ifndef FCGI_SETTINGS_SECTIONS_H
#define FCGI_SETTINGS_SECTIONS_H

#include "fcgi/form.h"

/* Which setting a field is, and how many seconds its number counts. */
struct settings_part {
	const char *field, *setting;
	int64_t unit; /* 0: it is no duration */
};

/* A form on the page of something else. */
struct settings_aside {
	const char *path, *home; /* where it is sent to, which page has it */
	/* That page again, with what was refused. */
	enum err (*again)(struct request *r, struct form *refused);
	unsigned can; /* who may change it; 0: who may change settings */
};

struct settings_section {
	const char *name, *words;
	/* As many fields as parts, in one order.  0: it has its own handlers.
	 */
	size_t count;
	const struct field *fields;
	const struct settings_part *parts;
	/* Further facts before and behind the form, or NULL. */
	enum err (*above)(struct request *r);
	void (*below)(struct request *r);
	/* Whether it must be confirmed, and the answer then is made; or NULL.
	 */
	enum err (*ask)(struct request *r, struct form *f, bool *asked);
	/* Complains in the form of what no rule of the settings knows; or
	 * NULL. */
	enum err (*check)(struct request *r, struct form *f);
	unsigned can; /* who sees it in the navigation; 0: who sees the page */
	/* Instead of the form of the fields. */
	enum err (*page)(struct request *r);
	enum err (*act)(struct request *r);
	const struct settings_aside *aside;
};

/* In the order of the navigation; the first is shown for /admin/settings. */
extern const struct settings_section settings_sections[];
extern const size_t settings_section_count;

/* The one of that name, which must be there. */
const struct settings_section *settings_section_named(const char *name);
/* The one of the address, which must be there. */
const struct settings_section *settings_section_here(const struct request *r);
const char *settings_section_path(
	struct request *r, const struct settings_section *s);
/* The frame with the navigation of the sections and the heading of this one. */
void settings_begin(struct request *r, const struct settings_section *s,
	const struct form *refused);
/* Its form, or the facts for who may not change them; where `refused` is that
 * form, it is shown as it was sent. */
enum err settings_aside_show(
	struct request *r, const char *name, struct form *refused);

/* What the rule refused of a section, said at its field; false: it is not the
 * form's. */
bool settings_blame(struct form *f, const struct settings_section *s,
	enum err e, const char *setting, const char *why);

#endif
