#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"

/* ---- the first place of each (texts, protocol) in the whole list (8.5) ----
 */

struct first {
	struct sum sum;
	int proto;
	uint32_t place;
	bool used;
};

static struct first *
first_slot(const struct engine *e, struct sum sum, int proto)
{
	size_t i = (sum.a + (uint64_t)(unsigned)proto * 0x9e3779b97f4a7c15u) &
		   (e->first_room - 1);

	while (e->firsts[i].used && !(sum_equal(e->firsts[i].sum, sum) &&
					    e->firsts[i].proto == proto))
		i = (i + 1) & (e->first_room - 1);
	return &e->firsts[i];
}

static bool
target_has_texts(const struct engine *e, uint32_t alias)
{
	const struct alias *a = e->plan->aliases[alias];

	return a->kind == ALIAS_ANY || a->kind == ALIAS_INTERNET ||
	       alias_ranges(a).count || e->named_count[alias];
}

static bool
takes_place(const struct engine *e, const struct entry *x)
{
	if (x->kind != ENTRY_NET || sset_empty(e, &e->plan->ssets[x->sset]))
		return false;
	for (size_t i = 0; i < x->target_count && !x->holds_place; i++)
		if (target_has_texts(e, x->targets[i].alias))
			return true;
	return x->holds_place;
}

static struct sum
sources_sum(const struct engine *e, const struct entry *x, bool spelt)
{
	const struct sset *s = &e->plan->ssets[x->sset];

	return spelt ? sset_sum(e, s) : sset_net_sum(e, s);
}

static void
make_firsts(struct engine *e)
{
	const struct plan *p = e->plan;

	e->first_room = 64;
	while (e->first_room < 2 * p->flow_count)
		e->first_room *= 2;
	e->firsts = own_alloc(e->first_room * sizeof(*e->firsts));
	for (size_t i = 0; i < p->entry_count; i++) {
		const struct entry *x = &p->entries[i];
		struct sum sum = sources_sum(e, x, x->spelt);
		struct first *f;

		if (!takes_place(e, x))
			continue;
		f = first_slot(e, sum, x->proto);
		if (!f->used)
			*f = (struct first){ sum, x->proto, (uint32_t)i, true };
	}
}

static uint32_t
place_of(struct engine *e, struct sum sum, int proto, uint32_t entry)
{
	const struct first *f;

	if (!e->firsts)
		make_firsts(e);
	f = first_slot(e, sum, proto);
	return f->used && f->place < entry ? f->place : entry;
}

/* ---- the rules of one machine ---- */

struct rule {
	uint32_t place;
	struct sum sum;
	int proto;
	uint32_t sset;
	size_t self; /* its place among them, from 1; 0: of an sset */
	bool grant, spelt;
	uint32_t *entries;
	size_t entry_count, entry_room;
};

struct rules {
	struct arena *mem;
	struct rule *at;
	size_t count, room;
	uint32_t *known; /* open table of rules of the network, from 1 */
	size_t known_room;
	const struct self_sum *selfs;
};

static struct rule *
add_rule(struct rules *r, struct rule x)
{
	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		struct rule *at = arena_array(r->mem, room, sizeof(*at));

		if (r->count)
			memcpy(at, r->at, r->count * sizeof(*at));
		r->at = at;
		r->room = room;
	}
	r->at[r->count] = x;
	return &r->at[r->count++];
}

static void
add_entry(struct rules *r, struct rule *to, uint32_t entry)
{
	if (to->entry_count == to->entry_room) {
		size_t room = to->entry_room ? to->entry_room * 2 : 4;
		uint32_t *at = arena_array(r->mem, room, sizeof(*at));

		if (to->entry_count)
			memcpy(at, to->entries, to->entry_count * sizeof(*at));
		to->entries = at;
		to->entry_room = room;
	}
	to->entries[to->entry_count++] = entry;
}

