#include "tailnet/policy_ends.h"

#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "db/node.h"
#include "db/user.h"
#include "policy/ports.h"
#include "policy/who.h"
#include "tailnet/policy_world.h"

/* ---- ends ---- */

struct choose {
	const char *name, *tag; /* NULL: any */
	const int64_t *users;   /* NULL: any */
	size_t user_count;
};

static bool
is_chosen(const struct choose *c, const struct node *n, struct arena *mem)
{
	struct json_texts tags = { NULL, 0 };

	if (c->name)
		return strcmp(c->name, n->name) == 0;
	if (c->tag)
		return !json_texts_parse(n->tags, mem, &tags) &&
		       list_has(&tags, c->tag);
	for (size_t i = 0; i < c->user_count; i++)
		if (n->user_id == c->users[i])
			return true;
	return !c->users;
}

static enum err
choose(struct db *db, struct engine *e, const struct choose *c,
	struct arena *mem, struct policy_end *out)
{
	struct policy_point *at;
	struct node *nodes;
	size_t count;
	enum err err = db_nodes(db, mem, &nodes, &count);

	if (err)
		return err;
	at = arena_array(mem, count + 1, sizeof(*at));
	out->at = at;
	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = engine_machine(e, nodes[i].id);

		if (m && m->face_count && is_chosen(c, &nodes[i], mem))
			at[out->count++] = (struct policy_point){ nodes[i].name,
				m->faces[0].addr, m->id };
	}
	return ERR_OK;
}

static enum err
take_address(struct engine *e, struct addr a, struct arena *mem,
	struct policy_end *out)
{
	const struct machine *m = engine_machine_of(e, a);
	struct policy_point *at = arena_alloc(mem, sizeof(*at));

	*at = (struct policy_point){ out->word, a, m ? m->id : 0 };
	out->at = at;
	out->count = 1;
	return ERR_OK;
}

/* People whose login, or name, is among the words. */
static enum err
take_people(struct db *db, struct engine *e, const struct json_texts *words,
	struct arena *mem, struct policy_end *out)
{
	struct user *users;
	struct choose c = { .users = NULL };
	int64_t *ids;
	size_t count;
	enum err err = db_users(db, mem, &users, &count);

	if (err)
		return err;
	c.users = ids = arena_array(mem, count + 1, sizeof(*ids));
	for (size_t i = 0; i < count; i++)
		if (list_has(words, policy_login(mem, &users[i])) ||
			list_has(words, users[i].name))
			ids[c.user_count++] = users[i].id;
	if (!c.user_count &&
		strchr(words->count ? words->at[0] : "", '@') == NULL)
		return ERR_NOT_FOUND;
	return choose(db, e, &c, mem, out);
}

static enum err
take_group(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out)
{
	const struct policy *p = engine_policy(e);
	size_t alias = policy_alias(p, out->word);
	const struct json_texts none = { NULL, 0 };

	if (alias == SIZE_MAX)
		return ERR_NOT_FOUND;
	if (!p->aliases[alias].logins.count) {
		out->count = none.count;
		return ERR_OK;
	}
	return take_people(db, e, &p->aliases[alias].logins, mem, out);
}

enum err
policy_end_find(struct db *db, struct engine *e, const char *word,
	struct arena *mem, struct policy_end *out)
{
	struct choose name = { .name = word }, tag = { .tag = word };
	struct json_texts words = { &word, 1 };
	struct addr a;
	enum err err;

	*out = (struct policy_end){ .word = word };
	if (addr_parse(word, &a) == ERR_OK)
		return take_address(e, a, mem, out);
	if (text_starts(word, "tag:"))
		return choose(db, e, &tag, mem, out);
	if (text_starts(word, "group:"))
		return take_group(db, e, mem, out);
	err = choose(db, e, &name, mem, out);
	return err || out->count ? err : take_people(db, e, &words, mem, out);
}

