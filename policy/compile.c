#include "policy/compile.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "policy/intern.h"

/* What grows while the policy is read through. */
struct work {
	struct plan *p;
	struct intern intern;
	size_t entry_room, self_room, via_room;
	uint32_t *host_of; /* by alias: its place in the acl at hand, from 1 */
};

static void
add(struct work *w, struct entry x)
{
	struct plan *p = w->p;
	uint32_t number = (uint32_t)p->entry_count;

	if (x.kind == ENTRY_NET || x.kind == ENTRY_VIA)
		x.flow = intern_flow(&w->intern, x.sset, x.proto);
	if (x.kind == ENTRY_SELF || x.kind == ENTRY_CAP_SELF) {
		p->selfs = array_grown(p->mem, p->selfs, p->self_count,
			&w->self_room, sizeof(*p->selfs));
		p->selfs[p->self_count++] = number;
	}
	p->entries = array_grown(p->mem, p->entries, p->entry_count,
		&w->entry_room, sizeof(*p->entries));
	p->entries[p->entry_count++] = x;
}

/* ---- destinations in their order (spec/policy.md 8.2) ---- */

enum {
	RANKS = 4,
};

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

/* Equal ones keep their order. */
static struct target *
sorted_targets(const struct plan *p, const struct target *t, size_t count)
{
	struct target *out = arena_array(p->mem, count, sizeof(*out));
	size_t n = 0;

	for (unsigned r = 0; r < RANKS; r++)
		for (size_t i = 0; i < count; i++)
			if (rank(p, t[i].alias) == r)
				out[n++] = t[i];
	return out;
}

/* ---- acls ---- */

/* Each host once, in the order of the file; how many ranges its ports have. */
static struct target *
distinct_hosts(struct work *w, const struct acl *a, size_t *count)
{
	struct target *t = arena_array(w->p->mem, a->dst_count, sizeof(*t));

	*count = 0;
	for (size_t i = 0; i < a->dst_count; i++) {
		uint32_t *place = &w->host_of[a->dst[i].alias];

		if (!*place) {
			t[*count].alias = a->dst[i].alias;
			*place = (uint32_t)++ * count;
		}
		t[*place - 1].ports.count += a->dst[i].ports.count;
	}
	return t;
}

static void
gather_ports(
	struct work *w, const struct acl *a, struct target *t, size_t count)
{
	struct arena *mem = w->p->mem;
	struct port_range **at = arena_array(mem, count, sizeof(*at));

	for (size_t i = 0; i < count; i++) {
		at[i] = arena_array(mem, t[i].ports.count, sizeof(**at));
		t[i].ports = (struct port_list){ at[i], 0 };
	}
	for (size_t i = 0; i < a->dst_count; i++) {
		size_t k = w->host_of[a->dst[i].alias] - 1;
		const struct port_list *more = &a->dst[i].ports;

		if (more->count)
			memcpy(at[k] + t[k].ports.count, more->at,
				more->count * sizeof(*more->at));
		t[k].ports.count += more->count;
	}
}

/* Each host once, its ports gathered. */
static const struct target *
acl_hosts(struct work *w, const struct acl *a, size_t *count)
{
	struct target *t = distinct_hosts(w, a, count);

	gather_ports(w, a, t, *count);
	for (size_t i = 0; i < *count; i++)
		w->host_of[t[i].alias] = 0;
	return sorted_targets(w->p, t, *count);
}

static void
compile_acl(struct work *w, const struct acl *a)
{
	size_t count;
	const struct target *t = acl_hosts(w, a, &count);
	uint32_t sset = intern_sset(&w->intern, &a->src, &a->postures);

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
	w->p->vias = array_grown(w->p->mem, w->p->vias, w->p->via_count,
		&w->via_room, sizeof(*w->p->vias));
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
	t = sorted_targets(w->p, t, count);
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

/* Clients know these names, which no policy can hold: a capability there has
 * the form domain/path.  So cairn gives both by one of its own. */
#define TAILDROP "cairn/cap/taildrop"
#define CAP      "https://tailscale.com/cap/"

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
		if (strcmp(g->app[i].name, TAILDROP) == 0)
			buf_puts(&b, ",\"" CAP "file-send\":null");
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
	/* Who may be sent files is offered as a target. */
	{ TAILDROP, "{\"" CAP "file-sharing-target\":null}" },
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
	x.sset = intern_sset(&w->intern, &rest, &none);
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
	x.sset = intern_sset(&w->intern, &g->src, &g->postures);
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
		       .sset = intern_sset(&w->intern, &any, &none),
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
	struct work w = { .p = p,
		.intern = { .p = p },
		.host_of =
			own_alloc((p->alias_count + 1) * sizeof(*w.host_of)) };

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
	intern_end(&w.intern);
	free(w.host_of);
}
