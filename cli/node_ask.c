/*
 * cairn nodes ping NODE [--type KIND --to NODE]
 * cairn nodes debug NODE echo|prefs|health|update|netcheck
 *
 * The question goes by the database to the worker, and its answer comes back so
 * (tailnet/ask.h); here it is only waited for.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/nodes.h"
#include "db/live.h"
#include "db/stat.h"
#include "proto/tailcfg.h"
#include "tailnet/ask.h"
#include "tailnet/bell.h"

enum {
	LOOK_MS = 20,
	SPARE_MS = 5000, /* until the worker's sweep has written silence */
};

static enum err
ask(struct cli *c, const struct node *n, const char *kind, int64_t target,
	int64_t *id)
{
	int64_t age = cli_worker_age(c);
	enum err e;

	if (age < 0 || age > WORKER_LATE_SECONDS)
		return cli_refuse(c, "cairn-worker does not run: it alone "
				     "speaks with machines");
	e = tailnet_ask(c->db,
		&(struct ask_wish){ .node_id = n->id,
			.kind = kind,
			.target = target,
			.now = db_time(c->db, clock_now()),
			.now_ms = clock_now_ms(),
			.actor = CLI_ACTOR },
		id);
	if (e == ERR_OFFLINE)
		return cli_refuse(c, "%s is not connected", n->name);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c, "a machine does not ping itself");
	if (e == ERR_RATE)
		return cli_refuse(c,
			"%s has not answered %d questions yet: wait a little",
			n->name, ASKS_OPEN_MAX);
	if (e)
		return cli_fail(c, e, "asking");
	bell_ring(c->home);
	return ERR_OK;
}

static enum err
wait_for(struct cli *c, int64_t id, struct ask_row *out)
{
	int64_t end = clock_now_ms() + ASK_SECONDS * 1000 + SPARE_MS;
	enum err e = db_ask_by_id(c->db, id, c->mem, out);

	while (!e && out->state == ASK_OPEN && clock_now_ms() < end) {
		nanosleep(&(struct timespec){ .tv_nsec = LOOK_MS * 1000000L },
			NULL);
		e = db_ask_by_id(c->db, id, c->mem, out);
	}
	return e ? cli_fail(c, e, "waiting for the answer") : ERR_OK;
}

static enum err
answer(struct cli *c, const struct ask_row *a, bool pings)
{
	static const char *const heads[] = { "Name", "Value", NULL };
	struct value *v = value_new_object(c->mem);
	struct ask_line *lines = NULL;
	struct table t;
	size_t count = 0;

	table_init(&t, c->mem, c->colour, heads);
	ask_lines(a, c->mem, &lines, &count);
	v->plain = true;
	if (pings)
		value_int(v, "took_ms", a->took_ms);
	for (size_t i = 0; i < count; i++) {
		value_text(v, lines[i].name, lines[i].value);
		table_cell(&t, lines[i].name);
		table_cell(&t, lines[i].value);
	}
	if (c->format != FORMAT_PLAIN)
		cli_print_value(c, c->out, v);
	else if (count)
		cli_print_table(c, &t);
	return ERR_OK;
}

/* What went wrong with it is said. */
static enum err
ask_and_wait(struct cli *c, const struct node *n, const char *kind,
	int64_t target, struct ask_row *out)
{
	struct ask_line *lines = NULL;
	size_t count = 0;
	int64_t id = 0;
	enum err e = ask(c, n, kind, target, &id);

	if (!e)
		e = wait_for(c, id, out);
	if (e)
		return e;
	ask_lines(out, c->mem, &lines, &count);
	if (out->state == ASK_REFUSED)
		return cli_refuse(c, "%s: %s", n->name,
			count ? lines[0].value : "refused");
	if (out->state != ASK_ANSWERED)
		return cli_refuse(c, "%s does not answer", n->name);
	return ERR_OK;
}

static enum err
ping_control(struct cli *c, const struct node *n)
{
	struct ask_row a;
	enum err e = ask_and_wait(c, n, "ping", 0, &a);

	if (!e && c->format == FORMAT_PLAIN)
		cli_result(c,
			arena_printf(c->mem, "%s answers after %" PRId64 " ms",
				n->name, a.took_ms));
	else if (!e)
		e = answer(c, &a, true);
	return e;
}

