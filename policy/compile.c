#include "policy/compile.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* What grows while the policy is read through. */
struct work {
	struct plan *p;
	const struct policy *policy;
	size_t entry_room, sset_room, flow_room, self_room, via_room;
};

static void *
grown(struct arena *mem, void *at, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return at;
	*room = *room ? *room * 2 : 64;
	more = arena_array(mem, *room, size);
	if (count)
		memcpy(more, at, count * size);
	return more;
}

/* ---- source sets, each once ---- */

static uint32_t
sset_number(struct work *w, const struct alias_list *src,
	const struct json_ints *postures)
{
	struct plan *p = w->p;
	struct sset s;

	sset_make(p, p->mem, src, postures, &s);
	for (size_t i = 0; i < p->sset_count; i++) {
		struct sset *x = &p->ssets[i];

		if (x->src.count == s.src.count &&
			x->postures.count == s.postures.count &&
			(!s.src.count ||
				memcmp(x->src.at, s.src.at,
					s.src.count * sizeof(*s.src.at)) ==
					0) &&
			(!s.postures.count ||
				memcmp(x->postures.at, s.postures.at,
					s.postures.count *
						sizeof(*s.postures.at)) == 0))
			return (uint32_t)i;
	}
	p->ssets = grown(p->mem, p->ssets, p->sset_count, &w->sset_room,
		sizeof(*p->ssets));
	p->ssets[p->sset_count] = s;
	return (uint32_t)p->sset_count++;
}

static uint32_t
flow_number(struct work *w, uint32_t sset, int proto)
{
	struct plan *p = w->p;

	for (size_t i = 0; i < p->flow_count; i++)
		if (p->flows[i].sset == sset && p->flows[i].proto == proto)
			return (uint32_t)i;
	p->flows = grown(p->mem, p->flows, p->flow_count, &w->flow_room,
		sizeof(*p->flows));
	p->flows[p->flow_count].sset = sset;
	p->flows[p->flow_count].proto = proto;
	return (uint32_t)p->flow_count++;
}

static void
add(struct work *w, struct entry x)
{
	struct plan *p = w->p;
	uint32_t number = (uint32_t)p->entry_count;

	if (x.kind == ENTRY_NET || x.kind == ENTRY_VIA)
		x.flow = flow_number(w, x.sset, x.proto);
	if (x.kind == ENTRY_SELF || x.kind == ENTRY_CAP_SELF) {
		p->selfs = grown(p->mem, p->selfs, p->self_count, &w->self_room,
			sizeof(*p->selfs));
		p->selfs[p->self_count++] = number;
	}
	p->entries = grown(p->mem, p->entries, p->entry_count, &w->entry_room,
		sizeof(*p->entries));
	p->entries[p->entry_count++] = x;
}

/* ---- destinations in their order (spec/policy.md 8.2) ---- */

static unsigned
rank(const struct plan *p, uint32_t alias)
{
	switch (p->aliases[alias]->kind) {
	case ALIAS_ANY:
	case ALIAS_HOST:
	case ALIAS_ADDRESS:
	case ALIAS_IPSET:
	case ALIAS_SERVICE:
		return 0;
	case ALIAS_TAG:
	case ALIAS_USER:
	case ALIAS_DOMAIN:
		return 1;
	case ALIAS_GROUP:
		return 2;
	default:
		return 3;
	}
}

/* Few at a time, and equal ones keep their order. */
static void
sort_targets(const struct plan *p, struct target *t, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i;
			k > 0 && rank(p, t[k].alias) < rank(p, t[k - 1].alias);
			k--) {
			struct target x = t[k];

			t[k] = t[k - 1];
			t[k - 1] = x;
		}
}

static struct port_list
ports_plus(struct arena *mem, struct port_list a, struct port_list b)
{
	struct port_range *at =
		arena_array(mem, a.count + b.count, sizeof(*at));

	if (a.count)
		memcpy(at, a.at, a.count * sizeof(*at));
	if (b.count)
		memcpy(at + a.count, b.at, b.count * sizeof(*at));
	return (struct port_list){ at, a.count + b.count };
}

/* ---- acls ---- */

/* Each host once, its ports gathered. */
static struct target *
acl_hosts(struct work *w, const struct acl *a, size_t *count)
{
	struct arena *mem = w->p->mem;
	struct target *t = arena_array(mem, a->dst_count, sizeof(*t));

	*count = 0;
	for (size_t i = 0; i < a->dst_count; i++) {
		size_t k = 0;

		while (k < *count && t[k].alias != a->dst[i].alias)
			k++;
		if (k == *count)
			t[(*count)++] = (struct target){ a->dst[i].alias,
				a->dst[i].ports };
		else
			t[k].ports =
				ports_plus(mem, t[k].ports, a->dst[i].ports);
	}
	sort_targets(w->p, t, *count);
	return t;
}

