/* Whom a person reaches: what the groups reach that the own machines are in.
 * People whose machines are in the same groups are one question, and those to
 * whom the same happens are one row. */
#include <stdlib.h>
#include <string.h>

#include "policy/bits.h"
#include "policy/compare_inside.h"

/* Somebody, in a list. */
struct one {
	int64_t id;
	struct one *next;
};

struct people {
	struct one *first, **end;
	size_t count;
};

/* People whose machines are in the same groups. */
struct crowd {
	struct people people;
	size_t key_len;
	UT_hash_handle hh;
	uint32_t key[]; /* a group, twice and one more if several are in it */
};

/* What happens to some of them; alike ones are one row. */
struct fate {
	struct people people;
	size_t key_len;
	UT_hash_handle hh;
	uint64_t *from; /* groups that their machines are in */
	bool *own;      /* these lie in the key */
	bool *cut_off;
	uint64_t *bits[FATES];
	unsigned char key[];
};

/* So many machines of an owner in a group. */
struct share {
	uint32_t owner;
	size_t machines;
};

struct owners {
	struct compare_owner *at; /* tags by text, then people */
	size_t count;
	uint32_t *of;          /* by place of the machine */
	struct share *shares;  /* by group */
	size_t *begin;         /* of a group's; one more for the end */
	size_t *sum;           /* by owner, of the row at hand */
	const int64_t *people; /* of that row, sorted */
	size_t people_count;
};

struct tell {
	struct work *w;
	size_t groups, words;
	struct crowd *crowds;
	struct fate *fates;
	struct owners owners;
	struct compare_people *rows;
};

/* ---- what groups reach ---- */

static size_t
width_of(const struct work *w)
{
	return HASH_COUNT(w->groups) + w->place_count;
}

void
people_begin(struct work *w)
{
	w->reached = arena_array(
		w->mem, HASH_COUNT(w->groups) + 1, sizeof(*w->reached));
}

void
people_note(struct work *w, const struct both *b, uint32_t from, size_t to,
	bool differs)
{
	struct reached *r = &w->reached[from];
	size_t words = bits_words(width_of(w));

	if (!b->open[0].count && !b->open[1].count)
		return;
	if (!r->before) {
		r->before = arena_array(w->mem, 3 * words, sizeof(uint64_t));
		r->after = r->before + words;
		r->differs = r->after + words;
	}
	bit_put(r->before, to, b->open[0].count > 0);
	bit_put(r->after, to, b->open[1].count > 0);
	bit_put(r->differs, to, differs);
}

/* ---- crowds ---- */

static void
add_one(struct arena *mem, struct people *p, int64_t id)
{
	struct one *o = arena_alloc(mem, sizeof(*o));

	o->id = id;
	if (!p->end)
		p->end = &p->first;
	*p->end = o;
	p->end = &o->next;
	p->count++;
}

static void
join_crowd(void *arg, const struct person *p, const struct runs *r)
{
	struct tell *t = arg;
	size_t len = r->count * sizeof(uint32_t);
	struct crowd *mine = arena_alloc(t->w->mem, sizeof(*mine) + len), *c;

	for (size_t i = 0; i < r->count; i++)
		mine->key[i] = r->at[i].at->group << 1 | (r->at[i].count > 1);
	HASH_FIND(hh, t->crowds, mine->key, len, c);
	if (!c) {
		c = mine;
		c->key_len = len;
		HASH_ADD(hh, t->crowds, key, len, c);
	}
	add_one(t->w->mem, &c->people, p->id);
}

/* ---- fates ---- */

static struct fate *
new_fate(const struct tell *t)
{
	size_t words = t->words * sizeof(uint64_t);
	size_t flags = (FATES + 1) * sizeof(bool);
	size_t len = FATES * words + flags;
	struct fate *f = arena_alloc(t->w->mem, sizeof(*f) + len);

	f->key_len = len;
	for (size_t i = 0; i < FATES; i++)
		f->bits[i] = (uint64_t *)(void *)(f->key + i * words);
	f->own = (bool *)(f->key + FATES * words);
	f->cut_off = f->own + FATES;
	return f;
}