static enum err
ping_peer(struct cli *c, const struct node *n)
{
	const struct ask_kind *k = ask_kind(cli_text(c, "type"));
	struct node to;
	struct ask_row a;
	enum err e;

	if (!k || !(k->flags & ASKS_PEER))
		return cli_refuse(c,
			"\"%s\" is none of disco, TSMP, ICMP and "
			"peerapi",
			cli_text(c, "type"));
	if (!cli_given(c, "to"))
		return cli_refuse(c,
			"the server is no machine of the network and pings "
			"none by %s itself: --to says which machine %s shall "
			"ping",
			k->word, n->name);
	e = node_find(c, cli_text(c, "to"), &to);
	if (!e)
		e = ask_and_wait(c, n, k->word, to.id, &a);
	return e ? e : answer(c, &a, false);
}

enum err
cmd_nodes_ping(struct cli *c)
{
	struct node n;
	enum err e;

	if (c->arg_count != 1)
		return cli_refuse(c, "it is: ping NODE");
	e = node_find(c, c->args[0], &n);
	if (e)
		return e;
	if (cli_given(c, "type"))
		return ping_peer(c, &n);
	if (cli_given(c, "to"))
		return cli_refuse(c, "--to needs a --type");
	return ping_control(c, &n);
}

static const char *
opt_words(enum opt_bool b)
{
	return b == OPT_TRUE ? "yes" : b == OPT_FALSE ? "no" : "unknown";
}

static void
both(struct value *v, struct table *t, const char *name, const char *value)
{
	value_text(v, name, value);
	table_cell(t, name);
	table_cell(t, value);
}

static void
print_net(struct cli *c, const struct tailcfg_net_info *net)
{
	static const char *const heads[] = { "Name", "Value", NULL };
	struct value *v = value_new_object(c->mem);
	const struct tailcfg_latency *at = net->latency.at;
	struct table t;

	table_init(&t, c->mem, c->colour, heads);
	v->plain = true;
	both(v, &t, "UDP", opt_words(net->working_udp));
	both(v, &t, "IPv6", opt_words(net->working_ipv6));
	both(v, &t, "mapping varies", opt_words(net->mapping_varies));
	both(v, &t, "UPnP", opt_words(net->upnp));
	both(v, &t, "NAT-PMP", opt_words(net->pmp));
	both(v, &t, "PCP", opt_words(net->pcp));
	both(v, &t, "home relay",
		arena_printf(c->mem, "%" PRId64, net->preferred_derp));
	for (size_t i = 0; i < net->latency.count; i++)
		both(v, &t, at[i].region ? at[i].region : "?",
			arena_printf(c->mem, "%.1f ms", at[i].seconds * 1000));
	if (c->format == FORMAT_PLAIN)
		cli_print_table(c, &t);
	else
		cli_print_value(c, c->out, v);
}

/* Clients check their network by themselves and tell what they found; none of
 * them can be asked for it. */
static enum err
netcheck(struct cli *c, const struct node *n)
{
	struct tailcfg_hostinfo host = { 0 };
	struct live live = { 0 };
	enum err e = db_live_by_node(c->db, n->id, c->mem, &live);

	if (e && e != ERR_NOT_FOUND)
		return cli_fail(c, e, "reading what it told");
	if (e || !live.hostinfo ||
		tailcfg_hostinfo_decode(
			(struct json_raw){ live.hostinfo }, c->mem, &host) ||
		!host.net_info)
		return cli_refuse(
			c, "%s has not told anything of its network", n->name);
	print_net(c, host.net_info);
	return ERR_OK;
}

enum err
cmd_nodes_debug(struct cli *c)
{
	const struct ask_kind *k =
		c->arg_count == 2 ? ask_kind(c->args[1]) : NULL;
	struct node n;
	struct ask_row a;
	enum err e;
	bool echo = c->arg_count == 2 && strcmp(c->args[1], "echo") == 0;
	bool net = c->arg_count == 2 && strcmp(c->args[1], "netcheck") == 0;

	if (!echo && !net && (!k || !(k->flags & ASKS_READ)))
		return cli_refuse(c, "it is: debug NODE "
				     "echo|prefs|health|update|netcheck");
	e = node_find(c, c->args[0], &n);
	if (e)
		return e;
	if (echo)
		return ping_control(c, &n);
	if (net)
		return netcheck(c, &n);
	e = ask_and_wait(c, &n, k->word, 0, &a);
	if (!e && strcmp(k->word, "health") == 0 && c->format == FORMAT_PLAIN &&
		strcmp(a.answer, "{}") == 0) {
		cli_result(c, "Nothing is wrong, as it says");
		return ERR_OK;
	}
	return e ? e : answer(c, &a, false);
}
