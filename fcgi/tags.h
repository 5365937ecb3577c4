/*
 * tags.h: the field `tags` of a form, and the choice between an owner and tags.
 */
#ifndef FCGI_TAGS_H
#define FCGI_TAGS_H

#include "fcgi/form.h"

/* Tags as people write them, blank- or comma-separated, as JSON text: "[]" when
 * there are none.  NULL: f says at `field` what is wrong with them, or which of
 * them has no owner in the policy. */
const char *form_tags(struct form *f, const char *field);
/* JSON text as form_tags reads it. */
const char *form_tags_text(struct request *r, const char *json);

/* The rule refused with these words the tags that a machine asks for; where the
 * policy, which may be another since it asked, has no owner for one of them
 * now, f says that instead. */
void form_tags_refused(struct form *f, const char *field, const char *hostinfo,
	const char *words);

/* What the fields `owner` (owner.h) and `tags` of f say: a user, or 0 and tags
 * as JSON text.  Who is signed in stands at `owner` from the start, so beside
 * tags this one owner counts as none.  *ok false: neither or both, or what
 * cannot be; f says it. */
enum err owner_or_tags(
	struct form *f, int64_t *user_id, const char **tags, bool *ok);

#endif
