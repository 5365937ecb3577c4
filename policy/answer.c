#include "policy/inside.h"
#include "policy/ssh.h"

/* The machine in a settled engine, or NULL. */
static const struct machine *
settled(struct engine *e, int64_t id)
{
	engine_settle(e);
	return engine_machine(e, id);
}

void
engine_put_filter(struct engine *e, int64_t id, struct buf *out)
{
	const struct machine *m = settled(e, id);

	if (m)
		filter_put(e, m, out);
}

size_t
engine_filter_pieces(struct engine *e, int64_t id, struct arena *mem,
	struct engine_piece at[ENGINE_PIECES])
{
	const struct machine *m = settled(e, id);

	return m ? filter_pieces(e, m, mem, at) : 0;
}

const struct policy_relays *
engine_relays(const struct engine *e)
{
	return &engine_policy(e)->relays;
}

void
engine_put_ssh(struct engine *e, int64_t id, const char *base, struct buf *out)
{
	const struct machine *m = settled(e, id);

	if (m)
		ssh_put_rules(e, m, base, out);
}

void
engine_put_caps(struct engine *e, int64_t id, struct buf *out)
{
	const struct machine *m = settled(e, id);

	if (m)
		caps_put(e, m, out);
}

void
engine_put_peer_caps(struct engine *e, int64_t id, struct buf *out)
{
	const struct machine *m = settled(e, id);

	if (m)
		peer_caps_put(e, m, out);
}

bool
engine_sees(struct engine *e, int64_t viewer, int64_t peer)
{
	const struct machine *a = settled(e, viewer), *b = settled(e, peer);

	return a && b && machines_see(e, a, b);
}

static uint64_t
class_mask(const struct engine *e, const struct class *c, int64_t first)
{
	uint64_t mask = 0;

	for (size_t i = machine_place(e, first);
		i < e->machine_count && e->machines[i]->id - first < 64; i++)
		mask |= (uint64_t)bit_get(c->sees, e->machines[i]->class->id)
			<< (e->machines[i]->id - first);
	return mask;
}

/* A change is told to every viewer, each of whom asks for the same masks as the
 * rest of its class. */
static uint64_t
kept_mask(struct engine *e, const struct class *c, int64_t first)
{
	size_t at = ((size_t)c->id * 61 + (size_t)(first / 64)) % MASKS;
	struct mask_kept *k = &e->masks[at];

	if (k->moves != e->moves || k->class != c->id || k->first != first)
		*k = (struct mask_kept){ first, e->moves,
			class_mask(e, c, first), c->id };
	return k->mask;
}

static uint64_t
own_mask(const struct engine *e, const struct machine *a, int64_t first)
{
	uint64_t mask = 0;

	for (size_t i = machine_place(e, first);
		i < e->machine_count && e->machines[i]->id - first < 64; i++)
		mask |= (uint64_t)machines_see(e, a, e->machines[i])
			<< (e->machines[i]->id - first);
	return mask;
}

/* Rules of a person with himself are not the class's. */
static bool
sees_as_class(const struct engine *e, const struct machine *m)
{
	return !e->plan->self_count || (!e->mixed && !m->person);
}

uint64_t
engine_sees_mask(struct engine *e, int64_t viewer, int64_t first)
{
	const struct machine *a = settled(e, viewer);
	uint64_t mask;

	if (!a)
		return 0;
	if (!sees_as_class(e, a))
		return own_mask(e, a, first);
	mask = kept_mask(e, a->class, first);
	if (a->id >= first && a->id - first < 64)
		mask &= ~(UINT64_C(1) << (a->id - first));
	return mask;
}

uint64_t
engine_view(struct engine *e, int64_t viewer)
{
	const struct machine *m = settled(e, viewer);

	return m ? machine_view(e, m) : 0;
}

uint64_t
engine_kind(struct engine *e, int64_t id)
{
	const struct machine *m = settled(e, id);

	return m && !e->mixed ? (uint64_t)m->class->id + 1 : 0;
}

/* ---- records ---- */

static void
add(struct json_texts *l, const char *text)
{
	l->at[l->count++] = text;
}

static void
add_addresses(const struct machine *viewer, const struct machine *m,
	struct arena *mem, struct json_texts *out)
{
	bool no_ipv4 = viewer->class->no_ipv4 || m->class->no_ipv4;

	for (size_t i = 0; i < m->face_count; i++)
		if (m->faces[i].addr.ipv6)
			add(out, arena_printf(mem, "%s/128", m->faces[i].text));
		else if (!no_ipv4)
			add(out, arena_printf(mem, "%s/32", m->faces[i].text));
}

static void
add_all(struct json_texts *to, const struct json_texts *from)
{
	for (size_t i = 0; i < from->count; i++)
		add(to, from->at[i]);
}

/* Approved subnets: the viewer's own are all allowed to it, primary or not. */
static void
add_subnets(struct engine *e, const struct machine *viewer,
	const struct machine *m, struct arena *mem, struct engine_record *out)
{
	for (size_t i = 0; i < m->subnet_count; i++) {
		struct prefix *p = m->subnets[i];
		bool own = viewer == m;
		bool carries = own ? prefix_primary(p) == m
				   : route_server(e, viewer->class,
					     viewer->person, p) == m;

		if (carries)
			add(&out->primary_routes, arena_strdup(mem, p->text));
		if (carries || own)
			add(&out->allowed_ips, arena_strdup(mem, p->text));
	}
}

static void
add_exits(const struct machine *m, struct arena *mem, struct json_texts *out)
{
	for (size_t i = 0; i < m->offered_count; i++)
		if (m->offered[i].approved && !route_is_subnet(&m->offered[i]))
			add(out, arena_strdup(mem, m->offered[i].text));
}

void
engine_record(struct engine *e, int64_t viewer, int64_t machine,
	struct arena *mem, struct engine_record *out)
{
	const struct machine *v = settled(e, viewer);
	const struct machine *m = settled(e, machine);
	size_t room = m ? m->offered_count + 2 : 0;

	out->addresses =
		(struct json_texts){ arena_array(mem, 2, sizeof(const char *)),
			0 };
	out->allowed_ips = (struct json_texts){
		arena_array(mem, room, sizeof(const char *)), 0
	};
	out->primary_routes = (struct json_texts){
		arena_array(mem, room, sizeof(const char *)), 0
	};
	if (!v || !m || (v != m && !machines_see(e, v, m)))
		return;
	add_addresses(v, m, mem, &out->addresses);
	add_all(&out->allowed_ips, &out->addresses);
	add_subnets(e, v, m, mem, out);
	add_exits(m, mem, &out->allowed_ips);
}
