#include "fcgi/half.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "db/login.h"

static const char *
mark_of(struct request *r, int64_t user_id, int64_t until, const char *hash)
{
	return who_hash_text(
		r, arena_printf(r->mem, "half %" PRId64 " %" PRId64 " %s %s",
			   user_id, until, r->who.pre, hash));
}

void
half_begin(struct request *r, const struct proven *p)
{
	int64_t until = r->now + HALF_SECONDS;

	cookie_set(r, cookie_name(r, "cairn-half"),
		arena_printf(r->mem, "%" PRId64 ".%" PRId64 ".%s", p->user.id,
			until, mark_of(r, p->user.id, until, p->hash)),
		HALF_SECONDS);
}

void
half_end(struct request *r)
{
	cookie_set(r, cookie_name(r, "cairn-half"), "", 0);
}

/* The three parts of the cookie. */
static bool
take_parts(
	struct request *r, int64_t *user_id, int64_t *until, const char **mark)
{
	const char *sent = cookie_get(r, cookie_name(r, "cairn-half"));
	const char *one = sent ? strchr(sent, '.') : NULL;
	const char *two = one ? strchr(one + 1, '.') : NULL;

	if (!two || !r->who.pre)
		return false;
	*mark = two + 1;
	return text_int(arena_printf(r->mem, "%.*s", (int)(one - sent), sent),
		       user_id) == ERR_OK &&
	       text_int(arena_printf(
				r->mem, "%.*s", (int)(two - one - 1), one + 1),
		       until) == ERR_OK;
}

enum err
half_find(struct request *r, struct proven *out)
{
	struct login l = { .password = "" };
	int64_t user_id, until;
	const char *mark;
	enum err e;

	*out = (struct proven){ .hash = "" };
	if (!take_parts(r, &user_id, &until, &mark) || until <= r->now)
		return ERR_OK;
	e = db_login_by_user(r->db, user_id, r->mem, &l);
	if (!e && text_same_secret(
			  mark_of(r, user_id, until, l.password), mark)) {
		e = db_user_by_id(r->db, user_id, r->mem, &out->user);
		out->hash = l.password;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
