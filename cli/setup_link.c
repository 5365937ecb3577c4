/* cairn setup-link: the way in for who has none. */
#include <string.h>

#include "cli/command.h"
#include "tailnet/link.h"
#include "tailnet/secrets.h"

static enum err
make_link(struct cli *c, const char **url)
{
	struct secret pepper;
	struct settings s;
	enum err e = secret_current(c->db, c->home, "pepper", &pepper);

	if (e)
		return cli_fail(c, e,
			arena_printf(
				c->mem, "reading %s/keys/pepper", c->home));
	e = settings_load(c->db, c->mem, &s);
	if (!e)
		e = tailnet_setup_link(c->db, &s, &pepper, c->now, c->mem, url);
	secret_wipe(&pepper);
	return e ? cli_fail(c, e, "making the link") : ERR_OK;
}

static const char *
words_of(struct cli *c, const struct user *owner, const char *url)
{
	if (!owner)
		return arena_printf(c->mem,
			"Set up cairn, and make the account of its owner, "
			"with this link.\nIt works once, within an hour:\n%s",
			url);
	return arena_printf(c->mem,
		"Give the owner %s a new password with this link; all browsers "
		"of %s are\nsigned out by it.  It works once, within an "
		"hour:\n%s",
		owner->name, owner->name, url);
}

enum err
cmd_setup_link(struct cli *c)
{
	struct value *v = value_new_object(c->mem);
	struct user owner = { .id = 0 };
	const char *url = "";
	enum err e = db_user_first_owner(c->db, c->mem, &owner);

	if (e && e != ERR_NOT_FOUND)
		return cli_fail(c, e, "looking for an owner");
	if (owner.id && cli_yes(c, "first"))
		return ERR_OK;
	e = make_link(c, &url);
	if (e)
		return e;
	value_text(v, "url", url);
	value_text(v, "purpose", owner.id ? "recovery" : "setup");
	if (owner.id)
		value_text(v, "owner", owner.name);
	value_int(v, "expires_in_seconds", SETUP_SECONDS);
	cli_answer(c, v, words_of(c, owner.id ? &owner : NULL, url));
	return ERR_OK;
}
