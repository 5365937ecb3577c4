#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/identity.h"

bool
class_passes(const struct class *c, const struct json_ints *postures)
{
	for (size_t i = 0; i < postures->count; i++)
		if (bit_get(c->postures, (size_t)postures->at[i]))
			return true;
	return !postures->count;
}

bool
class_is_named(const struct class *c, const struct alias_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (bit_get(c->named, l->at[i]))
			return true;
	return false;
}

void
class_find_held(const struct engine *e, const struct machine *m)
{
	struct class *c = m->class;

	if (c->held_known)
		return;
	c->held_known = true;
	c->held = own_alloc(2 * e->machine_count * sizeof(*c->held) + 1);
	for (size_t i = 0; i < e->machine_count; i++)
		for (size_t k = 0; k < e->machines[i]->face_count; k++) {
			const struct face *f = &e->machines[i]->faces[k];
			const struct range at = { f->addr, f->addr };

			if (machine_overlaps(m, at, true))
				c->held[c->held_count++] = f;
		}
}

/* ---- the table by identity ---- */

static struct class **
table_slot(const struct engine *e, struct sum sum, const void *identity,
	size_t len)
{
	size_t i = sum.a & (e->class_table_room - 1);

	for (;; i = (i + 1) & (e->class_table_room - 1)) {
		struct class *c = e->class_table[i];

		if (!c || (sum_equal(c->sum, sum) && c->identity_len == len &&
				  memcmp(c->identity, identity, len) == 0))
			return &e->class_table[i];
	}
}

static void
table_make(struct engine *e, size_t room)
{
	free(e->class_table);
	e->class_table_room = room;
	e->class_table = own_alloc(room * sizeof(*e->class_table));
	for (size_t i = 0; i < e->class_count; i++) {
		struct class *c = e->classes[i];

		if (c)
			*table_slot(e, c->sum, c->identity, c->identity_len) =
				c;
	}
}

/* ---- making one ---- */

/* The identity's bitsets are the class's. */
static void
point_into_identity(const struct engine *e, struct class *c)
{
	const struct identity_head *head = (const void *)c->identity;
	size_t aliases = bits_words(e->plan->alias_count);
	uint64_t *words = (uint64_t *)(c->identity + sizeof(*head));

	c->person = head->person;
	c->exit = head->exit;
	c->has_faces = head->families;
	c->has_subnets = head->subnets;
	c->in_any = head->in_any;
	c->in_any_net = head->in_any_net;
	c->routed = head->routed;
	c->named = words;
	c->on[0] = words + aliases;
	c->on[1] = words + 2 * aliases;
	c->net = words + 3 * aliases;
	c->postures = words + 4 * aliases;
	c->subnet_count = head->subnets;
	c->subnets = (const struct range
			*)(c->postures +
			   bits_words(engine_policy(e)->posture_count));
}

static void
make_bitsets(const struct engine *e, struct class *c)
{
	size_t ssets = bits_words(e->plan->sset_count);
	size_t selfs = bits_words(e->plan->self_count);
	uint64_t *words = own_alloc((4 * ssets + selfs) * sizeof(*words) + 1);

	c->in = words;
	c->src = words + ssets;
	c->receives = words + 2 * ssets;
	c->plain = words + 3 * ssets;
	c->selfs = words + 4 * ssets;
}

static uint32_t
free_id(struct engine *e)
{
	if (e->class_count < e->class_room)
		return (uint32_t)e->class_count++;
	for (uint32_t i = 0; i < e->class_count; i++)
		if (!e->classes[i])
			return i;
	e->class_room = e->class_room ? e->class_room * 2 : 64;
	e->classes = own_grow(e->classes, e->class_room, sizeof(*e->classes));
	for (size_t i = 0; i < e->class_count; i++) {
		struct class *c = e->classes[i];
		size_t words = bits_words(e->class_room);

		if (!c)
			continue;
		c->sees = own_grow(c->sees, words, sizeof(*c->sees));
		memset(c->sees + words / 2, 0, words / 2 * sizeof(*c->sees));
	}
	return (uint32_t)e->class_count++;
}

static bool
classes_see(
	const struct engine *e, const struct class *a, const struct class *b)
{
	size_t words = bits_words(e->plan->sset_count);

	return bits_meet(a->receives, b->src, words) ||
	       bits_meet(b->receives, a->src, words);
}

static void
fill_sees(struct engine *e, struct class *c)
{
	c->sees = own_alloc(bits_words(e->class_room) * sizeof(*c->sees));
	for (size_t i = 0; i < e->class_count; i++) {
		struct class *x = e->classes[i];
		bool sees = x && classes_see(e, c, x);

		bit_put(c->sees, i, sees);
		if (x)
			bit_put(x->sees, c->id, sees);
	}
}

static struct class *
class_new(struct engine *e, const void *identity, size_t len, struct sum sum)
{
	struct class *c = own_alloc(sizeof(*c));

	c->identity = own_alloc(len);
	memcpy(c->identity, identity, len);
	c->identity_len = len;
	c->sum = sum;
	point_into_identity(e, c);
	make_bitsets(e, c);
	class_fill(e, c);
	c->no_ipv4 = class_lacks_ipv4(e, c);
	c->id = free_id(e);
	c->view = ++e->last_view;
	e->classes[c->id] = c;
	fill_sees(e, c);
	e->idle_count++;
	return c;
}

