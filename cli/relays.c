/* cairn relays …, but for sources: relay_sources.c */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/command.h"
#include "tailnet/relays.h"
#include "tailnet/secrets.h"

static const char *
from_word(const struct derpmap_entry *e)
{
	switch (e->from) {
	case DERPMAP_FROM_OWN:
		return "own";
	case DERPMAP_FROM_ADDED:
		return "added";
	case DERPMAP_FROM_SOURCE:
		break;
	}
	return "fetched";
}

static const char *
hosts_of(struct cli *c, const struct derpmap_entry *e)
{
	const struct tailcfg_derp_node *nodes = e->region.nodes.at;
	const char *words = "";

	for (size_t i = 0; i < e->region.nodes.count; i++)
		words = arena_printf(c->mem, "%s%s%s", words, i ? "\n" : "",
			nodes[i].host_name);
	return words;
}

static const char *
state_words(const struct derpmap_entry *e, const struct derp_test *t)
{
	if (e->hidden)
		return "hidden";
	if (e->no_token)
		return "no token: it was revoked, lets nobody new in";
	return !t ? "not tried" : *t->error ? t->error : "answers";
}

static void
put_test(struct value *in, const struct derp_test *t)
{
	struct value *v;

	if (!t)
		return;
	v = value_object(in, "test");
	value_time(v, "at", t->at);
	if (t->stun_ms >= 0)
		value_int(v, "stun_ms", t->stun_ms)->keep = true;
	if (t->https_ms >= 0)
		value_int(v, "https_ms", t->https_ms)->keep = true;
	value_text(v, "error", t->error);
}

static void
put_region(struct value *v, const struct derpmap_entry *e,
	const struct derp_test *t, const struct derp_homes *homes)
{
	const struct tailcfg_derp_node *nodes = e->region.nodes.at;
	struct value *list;

	value_int(v, "region_id", e->region.id);
	value_text(v, "code", e->region.code);
	value_text(v, "name", e->region.name);
	value_text(v, "from", from_word(e));
	if (e->source)
		value_text(v, "source", e->source->place);
	value_bool(v, "hidden", e->hidden);
	value_bool(v, "no_token", e->no_token);
	list = value_list(v, "nodes");
	for (size_t i = 0; i < e->region.nodes.count; i++) {
		struct value *n = value_object(list, NULL);

		value_text(n, "name", nodes[i].name);
		value_text(n, "host_name", nodes[i].host_name);
		value_text(n, "ipv4", nodes[i].ipv4);
		value_text(n, "ipv6", nodes[i].ipv6);
		value_int(n, "stun_port", nodes[i].stun_port);
		value_int(n, "derp_port", nodes[i].derp_port);
	}
	put_test(v, t);
	value_int(v, "machines", homes->machines);
	value_int(v, "online", homes->online);
}

enum err
cmd_relays_list(struct cli *c)
{
	static const char *const heads[] = { "Region", "Code", "Name", "From",
		"Hosts", "State", "Machines at home", NULL };
	struct value *list = value_new_list(c->mem);
	struct table t;
	struct relays_view s;
	enum err e = relays_view(c->db, c->home, c->mem, &s);

	if (e)
		return cli_fail(c, e, "reading the relays");
	table_init(&t, c->mem, c->colour, heads);
	for (size_t i = 0; i < s.list.count; i++) {
		const struct derpmap_entry *r = &s.list.at[i];
		const struct derp_test *test = relays_test_of(&s, r->region.id);
		const struct derp_homes homes =
			relays_homes_of(&s, r->region.id);

		table_int(&t, r->region.id);
		table_cell(&t, r->region.code);
		table_cell(&t, r->region.name);
		table_cell(&t, r->source ? r->source->place : from_word(r));
		table_cell(&t, hosts_of(c, r));
		table_cell(&t, state_words(r, test));
		table_int(&t, homes.machines);
		put_region(value_object(list, NULL), r, test, &homes);
	}
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, list);
	return ERR_OK;
}

static struct relay_act
act_of(const struct cli *c)
{
	return (struct relay_act){ CLI_ACTOR, c->now };
}

static enum err
region_arg(struct cli *c, int at, int64_t *id)
{
	if (c->arg_count <= at)
		return cli_refuse(c, "missing parameters: the region");
	if (text_int(c->args[at], id))
		return cli_refuse(
			c, "\"%s\" is no region: it is a number", c->args[at]);
	return ERR_OK;
}

static enum err
read_pepper(struct cli *c, struct secret *out)
{
	enum err e = secret_current(c->db, c->home, "pepper", out);

	return e ? cli_fail(c, e,
			   arena_printf(
				   c->mem, "reading %s/keys/pepper", c->home))
		 : ERR_OK;
}

static void
show_token(struct cli *c, int64_t region, const char *token)
{
	struct value *v = value_new_object(c->mem);

	value_int(v, "region_id", region);
	value_text(v, "token", token);
	cli_answer(c, v, token);
}

static void
take_region(const struct cli *c, struct derp_region *r)
{
	*r = (struct derp_region){ .id = cli_number(c, "region"),
		.code = cli_text(c, "code"),
		.name = cli_given(c, "name") ? cli_text(c, "name")
					     : cli_text(c, "code"),
		.host = cli_text(c, "host"),
		.ipv4 = cli_text(c, "ipv4"),
		.ipv6 = cli_text(c, "ipv6"),
		.port = cli_given(c, "port") ? cli_number(c, "port") : 443,
		.stun_port = cli_given(c, "stun-port")
				     ? cli_number(c, "stun-port")
				     : 3478,
		.cert = cli_text(c, "cert") };
}