/* Only what is theirs is in that group, which is no way to others. */
static bool
is_alone_in(const struct tell *t, const struct crowd *c, size_t group)
{
	const struct share *s = &t->owners.shares[t->owners.begin[group]];
	size_t n = t->owners.begin[group + 1] - t->owners.begin[group];

	return c->people.count == 1 && n == 1 &&
	       t->owners.at[s->owner].person == c->people.first->id;
}

/* Into the bits for losses, gains and differences: before, after, differs. */
static void
gather(const struct tell *t, const struct crowd *c, struct fate *f)
{
	size_t n = c->key_len / sizeof(uint32_t);

	for (size_t i = 0; i < n; i++) {
		const struct reached *r = &t->w->reached[c->key[i] >> 1];

		if (!r->before)
			continue;
		bits_add(f->bits[FATE_LOSES], r->before, t->words);
		bits_add(f->bits[FATE_GAINS], r->after, t->words);
		bits_add(f->bits[FATE_OTHER], r->differs, t->words);
	}
	for (size_t i = 0; i < n; i++)
		if (is_alone_in(t, c, c->key[i] >> 1))
			for (size_t k = 0; k < FATES; k++)
				bit_put(f->bits[k], c->key[i] >> 1, false);
}

static void
gather_own(const struct tell *t, const struct crowd *c, struct fate *f,
	bool any[2])
{
	size_t n = c->key_len / sizeof(uint32_t);
	bool open[3];

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			if (i == k && !(c->key[i] & 1))
				continue;
			owns_open(t->w, c->key[i] >> 1, c->key[k] >> 1, open);
			any[0] |= open[0];
			any[1] |= open[1];
			f->own[FATE_LOSES] |= open[0] && !open[1];
			f->own[FATE_GAINS] |= open[1] && !open[0];
			f->own[FATE_OTHER] |= open[0] && open[1] && open[2];
		}
}

static void
tell_apart(const struct tell *t, struct fate *f, const bool own[2])
{
	uint64_t *lost = f->bits[FATE_LOSES], *gained = f->bits[FATE_GAINS];
	bool before = own[0] || bits_any(lost, t->words);
	bool after = own[1] || bits_any(gained, t->words);

	*f->cut_off = before && !after;
	for (size_t i = 0; i < t->words; i++) {
		uint64_t was = lost[i], is = gained[i];

		lost[i] = was & ~is;
		gained[i] = is & ~was;
		f->bits[FATE_OTHER][i] &= was & is;
	}
}

static bool
has_fate(const struct tell *t, const struct fate *f, enum compare_fate k)
{
	return f->own[k] || bits_any(f->bits[k], t->words);
}

static void
join_fate(struct tell *t, const struct crowd *c)
{
	struct fate *mine = new_fate(t), *f;
	bool own[2] = { false, false };

	gather(t, c, mine);
	gather_own(t, c, mine, own);
	tell_apart(t, mine, own);
	if (!has_fate(t, mine, FATE_LOSES) && !has_fate(t, mine, FATE_GAINS) &&
		!has_fate(t, mine, FATE_OTHER))
		return;
	HASH_FIND(hh, t->fates, mine->key, mine->key_len, f);
	if (!f) {
		f = mine;
		HASH_ADD(hh, t->fates, key, f->key_len, f);
	}
	if (!f->from)
		f->from = arena_array(
			t->w->mem, bits_words(t->groups), sizeof(uint64_t));
	for (size_t i = 0; i < c->key_len / sizeof(uint32_t); i++)
		bit_set(f->from, c->key[i] >> 1);
	for (const struct one *o = c->people.first; o; o = o->next)
		add_one(t->w->mem, &f->people, o->id);
	t->w->out->losers += has_fate(t, f, FATE_LOSES) ? c->people.count : 0;
	t->w->out->gainers += has_fate(t, f, FATE_GAINS) ? c->people.count : 0;
}

/* ---- whose machines ---- */

static const char *
tags_words(struct arena *mem, const struct machine *m)
{
	const char *words = "";

	for (size_t i = 0; i < m->tags.count; i++)
		words = arena_printf(
			mem, "%s%s%s", words, i ? ", " : "", m->tags.at[i]);
	return words;
}