static void
compile_acl(struct work *w, const struct acl *a)
{
	size_t count;
	struct target *t = acl_hosts(w, a, &count);
	uint32_t sset = sset_number(w, &a->src, &a->postures);

	for (size_t i = 0; i < count; i++) {
		bool self = w->p->aliases[t[i].alias]->kind == ALIAS_SELF;

		add(w, (struct entry){
			       .kind = self ? ENTRY_SELF : ENTRY_NET,
			       .sset = sset,
			       .proto = a->proto,
			       .holds_place = true,
			       .targets = &t[i],
			       .target_count = 1,
			       .src = a->src,
			       .postures = a->postures,
		       });
	}
}

/* ---- grants ---- */

static bool
is_kind(const struct plan *p, uint32_t alias, enum alias_kind kind)
{
	return p->aliases[alias]->kind == kind;
}

static bool
has_kind(const struct plan *p, const struct alias_list *l, enum alias_kind kind)
{
	for (size_t i = 0; i < l->count; i++)
		if (is_kind(p, l->at[i], kind))
			return true;
	return false;
}

/* Those of `l` that are of the kind, or all others but self. */
static void
put_targets(struct work *w, const struct alias_list *l, enum alias_kind kind,
	bool of_kind, struct target *t, size_t *count)
{
	for (size_t i = 0; i < l->count; i++)
		if (is_kind(w->p, l->at[i], kind) == of_kind &&
			!is_kind(w->p, l->at[i], ALIAS_SELF))
			t[(*count)++] =
				(struct target){ l->at[i], { NULL, 0 } };
}

static const struct target *
with_ports(struct work *w, const struct target *t, size_t count,
	struct port_list ports)
{
	struct target *out = arena_array(w->p->mem, count, sizeof(*out));

	for (size_t i = 0; i < count; i++)
		out[i] = (struct target){ t[i].alias, ports };
	return out;
}

static void
compile_via(struct work *w, const struct grant *g, struct entry x)
{
	struct target *t = arena_array(w->p->mem, g->dst.count, sizeof(*t));
	size_t count = 0, others;

	put_targets(w, &g->dst, ALIAS_INTERNET, false, t, &count);
	others = count;
	/* Without ports it only says who sees whom: 12. */
	if (g->ip_count)
		put_targets(w, &g->dst, ALIAS_INTERNET, true, t, &count);
	/* However often it is named, its ranges stand there once. */
	if (count > others)
		count = others + 1;
	w->p->vias = grown(w->p->mem, w->p->vias, w->p->via_count, &w->via_room,
		sizeof(*w->p->vias));
	w->p->vias[w->p->via_count++] = (uint32_t)w->p->entry_count;
	x.kind = ENTRY_VIA;
	x.via = g->via;
	x.target_count = count;
	x.proto = POLICY_NO_PROTO;
	x.targets = t;
	if (!g->ip_count)
		add(w, x);
	for (size_t i = 0; i < g->ip_count; i++) {
		x.proto = g->ip[i].proto;
		x.targets = with_ports(w, t, count, g->ip[i].ports);
		add(w, x);
	}
}

static void
compile_ip(struct work *w, const struct grant *g, struct entry x)
{
	struct target *t = arena_array(w->p->mem, g->dst.count, sizeof(*t));
	struct target self = { 0, { NULL, 0 } };
	size_t count = 0;

	put_targets(w, &g->dst, ALIAS_SELF, false, t, &count);
	sort_targets(w->p, t, count);
	for (size_t i = 0; i < g->ip_count; i++) {
		x.proto = g->ip[i].proto;
		if (has_kind(w->p, &g->dst, ALIAS_SELF)) {
			x.kind = ENTRY_SELF;
			x.targets = with_ports(w, &self, 1, g->ip[i].ports);
			x.target_count = 1;
			add(w, x);
		}
		x.kind = ENTRY_NET;
		x.targets = with_ports(w, t, count, g->ip[i].ports);
		x.target_count = count;
		if (count)
			add(w, x);
	}
}

static const char *
caps_text(struct arena *mem, const struct grant *g)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < g->app_count; i++) {
		buf_puts(&b, i ? "," : "{");
		json_put_text(&b, g->app[i].name);
		buf_puts(&b, ":");
		buf_puts(&b,
			g->app[i].values.text ? g->app[i].values.text : "[]");
	}
	buf_put(&b, "}", 2);
	return (const char *)b.bytes;
}

