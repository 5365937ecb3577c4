/* A source set as the policy has it, whoever may be there. */
#include "policy/plan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "policy/tailnet.h"

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int
compare_ints(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static struct alias_list
sorted_aliases(struct arena *mem, const struct alias_list *l)
{
	uint32_t *at = arena_array(mem, l->count, sizeof(*at));
	size_t count = 0;

	if (l->count)
		memcpy(at, l->at, l->count * sizeof(*at));
	qsort(at, l->count, sizeof(*at), compare_numbers);
	for (size_t i = 0; i < l->count; i++)
		if (!count || at[count - 1] != at[i])
			at[count++] = at[i];
	return (struct alias_list){ at, count };
}

static struct json_ints
sorted_ints(struct arena *mem, const struct json_ints *l)
{
	int64_t *at = arena_array(mem, l->count, sizeof(*at));
	size_t count = 0;

	if (l->count)
		memcpy(at, l->at, l->count * sizeof(*at));
	qsort(at, l->count, sizeof(*at), compare_ints);
	for (size_t i = 0; i < l->count; i++)
		if (!count || at[count - 1] != at[i])
			at[count++] = at[i];
	return (struct json_ints){ at, count };
}

static void
fix(struct arena *mem, struct sset *s, size_t *room, const char *text)
{
	if (s->fixed_count == *room) {
		const char **more;

		*room = *room ? *room * 2 : 8;
		more = arena_array(mem, *room, sizeof(*more));
		if (s->fixed_count)
			memcpy(more, s->fixed, s->fixed_count * sizeof(*more));
		s->fixed = more;
	}
	s->fixed[s->fixed_count++] = text;
}

static void
fix_ranges(struct arena *mem, struct sset *s, size_t *room, struct range_set r)
{
	char text[RANGE_TEXT_SIZE];

	for (size_t i = 0; i < r.count; i++) {
		range_print(r.at[i], text);
		fix(mem, s, room, arena_strdup(mem, text));
	}
}

bool
alias_is_identity(const struct alias *a)
{
	switch (a->kind) {
	case ALIAS_USER:
	case ALIAS_DOMAIN:
	case ALIAS_GROUP:
	case ALIAS_TAG:
	case ALIAS_MEMBER:
	case ALIAS_TAGGED:
	case ALIAS_ROLE:
		return true;
	default:
		return false;
	}
}

static void
sset_classify(const struct plan *p, struct sset *s)
{
	bool single = false, wide = false, people = false;

	for (size_t i = 0; i < s->src.count; i++) {
		const struct alias *a = p->aliases[s->src.at[i]];
		struct range_set r = alias_ranges(a);

		s->any |= a->kind == ALIAS_ANY;
		s->danger |= a->kind == ALIAS_DANGER;
		people |= alias_is_identity(a);
		for (size_t k = 0; k < r.count; k++) {
			single |= range_is_single(r.at[k]);
			wide |= !range_is_single(r.at[k]);
		}
	}
	if (s->danger && s->postures.count) {
		s->danger = false;
		s->any = true;
	}
	if (s->danger) /* it stands alone, also beside "*" */
		s->any = false;
	s->mixed =
		!s->danger && ((s->postures.count && (single || wide)) ||
				      (s->any && wide) || (single && people));
}

/* Literals of a rule with postures lose addresses: they are cut when asked. */
static void
sset_fix(const struct plan *p, struct arena *mem, struct sset *s)
{
	struct json_texts l;
	size_t room = 0;

	if (s->danger) {
		fix(mem, s, &room, "*");
		return;
	}
	for (size_t i = 0; i < s->src.count && !s->postures.count; i++) {
		const struct alias *a = p->aliases[s->src.at[i]];

		for (size_t k = 0; a->kind == ALIAS_ANY && k < ANY_TEXTS; k++)
			fix(mem, s, &room, any_texts[k]);
		for (size_t k = 0;
			a->kind == ALIAS_INTERNET && k < INTERNET_TEXTS; k++)
			fix(mem, s, &room, internet_texts[k]);
		fix_ranges(mem, s, &room, alias_ranges(a));
	}
	l = (struct json_texts){ s->fixed, s->fixed_count };
	list_sort(&l);
	s->fixed_count = l.count;
}

/* FNV-1a, the same in every process: a name outlives them. */
static uint64_t
hash(uint64_t h, const char *text)
{
	do
		h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
	while (*text++);
	return h;
}

/* By the texts of its aliases, so that another policy with the same set has the
 * same name and no machine's record changes. */
static void
sset_name(const struct plan *p, struct arena *mem, struct sset *s)
{
	struct json_texts l = { arena_array(mem,
					s->src.count + s->postures.count + 1,
					sizeof(*l.at)),
		0 };
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < s->src.count; i++)
		l.at[l.count++] = p->aliases[s->src.at[i]]->text;
	for (size_t i = 0; i < s->postures.count; i++)
		l.at[l.count++] = p->policy->postures[s->postures.at[i]].name;
	list_sort(&l);
	for (size_t i = 0; i < l.count; i++)
		h = hash(h, l.at[i]);
	s->name = h;
	s->cap = arena_printf(mem, "cap:cairn-src-%016" PRIx64, h);
	s->cap_sum = sum_of_text(s->cap);
	for (size_t i = 0; i < s->fixed_count; i++)
		s->cap_sum = sum_plus(s->cap_sum, sum_of_text(s->fixed[i]));
}

void
sset_make(const struct plan *p, struct arena *mem, const struct alias_list *src,
	const struct json_ints *postures, struct sset *out)
{
	*out = (struct sset){
		.src = sorted_aliases(mem, src),
		.postures = sorted_ints(mem, postures),
	};
	sset_classify(p, out);
	sset_fix(p, mem, out);
	sset_name(p, mem, out);
}
