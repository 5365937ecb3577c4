#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/inside.h"
#include "policy/ssh.h"

/* ---- what members of a class share ---- */

void
print_all_begin(struct engine *e)
{
	for (size_t i = 0; i < e->class_count; i++)
		if (e->classes[i])
			e->classes[i]->memos.known = 0;
	for (size_t i = 0; i < e->person_count; i++)
		e->people[i]->memo_count = 0;
	e->all_printed = true;
}

void
print_all_end(struct engine *e)
{
	for (size_t i = 0; i < e->person_count; i++) {
		free(e->people[i]->selfs);
		e->people[i]->selfs = NULL;
	}
	e->all_printed = false;
}

/* For whom else it holds what was found for a machine. */
enum share {
	OF_ITSELF,
	OF_PERSON, /* those of its class and person */
	OF_CLASS,
};

static struct memos *
memos_of_person(struct person *p, const struct class *c)
{
	struct person_memos *x;

	for (size_t i = 0; i < p->memo_count; i++)
		if (p->memos[i].class == c->id)
			return &p->memos[i].memos;
	if (p->memo_count == p->memo_room) {
		p->memo_room = p->memo_room ? 2 * p->memo_room : 2;
		p->memos = own_grow(p->memos, p->memo_room, sizeof(*p->memos));
	}
	x = &p->memos[p->memo_count++];
	*x = (struct person_memos){ .class = c->id };
	return &x->memos;
}

/* That part of the print: what was found for another machine, or anew. */
static struct sum
remembered(struct engine *e, const struct machine *m, enum memo memo,
	enum share share,
	struct sum (*find)(struct engine *e, const struct machine *m))
{
	struct memos *memos;

	if (share == OF_ITSELF || !e->all_printed)
		return find(e, m);
	memos = share == OF_CLASS ? &m->class->memos
				  : memos_of_person(m->person, m->class);
	if (!(memos->known >> memo & 1)) {
		memos->at[memo] = find(e, m);
		memos->known |= 1u << memo;
	}
	return memos->at[memo];
}

/* There may be rules of a person with himself. */
static bool
has_selfs(const struct engine *e, const struct machine *m)
{
	return m->person && e->plan->self_count;
}

static bool
has_siblings(const struct machine *m)
{
	return m->person && m->person->machine_count > 1;
}

/* ---- filter ---- */

/* Ranges of one ipset can hold different members' addresses. */
static enum share
filter_share(const struct engine *e, const struct machine *m)
{
	if (e->plan->has_parts)
		return OF_ITSELF;
	return has_selfs(e, m) && has_siblings(m) ? OF_PERSON : OF_CLASS;
}

static struct sum
filter_print_of(struct engine *e, const struct machine *m)
{
	return sum_plus(m->sum, remembered(e, m, MEMO_FILTER,
					filter_share(e, m), filter_print));
}

/* ---- peers ---- */

static struct sum
class_peers(struct engine *e, const struct class *c, bool records)
{
	struct sum sum = { 0, 0 };

	for (size_t w = 0; w < bits_words(e->class_count); w++)
		for (uint64_t left = c->sees[w]; left; left &= left - 1) {
			size_t i = w * 64 + (size_t)__builtin_ctzll(left);
			const struct class *x =
				i < e->class_count ? e->classes[i] : NULL;

			if (x)
				sum = sum_plus(
					sum, records ? x->records : x->ids);
		}
	return sum;
}

static struct sum
seen_ids(struct engine *e, const struct machine *m)
{
	return class_peers(e, m->class, false);
}

static struct sum
seen_records(struct engine *e, const struct machine *m)
{
	return class_peers(e, m->class, true);
}

static struct sum
peers_print(struct engine *e, const struct machine *m, bool records)
{
	const struct class *c = m->class;
	struct sum sum =
		records ? remembered(e, m, MEMO_RECORDS, OF_CLASS, seen_records)
			: remembered(e, m, MEMO_IDS, OF_CLASS, seen_ids);

	if (bit_get(c->sees, c->id))
		sum = sum_minus(sum, records ? m->record_sum : m->id_sum);
	return sum;
}

/* Those that a self rule alone lets it see, itself among them. */
static struct sum
self_seen(struct engine *e, const struct machine *m, bool records)
{
	struct machine **at = e->mixed ? e->machines : m->person->machines;
	size_t count = e->mixed ? e->machine_count : m->person->machine_count;
	struct sum sum = { 0, 0 };

	for (size_t i = 0; i < count; i++)
		if (!bit_get(m->class->sees, at[i]->class->id) &&
			self_linked(e, m, at[i]))
			sum = sum_plus(sum,
				records ? at[i]->record_sum : at[i]->id_sum);
	return sum;
}

static struct sum
self_seen_ids(struct engine *e, const struct machine *m)
{
	return self_seen(e, m, false);
}

static struct sum
self_seen_records(struct engine *e, const struct machine *m)
{
	return self_seen(e, m, true);
}

static struct sum
self_peers_print(struct engine *e, const struct machine *m, bool records)
{
	enum share share = m->person ? OF_PERSON : OF_CLASS;
	struct sum sum = { 0, 0 };

	if (!e->plan->self_count || (!e->mixed && !has_siblings(m)))
		return sum;
	sum = records ? remembered(e, m, MEMO_OWN_RECORDS, share,
				self_seen_records)
		      : remembered(e, m, MEMO_OWN_IDS, share, self_seen_ids);
	if (!bit_get(m->class->sees, m->class->id) && self_linked(e, m, m))
		sum = sum_minus(sum, records ? m->record_sum : m->id_sum);
	return sum;
}

