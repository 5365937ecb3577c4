/* cairn nodes … */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/nodes.h"
#include "cli/texts.h"
#include "tailnet/keys.h"
#include "tailnet/node.h"
#include "tailnet/tag_owner.h"

enum err
node_error(struct cli *c, enum err e, const char *doing)
{
	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "%s: there is no node %" PRId64, doing,
			cli_number(c, "identifier"));
		return e;
	}
	return e ? cli_fail(c, e, doing) : ERR_OK;
}

enum err
node_find(struct cli *c, const char *words, struct node *out)
{
	int64_t id;
	enum err e = text_int(words, &id)
			     ? db_node_by_name(c->db, words, c->mem, out)
			     : db_node_by_id(c->db, id, c->mem, out);

	if (e == ERR_NOT_FOUND) {
		cli_refuse(c, "node not found: \"%s\"", words);
		return e;
	}
	return e ? cli_fail(c, e, "finding the node") : ERR_OK;
}

enum err
nodes_named(struct cli *c)
{
	struct node n;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < c->flags.count; i++) {
		struct flag_value *v = &c->flags.values[i];

		if (v->flag->kind != FLAG_NODE || v->number >= 0)
			continue;
		e = node_find(c, v->text, &n);
		if (!e)
			v->number = n.id;
	}
	return e;
}

enum err
take_when(struct cli *c, const char *text, int64_t *at)
{
	int64_t seconds;

	if (clock_parse(text, at) == ERR_OK)
		return ERR_OK;
	if (text_duration(text, &seconds) == ERR_OK && seconds > 0 &&
		seconds <= CLI_LIFE_MAX) {
		*at = c->now + seconds;
		return ERR_OK;
	}
	return cli_refuse(c,
		"\"%s\" is neither a time like 2027-01-31T12:00:00Z nor a "
		"duration like 24h or 30d",
		text);
}

enum err
node_read(struct cli *c, const char *doing, struct node *out)
{
	return node_error(c,
		db_node_by_id(c->db, cli_number(c, "identifier"), c->mem, out),
		doing);
}

enum err
node_changed(struct cli *c, const char *words)
{
	struct node n;
	enum err e = node_read(c, "reading the node", &n);

	return e ? e : answer_node(c, &n, words);
}

static void
short_key(struct table *t, const struct key *k)
{
	char text[KEY_SHORT_SIZE];

	key_short(k, text);
	table_cell(t, text);
}

static bool
is_expired(const struct cli *c, const struct node *n)
{
	return n->expires_at && n->expires_at <= c->now;
}

static void
add_row(struct cli *c, struct table *t, const struct node *n,
	const struct rows *r)
{
	const struct live *live = rows_live(r, n->id);
	const struct user *owner = rows_user(r, n->user_id);
	const char *both[] = { n->ipv4, n->ipv6 };
	bool has4 = n->ipv4 != NULL;

	table_int(t, n->id);
	table_stranger(t, n->hostname);
	table_cell(t, n->name);
	short_key(t, &n->machine_key);
	short_key(t, &n->node_key);
	table_cell(t, owner ? owner->name : "tagged-devices");
	table_cell(t, texts_of_list(c->mem, n->tags, "\n"));
	table_cell(t, texts_join(c->mem, both + !has4,
			      (size_t)has4 + (n->ipv6 != NULL), "\n"));
	table_bool(t, n->ephemeral);
	table_time(t, live ? live->last_seen : 0);
	table_time(t, n->expires_at);
	table_cell(t, rows_online(r, n) ? "online" : "offline");
	table_cell(t, is_expired(c, n) ? "yes" : "no");
}

