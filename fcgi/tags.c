#include "fcgi/tags.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "fcgi/owner.h"
#include "proto/tailcfg.h"
#include "tailnet/keys.h"
#include "tailnet/tag_owner.h"

const char *
form_tags_text(struct request *r, const char *json)
{
	struct json_texts l = { NULL, 0 };
	const char *text = "";

	(void)json_texts_parse(json, r->mem, &l);
	for (size_t i = 0; i < l.count; i++)
		text = arena_printf(
			r->mem, "%s%s%s", text, i ? " " : "", l.at[i]);
	return text;
}

const char *
form_tags(struct form *f, const char *field)
{
	static const char between[] = " \t\r\n,";
	struct arena *mem = f->r->mem;
	const char *tags[TAGS_MAX], *at = form_get(f, field), *json;
	const char *unknown = NULL;
	size_t count = 0;

	for (at += strspn(at, between); *at; at += strspn(at, between)) {
		size_t len = strcspn(at, between);

		if (count == TAGS_MAX) {
			form_complain(f, field, "Use at most 16 tags.");
			return NULL;
		}
		tags[count++] = arena_printf(mem, "%.*s", (int)len, at);
		at += len;
	}
	if (tags_normal(mem, tags, count, &json)) {
		form_error(f, field, "tag-form");
		return NULL;
	}
	/* Whether that can be read at all, the rule will say. */
	(void)tag_unknown(f->r->db, mem, json, &unknown);
	if (unknown)
		form_error(f, field, "tag-unknown", "tag", unknown);
	return unknown ? NULL : json;
}

void
form_tags_refused(struct form *f, const char *field, const char *hostinfo,
	const char *words)
{
	struct tailcfg_hostinfo h;
	const char *tag = NULL;

	if (!tailcfg_hostinfo_decode(
		    (struct json_raw){ hostinfo }, f->r->mem, &h) &&
		tags_known(f->r->db, &h.request_tags, &tag) == ERR_TAG_UNKNOWN)
		form_error(f, field, "tag-unknown", "tag", tag);
	else
		form_complain(f, field, words);
}

static enum err
take_owner(struct form *f, int64_t *user_id)
{
	struct user u;
	enum err e = owner_find(f, "owner", &u);

	if (!e && u.id && u.status == USER_SUSPENDED)
		form_complain(f, "owner", "This user is suspended.");
	*user_id = u.id;
	return e;
}

/* As the form was shown first; owner.h takes an id or a name. */
static bool
is_self(const struct form *f, const char *owner)
{
	const struct who *who = &f->r->who;
	int64_t id;

	return text_int(owner, &id) == ERR_OK ? id == who->user_id
					      : strcmp(owner, who->name) == 0;
}

enum err
owner_or_tags(struct form *f, int64_t *user_id, const char **tags, bool *ok)
{
	const char *owner = form_get(f, "owner");
	bool has_owner = *owner != '\0', has_tags;
	enum err e = ERR_OK;

	*user_id = 0;
	*ok = false;
	if (!form_ok(f))
		return ERR_OK;
	*tags = form_tags(f, "tags");
	has_tags = *tags && strcmp(*tags, "[]") != 0;
	if (has_tags && has_owner && is_self(f, owner))
		has_owner = false;
	if (*tags && has_owner == has_tags)
		form_error(f, "owner", "owner-or-tags");
	else if (has_owner)
		e = take_owner(f, user_id);
	*ok = form_ok(f);
	return e;
}
