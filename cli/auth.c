/*
 * cairn auth …, and the old spelling: cairn nodes register.
 *
 * An id is that of a machine that wants to join, or of a login by SSH that the
 * policy wants somebody to allow.
 */
#include "cli/command.h"
#include "cli/rows.h"
#include "tailnet/register.h"
#include "tailnet/secrets.h"
#include "tailnet/ssh_check.h"

/* What an id stands for: one of the two. */
struct asked {
	bool is_check;
	struct pending p;
	struct ssh_check check;
};

/* The row behind the id in the link. */
static enum err
find_asked(struct cli *c, const char *auth_id, const char *doing,
	struct asked *out)
{
	struct secret pepper;
	enum err e = secret_current(c->db, c->home, "pepper", &pepper);

	if (!e)
		e = tailnet_pending_find(
			c->db, &pepper, auth_id, c->mem, &out->p);
	out->is_check = e == ERR_NOT_FOUND;
	if (out->is_check)
		e = tailnet_check_find(
			c->db, &pepper, auth_id, c->mem, &out->check);
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
find_pending(struct cli *c, const char *auth_id, const char *doing,
	struct pending *out)
{
	struct asked a;
	enum err e = find_asked(c, auth_id, doing, &a);

	if (!e && a.is_check)
		return cli_refuse(c,
			"%s: this is a login by SSH: see 'cairn auth approve'",
			doing);
	*out = a.p;
	return e;
}

static enum err
approve_error(
	struct cli *c, enum err e, const struct pending *p, const char *doing)
{
	if (e == ERR_DECIDED && pending_is_replaced(p))
		cli_refuse(c,
			"%s: the machine has asked anew since: take the id "
			"that it shows now",
			doing);
	else if (e == ERR_DECIDED && p->state == PENDING_REJECTED)
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

/* ---- logins by SSH ---- */

static enum err
check_error(struct cli *c, enum err e, const struct ssh_check *check,
	const char *doing)
{
	static const char *const words[] = {
		[CHECK_WAITING] = "it is over",
		[CHECK_APPROVED] = "it was approved already",
		[CHECK_REJECTED] = "it was rejected already",
		[CHECK_ENDED] = "it is over",
	};

	if (e == ERR_DECIDED)
		return cli_refuse(c, "%s: %s", doing, words[check->state]);
	if (e == ERR_EXPIRED)
		return cli_refuse(c,
			"%s: nobody answered in time; connect again for a "
			"new id",
			doing);
	return e ? cli_fail(c, e, doing) : ERR_OK;
}

static enum err
approve_check(struct cli *c, const struct ssh_check *check, const char *doing)
{
	enum err e =
		tailnet_check_approve(c->db, check->id, &actor_cli, c->now);

	if (e)
		return check_error(c, e, check, doing);
	cli_answer(c, value_new_object(c->mem), "Auth request approved");
	return ERR_OK;
}

static enum err
reject_check(struct cli *c, const struct ssh_check *check, const char *doing)
{
	enum err e = tailnet_check_reject(
		c->db, check->id, cli_text(c, "reason"), CLI_ACTOR, c->now);

	if (e)
		return check_error(c, e, check, doing);
	cli_answer(c, value_new_object(c->mem), "Auth request rejected");
	return ERR_OK;
}

/* ---- */

enum err
cmd_auth_approve(struct cli *c)
{
	const char *doing = "approving auth request";
	struct asked a;
	struct node n;
	enum err e = find_asked(c, cli_text(c, "auth-id"), doing, &a);

	if (e)
		return e;
	if (a.is_check && *cli_text(c, "user"))
		return cli_refuse(c,
			"%s: this is a login by SSH from %s, which stays "
			"%s's: --user is for machines that want to join",
			doing, a.check.src_name, a.check.user_name);
	if (a.is_check)
		return approve_check(c, &a.check, doing);
	if (!*cli_text(c, "user"))
		return cli_refuse(c,
			"%s: this is a machine that wants to join: "
			"say whose it is with --user",
			doing);
	e = admit(c, &a.p, doing, &n);
	if (!e)
		cli_answer(
			c, value_new_object(c->mem), "Auth request approved");
	return e;
}

enum err
cmd_auth_reject(struct cli *c)
{
	const char *doing = "rejecting auth request";
	struct asked a;
	enum err e = find_asked(c, cli_text(c, "auth-id"), doing, &a);

	if (e)
		return e;
	if (a.is_check)
		return reject_check(c, &a.check, doing);
	e = tailnet_pending_reject(
		c->db, &a.p, cli_text(c, "reason"), CLI_ACTOR, c->now);
	if (e)
		return approve_error(c, e, &a.p, doing);
	cli_answer(c, value_new_object(c->mem), "Auth request rejected");
	return ERR_OK;
}

enum err
cmd_auth_revoke(struct cli *c)
{
	const char *doing = "revoking auth request";
	struct asked a;
	enum err e = find_asked(c, cli_text(c, "auth-id"), doing, &a);

	if (e)
		return e;
	if (!a.is_check)
		return cli_refuse(c,
			"%s: this is a machine that wants to join: "
			"'cairn auth reject' turns it away",
			doing);
	e = tailnet_check_revoke(c->db, a.check.id, CLI_ACTOR, c->now);
	if (e)
		return check_error(c, e, &a.check, doing);
	cli_answer(c, value_new_object(c->mem), "Auth request revoked");
	return ERR_OK;
}
