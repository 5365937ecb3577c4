#include "policy/compare.h"

#include <stdlib.h>
#include <string.h>

#include "policy/compare_inside.h"
#include "policy/ssh_pieces.h"

bool
compare_stops(struct work *w)
{
	w->out->stopped = w->out->stopped || !w->go_on(w->go_on_arg);
	return w->out->stopped;
}

/* ---- groups -------------------------------------------------------------- */

static bool
holds(const struct alias *a, const struct machine *m)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (a->kind == ALIAS_IPSET
				? range_set_holds(a->ranges, m->faces[i].addr)
				: range_holds(a->literal, m->faces[i].addr))
			return true;
	return false;
}

static void
set_bit(unsigned char *key, size_t bit, bool on)
{
	if (on)
		key[bit / 8] |= (unsigned char)(1u << bit % 8);
}

static size_t
bits_of(const struct engine *e)
{
	const struct policy *p = engine_policy(e);

	return p->alias_count + p->posture_count + p->ssh_count;
}

/* It follows from the login of its person, which no alias need name. */
static bool
has_own_login(const struct ssh_rule *r, const struct machine *m)
{
	struct arena *mem;
	bool has;

	if (!r->localparts.count || !m->person || !m->person->login)
		return false;
	mem = arena_new();
	has = ssh_local_part(mem, r, m->person) != NULL;
	arena_free(mem);
	return has;
}

/* All that a policy can see of a machine but whose it is. */
static void
put_bits(struct engine *e, size_t place, unsigned char *key, size_t from)
{
	const struct policy *p = engine_policy(e);
	const struct machine *m = engine_machine_at(e, place);

	for (size_t i = 0; i < p->alias_count; i++)
		set_bit(key, from + i,
			alias_is_literal(&p->aliases[i])
				? holds(&p->aliases[i], m)
				: machine_named(e, (uint32_t)i, m));
	for (size_t i = 0; i < p->posture_count; i++)
		set_bit(key, from + p->alias_count + i,
			machine_has_posture(e, i, m));
	from += p->alias_count + p->posture_count;
	for (size_t i = 0; i < p->ssh_count; i++)
		set_bit(key, from + i, has_own_login(&p->ssh[i], m));
}

static bool
are_strangers(const struct machine *a, const struct machine *b)
{
	return a != b && (!a->person || a->person != b->person);
}

static void
join_group(struct work *w, size_t place, const struct group *like)
{
	const struct machine *m = engine_machine_at(w->e[1], place);
	struct group *g;

	HASH_FIND(hh, w->groups, like->key, like->key_len, g);
	if (!g) {
		g = arena_alloc(w->mem, sizeof(*g) + like->key_len);
		memcpy(g->key, like->key, like->key_len);
		g->key_len = like->key_len;
		g->number = (uint32_t)HASH_COUNT(w->groups);
		g->first = m;
		HASH_ADD(hh, w->groups, key, g->key_len, g);
	}
	if (!g->other && are_strangers(g->first, m))
		g->other = m;
	g->count++;
	w->group_of[place] = g->number;
}

static void
make_groups(struct work *w)
{
	size_t bits = bits_of(w->e[0]) + bits_of(w->e[1]) + 2;
	size_t len = (bits + 7) / 8;
	struct group *like = arena_alloc(w->mem, sizeof(*like) + len), *g;

	like->key_len = len;
	for (size_t i = 0; i < w->machine_count && !compare_stops(w); i++) {
		const struct machine *m = engine_machine_at(w->e[1], i);

		memset(like->key, 0, len);
		put_bits(w->e[0], i, like->key, 0);
		put_bits(w->e[1], i, like->key, bits_of(w->e[0]));
		/* A policy without rules asks whether it has addresses. */
		set_bit(like->key, bits - 2, m->face_count > 0);
		set_bit(like->key, bits - 1, m->face_count > 1);
		join_group(w, i, like);
	}
	w->by_number = arena_array(
		w->mem, HASH_COUNT(w->groups) + 1, sizeof(*w->by_number));
	for (g = w->groups; g; g = g->hh.next)
		w->by_number[g->number] = g;
}

/* ---- what is open between two -------------------------------------------- */

