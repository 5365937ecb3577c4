#include "tailnet/policy_ends.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "policy/places.h"
#include "policy/ports.h"
#include "policy/ssh.h"
#include "policy/who.h"

/* ---- ends ---- */

void
policy_end_places(struct engine *e, struct arena *mem, struct policy_end *out)
{
	struct place *places;
	size_t count = policy_places(&e, 1, mem, &places);
	struct policy_point *at =
		arena_array(mem, out->count + count + 1, sizeof(*at));

	memcpy(at, out->at, out->count * sizeof(*at));
	out->at = at;
	for (size_t i = 0; i < count; i++)
		at[out->count++] = (struct policy_point){ places[i].name,
			places[i].addr, 0 };
}

/* ---- what is asked for ---- */

static enum err
take_port(const char *text, int *port)
{
	int64_t n;

	if (text_int(text, &n) || n < 0 || n > POLICY_PORT_MAX)
		return ERR_BAD_INPUT;
	*port = (int)n;
	return ERR_OK;
}

/* "tag:web" has no port, but a kind before the colon. */
static bool
is_kind(const char *host)
{
	static const char *const kinds[] = { "autogroup", "group", "tag" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(host, kinds[i]) == 0)
			return true;
	return false;
}

const char *
policy_target(struct arena *mem, const char *text, const char **dst, int *port,
	int *proto)
{
	const char *slash = strrchr(text, '/'), *ports = NULL, *host;
	const char *why = NULL;
	struct addr a;

	*port = REACH_ANY_PORT;
	*proto = POLICY_NO_PROTO;
	if (slash && (!slash[1] || proto_parse(slash + 1, mem, proto)))
		why = arena_printf(mem, "\"%s\" is no protocol", slash + 1);
	if (slash)
		text = arena_printf(mem, "%.*s", (int)(slash - text), text);
	*dst = text;
	if (addr_parse(text, &a) == ERR_OK)
		return why;
	host = host_part(text, mem, &ports);
	if (!host || is_kind(host))
		return why;
	*dst = host;
	if (take_port(ports, port) == ERR_OK)
		return why;
	return arena_printf(mem, "\"%s\" is no port from 0 to 65535%s%s", ports,
		why ? ", and " : "", why ? why : "");
}

/* ---- pairs ---- */

/* All addresses of a machine, or the one. */
static size_t
points_of(struct engine *e, const struct policy_point *p,
	struct reach_point out[2])
{
	const struct machine *m = engine_machine(e, p->machine);

	for (size_t i = 0; m && i < m->face_count; i++)
		out[i] = reach_face(e, &m->faces[i]);
	if (m && m->face_count)
		return m->face_count;
	out[0] = reach_point(e, p->addr); /* looks through all machines */
	return 1;
}

bool
policy_meet(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct reach_ask *ask)
{
	struct reach_point a[2], b[2];
	size_t a_count = points_of(e, from, a), b_count = points_of(e, to, b);

	for (size_t i = 0; i < a_count; i++)
		for (size_t k = 0; k < b_count; k++)
			if (addr_is_ipv4(a[i].addr) ==
				addr_is_ipv4(b[k].addr)) {
				ask->from = a[i];
				ask->to = b[k];
				return true;
			}
	return false;
}

static struct reach_rule
decide(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, int port, int proto)
{
	struct reach_ask ask = { .port = port, .proto = proto };
	const struct reach_rule none = { .section = REACH_NOTHING };

	if (from->machine && to->machine)
		return policy_who_machines(
			e, from->machine, to->machine, port, proto);
	return policy_meet(e, from, to, &ask) ? reach_find(e, &ask) : none;
}

enum err
policy_pairs(struct engine *e, const struct policy_end *from,
	const struct policy_end *to, int port, int proto, struct arena *mem,
	struct policy_pair **pairs, size_t *count)
{
	struct policy_pair *at;

	if (to->count && from->count > ENDS_PAIRS_MAX / to->count)
		return ERR_TOO_BIG;
	*pairs = at =
		arena_array(mem, from->count * to->count + 1, sizeof(*at));
	*count = 0;
	for (size_t i = 0; i < from->count; i++)
		for (size_t k = 0; k < to->count; k++) {
			const struct policy_point *a = &from->at[i],
						  *b = &to->at[k];

			if (a->machine && a->machine == b->machine)
				continue;
			at[(*count)++] = (struct policy_pair){ a, b,
				decide(e, a, b, port, proto) };
		}
	return ERR_OK;
}

/* ---- ways ---- */

