#include "policy/flows.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/flows_inside.h"
#include "policy/ssh.h"

/* Machines of one part that no rule tells apart. */
struct unit {
	struct unit_key {
		uint64_t kind;
		int64_t part;
	} key;
	const struct machine *first, *other; /* of another person */
	struct member *members;
	struct unit *next; /* of the same part */
	UT_hash_handle hh;
};

/* Of one person, in one unit. */
struct member {
	struct member_key {
		const struct unit *unit;
		const struct person *person;
	} key;
	const struct machine *first, *second;
	struct member *next; /* of the same unit */
	UT_hash_handle hh;
};

struct answer_kept {
	struct answer_key {
		uint64_t from, to; /* kinds; of a place its number */
		int64_t how;       /* enum how */
	} key;
	const struct flow_answer *answer;
	UT_hash_handle hh;
};

enum how {
	BY_STRANGERS,
	BY_OWN,
	TO_PLACE,
};

struct look {
	struct engine *e;
	const struct flows_ask *ask;
	struct arena *mem;
	struct flows *out;
	struct unit *units, **by_part; /* the first of each part */
	struct member *members;
	struct answer_kept *kept;
	struct flow_answer **answers;
	size_t answer_count, answer_room;
	struct spans open, joined;
	struct flow *flows;
	size_t room;
};

static bool
stops(struct look *w)
{
	w->out->stopped = w->out->stopped || !w->ask->go_on(w->ask->go_on_arg);
	return w->out->stopped;
}

/* ---- units ---- */

/* Nothing is known to be like a machine without a kind. */
static uint64_t
kind_of(struct look *w, const struct machine *m)
{
	uint64_t kind = engine_kind(w->e, m->id);

	return kind ? kind : (uint64_t)1 << 63 | (uint64_t)m->id;
}

static struct unit *
unit_of(struct look *w, const struct machine *m, int64_t part)
{
	struct unit_key key = { kind_of(w, m), part };
	struct unit *u;

	HASH_FIND(hh, w->units, &key, sizeof(key), u);
	if (u)
		return u;
	u = arena_alloc(w->mem, sizeof(*u));
	u->key = key;
	u->first = m;
	u->next = w->by_part[part];
	w->by_part[part] = u;
	HASH_ADD(hh, w->units, key, sizeof(u->key), u);
	return u;
}

static void
join_unit(struct look *w, struct unit *u, const struct machine *m)
{
	struct member_key key = { u, m->person };
	struct member *p;

	if (!u->other && m != u->first &&
		(!m->person || m->person != u->first->person))
		u->other = m;
	if (!m->person)
		return;
	HASH_FIND(hh, w->members, &key, sizeof(key), p);
	if (p) {
		p->second = p->second ? p->second : m;
		return;
	}
	p = arena_alloc(w->mem, sizeof(*p));
	p->key = key;
	p->first = m;
	p->next = u->members;
	u->members = p;
	HASH_ADD(hh, w->members, key, sizeof(p->key), p);
}

static void
make_units(struct look *w)
{
	size_t count = engine_machine_count(w->e);

	w->by_part =
		arena_array(w->mem, w->ask->parts + 1, sizeof(*w->by_part));
	for (size_t i = 0; i < count; i++) {
		const struct machine *m = engine_machine_at(w->e, i);
		int32_t part = w->ask->part_of[i];

		if (part != FLOW_NOBODY && m->face_count)
			join_unit(w, unit_of(w, m, part), m);
	}
}

static bool
strangers(const struct unit *u, const struct unit *v, const struct machine **a,
	const struct machine **b)
{
	const struct machine *as[] = { u->first, u->other };
	const struct machine *bs[] = { v->first, v->other };

	for (size_t i = 0; i < 4; i++) {
		*a = as[i / 2];
		*b = bs[i % 2];
		if (*a && *b && *a != *b &&
			(!(*a)->person || (*a)->person != (*b)->person))
			return true;
	}
	return false;
}

/* Two machines of one person. */
static bool
own_pair(struct look *w, const struct unit *u, const struct unit *v,
	const struct machine **a, const struct machine **b)
{
	for (const struct member *p = u->members; p; p = p->next) {
		struct member_key key = { v, p->key.person };
		const struct member *q;

		HASH_FIND(hh, w->members, &key, sizeof(key), q);
		*a = p->first;
		*b = !q ? NULL : u == v ? p->second : q->first;
		if (*b)
			return true;
	}
	return false;
}

/* ---- answers ---- */

static void
take_login(void *arg, const struct ssh_login *l)
{
	struct flow_answer *a = arg;
	const char *users = l->personal ? "the own name" : l->users;

	flow_add_ssh(a,
		arena_printf(a->mem, "SSH as %s%s", users,
			l->rule->check ? ", after a check" : ""),
		l->rule->place.line);
}

/* What differs in no word is one answer. */
static const struct flow_answer *
intern(struct look *w, struct flow_answer *a)
{
	for (size_t i = 0; i < w->answer_count; i++)
		if (flow_answers_equal(w->answers[i], a))
			return w->answers[i];
	if (w->answer_count == w->answer_room) {
		size_t room = w->answer_room ? 2 * w->answer_room : 16;
		struct flow_answer **at =
			arena_array(w->mem, room, sizeof(struct flow_answer *));

		if (w->answer_count)
			memcpy(at, w->answers, w->answer_count * sizeof(*at));
		w->answers = at;
		w->answer_room = room;
	}
	return w->answers[w->answer_count++] = a;
}