static void
class_free(struct engine *e, struct class *c)
{
	e->classes[c->id] = NULL;
	free(c->members);
	free(c->faces);
	free(c->identity);
	free(c->in);
	free(c->sees);
	free(c->program);
	free(c->held);
	free(c);
}

struct class *
class_of(struct engine *e, const struct machine *m)
{
	uint64_t on_stack[512], *identity = on_stack;
	size_t len = identity_size(e, m);
	struct class **slot, *c;
	struct sum sum;

	if (len > sizeof(on_stack))
		identity = own_alloc(len);
	if (2 * (e->class_count + 1) > e->class_table_room)
		table_make(
			e, e->class_table_room ? 2 * e->class_table_room : 128);
	identity_fill(e, m, identity);
	sum = sum_of(identity, len);
	slot = table_slot(e, sum, identity, len);
	if (!*slot) {
		c = class_new(e, identity, len, sum);
		*slot = c;
	}
	c = *slot;
	if (identity != on_stack)
		free(identity);
	return c;
}

/* Too many without members: they made room for nothing. */
void
classes_drop_idle(struct engine *e)
{
	if (e->idle_count <= CLASSES_IDLE_MAX)
		return;
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i] && !e->classes[i]->member_count)
			class_free(e, e->classes[i]);
	e->idle_count = 0;
	table_make(e, e->class_table_room);
}

void
classes_clear(struct engine *e)
{
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i])
			class_free(e, e->classes[i]);
	e->class_count = e->idle_count = 0;
	if (e->class_table)
		memset(e->class_table, 0,
			e->class_table_room * sizeof(*e->class_table));
}

/* ---- members ---- */

static size_t
face_place(const struct class *c, const struct face *f)
{
	size_t low = 0, high = c->face_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(c->faces[mid]->text, f->text);

		if (order < 0 || (order == 0 && c->faces[mid]->machine->id <
							f->machine->id))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
add_face(struct class *c, const struct face *f)
{
	size_t at = face_place(c, f);

	if (c->face_count == c->face_room) {
		c->face_room = c->face_room ? c->face_room * 2 : 4;
		c->faces = own_grow(c->faces, c->face_room, sizeof(*c->faces));
	}
	memmove(c->faces + at + 1, c->faces + at,
		(c->face_count - at) * sizeof(*c->faces));
	c->faces[at] = f;
	c->face_count++;
}

static void
drop_face(struct class *c, const struct face *f)
{
	size_t at = face_place(c, f);

	c->face_count--;
	memmove(c->faces + at, c->faces + at + 1,
		(c->face_count - at) * sizeof(*c->faces));
}

static void
count_named(struct engine *e, const struct class *c, size_t by)
{
	size_t words = bits_words(e->plan->alias_count);

	for (size_t w = 0; w < words; w++)
		for (uint64_t left = c->named[w]; left; left &= left - 1)
			e->named_count[w * 64 +
				       (size_t)__builtin_ctzll(left)] += by;
}

/* What peers see of it, but for routes. */
static struct sum
record_sum(const struct class *c, const struct machine *m)
{
	struct {
		int64_t id;
		struct sum faces;
		uint64_t exit, no_ipv4;
	} r = { m->id, m->sum, m->exit, c->no_ipv4 };

	return sum_of(&r, sizeof(r));
}

static void
sums_plus(struct class *c, const struct machine *m)
{
	c->addresses = sum_plus(c->addresses, m->sum);
	c->ids = sum_plus(c->ids, m->id_sum);
	c->records = sum_plus(c->records, m->record_sum);
}

static void
sums_minus(struct class *c, const struct machine *m)
{
	c->addresses = sum_minus(c->addresses, m->sum);
	c->ids = sum_minus(c->ids, m->id_sum);
	c->records = sum_minus(c->records, m->record_sum);
}

void
class_join(struct engine *e, struct class *c, struct machine *m)
{
	if (c->member_count == c->member_room) {
		c->member_room = c->member_room ? c->member_room * 2 : 4;
		c->members = own_grow(
			c->members, c->member_room, sizeof(struct machine *));
	}
	e->moves++;
	e->idle_count -= !c->member_count;
	m->class = c;
	m->record_sum = record_sum(c, m);
	sums_plus(c, m);
	m->class_index = c->member_count;
	c->members[c->member_count++] = m;
	for (size_t i = 0; i < m->face_count; i++)
		add_face(c, &m->faces[i]);
	if (m->face_count)
		count_named(e, c, 1);
}

void
class_leave(struct engine *e, struct machine *m)
{
	struct class *c = m->class;

	e->moves++;
	sums_minus(c, m);
	for (size_t i = 0; i < m->face_count; i++)
		drop_face(c, &m->faces[i]);
	if (m->face_count)
		count_named(e, c, (size_t)-1);
	c->members[m->class_index] = c->members[--c->member_count];
	c->members[m->class_index]->class_index = m->class_index;
	e->idle_count += !c->member_count;
	m->class = NULL;
}

bool
class_carries(const struct class *c)
{
	return c->exit || c->has_subnets;
}