const char *
policy_proto_words(struct arena *mem, int proto)
{
	static const struct {
		int number;
		const char *words;
	} names[] = { { 1, "icmp" }, { 6, "tcp" }, { 17, "udp" },
		{ 58, "ipv6-icmp" }, { 132, "sctp" } };

	if (proto == POLICY_NO_PROTO)
		return "";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == proto)
			return names[i].words;
	return arena_printf(mem, "protocol %d", proto);
}

static bool
is_every_port(const struct port_list *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->at[i].first == 0 &&
			ports->at[i].last == POLICY_PORT_MAX)
			return true;
	return false;
}

const char *
policy_ports_words(struct arena *mem, int proto, const struct port_list *ports)
{
	const char *words = policy_proto_words(mem, proto);
	struct buf b;

	if (is_every_port(ports))
		return *words ? arena_printf(mem, "%s, all ports", words)
			      : "all ports";
	buf_init(&b, mem, SIZE_MAX);
	buf_puts(&b, words);
	for (size_t i = 0; i < ports->count && i < ENDS_PORTS_TOLD; i++) {
		const struct port_range *p = &ports->at[i];

		buf_puts(&b, i ? ", " : *words ? " " : "");
		buf_putf(&b, p->first == p->last ? "%u" : "%u-%u", p->first,
			p->last);
	}
	if (ports->count > ENDS_PORTS_TOLD)
		buf_putf(&b, ", and %zu more", ports->count - ENDS_PORTS_TOLD);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

struct gather_ways {
	struct engine *e;
	struct arena *mem;
	struct policy_way *at;
	size_t count, room;
};

static void
add_way(struct gather_ways *g, const struct policy_way *way)
{
	if (g->count == g->room) {
		size_t room = g->room ? 2 * g->room : 8;
		struct policy_way *at = arena_array(g->mem, room, sizeof(*at));

		if (g->count)
			memcpy(at, g->at, g->count * sizeof(*at));
		g->at = at;
		g->room = room;
	}
	g->at[g->count++] = *way;
}

static const char *
via_words(struct gather_ways *g, const struct alias_list *via)
{
	const char *words = "";

	for (size_t i = 0; via && i < via->count; i++)
		words = arena_printf(g->mem, "%s%s%s", words,
			i ? ", " : " via ",
			engine_policy(g->e)->aliases[via->at[i]].text);
	return words;
}

static void
take_way(void *arg, const struct reach_way *way)
{
	struct gather_ways *g = arg;
	const char *ports = policy_ports_words(g->mem, way->proto, &way->ports);

	add_way(g, &(struct policy_way){ WAY_NET,
			   arena_printf(g->mem, "%s%s", ports,
				   via_words(g, way->via)),
			   reach_words(g->mem, &way->rule),
			   way->rule.place.line });
}

static void
take_app(void *arg, const struct grant *grant)
{
	struct gather_ways *g = arg;
	const struct reach_rule rule = { REACH_GRANTS,
		(size_t)(grant - engine_policy(g->e)->grants), grant->place };

	for (size_t i = 0; i < grant->app_count; i++)
		add_way(g, &(struct policy_way){ WAY_APP,
				   arena_printf(g->mem, "app %s%s",
					   grant->app[i].name,
					   via_words(g, &grant->via)),
				   reach_words(g->mem, &rule),
				   grant->place.line });
}

/* ---- SSH ---- */

static void
take_login(void *arg, const struct ssh_login *l)
{
	struct gather_ways *g = arg;
	const struct ssh_rule *rule = l->rule;

	add_way(g, &(struct policy_way){ WAY_SSH,
			   arena_printf(g->mem, "SSH as %s%s", l->users,
				   rule->check ? ", after a check" : ""),
			   arena_printf(g->mem, "ssh[%zu]",
				   (size_t)(rule - engine_policy(g->e)->ssh)),
			   rule->place.line });
}

size_t
policy_ways(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct arena *mem,
	struct policy_way **ways)
{
	const struct machine *a = engine_machine(e, from->machine);
	const struct machine *b = engine_machine(e, to->machine);
	struct reach_ask ask = { .port = REACH_ANY_PORT,
		.proto = POLICY_NO_PROTO };
	struct gather_ways g = { .e = e, .mem = mem };

	if (policy_meet(e, from, to, &ask)) {
		reach_each(e, &ask, take_way, &g);
		if (a && b)
			ssh_each_login(e, a, b, mem, take_login, &g);
		reach_each_app(e, &ask, take_app, &g);
	}
	*ways = g.at;
	return g.count;
}