static const struct flow_answer *
ask_for(struct look *w, const struct machine *a, const struct machine *b,
	const struct place *place)
{
	struct reach_ask ask = { .port = REACH_ANY_PORT,
		.proto = POLICY_NO_PROTO };
	struct flow_answer *out = arena_alloc(w->mem, sizeof(*out));

	out->mem = w->mem;
	w->open.count = 0;
	for (size_t i = 0; i < a->face_count && !w->open.count; i++)
		for (size_t k = 0; k < (b ? b->face_count : 1); k++) {
			struct addr to = b ? b->faces[k].addr : place->addr;

			if (addr_is_ipv4(a->faces[i].addr) != addr_is_ipv4(to))
				continue;
			ask.from = reach_face(w->e, &a->faces[i]);
			ask.to = b ? reach_face(w->e, &b->faces[k])
				   : (struct reach_point){ .addr = to };
			compare_open(w->e, &ask, &w->open);
			break;
		}
	if (b)
		ssh_each_login(w->e, a, b, w->mem, take_login, out);
	flow_take(out, &w->open, &w->joined);
	return intern(w, out);
}

static const struct flow_answer *
answer(struct look *w, const struct answer_key *key, const struct machine *a,
	const struct machine *b, const struct place *place)
{
	struct answer_kept *k;

	HASH_FIND(hh, w->kept, key, sizeof(*key), k);
	if (k)
		return k->answer;
	k = arena_alloc(w->mem, sizeof(*k));
	k->key = *key;
	k->answer = ask_for(w, a, b, place);
	HASH_ADD(hh, w->kept, key, sizeof(k->key), k);
	return k->answer;
}

/* ---- flows ---- */

static void
keep(struct look *w, struct flow_sum *s, uint32_t from, uint32_t to)
{
	struct flow f = { .from = from, .to = to };

	if (!flow_told(s, w->mem, &w->open, &w->joined, &f))
		return;
	if (w->out->count == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		struct flow *at = arena_array(w->mem, room, sizeof(*at));

		if (w->out->count)
			memcpy(at, w->flows, w->out->count * sizeof(*at));
		w->flows = at;
		w->room = room;
	}
	w->flows[w->out->count++] = f;
}

static void
look_at_units(struct look *w, const struct unit *u, const struct unit *v,
	struct flow_sum *s)
{
	struct answer_key key = { u->key.kind, v->key.kind, BY_STRANGERS };
	const struct machine *a, *b;

	if (strangers(u, v, &a, &b))
		flow_add(s, answer(w, &key, a, b, NULL), false);
	key.how = BY_OWN;
	if (own_pair(w, u, v, &a, &b))
		flow_add(s, answer(w, &key, a, b, NULL), true);
}

static void
look_at_parts(struct look *w, uint32_t from, uint32_t to)
{
	struct flow_sum s;

	flow_sum_init(&s);
	for (const struct unit *u = w->by_part[from]; u; u = u->next)
		for (const struct unit *v = w->by_part[to]; v && !stops(w);
			v = v->next)
			look_at_units(w, u, v, &s);
	keep(w, &s, from, to);
}

static void
look_at_place(struct look *w, uint32_t from, size_t n)
{
	struct flow_sum s;

	flow_sum_init(&s);
	for (const struct unit *u = w->by_part[from]; u && !stops(w);
		u = u->next) {
		const struct answer_key key = { u->key.kind, n, TO_PLACE };

		flow_add(&s,
			answer(w, &key, u->first, NULL, &w->out->places[n]),
			false);
	}
	keep(w, &s, from, w->ask->parts + (uint32_t)n);
}

static void
look_at_all(struct look *w)
{
	const int32_t focus = w->ask->focus;

	for (uint32_t from = 0; from < w->ask->parts; from++) {
		for (uint32_t to = 0; to < w->ask->parts && !stops(w); to++)
			if (focus == FLOW_ALL || focus == (int32_t)from ||
				focus == (int32_t)to)
				look_at_parts(w, from, to);
		for (size_t n = 0; n < w->out->place_count && !stops(w); n++)
			if (focus == FLOW_ALL || focus == (int32_t)from)
				look_at_place(w, from, n);
	}
}

void
policy_flows(struct engine *e, const struct flows_ask *ask, struct arena *mem,
	struct flows *out)
{
	struct look w = { .e = e, .ask = ask, .mem = mem, .out = out };
	struct place *places;

	memset(out, 0, sizeof(*out));
	out->place_count = policy_places(&e, 1, mem, &places);
	if (out->place_count > FLOW_PLACES_MAX)
		out->place_count = FLOW_PLACES_MAX;
	out->places = places;
	spans_init(&w.open, mem);
	spans_init(&w.joined, mem);
	make_units(&w);
	look_at_all(&w);
	out->at = w.flows;
	HASH_CLEAR(hh, w.units);
	HASH_CLEAR(hh, w.members);
	HASH_CLEAR(hh, w.kept);
}