static int
by_owner(const void *x, const void *y)
{
	const struct compare_owner *a = x, *b = y;

	if (a->words && b->words)
		return strcmp(a->words, b->words);
	if (a->words || b->words)
		return a->words ? -1 : 1;
	return (a->person > b->person) - (a->person < b->person);
}

static struct compare_owner
owner_of(struct arena *mem, const struct machine *m)
{
	return m->person
		       ? (struct compare_owner){ .person = m->person->id }
		       : (struct compare_owner){ .words = tags_words(mem, m) };
}

static void
find_owners(struct tell *t)
{
	struct owners *o = &t->owners;
	size_t n = t->w->machine_count, kept = 0;
	struct compare_owner *each =
		arena_array(t->w->mem, n + 1, sizeof(*each));

	o->at = arena_array(t->w->mem, n + 1, sizeof(*o->at));
	o->of = arena_array(t->w->mem, n + 1, sizeof(*o->of));
	for (size_t i = 0; i < n; i++)
		each[i] = o->at[i] =
			owner_of(t->w->mem, engine_machine_at(t->w->e[1], i));
	qsort(o->at, n, sizeof(*o->at), by_owner);
	for (size_t i = 0; i < n; i++)
		if (!i || by_owner(&o->at[i], &o->at[kept - 1]) != 0)
			o->at[kept++] = o->at[i];
	o->count = kept;
	for (size_t i = 0; i < n; i++)
		o->of[i] = (uint32_t)((struct compare_owner *)bsearch(&each[i],
					      o->at, kept, sizeof(*o->at),
					      by_owner) -
				      o->at);
	o->sum = arena_array(t->w->mem, kept + 1, sizeof(*o->sum));
}

/* Machines of a group, by owner. */
static void
share_group(struct tell *t, const size_t *places, size_t count, size_t *end)
{
	struct owners *o = &t->owners;
	size_t first = *end;

	for (size_t i = 0; i < count; i++) {
		uint32_t owner = o->of[places[i]];

		if (!o->sum[owner]++)
			o->shares[(*end)++] = (struct share){ owner, 0 };
	}
	for (size_t i = first; i < *end; i++) {
		o->shares[i].machines = o->sum[o->shares[i].owner];
		o->sum[o->shares[i].owner] = 0;
	}
}

static void
share_out(struct tell *t)
{
	struct work *w = t->w;
	struct owners *o = &t->owners;
	size_t *from = arena_array(w->mem, t->groups + 2, sizeof(*from));
	size_t *places =
		arena_array(w->mem, w->machine_count + 1, sizeof(*places));
	size_t end = 0;

	o->begin = arena_array(w->mem, t->groups + 1, sizeof(*o->begin));
	o->shares =
		arena_array(w->mem, w->machine_count + 1, sizeof(*o->shares));
	for (size_t i = 0; i < w->machine_count; i++)
		from[w->group_of[i] + 2]++;
	for (size_t i = 2; i < t->groups + 2; i++)
		from[i] += from[i - 1];
	for (size_t i = 0; i < w->machine_count; i++)
		places[from[w->group_of[i] + 1]++] = i;
	for (size_t g = 0; g < t->groups; g++) {
		o->begin[g] = end;
		share_group(t, &places[from[g]], from[g + 1] - from[g], &end);
	}
	o->begin[t->groups] = end;
}

/* ---- rows ---- */