enum err
cmd_relays_add(struct cli *c)
{
	const struct relay_act act = act_of(c);
	struct relay_fault fault = { NULL, NULL };
	struct derp_region row;
	struct secret pepper;
	const char *token = NULL;
	enum err e = read_pepper(c, &pepper);

	if (e)
		return e;
	take_region(c, &row);
	e = tailnet_relay_add(
		c->db, &pepper, &row, &act, c->mem, &token, &fault);
	secret_wipe(&pepper);
	if (e == ERR_BAD_INPUT)
		return cli_refuse(
			c, "adding relay: %s: %s", fault.field, fault.why);
	if (e == ERR_EXISTS)
		return cli_refuse(c,
			"adding relay: there is a relay with region %" PRId64
			" already",
			row.id);
	if (e == ERR_TOO_BIG)
		return cli_refuse(c,
			"adding relay: %d were added already, no more fit",
			RELAYS_ADDED_MAX);
	if (e)
		return cli_fail(c, e, "adding relay");
	show_token(c, row.id, token);
	return ERR_OK;
}

/* No relay that was added by hand, but there may be another of that region. */
static enum err
no_such_relay(struct cli *c, const char *doing, int64_t id)
{
	const struct derpmap_entry *there = NULL;
	struct derpmap_rows rows;
	struct derpmap_list list;
	struct settings s;

	if (!settings_load(c->db, c->mem, &s) && s.relay_region_id == id)
		return cli_refuse(c,
			"%s: %" PRId64 " is the own one: hide it with 'cairn "
			"relays hide %" PRId64
			"', or set relay_enabled to false",
			doing, id, id);
	if (!relays_list(c->db, c->home, c->mem, &rows, &list))
		there = derpmap_find(&list, id);
	if (there && there->source)
		return cli_refuse(c,
			"%s: %" PRId64 " comes from %s: hide it with 'cairn "
			"relays hide %" PRId64 "', or remove that source",
			doing, id, there->source->place, id);
	if (there)
		return cli_refuse(
			c, "%s: relay %" PRId64 " has no token", doing, id);
	return cli_refuse(c, "%s: there is no such relay: %" PRId64, doing, id);
}

/* `e` in the words of the command, or done. */
static enum err
answer(struct cli *c, enum err e, const char *doing, int64_t id,
	const char *done)
{
	if (e == ERR_NOT_FOUND)
		return no_such_relay(c, doing, id);
	if (e)
		return cli_fail(c, e, doing);
	cli_answer(c, value_new_object(c->mem), done);
	return ERR_OK;
}

enum err
cmd_relays_remove(struct cli *c)
{
	const struct relay_act act = act_of(c);
	int64_t id = 0;
	enum err e = region_arg(c, 0, &id);

	if (e)
		return e;
	if (!cli_confirm(c, "Remove relay %" PRId64 "?", id)) {
		cli_result(c, "Relay not removed");
		return ERR_OK;
	}
	return answer(c, tailnet_relay_remove(c->db, id, &act),
		"removing relay", id, "Relay removed");
}

static enum err
hide(struct cli *c, bool hidden)
{
	const struct relay_act act = act_of(c);
	int64_t id = 0;
	enum err e = region_arg(c, 0, &id);

	return e ? e
		 : answer(c, tailnet_relay_hide(c->db, id, hidden, &act),
			   hidden ? "hiding relay" : "showing relay", id,
			   hidden ? "Relay hidden" : "Relay shown");
}

enum err
cmd_relays_hide(struct cli *c)
{
	return hide(c, true);
}

enum err
cmd_relays_show(struct cli *c)
{
	return hide(c, false);
}

/* Whom that shuts out. */
static const char *
revoked_words(struct cli *c, int64_t id)
{
	struct relays_view v = { .test_count = 0 };
	const struct derpmap_entry *e;
	struct derp_homes at;

	if (relays_view(c->db, c->home, c->mem, &v))
		return "Token revoked";
	e = derpmap_find(&v.list, id);
	at = relays_homes_of(&v, id);
	return arena_printf(c->mem,
		"Token revoked: new clients are not let in there any more; "
		"%" PRId64 " machines have their home there, %" PRId64
		" of them online%s",
		at.machines, at.online,
		e && !e->hidden && v.list.shown == 1
			? "; warning: machines are told of no other relay, "
			  "show or add one"
			: "");
}

static enum err
revoke(struct cli *c, int64_t id)
{
	const struct relay_act act = act_of(c);
	enum err e = tailnet_relay_token_revoke(c->db, id, &act);

	return answer(
		c, e, "revoking token", id, e ? "" : revoked_words(c, id));
}

enum err
cmd_relays_token(struct cli *c)
{
	const struct relay_act act = act_of(c);
	const char *verb = c->arg_count ? c->args[0] : "", *token = NULL;
	struct secret pepper;
	int64_t id = 0;
	enum err e;

	if (strcmp(verb, "new") != 0 && strcmp(verb, "revoke") != 0)
		return cli_refuse(c, "say new or revoke, and the region");
	e = region_arg(c, 1, &id);
	if (e)
		return e;
	if (*verb == 'r')
		return revoke(c, id);
	e = read_pepper(c, &pepper);
	if (e)
		return e;
	e = tailnet_relay_token_new(c->db, &pepper, id, &act, c->mem, &token);
	secret_wipe(&pepper);
	if (e)
		return answer(c, e, "making token", id, "");
	show_token(c, id, token);
	return ERR_OK;
}
