/* cairn auth …, and the old spelling: cairn nodes register. */
#include "cli/command.h"
#include "cli/rows.h"
#include "tailnet/register.h"

/* The row behind the id in the client's link. */
static enum err
find_pending(struct cli *c, const char *auth_id, const char *doing,
	struct pending *out)
{
	struct secret pepper;
	enum err e = secret_read(c->home, "pepper", &pepper);

	if (!e)
		e = tailnet_pending_find(c->db, &pepper, auth_id, c->mem, out);
	secret_wipe(&pepper);
	if (e == ERR_BAD_INPUT)
		cli_refuse(c,
			"%s: \"%s\" is no id: it begins with "
			"\"hskey-authreq-\", and 24 characters follow",
			doing, auth_id);
	else if (e == ERR_NOT_FOUND)
		cli_refuse(c,
			"%s: nothing waits under this id; it may have "
			"expired: run 'tailscale up' again for a new one",
			doing);
	else if (e)
		cli_fail(c, e, doing);
	return e;
}

static enum err
approve_error(
	struct cli *c, enum err e, const struct pending *p, const char *doing)
{
	if (e == ERR_DECIDED && p->state == PENDING_REJECTED)
		cli_refuse(c,
			"%s: it was rejected, and that is final; run "
			"'tailscale up' again for a new id",
			doing);
	else if (e == ERR_DECIDED)
		cli_refuse(c, "%s: it was approved already", doing);
	else if (e)
		cli_fail(c, e, doing);
	return e;
}

static enum err
admit(struct cli *c, const struct pending *p, const char *doing, struct node *n)
{
	const char *words = "";
	struct settings settings;
	struct user owner;
	struct pending_decision d = { .tags = "[]",
		.method = "cli",
		.actor = &actor_cli,
		.words = &words };
	enum err e = find_user(c, cli_text(c, "user"), &owner);

	if (e)
		return e;
	d.user_id = owner.id;
	e = settings_load(c->db, c->mem, &settings);
	if (!e)
		e = tailnet_pending_decide(
			c->db, &settings, p, &d, c->now, c->mem, n);
	if (e == ERR_TAGS_REFUSED)
		return cli_refuse(c, "%s: %s", doing, words);
	return approve_error(c, e, p, doing);
}

static enum err
register_node(struct cli *c, const char *auth_id)
{
	const char *doing = "registering node";
	struct pending p;
	struct node n;
	enum err e = find_pending(c, auth_id, doing, &p);

	if (!e)
		e = admit(c, &p, doing, &n);
	if (e)
		return e;
	return answer_node(
		c, &n, arena_printf(c->mem, "Node %s registered", n.name));
}

enum err
cmd_auth_register(struct cli *c)
{
	return register_node(c, cli_text(c, "auth-id"));
}

enum err
cmd_nodes_register(struct cli *c)
{
	return register_node(c, cli_text(c, "key"));
}

enum err
cmd_auth_approve(struct cli *c)
{
	const char *doing = "approving auth request";
	struct pending p;
	struct node n;
	enum err e = find_pending(c, cli_text(c, "auth-id"), doing, &p);

	if (e)
		return e;
	if (!*cli_text(c, "user"))
		return cli_refuse(c,
			"%s: this is a machine that wants to join: "
			"say whose it is with --user",
			doing);
	e = admit(c, &p, doing, &n);
	if (!e)
		cli_answer(
			c, value_new_object(c->mem), "Auth request approved");
	return e;
}

enum err
cmd_auth_reject(struct cli *c)
{
	const char *doing = "rejecting auth request";
	struct pending p;
	enum err e = find_pending(c, cli_text(c, "auth-id"), doing, &p);

	if (e)
		return e;
	e = tailnet_pending_reject(
		c->db, &p, cli_text(c, "reason"), CLI_ACTOR, c->now);
	if (e)
		return approve_error(c, e, &p, doing);
	cli_answer(c, value_new_object(c->mem), "Auth request rejected");
	return ERR_OK;
}