static int
by_id(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static bool
is_of_row(const struct owners *o, int64_t person)
{
	return person && bsearch(&person, o->people, o->people_count,
				 sizeof(person), by_id);
}

static void
add_owner(struct compare_reach *to, struct compare_owner *at,
	const struct compare_owner *o, size_t machines)
{
	if (to->count == COMPARE_OWNERS_MAX) {
		to->more++;
		return;
	}
	at[to->count] = *o;
	at[to->count++].machines = machines;
}

/* Machines of those of the row itself are each other's; of one alone they are
 * the own, which are told for themselves. */
static void
add_owners(struct tell *t, struct compare_reach *to, struct compare_owner *at)
{
	static const struct compare_owner each_other = { NULL, 0, 0 };
	struct owners *o = &t->owners;
	size_t others = 0;

	for (size_t i = 0; i < o->count; i++) {
		if (!o->sum[i])
			continue;
		if (is_of_row(o, o->at[i].person))
			others += o->sum[i];
		else
			add_owner(to, at, &o->at[i], o->sum[i]);
		o->sum[i] = 0;
	}
	if (others && o->people_count > 1)
		add_owner(to, at, &each_other, others);
}

static bool
leads_to(const struct tell *t, const struct compare_flow *f,
	const uint64_t *bits)
{
	if (!f->place)
		return bit_get(bits, f->to);
	for (size_t i = 0; i < t->w->place_count; i++)
		if (bit_get(bits, t->groups + i) &&
			strcmp(t->w->places[i].name, f->place) == 0)
			return true;
	return false;
}

/* What opens or closes on the way there, if that is one thing. */
static const char *
ports_of(const struct tell *t, const struct fate *f, enum compare_fate k,
	bool added)
{
	const struct compare *c = t->w->out;
	const char *words = NULL;

	if (c->count == t->w->flow_most)
		return NULL;
	for (size_t i = 0; i < c->count; i++) {
		const struct compare_flow *flow = &c->flows[i];

		if (flow->kind != COMPARE_NET || flow->own ||
			flow->added != added || !bit_get(f->from, flow->from) ||
			!leads_to(t, flow, f->bits[k]))
			continue;
		if (words && strcmp(words, flow->words) != 0)
			return NULL;
		words = flow->words;
	}
	return words;
}

static struct compare_reach
reach_of(struct tell *t, const struct fate *f, enum compare_fate k)
{
	struct compare_owner *at =
		arena_array(t->w->mem, COMPARE_OWNERS_MAX, sizeof(*at));
	struct compare_reach to = { .owners = at,
		.own = f->own[k],
		.opens = ports_of(t, f, k, true),
		.closes = ports_of(t, f, k, false) };
	struct owners *o = &t->owners;

	for (size_t g = 0; g < t->groups; g++)
		for (size_t i = o->begin[g];
			bit_get(f->bits[k], g) && i < o->begin[g + 1]; i++)
			o->sum[o->shares[i].owner] += o->shares[i].machines;
	add_owners(t, &to, at);
	for (size_t i = 0; i < t->w->place_count; i++)
		if (bit_get(f->bits[k], t->groups + i))
			add_owner(&to, at,
				&(struct compare_owner){
					.words = t->w->places[i].name },
				0);
	return to;
}

static void
tell_fate(struct tell *t, const struct fate *f)
{
	struct compare *out = t->w->out;
	int64_t *ids, *sorted;
	size_t n = 0;

	if (out->people_count == COMPARE_PEOPLE_MAX) {
		out->people_more += f->people.count;
		return;
	}
	ids = arena_array(t->w->mem, f->people.count, sizeof(*ids));
	sorted = arena_array(t->w->mem, f->people.count, sizeof(*ids));
	for (const struct one *o = f->people.first; o; o = o->next)
		ids[n] = sorted[n] = o->id, n++;
	qsort(sorted, n, sizeof(*sorted), by_id);
	t->owners.people = sorted;
	t->owners.people_count = n;
	t->rows[out->people_count++] = (struct compare_people){ ids, n,
		{ reach_of(t, f, FATE_LOSES), reach_of(t, f, FATE_GAINS),
			reach_of(t, f, FATE_OTHER) },
		*f->cut_off };
}

static void
tell_fates(struct tell *t)
{
	for (int turn = 0; turn < 3; turn++)
		for (const struct fate *f = t->fates; f; f = f->hh.next) {
			bool loses = has_fate(t, f, FATE_LOSES);
			int rank = *f->cut_off ? 0 : loses ? 1 : 2;

			if (rank == turn)
				tell_fate(t, f);
		}
}

void
people_tell(struct work *w)
{
	struct tell t = { .w = w,
		.groups = HASH_COUNT(w->groups),
		.words = bits_words(width_of(w)) };

	t.rows = arena_array(w->mem, COMPARE_PEOPLE_MAX, sizeof(*t.rows));
	w->out->people = t.rows;
	find_owners(&t);
	share_out(&t);
	owns_each_person(w, join_crowd, &t);
	for (struct crowd *c = t.crowds; c; c = c->hh.next)
		join_fate(&t, c);
	tell_fates(&t);
	HASH_CLEAR(hh, t.crowds);
	HASH_CLEAR(hh, t.fates);
}
