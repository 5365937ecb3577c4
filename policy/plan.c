#include "policy/plan.h"

#include <stdlib.h>
#include <string.h>

#include "policy/compile.h"
#include "policy/tailnet.h"

static const struct alias everything = { .kind = ALIAS_ANY, .text = "*" };
static const struct policy nothing;

const char *const any_texts[ANY_TEXTS] = {
	"100.64.0.0-100.115.91.255",
	"100.115.94.0-100.127.255.255",
	"fd7a:115c:a1e0::/48",
};
const char *const internet_texts[INTERNET_TEXTS] = {
	"0.0.0.0-9.255.255.255",
	"11.0.0.0-100.63.255.255",
	"100.128.0.0-169.253.255.255",
	"169.255.0.0-172.15.255.255",
	"172.32.0.0-192.167.255.255",
	"192.169.0.0-255.255.255.255",
	"2000::-3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
};

bool
alias_is_literal(const struct alias *a)
{
	return a->kind == ALIAS_HOST || a->kind == ALIAS_ADDRESS ||
	       a->kind == ALIAS_IPSET;
}

struct range_set
alias_ranges(const struct alias *a)
{
	if (a->kind == ALIAS_IPSET)
		return a->ranges;
	if (alias_is_literal(a))
		return (struct range_set){ &a->literal, 1 };
	return (struct range_set){ NULL, 0 };
}

bool
alias_overlaps(const struct alias *a, struct range r)
{
	struct range_set s = alias_ranges(a);

	for (size_t i = 0; i < s.count; i++)
		if (range_overlaps(s.at[i], r))
			return true;
	return false;
}

bool
list_names(const struct alias_list *l, uint32_t alias)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->at[i] == alias)
			return true;
	return false;
}

/* ---- which aliases name whom ---- */

static int
compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order ? order : (x->alias > y->alias) - (x->alias < y->alias);
}

static void
count_names(struct plan *p, size_t *logins, size_t *others)
{
	for (size_t i = 0; i < p->alias_count; i++) {
		*logins += p->aliases[i]->logins.count;
		*logins += p->aliases[i]->kind == ALIAS_USER;
		*others += 1;
	}
}

static void
add_login(struct plan *p, const char *login, uint32_t alias)
{
	p->logins[p->login_count++] = (struct named){ login, alias };
}

static void
index_alias(struct plan *p, uint32_t i)
{
	const struct alias *a = p->aliases[i];

	switch (a->kind) {
	case ALIAS_ANY:
		p->any = i;
		break;
	case ALIAS_USER:
		add_login(p, a->text, i);
		break;
	case ALIAS_GROUP:
		if (a->synced)
			p->groups[p->group_count++] =
				(struct named){ a->text + strlen("group:"), i };
		for (size_t k = 0; k < a->logins.count; k++)
			add_login(p, a->logins.at[k], i);
		break;
	case ALIAS_TAG:
		p->tags[p->tag_count++] = (struct named){ a->text, i };
		break;
	case ALIAS_DOMAIN:
		p->domains[p->domain_count++] = i;
		break;
	case ALIAS_ROLE:
		p->roles[p->role_count++] = i;
		break;
	case ALIAS_MEMBER:
		p->member = i;
		break;
	case ALIAS_TAGGED:
		p->tagged = i;
		break;
	default:
		break;
	}
}

static void
index_literals(struct plan *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->alias_count; i++)
		count += alias_ranges(p->aliases[i]).count;
	p->literals = arena_array(p->mem, count, sizeof(*p->literals));
	for (size_t i = 0; i < p->alias_count; i++) {
		struct range_set r = alias_ranges(p->aliases[i]);

		p->has_parts |= r.count > 1;
		for (size_t k = 0; k < r.count; k++)
			p->literals[p->literal_count++] =
				(struct literal){ r.at[k], (uint32_t)i };
	}
}

static void
index_aliases(struct plan *p)
{
	size_t logins = 0, others = 0;

	count_names(p, &logins, &others);
	p->logins = arena_array(p->mem, logins, sizeof(*p->logins));
	p->tags = arena_array(p->mem, others, sizeof(*p->tags));
	p->groups = arena_array(p->mem, others, sizeof(*p->groups));
	p->domains = arena_array(p->mem, others, sizeof(uint32_t));
	p->roles = arena_array(p->mem, others, sizeof(uint32_t));
	p->any = p->member = p->tagged = UINT32_MAX;
	for (size_t i = p->alias_count; i-- > 0;)
		index_alias(p, (uint32_t)i);
	qsort(p->logins, p->login_count, sizeof(*p->logins), compare_named);
	qsort(p->tags, p->tag_count, sizeof(*p->tags), compare_named);
	qsort(p->groups, p->group_count, sizeof(*p->groups), compare_named);
}

static void
take_aliases(struct plan *p, const struct policy *policy)
{
	p->alias_count = policy->alias_count + 1;
	p->aliases = arena_array(p->mem, p->alias_count, sizeof(*p->aliases));
	for (size_t i = 0; i < policy->alias_count; i++)
		p->aliases[i] = &policy->aliases[i];
	p->aliases[policy->alias_count] = &everything;
}

/* ---- ranges written as "a-b" ---- */

static struct range
range_of_text(struct arena *mem, const char *text)
{
	char *copy = arena_strdup(mem, text), *dash = strchr(copy, '-');
	struct range r;

	if (!dash) {
		if (range_parse(copy, &r, NULL) != ERR_OK)
			abort();
		return r;
	}
	*dash = '\0';
	if (addr_parse(copy, &r.first) || addr_parse(dash + 1, &r.last))
		abort();
	return r;
}

struct plan *
plan_new(struct policy *policy)
{
	struct arena *mem = arena_new();
	struct plan *p = arena_alloc(mem, sizeof(*p));

	p->mem = mem;
	p->policy = policy;
	for (size_t i = 0; i < ANY_TEXTS; i++)
		p->any_ranges[i] = range_of_text(mem, any_texts[i]);
	for (size_t i = 0; i < INTERNET_TEXTS; i++)
		p->internet_ranges[i] = range_of_text(mem, internet_texts[i]);
	take_aliases(p, policy ? policy : &nothing);
	index_aliases(p);
	index_literals(p);
	plan_compile(p, policy ? policy : &nothing);
	return p;
}

void
plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->sset_count; i++)
		free(p->ssets[i].json);
	policy_free(p->policy);
	arena_free(p->mem);
}