struct gather {
	struct spans *to;
	size_t room;
};

static void
add_span(struct gather *g, const struct reach_way *way, int proto,
	const struct port_range *r)
{
	if (g->to->count < g->room)
		g->to->at[g->to->count++] = (struct span){ proto, r->first,
			r->last, way->rule.place,
			proto == REACH_ICMP && !reach_is_ping(way->proto) };
}

/* Whatever port it opens lets pings through: the first that does will do, and
 * those that are for ICMP alone, which are told for themselves. */
static void
add_pings(struct gather *g, const struct reach_way *way)
{
	static const struct port_range all = { 0, POLICY_PORT_MAX };

	if (way->ports.count && (!g->to->count || reach_is_ping(way->proto)) &&
		reach_opens(way->proto, REACH_ICMP))
		add_span(g, way, REACH_ICMP, &all);
}

static bool
is_other(int proto)
{
	return proto != POLICY_NO_PROTO && proto != TCP && proto != UDP &&
	       !reach_is_ping(proto);
}

static void
take_way(void *arg, const struct reach_way *way)
{
	struct gather *g = arg;

	const int protos[] = { TCP, UDP, way->proto };
	size_t n = is_other(way->proto) ? 3 : 2;

	add_pings(g, way);
	for (size_t i = 0; i < way->ports.count; i++)
		for (size_t k = 0; k < n; k++)
			if (reach_opens(way->proto, protos[k]))
				add_span(g, way, protos[k], &way->ports.at[i]);
}

/* `spans->at` has room for SPANS_MAX. */
void
compare_open(struct engine *e, const struct reach_ask *ask, struct spans *spans)
{
	struct gather g = { spans, SPANS_MAX };

	spans->count = 0;
	reach_each(e, ask, take_way, &g);
}

static void
find_open(struct engine *e, int64_t from, int64_t to, struct spans *spans)
{
	const struct machine *a = engine_machine(e, from);
	const struct machine *b = engine_machine(e, to);
	struct reach_ask ask = { .port = REACH_ANY_PORT,
		.proto = POLICY_NO_PROTO };

	spans->count = 0;
	for (size_t i = 0; i < a->face_count; i++)
		for (size_t k = 0; k < b->face_count; k++)
			if (addr_is_ipv4(a->faces[i].addr) ==
				addr_is_ipv4(b->faces[k].addr)) {
				ask.from = reach_face(e, &a->faces[i]);
				ask.to = reach_face(e, &b->faces[k]);
				compare_open(e, &ask, spans);
				return;
			}
}

/* ---- differences --------------------------------------------------------- */

void
compare_keep(struct work *w, const struct compare_flow *f)
{
	if (f->added)
		w->out->added += f->pairs;
	else
		w->out->removed += f->pairs;
	if (w->out->count < w->flow_most)
		w->flows[w->out->count++] = *f;
}

bool
compare_note(struct work *w, struct both *b, bool added,
	const struct compare_flow *like)
{
	struct compare_flow f = *like;

	spans_subtract(&b->open[added], &b->open[!added], &b->cover, &b->diff);
	if (!b->diff.count || !f.pairs)
		return false;
	f.added = added;
	f.closed = !added && !b->open[1].count;
	f.rule = b->diff.at[0].rule;
	f.words = w->out->count < w->flow_most ? spans_words(w->mem, &b->diff)
					       : "";
	compare_keep(w, &f);
	return true;
}

bool
compare_look(struct work *w, struct both *b, const struct machine *from,
	const struct machine *to, const struct compare_flow *like)
{
	bool gains, loses;

	for (int i = 0; i < 2; i++)
		find_open(w->e[i], from->id, to->id, &b->open[i]);
	gains = compare_note(w, b, true, like);
	loses = compare_note(w, b, false, like);
	return gains || loses;
}

bool
compare_strangers(const struct group *g, const struct group *h,
	const struct machine **from, const struct machine **to)
{
	const struct machine *as[] = { g->first, g->other };
	const struct machine *bs[] = { h->first, h->other };

	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < 2; k++)
			if (as[i] && bs[k] && are_strangers(as[i], bs[k])) {
				*from = as[i];
				*to = bs[k];
				return true;
			}
	return false;
}

