#include <string.h>

#include "base/list.h"
#include "policy/compare_inside.h"
#include "policy/places.h"
#include "policy/ssh.h"

enum {
	TEXTS_MAX = 100, /* logins or apps of one pair */
};

/* ---- what lies behind routers -------------------------------------------- */

/* Its address of the family of the other; false: it has none. */
static bool
face_for(struct engine *e, int64_t id, struct addr other,
	struct reach_point *out)
{
	const struct machine *m = engine_machine(e, id);

	for (size_t i = 0; i < m->face_count; i++)
		if (addr_is_ipv4(m->faces[i].addr) == addr_is_ipv4(other)) {
			*out = reach_face(e, &m->faces[i]);
			return true;
		}
	return false;
}

static void
look_at_place(
	struct work *w, struct both *b, const struct group *g, size_t place)
{
	const struct place *p = &w->places[place];
	const struct compare_flow like = {
		.from = g->number, .place = p->name, .pairs = g->count
	};
	struct reach_ask ask = { .port = REACH_ANY_PORT,
		.proto = POLICY_NO_PROTO };
	bool gains, loses;

	for (int i = 0; i < 2; i++) {
		b->open[i].count = 0;
		if (!face_for(w->e[i], g->first->id, p->addr, &ask.from))
			continue;
		ask.to = (struct reach_point){ .addr = p->addr };
		compare_open(w->e[i], &ask, &b->open[i]);
		if (b->open[i].count)
			w->open[i][g->number] = true;
	}
	gains = compare_note(w, b, true, &like);
	loses = compare_note(w, b, false, &like);
	people_note(
		w, b, g->number, HASH_COUNT(w->groups) + place, gains || loses);
}

void
compare_places(struct work *w, struct both *b)
{
	for (struct group *g = w->groups; g; g = g->hh.next)
		for (size_t i = 0; i < w->place_count && !compare_stops(w); i++)
			look_at_place(w, b, g, i);
}

/* ---- logins and apps ----------------------------------------------------- */

/* What one may do at another in one policy: a text each, which is shown, and
 * what else tells it from others. */
struct deeds {
	const char *at[TEXTS_MAX], *more[TEXTS_MAX];
	struct policy_place rules[TEXTS_MAX];
	size_t count;
};

static void
add_deed(struct deeds *d, const char *words, const char *more,
	struct policy_place rule)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->at[i], words) == 0 &&
			strcmp(d->more[i], more) == 0)
			return;
	if (d->count == TEXTS_MAX)
		return;
	d->at[d->count] = words;
	d->more[d->count] = more;
	d->rules[d->count++] = rule;
}

/* Of one login the first rule decides. */
static bool
is_decided(const struct deeds *d, const char *login)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->at[i], login) == 0)
			return true;
	return false;
}

static void
add_login(void *arg, const struct ssh_login *l)
{
	const struct json_texts *users = &l->rule->users;
	const char *how = l->rule->check ? ", after a check" : "";
	struct deeds *d = arg;

	if (l->personal) {
		if (!is_decided(d, "the own name"))
			add_deed(d, "the own name", how, l->rule->place);
		return;
	}
	for (size_t i = 0; i < users->count; i++)
		if (!is_decided(d, users->at[i]))
			add_deed(d, users->at[i], how, l->rule->place);
}

static void
add_apps(void *arg, const struct grant *g)
{
	struct deeds *d = arg;

	for (size_t i = 0; i < g->app_count; i++)
		add_deed(d, g->app[i].name, g->app[i].values.text, g->place);
}

static bool
has_deed(const struct deeds *d, const char *words, const char *more)
{
	for (size_t i = 0; i < d->count; i++)
		if (strcmp(d->at[i], words) == 0 &&
			strcmp(d->more[i], more) == 0)
			return true;
	return false;
}

enum {
	VALUES_SHOWN = 80, /* bytes */
};

