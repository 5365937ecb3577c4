#include "policy/identity.h"

#include <stdlib.h>
#include <string.h>

#include "policy/load.h"

/* ---- whom aliases of identity name ---- */

static size_t
first_named(const struct named *at, size_t count, const char *text)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(at[mid].text, text) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
name_all(const struct named *at, size_t count, const char *text, uint64_t *bits)
{
	for (size_t i = first_named(at, count, text);
		i < count && strcmp(at[i].text, text) == 0; i++)
		bit_set(bits, at[i].alias);
}

/* Each line of what a provider says. */
static void
name_groups(const struct plan *p, const char *lines, uint64_t *bits)
{
	char line[GROUP_NAME_MAX + 1];

	while (p->group_count && lines && *lines) {
		size_t len = strcspn(lines, "\n");

		if (len <= GROUP_NAME_MAX) {
			memcpy(line, lines, len);
			line[len] = '\0';
			name_all(p->groups, p->group_count, line, bits);
		}
		lines += len + (lines[len] == '\n');
	}
}

static bool
ends_in_domain(const char *login, const char *domain)
{
	size_t len = strlen(login), part = strlen(domain);

	return len > part && login[len - part - 1] == '@' &&
	       strcmp(login + len - part, domain) == 0;
}

static bool
role_fits(enum policy_role alias, enum policy_role role)
{
	return alias == role ||
	       (alias == POLICY_ROLE_ADMIN && role == POLICY_ROLE_OWNER);
}

void
person_names(const struct plan *p, const struct person *who, uint64_t *bits)
{
	if (p->member != UINT32_MAX)
		bit_set(bits, p->member);
	if (who->login)
		name_all(p->logins, p->login_count, who->login, bits);
	if (who->other_login)
		name_all(p->logins, p->login_count, who->other_login, bits);
	name_groups(p, who->groups, bits);
	for (size_t i = 0; who->login && i < p->domain_count; i++)
		if (ends_in_domain(
			    who->login, p->aliases[p->domains[i]]->domain))
			bit_set(bits, p->domains[i]);
	for (size_t i = 0; i < p->role_count; i++)
		if (role_fits(p->aliases[p->roles[i]]->role, who->role))
			bit_set(bits, p->roles[i]);
}

enum err
autogroup_names(const char *autogroup, const struct machine *m, bool *names)
{
	const struct autogroup *a = autogroup_find(autogroup);

	*names = false;
	if (!a || !a->is_people)
		return ERR_NOT_FOUND;
	if (a->kind == ALIAS_TAGGED)
		*names = m->tags.count > 0;
	else if (m->tags.count == 0 && m->person)
		*names = a->kind == ALIAS_MEMBER ||
			 (a->kind == ALIAS_ROLE &&
				 role_fits(a->role, m->person->role));
	return ERR_OK;
}

void
tags_names(const struct plan *p, const struct json_texts *tags, uint64_t *bits)
{
	if (p->tagged != UINT32_MAX && tags->count)
		bit_set(bits, p->tagged);
	for (size_t i = 0; i < tags->count; i++)
		name_all(p->tags, p->tag_count, tags->at[i], bits);
}

static void
machine_names(const struct plan *p, const struct machine *m, uint64_t *bits)
{
	bit_set(bits, p->any);
	if (m->tags.count)
		tags_names(p, &m->tags, bits);
	else if (m->person)
		person_names(p, m->person, bits);
}

/* ---- addresses and routes ---- */

static bool
in_ranges(const struct range *at, size_t count, struct addr a)
{
	for (size_t i = 0; i < count; i++)
		if (range_holds(at[i], a))
			return true;
	return false;
}

static bool
is_routed(const struct engine *e, struct addr a)
{
	for (size_t i = 0; i < e->prefix_count; i++)
		if (range_holds(e->prefixes[i]->range, a))
			return true;
	return false;
}

static void
fill_face(const struct engine *e, const struct face *f, const uint64_t *named,
	uint64_t *on, struct identity_head *head)
{
	const struct plan *p = e->plan;
	bool in_any = in_ranges(p->any_ranges, ANY_TEXTS, f->addr);
	bool routed = e->mixed && is_routed(e, f->addr);
	unsigned place = (unsigned)(f - f->machine->faces);

	memcpy(on, named, bits_words(p->alias_count) * sizeof(*on));
	bit_put(on, p->any, in_any || routed);
	for (size_t i = 0; i < p->literal_count; i++)
		if (range_holds(p->literals[i].range, f->addr))
			bit_set(on, p->literals[i].alias);
	head->in_any |= (uint64_t)in_any << place;
	head->routed |= (uint64_t)routed << place;
}

/* Machines whose addresses lie in a route of `m`: to it they are part of that
 * network, and what names them concerns it. */
static void
fill_held(const struct engine *e, struct range r, uint64_t *net,
	struct identity_head *head)
{
	for (size_t i = 0; i < e->machine_count; i++) {
		const struct machine *x = e->machines[i];

		for (size_t k = 0; k < x->face_count; k++)
			if (range_holds(r, x->faces[k].addr)) {
				machine_names(e->plan, x, net);
				head->special = true;
			}
	}
}

static void
fill_net(const struct engine *e, const struct machine *m, uint64_t *net,
	struct identity_head *head)
{
	const struct plan *p = e->plan;

	for (size_t i = 0; i < m->subnet_count; i++) {
		struct range r = m->subnets[i]->range;

		bit_set(net, p->any);
		/* Written as a CIDR, so it can be a grant's destination. */
		head->in_any_net |=
			range_overlaps(p->any_ranges[ANY_TEXTS - 1], r);
		for (size_t k = 0; k < p->literal_count; k++)
			if (range_overlaps(p->literals[k].range, r))
				bit_set(net, p->literals[k].alias);
		if (e->mixed)
			fill_held(e, r, net, head);
	}
}

size_t
identity_size(const struct engine *e, const struct machine *m)
{
	size_t aliases = bits_words(e->plan->alias_count);
	size_t postures = bits_words(engine_policy(e)->posture_count);

	return sizeof(struct identity_head) +
	       (4 * aliases + postures) * sizeof(uint64_t) +
	       m->subnet_count * sizeof(struct range);
}

static int
compare_ranges(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct range));
}

static void
fill_subnets(const struct machine *m, struct range *at)
{
	for (size_t i = 0; i < m->subnet_count; i++)
		at[i] = m->subnets[i]->range;
	qsort(at, m->subnet_count, sizeof(*at), compare_ranges);
}

void
identity_fill(const struct engine *e, const struct machine *m, void *at)
{
	size_t aliases = bits_words(e->plan->alias_count);
	size_t postures = engine_policy(e)->posture_count;
	struct identity_head *head = at;
	uint64_t *named = (uint64_t *)(head + 1), *net = named + 3 * aliases;

	memset(at, 0, identity_size(e, m));
	head->person = m->person != NULL;
	head->exit = m->exit != 0;
	head->subnets = m->subnet_count;
	machine_names(e->plan, m, named);
	for (size_t i = 0; i < m->face_count; i++) {
		head->families |= m->faces[i].addr.ipv6 ? 2 : 1;
		fill_face(e, &m->faces[i], named, named + (i + 1) * aliases,
			head);
	}
	fill_net(e, m, net, head);
	for (size_t i = 0; i < postures; i++)
		bit_put(net + aliases, i, posture_holds(e, i, m));
	fill_subnets(m, (struct range *)(net + aliases + bits_words(postures)));
	if (head->special)
		head->alone = m->id;
}