/* ---- routes ---- */

static struct sum
served(struct prefix *p, const struct machine *by)
{
	struct {
		struct sum prefix, server;
	} s = { p->sum, by->id_sum };

	return sum_of(&s, sizeof(s));
}

static struct sum
own_routes(const struct machine *m)
{
	struct sum sum = { m->exit, m->class->no_ipv4 };

	sum = sum_plus(sum, m->sum);
	for (size_t i = 0; i < m->offered_count; i++)
		if (m->offered[i].approved)
			sum = sum_plus(sum, sum_of_text(m->offered[i].text));
	for (size_t i = 0; i < m->subnet_count; i++)
		if (prefix_primary(m->subnets[i]) == m)
			sum = sum_plus(sum, served(m->subnets[i], m));
	return sum;
}

/* Itself counts as if it saw itself: so it is the same for its class. */
static struct sum
served_routes(struct engine *e, const struct machine *m)
{
	bool links = e->mixed || has_siblings(m);
	struct sum sum = { 0, 0 };

	for (size_t i = 0; i < e->prefix_count; i++) {
		struct prefix *p = e->prefixes[i];
		struct machine *by = route_server(e, m->class, m->person, p);

		if (by && (bit_get(m->class->sees, by->class->id) ||
				  (links && self_linked(e, m, by))))
			sum = sum_plus(sum, served(p, by));
	}
	return sum;
}

static struct sum
routes_print(struct engine *e, const struct machine *m)
{
	bool own = has_selfs(e, m) && (e->mixed || has_siblings(m));
	struct sum sum = sum_plus(own_routes(m),
		remembered(e, m, MEMO_ROUTES, own ? OF_PERSON : OF_CLASS,
			served_routes));

	sum = sum_plus(sum, peers_print(e, m, true));
	return sum_plus(sum, self_peers_print(e, m, true));
}

/* ---- SSH rules ---- */

static enum share
ssh_share(const struct engine *e, const struct machine *m)
{
	const struct policy *p = engine_policy(e);

	for (size_t i = 0; m->person && i < p->ssh_count; i++) {
		const struct ssh_rule *r = &p->ssh[i];

		if (r->localparts.count)
			return OF_PERSON;
		for (size_t k = 0; k < r->dst.count; k++)
			if (e->plan->aliases[r->dst.at[k]]->kind == ALIAS_SELF)
				return OF_PERSON;
	}
	return OF_CLASS;
}

static struct sum
ssh_bytes(struct engine *e, const struct machine *m)
{
	struct arena *mem = arena_new();
	struct sum sum;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	ssh_put_rules(e, m, "", &b);
	/* "[]" is as good as no rules at all. */
	sum = b.len > 2 ? sum_of(b.bytes, b.len) : (struct sum){ 0, 0 };
	arena_free(mem);
	return sum;
}

static struct sum
ssh_print(struct engine *e, const struct machine *m)
{
	if (!engine_policy(e)->ssh_count)
		return (struct sum){ 0, 0 };
	return remembered(e, m, MEMO_SSH, ssh_share(e, m), ssh_bytes);
}

/* ---- CapMap and addresses ---- */

static struct sum
class_caps(struct engine *e, const struct machine *m)
{
	struct arena *mem = arena_new();
	struct sum sum;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	caps_put_class(e, m->class, &b);
	sum = sum_of(b.bytes, b.len);
	arena_free(mem);
	return sum;
}

/* Of the source sets that peers find it in. */
static struct sum
class_names(const struct engine *e, const struct class *c)
{
	struct sum sum = { 0, 0 };

	for (size_t i = 0; c->has_faces && i < e->plan->sset_count; i++)
		if (e->plan->ssets[i].capped && bit_get(c->in, i))
			sum = sum_plus(sum, sum_of_text(e->plan->ssets[i].cap));
	return sum;
}

static struct sum
caps_print(struct engine *e, const struct machine *m)
{
	enum policy_role role = m->person ? m->person->role : POLICY_ROLES;
	uint64_t own[2] = {
		role == POLICY_ROLE_OWNER ? 2 : role == POLICY_ROLE_ADMIN,
		has_one_cgnat(e, m) ? engine_policy(e)->one_cgnat : 0
	};

	return sum_plus(
		sum_plus(sum_of(own, sizeof(own)),
			sum_plus(m->record_sum, class_names(e, m->class))),
		remembered(e, m, MEMO_CAPS, OF_CLASS, class_caps));
}

struct prints
print_machine(struct engine *e, const struct machine *m)
{
	return (struct prints){
		.filter = filter_print_of(e, m),
		.peers = sum_plus(peers_print(e, m, false),
			self_peers_print(e, m, false)),
		.routes = routes_print(e, m),
		.ssh = ssh_print(e, m),
		.caps = caps_print(e, m),
	};
}

unsigned
prints_differ(const struct prints *a, const struct prints *b)
{
	unsigned parts = 0;

	parts |= sum_equal(a->filter, b->filter) ? 0 : PART_FILTER;
	parts |= sum_equal(a->peers, b->peers) ? 0 : PART_PEERS;
	parts |= sum_equal(a->routes, b->routes) ? 0 : PART_ROUTES;
	parts |= sum_equal(a->ssh, b->ssh) ? 0 : PART_SSH;
	parts |= sum_equal(a->caps, b->caps) ? 0 : PART_CAPS;
	return parts;
}
