/* Named sets of addresses: operations run in order, sets may use others. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "policy/load.h"

enum {
	HALF = 40, /* room for an address of a range, and more than one has */
};

static const char *const internet[][2] = {
	{ "0.0.0.0", "9.255.255.255" },
	{ "11.0.0.0", "100.63.255.255" },
	{ "100.128.0.0", "169.253.255.255" },
	{ "169.255.0.0", "172.15.255.255" },
	{ "172.32.0.0", "192.167.255.255" },
	{ "192.169.0.0", "255.255.255.255" },
	{ "2000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

enum state {
	UNKNOWN,
	OPEN, /* it is being resolved further up */
	DONE,
};

struct set {
	const struct hujson_value *v;
	struct alias *out;
	enum state state;
	size_t height; /* sets on the longest way through those it uses */
};

struct sets {
	struct load *l;
	struct set *at;
	size_t open, work;
};

/* Operations of one kind that follow each other. */
struct run {
	struct range *at;
	size_t count, room;
	bool removes, internet;
};

static enum err resolve(struct sets *s, struct set *set);

static enum err
invalid(struct sets *s, const struct set *set, const struct hujson_value *v)
{
	return load_fail(s->l, v->at,
		"ipsets[\"%s\"]: \"%s\": invalid operation", set->v->name,
		v->text);
}

static void
add_range(struct sets *s, struct run *run, struct range r)
{
	if (run->count == run->room) {
		size_t room = run->room ? run->room * 2 : 16;
		struct range *more =
			arena_array(s->l->scratch, room, sizeof(*more));

		if (run->count)
			memcpy(more, run->at, run->count * sizeof(*more));
		run->at = more;
		run->room = room;
	}
	run->at[run->count++] = r;
}

/* "a-b" of one family, in order. */
static enum err
parse_span(const char *text, struct range *out)
{
	const char *dash = strchr(text, '-');
	char first[HALF + 1] = "";

	if (!dash || dash - text > HALF)
		return ERR_BAD_INPUT;
	memcpy(first, text, (size_t)(dash - text));
	if (addr_parse(first, &out->first) || addr_parse(dash + 1, &out->last))
		return ERR_BAD_INPUT;
	return addr_is_ipv4(out->first) == addr_is_ipv4(out->last) &&
			       addr_compare(out->first, out->last) <= 0
		       ? ERR_OK
		       : ERR_BAD_INPUT;
}

static void
add_internet(struct sets *s, struct run *run)
{
	struct range r;

	for (size_t i = 0; i < sizeof(internet) / sizeof(internet[0]); i++) {
		(void)addr_parse(internet[i][0], &r.first);
		(void)addr_parse(internet[i][1], &r.last);
		add_range(s, run, r);
	}
	run->internet = true;
}

static enum err
add_set(struct sets *s, struct set *set, const struct hujson_value *v,
	const char *name, struct run *run)
{
	size_t number = load_find(s->l, SCOPE_IPSET, name);
	struct set *other;
	enum err e;

	if (number == SIZE_MAX)
		return load_fail(s->l, v->at, "ipset not found: \"%s\"", name);
	other = &s->at[number];
	if (other->state == OPEN)
		return load_fail(s->l, v->at,
			"ipsets[\"%s\"]: \"%s\": circular reference",
			set->v->name, name);
	e = resolve(s, other);
	if (e)
		return e;
	if (set->height <= other->height)
		set->height = other->height + 1;
	if (s->open > POLICY_IPSET_DEPTH_MAX ||
		set->height > POLICY_IPSET_DEPTH_MAX)
		return load_fail(s->l, v->at,
			"ipsets[\"%s\"]: \"%s\": nested too deep", set->v->name,
			name);
	for (size_t i = 0; i < other->out->ranges.count; i++)
		add_range(s, run, other->out->ranges.at[i]);
	run->internet |= other->out->internet;
	return ERR_OK;
}

static enum err
add_operand(struct sets *s, struct set *set, const struct hujson_value *v,
	const char *text, struct run *run)
{
	struct range r;
	size_t host;

	if (text_starts(text, "ipset:"))
		return add_set(s, set, v, text, run);
	if (strcmp(text, "autogroup:internet") == 0) {
		add_internet(s, run);
		return ERR_OK;
	}
	if (text_starts(text, "host:")) {
		host = load_find(s->l, SCOPE_HOST, text + strlen("host:"));
		if (host == SIZE_MAX)
			return invalid(s, set, v);
		r = s->l->hosts[host];
	} else if (range_parse(text, &r, NULL) && parse_span(text, &r)) {
		return invalid(s, set, v);
	}
	add_range(s, run, r);
	return ERR_OK;
}

/* Lets the operations so far act.  Sets of sets could grow without end, so the
 * work is bounded for the file as a whole. */
static enum err
apply(struct sets *s, struct set *set, struct run *run)
{
	struct alias *out = set->out;
	struct range_set these;

	s->work += run->count + out->ranges.count;
	if (s->work > POLICY_IPSET_WORK_MAX)
		return load_fail(s->l, set->v->name_at,
			"ipsets[\"%s\"]: ipsets are too large", set->v->name);
	these = range_set_of(s->l->scratch, run->at, run->count);
	out->ranges =
		run->removes
			? range_set_without(s->l->scratch, out->ranges, these)
			: range_set_join(s->l->scratch, out->ranges, these);
	if (run->internet)
		out->internet = !run->removes;
	run->count = 0;
	run->internet = false;
	return ERR_OK;
}

/* "add X" or "remove X"; NULL if no such word stands first. */
static const char *
operand(const char *text, bool *removes)
{
	size_t len = strcspn(text, " \t");

	*removes = len == 6 && memcmp(text, "remove", 6) == 0;
	if (!text[len] || !(*removes || (len == 3 && !memcmp(text, "add", 3))))
		return NULL;
	return text + len + strspn(text + len, " \t");
}

static enum err
run_operations(struct sets *s, struct set *set)
{
	struct run run = { .at = NULL };
	const struct hujson_value *v = load_first(set->v);
	bool removes, has_words = v && operand(v->text, &removes);
	enum err e = ERR_OK;

	for (; !e && v; v = load_next(s->l, set->v, v)) {
		const char *text = operand(v->text, &removes);

		if (has_words != (text != NULL))
			return invalid(s, set, v);
		if (removes != run.removes) {
			e = apply(s, set, &run);
			run.removes = removes;
		}
		if (!e)
			e = add_operand(s, set, v, text ? text : v->text, &run);
	}
	return e ? e : apply(s, set, &run);
}

static enum err
resolve(struct sets *s, struct set *set)
{
	struct range *kept;
	enum err e;

	if (set->state == DONE || s->open > POLICY_IPSET_DEPTH_MAX)
		return ERR_OK;
	if (!text_starts(set->v->name, "ipset:"))
		return load_fail(s->l, set->v->name_at,
			"ipsets[\"%s\"]: ipset names must start with 'ipset:'",
			set->v->name);
	set->state = OPEN;
	set->height = 1;
	s->open++;
	e = run_operations(s, set);
	if (e)
		return e;
	s->open--;
	set->state = DONE;
	kept = arena_array(
		s->l->mem, set->out->ranges.count + 1, sizeof(*kept));
	if (set->out->ranges.count)
		memcpy(kept, set->out->ranges.at,
			set->out->ranges.count * sizeof(*kept));
	set->out->ranges.at = kept;
	return ERR_OK;
}

enum err
load_ipsets(struct load *l, const struct hujson_value *section)
{
	size_t count = load_count(section), i = 0;
	struct sets s = { .l = l };
	enum err e = ERR_OK;

	l->ipsets = arena_array(l->scratch, count + 1, sizeof(*l->ipsets));
	s.at = arena_array(l->scratch, count + 1, sizeof(*s.at));
	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v), i++)
		s.at[i] = (struct set){ .v = v, .out = &l->ipsets[i] };
	for (i = 0; !e && i < count; i++)
		e = resolve(&s, &s.at[i]);
	return e;
}