static uint32_t *
known_slot(const struct rules *r, struct sum sum, int proto)
{
	size_t i = sum.a & (r->known_room - 1);

	for (; r->known[i]; i = (i + 1) & (r->known_room - 1)) {
		const struct rule *x = &r->at[r->known[i] - 1];

		if (x->proto == proto && sum_equal(x->sum, sum))
			break;
	}
	return &r->known[i];
}

/* Room for one more. */
static void
known_grow(struct rules *r)
{
	if (2 * (r->count + 1) <= r->known_room)
		return;
	r->known_room = r->known_room ? r->known_room * 2 : 32;
	r->known = arena_array(r->mem, r->known_room, sizeof(*r->known));
	for (size_t i = 0; i < r->count; i++)
		if (!r->at[i].grant)
			*known_slot(r, r->at[i].sum, r->at[i].proto) =
				(uint32_t)i + 1;
}

static void
take_network(struct engine *e, struct rules *r, uint32_t i, struct rule x)
{
	uint32_t *known;

	known_grow(r);
	known = known_slot(r, x.sum, x.proto);
	if (!*known) {
		x.place = place_of(e, x.sum, x.proto, i);
		(void)add_rule(r, x);
		*known = (uint32_t)r->count;
	}
	add_entry(r, &r->at[*known - 1], i);
}

static void
take_self(struct engine *e, const struct machine *m, struct rules *r,
	uint32_t i, size_t self)
{
	const struct entry *x = &e->plan->entries[i];
	struct rule rule = { .place = i,
		.proto = x->proto,
		.self = self + 1,
		.grant = x->kind == ENTRY_CAP_SELF };

	if (!m->person || !m->face_count || !r->selfs[self].faces)
		return;
	rule.sum = r->selfs[self].sum;
	if (rule.grant)
		add_entry(r, add_rule(r, rule), i);
	else
		take_network(e, r, i, rule);
}

static void
take_entry(
	struct engine *e, const struct machine *m, struct rules *r, uint32_t i)
{
	const struct entry *x = &e->plan->entries[i];
	struct sset *s = &e->plan->ssets[x->sset];
	bool spelt = x->spelt || class_carries(m->class);
	struct rule rule = {
		.place = i,
		.sum = sources_sum(e, x, spelt),
		.proto = x->proto,
		.sset = x->sset,
		.grant = x->kind == ENTRY_CAP || x->kind == ENTRY_COMPANION,
		.spelt = spelt,
	};

	if (rule.grant)
		add_entry(r, add_rule(r, rule), i);
	else if (!sset_empty(e, s) &&
		 (x->kind != ENTRY_VIA ||
			 (x->target_count && x->targets[0].ports.count)))
		take_network(e, r, i, rule);
}

/* The class's program and the self rules, in the order of the list. */
static void
gather(struct engine *e, const struct machine *m, struct rules *r)
{
	const struct plan *p = e->plan;
	const struct class *c = m->class;
	size_t i = 0, self = 0;

	if (m->person && p->self_count)
		r->selfs = self_sums(e, m, r->mem);
	while (i < c->program_count || self < p->self_count)
		if (self == p->self_count ||
			(i < c->program_count &&
				c->program[i] < p->selfs[self]))
			take_entry(e, m, r, c->program[i++]);
		else {
			take_self(e, m, r, p->selfs[self], self);
			self++;
		}
}