size_t
compare_pairs(
	const struct work *w, const struct group *g, const struct group *h)
{
	return g->count * h->count - (g == h ? g->count : 0) -
	       owns_pairs(w, g->number, h->number);
}

static void
look_at_groups(struct work *w, struct both *b, const struct group *g,
	const struct group *h)
{
	const struct compare_flow like = { .from = g->number,
		.to = h->number,
		.pairs = compare_pairs(w, g, h) };
	const struct machine *from, *to;
	bool differs;

	if (!compare_strangers(g, h, &from, &to))
		return;
	differs = compare_look(w, b, from, to, &like);
	people_note(w, b, g->number, h->number, differs);
	for (int i = 0; i < 2; i++)
		if (b->open[i].count && like.pairs)
			w->open[i][g->number] = w->open[i][h->number] = true;
}

/* ---- all of it ----------------------------------------------------------- */

static void
tell_groups(struct work *w)
{
	size_t n = HASH_COUNT(w->groups);
	struct compare_group *at = arena_array(w->mem, n + 1, sizeof(*at));
	int64_t **ids = arena_array(w->mem, n + 1, sizeof(*ids));

	for (size_t i = 0; i < n; i++) {
		ids[i] = arena_array(
			w->mem, w->by_number[i]->count + 1, sizeof(**ids));
		at[i].machines = ids[i];
	}
	for (size_t i = 0; i < w->machine_count; i++) {
		uint32_t g = w->group_of[i];

		ids[g][at[g].count++] = engine_machine_at(w->e[1], i)->id;
	}
	w->out->groups = at;
	w->out->group_count = n;
}

static void
tell_cut_off(struct work *w)
{
	int64_t *ids = arena_array(w->mem, w->machine_count + 1, sizeof(*ids));

	for (size_t i = 0; i < w->machine_count; i++) {
		uint32_t g = w->group_of[i];

		if ((w->open[0][g] || w->own_open[0][i]) && !w->open[1][g] &&
			!w->own_open[1][i])
			ids[w->out->cut_off_count++] =
				engine_machine_at(w->e[1], i)->id;
	}
	w->out->cut_off = ids;
}

static void
begin(struct work *w)
{
	size_t n = HASH_COUNT(w->groups) + 1;

	for (int i = 0; i < 2; i++) {
		w->open[i] = arena_array(w->mem, n, sizeof(bool));
		w->own_open[i] =
			arena_array(w->mem, w->machine_count + 1, sizeof(bool));
	}
	w->flows = arena_array(w->mem, w->flow_most + 1, sizeof(*w->flows));
	w->out->flows = w->flows;
	w->place_count = policy_places(w->e, 2, w->mem, &w->places);
	people_begin(w);
}

static void
compare_all(struct work *w)
{
	struct both b;

	spans_init(&b.open[0], w->mem);
	spans_init(&b.open[1], w->mem);
	spans_init(&b.diff, w->mem);
	spans_init(&b.cover, w->mem);
	begin(w);
	owns_find(w);
	owns_look(w, &b);
	for (struct group *g = w->groups; g; g = g->hh.next)
		for (struct group *h = w->groups; h && !compare_stops(w);
			h = h->hh.next)
			look_at_groups(w, &b, g, h);
	compare_places(w, &b);
	compare_logins_and_apps(w);
	tell_groups(w);
	if (w->out->stopped)
		return;
	tell_cut_off(w);
	people_tell(w);
}

void
policy_compare(struct engine *before, struct engine *after, size_t most,
	bool (*go_on)(void *arg), void *arg, struct arena *mem,
	struct compare *out)
{
	struct work w = { .e = { before, after },
		.mem = mem,
		.machine_count = engine_machine_count(after),
		.go_on = go_on,
		.go_on_arg = arg,
		.flow_most = most,
		.out = out };
	memset(out, 0, sizeof(*out));
	w.group_of = arena_array(mem, w.machine_count + 1, sizeof(*w.group_of));
	make_groups(&w);
	/* Else some machines are in no group yet, and nothing can be told. */
	if (!out->stopped)
		compare_all(&w);
	HASH_CLEAR(hh, w.groups);
	owns_end(&w);
}