enum err
cmd_nodes_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "Hostname", "Name",
		"MachineKey", "NodeKey", "User", "Tags", "IP addresses",
		"Ephemeral", "Last seen", "Expiration", "Connected", "Expired",
		NULL };
	struct value *list = value_new_list(c->mem);
	struct user owner = { .id = 0 };
	struct table t;
	struct node *nodes;
	struct rows rows;
	size_t count;
	enum err e = ERR_OK;

	if (*cli_text(c, "user"))
		e = find_user(c, cli_text(c, "user"), &owner);
	if (e)
		return e;
	e = rows_load(c, &rows);
	if (e)
		return e;
	e = db_nodes(c->db, c->mem, &nodes, &count);
	if (e)
		return cli_fail(c, e, "listing nodes");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < count; i++) {
		if (owner.id && nodes[i].user_id != owner.id)
			continue;
		if (c->format == FORMAT_PLAIN)
			add_row(c, &t, &nodes[i], &rows);
		else
			put_node(value_object(list, NULL), &nodes[i], &rows,
				true);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

enum err
cmd_nodes_rename(struct cli *c)
{
	const char *name = c->args[0];
	struct settings settings;
	enum err e;

	if (!c->arg_count)
		return cli_refuse(c,
			"renaming node: missing parameters: the new name, or "
			"'' for the name the machine gives itself");
	e = settings_load(c->db, c->mem, &settings);
	if (e)
		return cli_fail(c, e, "renaming node");
	e = tailnet_node_rename(c->db, &settings, cli_number(c, "identifier"),
		name, CLI_ACTOR, c->now);
	if (e == ERR_BAD_NAME)
		return cli_refuse(c,
			"renaming node: \"%s\" is not a name: 1 to 63 of "
			"a-z, 0-9 and '-', no '-' at the ends, and not one "
			"like localhost",
			name);
	if (e == ERR_EXISTS)
		return cli_refuse(
			c, "renaming node: another node is named \"%s\"", name);
	if (e)
		return node_error(c, e, "renaming node");
	return node_changed(c, "Node renamed");
}

enum err
cmd_nodes_expire(struct cli *c)
{
	const char *when = cli_text(c, "expiry");
	bool never = cli_yes(c, "disable");
	int64_t at = c->now;
	enum err e = ERR_OK;

	if (!never && cli_given(c, "expiry"))
		e = take_when(c, when, &at);
	if (e)
		return e;
	if (at == 0)
		at = 1; /* 0 means never below; 1970 is long past in any case */
	e = tailnet_node_expire(c->db, cli_number(c, "identifier"),
		never ? 0 : at, CLI_ACTOR, c->now);
	if (e)
		return node_error(c, e,
			never ? "disabling node expiry" : "expiring node");
	return node_changed(c, never          ? "Node expiry disabled"
			       : at <= c->now ? "Node expired"
					      : "Node expiration updated");
}

enum err
cmd_nodes_delete(struct cli *c)
{
	struct node n;
	enum err e = node_read(c, "deleting node", &n);

	if (e)
		return e;
	if (!cli_confirm(c, "Do you want to remove the node %s?", n.name)) {
		cli_result(c, "Node not deleted");
		return ERR_OK;
	}
	e = tailnet_node_delete(c->db, n.id, CLI_ACTOR, c->now);
	if (e)
		return node_error(c, e, "deleting node");
	cli_result(c, "Node deleted");
	return ERR_OK;
}

enum err
cmd_nodes_approve(struct cli *c)
{
	bool out = cli_yes(c, "withdraw");
	enum err e = tailnet_node_approve(
		c->db, cli_number(c, "identifier"), !out, CLI_ACTOR, c->now);

	if (e)
		return node_error(c, e, "approving the machine");
	return node_changed(c,
		out ? "Node shut out until it is approved" : "Node approved");
}

enum err
refuse_tag(struct cli *c, const char *doing, const char *tags)
{
	const char *unknown = NULL;
	enum err e = tag_unknown(c->db, c->mem, tags, &unknown);

	if (e || !unknown)
		return cli_fail(c, e ? e : ERR_TAG_UNKNOWN, doing);
	return cli_refuse(c,
		"%s: requested tags [%s] are invalid or not permitted: the "
		"policy has no owner for %s",
		doing, unknown, unknown);
}

enum err
cmd_nodes_tag(struct cli *c)
{
	const char **tags, *json = "[]";
	size_t count = texts_of_commas(c->mem, cli_text(c, "tags"), &tags);
	enum err e =
		count ? tags_normal(c->mem, tags, count, &json) : ERR_NO_TAGS;

	if (!e)
		e = tailnet_node_tag(c->db, cli_number(c, "identifier"), json,
			CLI_ACTOR, c->now);
	if (e == ERR_TAG_UNKNOWN)
		return refuse_tag(c, "setting tags", json);
	if (e == ERR_EXISTS)
		return cli_refuse(c,
			"setting tags: this machine has a tagged node "
			"already; delete one of the two first");
	if (e)
		return node_error(c, e, "setting tags");
	return node_changed(c, "Node updated");
}
