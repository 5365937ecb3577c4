/* cairn preauthkeys … */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/nodes.h"
#include "cli/texts.h"
#include "tailnet/keys.h"
#include "tailnet/secrets.h"

static enum err
take_expiration(struct cli *c, int64_t *expires_at)
{
	const char *text = cli_text(c, "expiration");
	int64_t seconds;
	enum err e = cli_given(c, "expiration")
			     ? ERR_OK
			     : preauth_key_life(c->db, c->mem, &text);

	if (e)
		return cli_fail(c, e, "reading the settings");
	if (text_duration(text, &seconds) || seconds > CLI_LIFE_MAX)
		return cli_refuse(c,
			"parsing duration: not a valid duration: \"%s\"; "
			"write 30m, 24h, 1h30m, 90d, or 0 for no end",
			text);
	*expires_at = seconds ? c->now + seconds : 0;
	return ERR_OK;
}

static enum err
take_owner(struct cli *c, struct preauth_key *k, struct user *owner)
{
	enum err e;

	if (!cli_given(c, "user"))
		return ERR_OK;
	e = find_user(c, cli_text(c, "user"), owner);
	if (!e)
		k->user_id = owner->id;
	return e;
}

static enum err
take_tags(struct cli *c, struct preauth_key *k)
{
	const char **tags;
	size_t count = texts_of_commas(c->mem, cli_text(c, "tags"), &tags);
	enum err e = tags_normal(c->mem, tags, count, &k->tags);

	return e ? cli_fail(c, e, "creating preauthkey") : ERR_OK;
}

static enum err
add_key(struct cli *c, struct preauth_key *k, const char **text)
{
	struct secret pepper;
	enum err e = secret_current(c->db, c->home, "pepper", &pepper);

	if (e)
		return cli_fail(c, e,
			arena_printf(
				c->mem, "reading %s/keys/pepper", c->home));
	e = tailnet_preauth_key_add(
		c->db, &pepper, k, &actor_cli, c->now, c->mem, &k->id, text);
	secret_wipe(&pepper);
	if (e == ERR_TAG_UNKNOWN)
		return refuse_tag(c, "creating preauthkey", k->tags);
	return e ? cli_fail(c, e, "creating preauthkey") : ERR_OK;
}

enum err
cmd_keys_create(struct cli *c)
{
	struct preauth_key k = {
		.reusable = cli_yes(c, "reusable"),
		.ephemeral = cli_yes(c, "ephemeral"),
		.created_at = c->now,
	};
	struct value *v = value_new_object(c->mem);
	struct user owner = { .id = 0 };
	const char *text;
	enum err e = take_expiration(c, &k.expires_at);

	if (!e)
		e = take_owner(c, &k, &owner);
	if (!e)
		e = take_tags(c, &k);
	if (!e)
		e = add_key(c, &k, &text);
	if (e)
		return e;
	put_key(v, &k, owner.id ? &owner : NULL, text);
	cli_answer(c, v, text);
	return ERR_OK;
}

static void
add_row(struct table *t, const struct preauth_key *k, const struct user *owner)
{
	const char *tags = texts_of_list(t->mem, k->tags, "\n");

	table_int(t, k->id);
	table_cell(t, key_masked(t->mem, k));
	table_bool(t, k->reusable);
	table_bool(t, k->ephemeral);
	table_bool(t, key_used(k));
	table_time(t, k->revoked_at && (!k->expires_at ||
					       k->revoked_at < k->expires_at)
			      ? k->revoked_at
			      : k->expires_at);
	table_time(t, k->created_at);
	table_cell(t, *tags ? tags : owner ? owner->name : "");
}

enum err
cmd_keys_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Key/Prefix", "Reusable",
		"Ephemeral", "Used", "Expiration", "Created", "Owner", NULL };
	struct value *list = value_new_list(c->mem);
	struct table t;
	struct rows rows;
	enum err e = rows_load(c, &rows);

	if (e)
		return e;
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < rows.key_count; i++) {
		const struct preauth_key *k = &rows.keys[i];
		const struct user *owner = rows_user(&rows, k->user_id);

		add_row(&t, k, owner);
		put_key(value_object(list, NULL), k, owner, NULL);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

typedef enum err change_key(
	struct db *db, int64_t id, const char *actor, int64_t now);

static enum err
change(struct cli *c, change_key *rule, const char *doing, const char *done)
{
	int64_t id = cli_number(c, "id");
	enum err e;

	if (!cli_given(c, "id"))
		return cli_refuse(c, "missing --id parameter");
	e = rule(c->db, id, CLI_ACTOR, c->now);
	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "%s: there is no key %" PRId64, doing, id);
		return e;
	}
	if (e)
		return cli_fail(c, e, doing);
	cli_answer(c, value_new_object(c->mem), done);
	return ERR_OK;
}

enum err
cmd_keys_expire(struct cli *c)
{
	return change(c, tailnet_preauth_key_revoke, "expiring preauthkey",
		"Key expired");
}

enum err
cmd_keys_delete(struct cli *c)
{
	return change(c, tailnet_preauth_key_delete, "deleting preauthkey",
		"Key deleted");
}