enum err
policy_end_all(struct db *db, struct engine *e, struct arena *mem,
	struct policy_end *out)
{
	*out = (struct policy_end){ .word = "" };
	return choose(db, e, &(struct choose){ .name = NULL }, mem, out);
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

enum err
policy_target(struct arena *mem, const char *text, const char **dst, int *port,
	int *proto)
{
	const char *slash = strrchr(text, '/'), *ports = NULL, *host;
	struct addr a;

	*port = REACH_ANY_PORT;
	*proto = POLICY_NO_PROTO;
	if (slash && proto_parse(slash + 1, mem, proto))
		return ERR_BAD_INPUT;
	if (slash)
		text = arena_printf(mem, "%.*s", (int)(slash - text), text);
	*dst = text;
	if (addr_parse(text, &a) == ERR_OK)
		return ERR_OK;
	host = host_part(text, mem, &ports);
	if (!host || take_port(ports, port)) /* "tag:web": no port */
		return ERR_OK;
	*dst = host;
	return ERR_OK;
}

/* ---- pairs ---- */

static struct reach_rule
decide(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, int port, int proto)
{
	if (from->machine && to->machine)
		return policy_who_machines(
			e, from->machine, to->machine, port, proto);
	return policy_who(e, from->addr, to->addr, port, proto);
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

static const char *
proto_words(struct arena *mem, int proto)
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

static const char *
range_words(struct arena *mem, const struct port_range *r)
{
	if (r->first == r->last)
		return arena_printf(mem, "%u", r->first);
	return arena_printf(mem, "%u-%u", r->first, r->last);
}

const char *
policy_ports_words(struct arena *mem, int proto, const struct port_list *ports)
{
	const char *words = proto_words(mem, proto);

	for (size_t i = 0; i < ports->count; i++) {
		const struct port_range *p = &ports->at[i];

		if (p->first == 0 && p->last == POLICY_PORT_MAX)
			return *words ? arena_printf(
						mem, "%s, all ports", words)
				      : "all ports";
		words = arena_printf(mem, "%s%s%s", words,
			i        ? ", "
			: *words ? " "
				 : "",
			range_words(mem, p));
	}
	return words;
}

struct gather_ways {
	struct arena *mem;
	struct policy_way *at; /* NULL: they are counted */
	size_t count;
};

static void
take_way(void *arg, const struct reach_way *way)
{
	struct gather_ways *g = arg;

	if (g->at)
		g->at[g->count] = (struct policy_way){
			policy_ports_words(g->mem, way->proto, &way->ports),
			reach_words(g->mem, &way->rule), way->rule.place.line
		};
	g->count++;
}

/* The addresses of the two in one family. */
static bool
meet(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct reach_ask *ask)
{
	const struct machine *a = engine_machine(e, from->machine);
	const struct machine *b = engine_machine(e, to->machine);

	ask->from = reach_point(e, from->addr);
	ask->to = reach_point(e, to->addr);
	for (size_t i = 0; a && b && i < a->face_count; i++)
		for (size_t k = 0; k < b->face_count; k++)
			if (addr_is_ipv4(a->faces[i].addr) ==
				addr_is_ipv4(b->faces[k].addr)) {
				ask->from = reach_face(e, &a->faces[i]);
				ask->to = reach_face(e, &b->faces[k]);
				return true;
			}
	return addr_is_ipv4(ask->from.addr) == addr_is_ipv4(ask->to.addr);
}

size_t
policy_ways(struct engine *e, const struct policy_point *from,
	const struct policy_point *to, struct arena *mem,
	struct policy_way **ways)
{
	struct reach_ask ask = { .port = REACH_ANY_PORT,
		.proto = POLICY_NO_PROTO };
	struct gather_ways g = { .mem = mem };

	*ways = NULL;
	if (!meet(e, from, to, &ask))
		return 0;
	reach_each(e, &ask, take_way, &g);
	g.at = *ways = arena_array(mem, g.count + 1, sizeof(*g.at));
	g.count = 0;
	reach_each(e, &ask, take_way, &g);
	return g.count;
}
