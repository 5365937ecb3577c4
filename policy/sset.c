#include "policy/inside.h"

#include <stdlib.h>
#include <string.h>

/* ---- its texts at this moment ---- */

bool
class_in_sset(
	const struct engine *e, const struct class *c, const struct sset *s)
{
	if (s->danger || !class_passes(c, &s->postures))
		return false;
	if (s->any && s->postures.count)
		return true;
	for (size_t i = 0; i < s->src.count; i++)
		if (alias_is_identity(e->plan->aliases[s->src.at[i]]) &&
			bit_get(c->named, s->src.at[i]))
			return true;
	return false;
}

/* Sorted runs of texts, laid one behind the other. */
struct runs {
	struct arena *mem;
	const char **at, **spare;
	size_t count, room;
	size_t *ends; /* of each run */
	size_t run_count, run_room;
};

static void
runs_put(struct runs *r, const char *text)
{
	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 256;
		const char **at = arena_array(r->mem, room, sizeof(*at));

		if (r->count)
			memcpy(at, r->at, r->count * sizeof(*at));
		r->at = at;
		r->room = room;
	}
	r->at[r->count++] = text;
}

static void
runs_end(struct runs *r)
{
	if (r->run_count ? r->ends[r->run_count - 1] == r->count : !r->count)
		return;
	if (r->run_count == r->run_room) {
		size_t room = r->run_room ? r->run_room * 2 : 64;
		size_t *ends = arena_array(r->mem, room, sizeof(*ends));

		if (r->run_count)
			memcpy(ends, r->ends, r->run_count * sizeof(*ends));
		r->ends = ends;
		r->run_room = room;
	}
	r->ends[r->run_count++] = r->count;
}

static void
merge(const char **from, size_t a, size_t b, size_t end, const char **to)
{
	size_t i = a, k = b, n = a;

	while (i < b && k < end)
		to[n++] = strcmp(from[i], from[k]) <= 0 ? from[i++] : from[k++];
	while (i < b)
		to[n++] = from[i++];
	while (k < end)
		to[n++] = from[k++];
}

/* Pairs of neighbours become one run until one is left. */
static void
runs_merge(struct runs *r)
{
	r->spare = arena_array(r->mem, r->count, sizeof(*r->spare));
	while (r->run_count > 1) {
		size_t from = 0, kept = 0;
		const char **at = r->at;

		for (size_t i = 0; i < r->run_count; i += 2) {
			size_t mid = r->ends[i];
			size_t end =
				i + 1 < r->run_count ? r->ends[i + 1] : mid;

			merge(r->at, from, mid, end, r->spare);
			r->ends[kept++] = from = end;
		}
		r->run_count = kept;
		r->at = r->spare;
		r->spare = at;
	}
}

/* Addresses of machines that do not pass, which a literal then lacks. */
static struct range_set
failing(const struct engine *e, struct arena *mem, const struct sset *s)
{
	struct range *at = arena_array(mem, 2 * e->machine_count, sizeof(*at));
	size_t count = 0;

	for (size_t i = 0; i < e->machine_count; i++) {
		const struct machine *m = e->machines[i];

		if (class_passes(m->class, &s->postures))
			continue;
		for (size_t k = 0; k < m->face_count; k++)
			at[count++] = (struct range){ m->faces[k].addr,
				m->faces[k].addr };
	}
	return range_set_of(mem, at, count);
}