/* Of an app that the other has with other values: these. */
static const char *
values_words(struct arena *mem, const struct deeds *lack, const char *name,
	const char *values)
{
	size_t len = strlen(values);
	bool there = false;

	for (size_t i = 0; i < lack->count; i++)
		there |= strcmp(lack->at[i], name) == 0;
	if (!there)
		return "";
	if (len <= VALUES_SHOWN)
		return arena_printf(mem, " with %s", values);
	len = VALUES_SHOWN;
	while (len && ((unsigned char)values[len] & 0xc0) == 0x80)
		len--;
	return arena_printf(mem, " with %.*s…", (int)len, values);
}

/* One flow for all of one kind that the one has and the other has not. */
static void
tell(struct work *w, const struct deeds *have, const struct deeds *lack,
	const struct compare_flow *like)
{
	struct compare_flow f = *like;
	bool ssh = f.kind == COMPARE_SSH;
	const char *words = NULL;

	for (size_t i = 0; i < have->count; i++) {
		if (has_deed(lack, have->at[i], have->more[i]))
			continue;
		if (!words)
			f.rule = have->rules[i];
		words = arena_printf(w->mem, "%s%s%s%s",
			words ? words
			: ssh ? "SSH as "
			      : "app ",
			words ? ", " : "", have->at[i],
			ssh ? have->more[i]
			    : values_words(w->mem, lack, have->at[i],
				      have->more[i]));
	}
	f.words = words;
	if (words && f.pairs)
		compare_keep(w, &f);
}

static bool
meet(struct engine *e, const struct machine *a, const struct machine *b,
	struct reach_ask *ask)
{
	for (size_t i = 0; i < b->face_count; i++)
		if (face_for(e, a->id, b->faces[i].addr, &ask->from)) {
			ask->to = reach_face(e, &b->faces[i]);
			return true;
		}
	return false;
}

static void
look_at_two(struct work *w, struct arena *scratch, int64_t from, int64_t to,
	const struct compare_flow *like)
{
	struct deeds logins[2] = { { .count = 0 }, { .count = 0 } };
	struct deeds apps[2] = { { .count = 0 }, { .count = 0 } };
	struct compare_flow f = *like;

	for (int i = 0; i < 2; i++) {
		const struct machine *a = engine_machine(w->e[i], from);
		const struct machine *b = engine_machine(w->e[i], to);
		struct reach_ask ask = { .port = REACH_ANY_PORT,
			.proto = POLICY_NO_PROTO };

		ssh_each_login(w->e[i], a, b, scratch, add_login, &logins[i]);
		if (meet(w->e[i], a, b, &ask))
			reach_each_app(w->e[i], &ask, add_apps, &apps[i]);
	}
	for (int added = 1; added >= 0; added--) {
		f.added = added;
		f.kind = COMPARE_SSH;
		tell(w, &logins[added], &logins[!added], &f);
		f.kind = COMPARE_APP;
		tell(w, &apps[added], &apps[!added], &f);
	}
	arena_reset(scratch);
}

static bool
has_any(const struct engine *e)
{
	const struct policy *p = engine_policy(e);

	for (size_t i = 0; i < p->grant_count; i++)
		if (p->grants[i].app_count)
			return true;
	return p->ssh_count > 0;
}

static void
look_at_groups(struct work *w, struct arena *scratch, const struct group *g,
	const struct group *h)
{
	const struct compare_flow like = { .from = g->number,
		.to = h->number,
		.pairs = compare_pairs(w, g, h) };
	const struct machine *from, *to;

	if (compare_strangers(g, h, &from, &to))
		look_at_two(w, scratch, from->id, to->id, &like);
}

struct look {
	struct work *w;
	struct arena *scratch;
};

static void
look_at_own(void *arg, const struct machine *from, const struct machine *to,
	const struct compare_flow *like)
{
	const struct look *l = arg;

	if (!compare_stops(l->w))
		look_at_two(l->w, l->scratch, from->id, to->id, like);
}

void
compare_logins_and_apps(struct work *w)
{
	struct look l = { w, NULL };

	if (!has_any(w->e[0]) && !has_any(w->e[1]))
		return;
	l.scratch = arena_new();
	owns_each(w, look_at_own, &l);
	for (struct group *g = w->groups; g; g = g->hh.next)
		for (struct group *h = w->groups; h && !compare_stops(w);
			h = h->hh.next)
			look_at_groups(w, l.scratch, g, h);
	arena_free(l.scratch);
}