static const struct {
	const char *name, *caps;
} companions[] = {
	{ "tailscale.com/cap/drive",
		"{\"tailscale.com/cap/drive-sharer\":null}" },
	{ "tailscale.com/cap/relay",
		"{\"tailscale.com/cap/relay-target\":null}" },
};

static void
add_companions(struct work *w, const struct grant *g, struct entry x)
{
	for (size_t i = 0; i < sizeof(companions) / sizeof(companions[0]); i++)
		for (size_t k = 0; k < g->app_count; k++)
			if (strcmp(g->app[k].name, companions[i].name) == 0) {
				x.caps = companions[i].caps;
				add(w, x);
			}
}

static struct alias_list
aliases_of(struct work *w, const struct target *t, size_t count)
{
	uint32_t *at = arena_array(w->p->mem, count, sizeof(*at));

	for (size_t i = 0; i < count; i++)
		at[i] = t[i].alias;
	return (struct alias_list){ at, count };
}

static void
compile_app(struct work *w, const struct grant *g, struct entry x)
{
	struct arena *mem = w->p->mem;
	struct target *t = arena_array(mem, g->dst.count, sizeof(*t));
	struct target *back = arena_array(mem, g->src.count, sizeof(*back));
	struct json_ints none = { NULL, 0 };
	struct alias_list rest;
	size_t count = 0, back_count = 0;

	x.caps = caps_text(mem, g);
	if (has_kind(w->p, &g->dst, ALIAS_SELF)) {
		x.kind = ENTRY_CAP_SELF;
		add(w, x);
		add_companions(w, g, x);
		x.caps = caps_text(mem, g);
	}
	put_targets(w, &g->dst, ALIAS_SELF, false, t, &count);
	if (!count)
		return;
	x.kind = ENTRY_CAP;
	x.targets = t;
	x.target_count = count;
	add(w, x);
	put_targets(w, &g->src, ALIAS_SELF, false, back, &back_count);
	rest = aliases_of(w, t, count);
	x.kind = ENTRY_COMPANION;
	x.sset = sset_number(w, &rest, &none);
	x.targets = back;
	x.target_count = back_count;
	add_companions(w, g, x);
}

static void
compile_grant(struct work *w, const struct grant *g)
{
	struct entry x = {
		.proto = POLICY_NO_PROTO, .src = g->src, .postures = g->postures
	};

	if (!g->src.count || !g->dst.count)
		return;
	x.sset = sset_number(w, &g->src, &g->postures);
	if (g->via.count) {
		compile_via(w, g, x);
		return;
	}
	compile_ip(w, g, x);
	if (g->app_count)
		compile_app(w, g, x);
}

/* Neither acls nor grants: spec/policy.md 22. */
static void
compile_everything(struct work *w)
{
	static const struct port_range all_ports = { 0, POLICY_PORT_MAX };
	struct target *t = arena_alloc(w->p->mem, sizeof(*t));
	struct json_ints none = { NULL, 0 };
	struct alias_list any = { &w->p->any, 1 };

	*t = (struct target){ w->p->any, { &all_ports, 1 } };
	add(w, (struct entry){
		       .kind = ENTRY_NET,
		       .sset = sset_number(w, &any, &none),
		       .proto = POLICY_NO_PROTO,
		       .holds_place = true,
		       .targets = t,
		       .target_count = 1,
	       });
}

/* Clients look for a NAME of the source only with these; with others, as with
 * what is granted to apps, they know addresses alone. */
static bool
has_names(int proto)
{
	return proto == POLICY_NO_PROTO || proto == IPPROTO_TCP ||
	       proto == IPPROTO_UDP || proto == IPPROTO_SCTP ||
	       proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
}

static void
note_use(struct sset *s, struct entry *x)
{
	bool net = x->kind == ENTRY_NET || x->kind == ENTRY_VIA;

	x->spelt = !net || !has_names(x->proto);
	s->has_net |= net;
	s->has_spelt |= x->spelt;
}

void
plan_compile(struct plan *p, const struct policy *policy)
{
	struct work w = { .p = p, .policy = policy };

	if (!policy->has_acls && !policy->has_grants)
		compile_everything(&w);
	for (size_t i = 0; i < policy->grant_count; i++)
		compile_grant(&w, &policy->grants[i]);
	for (size_t i = 0; i < policy->acl_count; i++)
		compile_acl(&w, &policy->acls[i]);
	for (size_t i = 0; i < p->entry_count; i++)
		note_use(&p->ssets[p->entries[i].sset], &p->entries[i]);
	p->mixed = arena_array(p->mem, p->sset_count, sizeof(*p->mixed));
	for (size_t i = 0; i < p->sset_count; i++)
		if (p->ssets[i].mixed)
			p->mixed[p->mixed_count++] = (uint32_t)i;
}