static void
put_cut_literals(const struct engine *e, const struct sset *s, struct runs *r)
{
	struct range_set out = failing(e, r->mem, s);

	for (size_t i = 0; i < s->src.count; i++) {
		struct range_set set =
			alias_ranges(e->plan->aliases[s->src.at[i]]);
		char text[RANGE_TEXT_SIZE];

		set = range_set_without(r->mem, set, out);
		for (size_t k = 0; k < set.count; k++) {
			range_print(set.at[k], text);
			runs_put(r, arena_strdup(r->mem, text));
			runs_end(r);
		}
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
put_routes(const struct engine *e, struct runs *r)
{
	size_t from = r->count;

	for (size_t i = 0; i < e->prefix_count; i++)
		runs_put(r, e->prefixes[i]->text);
	if (r->count > from)
		qsort(r->at + from, r->count - from, sizeof(*r->at),
			compare_texts);
	runs_end(r);
}

struct json_texts
sset_texts(struct engine *e, struct arena *mem, const struct sset *s)
{
	struct runs r = { .mem = mem };
	size_t count = 0;

	for (size_t i = 0; i < s->fixed_count; i++)
		runs_put(&r, s->fixed[i]);
	runs_end(&r);
	if (s->any)
		put_routes(e, &r);
	if (s->postures.count)
		put_cut_literals(e, s, &r);
	for (size_t i = 0; i < e->class_count; i++) {
		const struct class *c = e->classes[i];

		if (!c || !c->face_count || !class_in_sset(e, c, s))
			continue;
		for (size_t k = 0; k < c->face_count; k++)
			runs_put(&r, c->faces[k]->text);
		runs_end(&r);
	}
	runs_merge(&r);
	for (size_t i = 0; i < r.count; i++)
		if (!count || strcmp(r.at[count - 1], r.at[i]) != 0)
			r.at[count++] = r.at[i];
	return (struct json_texts){ r.at, count };
}

/* ---- its sum, kept up to date ---- */

struct sum
sset_sum(const struct engine *e, const struct sset *s)
{
	return s->any && !s->mixed ? sum_plus(s->sum, e->routes) : s->sum;
}

bool
sset_wants_cap(const struct engine *e, const struct sset *s)
{
	return e->cap_sources_from && s->has_net && !s->mixed && !s->danger &&
	       s->count >= s->fixed_count + e->cap_sources_from;
}

struct sum
sset_net_sum(const struct engine *e, const struct sset *s)
{
	if (!s->capped)
		return sset_sum(e, s);
	return s->any ? sum_plus(s->cap_sum, e->routes) : s->cap_sum;
}

bool
sset_empty(const struct engine *e, const struct sset *s)
{
	return !s->count && !(s->any && e->prefix_count);
}

void
sset_stale(struct engine *e, struct sset *s)
{
	e->json_bytes -= s->json_len;
	free(s->json);
	s->json = NULL;
	s->json_len = 0;
}

static void
sset_reset(struct engine *e, struct sset *s)
{
	sset_stale(e, s);
	s->sum = (struct sum){ 0, 0 };
	s->count = s->fixed_count;
	for (size_t i = 0; i < s->fixed_count; i++)
		s->sum = sum_plus(s->sum, sum_of_text(s->fixed[i]));
}

void
ssets_reset(struct engine *e)
{
	for (size_t i = 0; i < e->plan->sset_count; i++)
		sset_reset(e, &e->plan->ssets[i]);
}

static void
sset_recount(struct engine *e, struct sset *s)
{
	struct arena *mem = arena_new();
	struct json_texts t = sset_texts(e, mem, s);

	s->sum = (struct sum){ 0, 0 };
	s->count = t.count;
	for (size_t i = 0; i < t.count; i++)
		s->sum = sum_plus(s->sum, sum_of_text(t.at[i]));
	arena_free(mem);
}

void
ssets_mixed(struct engine *e, uint64_t *touched)
{
	for (size_t i = 0; i < e->plan->mixed_count; i++) {
		uint32_t k = e->plan->mixed[i];
		struct sset *s = &e->plan->ssets[k];
		struct sum before = s->sum;

		sset_recount(e, s);
		if (!sum_equal(before, s->sum)) {
			sset_stale(e, s);
			bit_set(touched, k);
		}
	}
}

void
sset_put(struct engine *e, struct sset *s, struct buf *out)
{
	if (!s->json) {
		struct arena *mem = arena_new();
		struct json_texts t = sset_texts(e, mem, s);
		struct buf b;

		buf_init(&b, mem, SIZE_MAX);
		json_put_texts(&b, &t);
		if (e->json_bytes > SSET_JSON_MAX)
			for (size_t i = 0; i < e->plan->sset_count; i++)
				sset_stale(e, &e->plan->ssets[i]);
		s->json = malloc(b.len);
		if (!s->json)
			abort();
		memcpy(s->json, b.bytes, b.len);
		s->json_len = b.len;
		e->json_bytes += b.len;
		arena_free(mem);
	}
	buf_put(out, s->json, s->json_len);
}

void
sset_net_put(struct engine *e, struct sset *s, struct buf *out)
{
	struct arena *mem;
	struct runs r;

	if (!s->capped) {
		sset_put(e, s, out);
		return;
	}
	mem = arena_new();
	r = (struct runs){ .mem = mem };
	for (size_t i = 0; i < s->fixed_count; i++)
		runs_put(&r, s->fixed[i]);
	runs_end(&r);
	if (s->any)
		put_routes(e, &r);
	runs_put(&r, s->cap);
	runs_end(&r);
	runs_merge(&r);
	json_put_texts(out, &(struct json_texts){ r.at, r.count });
	arena_free(mem);
}

/* ---- whether its texts hold something ---- */

static bool
has_face_in(const struct machine *m, struct range r)
{
	for (size_t i = 0; i < m->face_count; i++)
		if (range_holds(r, m->faces[i].addr))
			return true;
	return false;
}

struct held
held_by(const struct engine *e, struct range r, struct arena *mem)
{
	struct held held = {
		arena_array(mem, e->machine_count + 1, sizeof(*held.at)), 0
	};

	for (size_t i = 0; i < e->machine_count; i++)
		if (has_face_in(e->machines[i], r))
			held.at[held.count++] = e->machines[i];
	return held;
}

static bool
members_within(
	const struct engine *e, const struct sset *s, const struct held *held)
{
	for (size_t i = 0; i < held->count; i++)
		if (class_in_sset(e, held->at[i]->class, s))
			return true;
	return false;
}

/* How many addresses of machines that do not pass lie in it. */
static size_t
failing_in(const struct sset *s, struct range r, const struct held *held)
{
	size_t count = 0;

	for (size_t i = 0; i < held->count; i++) {
		const struct machine *m = held->at[i];

		for (size_t k = 0; k < m->face_count; k++)
			count += range_holds(r, m->faces[k].addr) &&
				 !class_passes(m->class, &s->postures);
	}
	return count;
}

/* Something is left of what both have. */
static bool
cut_literal_holds(const struct sset *s, struct range literal, struct range r,
	const struct held *held)
{
	struct range both = literal;

	if (!range_overlaps(literal, r))
		return false;
	if (addr_compare(r.first, both.first) > 0)
		both.first = r.first;
	if (addr_compare(r.last, both.last) < 0)
		both.last = r.last;
	return range_exceeds(both, failing_in(s, both, held));
}

static bool
literals_hold(const struct engine *e, const struct sset *s, struct range r,
	const struct held *held)
{
	for (size_t i = 0; i < s->src.count; i++) {
		const struct alias *a = e->plan->aliases[s->src.at[i]];
		struct range_set set = alias_ranges(a);

		if (!s->postures.count && alias_overlaps(a, r))
			return true;
		for (size_t k = 0; s->postures.count && k < set.count; k++)
			if (cut_literal_holds(s, set.at[k], r, held))
				return true;
	}
	return false;
}

static bool
any_holds(const struct engine *e, const struct sset *s, struct range r)
{
	for (size_t i = 0; i < e->prefix_count; i++)
		if (range_overlaps(e->prefixes[i]->range, r))
			return true;
	for (size_t i = 0; !s->postures.count && i < ANY_TEXTS; i++)
		if (range_overlaps(e->plan->any_ranges[i], r))
			return true;
	return false;
}

bool
sset_overlaps_held(struct engine *e, const struct sset *s, struct range r,
	const struct held *held)
{
	return s->danger || (s->any && any_holds(e, s, r)) ||
	       literals_hold(e, s, r, held) || members_within(e, s, held);
}

bool
sset_overlaps(struct engine *e, const struct sset *s, struct range r)
{
	struct arena *mem;
	struct held held;
	bool overlaps;

	if (s->danger || (s->any && any_holds(e, s, r)))
		return true;
	mem = arena_new();
	held = held_by(e, r, mem);
	overlaps = sset_overlaps_held(e, s, r, &held);
	arena_free(mem);
	return overlaps;
}