static int
by_place(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* ---- written ---- */

/* Who has one device alone is the only source of each: then members of a class
 * differ in their own addresses, which a print counts by itself. */
static bool
is_alone(const struct machine *m)
{
	return m->person && m->person->machine_count == 1;
}

static void
put_self_sources(struct engine *e, const struct machine *m,
	const struct rule *r, struct buf *out)
{
	struct arena *mem = arena_new();
	struct json_texts texts = self_texts(e, m, r->self - 1, mem);

	json_put_texts(out, &texts);
	arena_free(mem);
}

static void
put_sources(struct engine *e, const struct machine *m, const struct rule *r,
	bool brief, struct buf *out)
{
	struct sset *s = &e->plan->ssets[r->sset];

	if (brief && r->self && is_alone(m))
		buf_puts(out, "\"self\"");
	else if (brief)
		buf_putf(
			out, "\"%" PRIx64 ",%" PRIx64 "\"", r->sum.a, r->sum.b);
	else if (r->self)
		put_self_sources(e, m, r, out);
	else if (r->grant && sset_empty(e, s))
		buf_puts(out, "[]");
	else if (r->spelt)
		sset_put(e, s, out);
	else
		sset_net_put(e, s, out);
}

static void
put_rule(struct engine *e, const struct machine *m, const struct rule *r,
	bool brief, struct buf *out)
{
	bool first = true;

	buf_puts(out, "{\"SrcIPs\":");
	put_sources(e, m, r, brief, out);
	if (r->grant) {
		buf_puts(out, ",\"CapGrant\":[");
		grant_put_dsts(
			e, m, &e->plan->entries[r->entries[0]], brief, out);
		buf_puts(out, "]}");
		return;
	}
	if (r->proto != POLICY_NO_PROTO)
		buf_putf(out, ",\"IPProto\":[%d]", r->proto);
	buf_puts(out, ",\"DstPorts\":[");
	for (size_t i = 0; i < r->entry_count; i++)
		lines_put(e, m, &e->plan->entries[r->entries[i]], brief, out,
			&first);
	buf_puts(out, "]}");
}

static struct rules
rules_of(struct engine *e, const struct machine *m, struct arena *mem)
{
	struct rules r = { .mem = mem };

	gather(e, m, &r);
	if (r.count)
		qsort(r.at, r.count, sizeof(*r.at), by_place);
	return r;
}

void
filter_put(struct engine *e, const struct machine *m, struct buf *out)
{
	struct arena *mem = arena_new();
	struct rules r = rules_of(e, m, mem);

	buf_puts(out, "[");
	for (size_t i = 0; i < r.count; i++) {
		buf_puts(out, i ? "," : "");
		put_rule(e, m, &r.at[i], false, out);
	}
	buf_puts(out, "]");
	arena_free(mem);
}

/* Those of a person with himself have no source set of their own. */
static unsigned
piece_number(const struct engine *e, const struct rule *r)
{
	uint64_t name = r->self ? 0 : e->plan->ssets[r->sset].name;

	name = (name ^ (unsigned)r->proto) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(name >> 32) % ENGINE_PIECES;
}

size_t
filter_pieces(struct engine *e, const struct machine *m, struct arena *mem,
	struct engine_piece *at)
{
	struct arena *scratch = arena_new();
	struct rules r = rules_of(e, m, scratch);
	struct buf pieces[ENGINE_PIECES];
	size_t count = 0;

	for (size_t i = 0; i < ENGINE_PIECES; i++)
		buf_init(&pieces[i], mem, SIZE_MAX);
	for (size_t i = 0; i < r.count; i++) {
		struct buf *b = &pieces[piece_number(e, &r.at[i])];

		buf_puts(b, b->len ? "," : "");
		put_rule(e, m, &r.at[i], false, b);
	}
	for (unsigned i = 0; i < ENGINE_PIECES; i++) {
		struct bytes rules = { pieces[i].bytes, pieces[i].len };

		if (rules.len)
			at[count++] = (struct engine_piece){ i,
				sum_of(rules.at, rules.len).a, rules };
	}
	arena_free(scratch);
	return count;
}

/* Rules may change places without a client's noticing. */
struct sum
filter_print(struct engine *e, const struct machine *m)
{
	struct arena *mem = arena_new();
	struct rules r = rules_of(e, m, mem);
	struct sum sum = { 0, 0 };
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < r.count; i++) {
		b.len = 0;
		put_rule(e, m, &r.at[i], true, &b);
		sum = sum_plus(sum, sum_of(b.bytes, b.len));
	}
	arena_free(mem);
	return sum;
}
