#include "policy/tests_inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/text.h"
#include "policy/inside.h"

/* ---- ends ---------------------------------------------------------------- */

struct gather {
	struct engine *e;
	struct test_end *end;
	enum test_points which;
	/* By class and place of the address: whose the last was that is there
	 * already.  NULL: all are wanted. */
	const void **whose;
};

/* Another of its class stands for it.  Where there are self rules, only one of
 * the same person. */
static bool
is_stood_for(struct gather *g, const struct machine *m, size_t face)
{
	const void **whose = &g->whose[2 * (size_t)m->class->id + face];
	const void *whom = g;

	if (g->e->plan->self_count && m->person)
		whom = m->person;
	if (*whose == whom)
		return true;
	*whose = whom;
	return false;
}

static void
add_faces(void *arg, const struct machine *m)
{
	struct gather *g = arg;

	for (size_t i = 0; i < m->face_count; i++)
		if (!g->whose || !is_stood_for(g, m, i))
			g->end->at[g->end->count++] =
				reach_face(g->e, &m->faces[i]);
}

/* What it is as a destination depends on its address itself. */
static bool
goes_by_address(const struct engine *e)
{
	const struct policy *p = engine_policy(e);

	for (size_t i = 0; i < p->alias_count; i++)
		if (p->aliases[i].kind == ALIAS_INTERNET)
			return true;
	return e->plan->via_count > 0;
}

static void
add_members(struct gather *g, struct arena *mem, uint32_t alias)
{
	struct engine *e = g->e;

	g->end->at = arena_array(
		mem, 2 * engine_member_count(e, alias), sizeof(*g->end->at));
	if (g->which == TEST_SOURCES ||
		(g->which == TEST_DESTINATIONS && !goes_by_address(e)))
		g->whose =
			own_alloc(2 * e->class_count * sizeof(*g->whose) + 1);
	engine_members(e, alias, add_faces, g);
	free(g->whose);
}

static bool
may_be_end(enum alias_kind kind)
{
	switch (kind) {
	case ALIAS_USER:
	case ALIAS_DOMAIN:
	case ALIAS_GROUP:
	case ALIAS_TAG:
	case ALIAS_MEMBER:
	case ALIAS_TAGGED:
		return true;
	default:
		return false;
	}
}

struct test_end
test_end_of(struct engine *e, struct arena *mem, const char *text,
	enum test_points which)
{
	const struct policy *p = engine_policy(e);
	size_t alias = policy_alias(p, text);
	struct test_end end = { NULL, 0 };
	struct gather g = { e, &end, which, NULL };

	/* A length is refused even where it says a single address. */
	if (alias == SIZE_MAX || strchr(text, '/'))
		return end;
	if (alias_is_literal(&p->aliases[alias])) {
		const struct alias *a = &p->aliases[alias];

		if (a->kind == ALIAS_IPSET || !range_is_single(a->literal))
			return end;
		end.at = arena_alloc(mem, sizeof(*end.at));
		end.at[end.count++] = reach_point(e, a->literal.first);
	} else if (may_be_end(p->aliases[alias].kind)) {
		add_members(&g, mem, (uint32_t)alias);
	}
	return end;
}

static bool
is_person(const struct engine *e, const char *login)
{
	for (size_t i = 0; i < e->person_count; i++) {
		const struct person *p = e->people[i];

		if ((p->login && strcmp(p->login, login) == 0) ||
			(p->other_login && strcmp(p->other_login, login) == 0))
			return true;
	}
	return false;
}

const char *
test_unmanned(const struct engine *e, const char *text)
{
	const struct policy *p = engine_policy(e);
	size_t alias = policy_alias(p, text);
	enum alias_kind kind =
		alias == SIZE_MAX ? ALIAS_SHARED : p->aliases[alias].kind;

	if (!may_be_end(kind) || engine_member_count(e, (uint32_t)alias))
		return NULL;
	if (kind == ALIAS_USER)
		return is_person(e, text) ? "has no machine yet" : NULL;
	return "names no machine yet";
}

/* ---- attributes ---------------------------------------------------------- */

struct given {
	const char *name;
	struct json_raw value;
};

static const struct json_field given_fields[] = {
	JSON_FIELD(struct given, name, "name", KEEP_EMPTY),
	JSON_VALUE(struct given, value),
};
static const struct json_table given_table =
	JSON_TABLE(struct given, given_fields);

struct holder {
	struct json_map map;
};

static const struct json_field holder_fields[] = {
	JSON_STRUCT(struct holder, map, "map", KEEP_EMPTY, given_table),
};
static const struct json_table holder_table =
	JSON_TABLE(struct holder, holder_fields);

static const char *
value_text(struct arena *mem, const char *json)
{
	struct json_texts one = { NULL, 0 };

	if (*json != '"')
		return json;
	if (json_texts_parse(arena_printf(mem, "[%s]", json), mem, &one) ||
		one.count != 1)
		return "";
	return one.at[0];
}

void
test_attributes(struct test_run *run, struct json_raw json)
{
	const struct json_limits limits = { POLICY_DEPTH_MAX + 2,
		POLICY_VALUES_MAX * 4, POLICY_TEXT_MAX };
	struct holder holder = { { NULL, 0 } };
	struct engine_attribute *list;
	const struct given *given;
	const char *text;

	run->attributes = NULL;
	run->attribute_count = 0;
	if (!json.text)
		return;
	text = arena_printf(run->mem, "{\"map\":%s}", json.text);
	if (json_decode_within(
		    (struct bytes){ (const unsigned char *)text, strlen(text) },
		    &limits, &holder_table, run->mem, &holder))
		return;
	given = holder.map.at;
	list = arena_array(run->mem, holder.map.count + 1, sizeof(*list));
	run->attributes = list;
	for (size_t i = 0; i < holder.map.count; i++)
		if (given[i].value.text)
			list[run->attribute_count++] =
				(struct engine_attribute){ given[i].name,
					value_text(run->mem,
						given[i].value.text) };
}

/* ---- failures ------------------------------------------------------------ */

void
test_fails(struct test_run *run, const char *format, ...)
{
	struct json_texts *l = run->errors;
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (l->count == run->room) {
		const char **more =
			arena_array(run->mem, 2 * run->room + 4, sizeof(*more));

		for (size_t i = 0; i < l->count; i++)
			more[i] = l->at[i];
		l->at = more;
		run->room = 2 * run->room + 4;
	}
	l->at[l->count++] = arena_strdup(run->mem, text);
}

void
test_names_nobody(struct test_run *run, const char *src)
{
	const char *unmanned = test_unmanned(run->e, src);

	test_fails(run, "src \"%s\": %s", src,
		unmanned ? unmanned : "names nobody");
}
