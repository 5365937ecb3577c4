#include "fcgi/key_where.h"

#include <inttypes.h>

#include "base/text.h"
#include "fcgi/router.h"

static const struct key_where all = { false, "/admin/keys", "All keys",
	"/admin/keys/new", SECTION_KEYS };
static const struct key_where own = { true, "/me/keys", "Your keys",
	"/me/keys/new", SECTION_MY_KEYS };

const struct key_where *
key_where(const struct request *r)
{
	return text_starts(r->route->path, own.list) ? &own : &all;
}

enum err
key_where_is_open(const struct request *r)
{
	return key_where(r)->own && !r->settings->members_make_keys
		       ? ERR_NOT_FOUND
		       : ERR_OK;
}

const char *
key_words(struct request *r, const struct preauth_key *k)
{
	return arena_printf(r->mem, "hskey-auth-%s…", k->prefix);
}

const char *
key_revoke_path(struct request *r, int64_t id)
{
	return arena_printf(
		r->mem, "%s/%" PRId64 "/revoke", key_where(r)->list, id);
}
