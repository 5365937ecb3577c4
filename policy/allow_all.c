#include "policy/allow_all.h"

#include <string.h>

#include "base/json.h"
#include "policy/hujson.h"

/* The caller bounds the whole text, so only the depth matters here. */
static const struct json_limits limits = {
	.depth = 64,
	.tokens = 1000000,
	.string = 1024 * 1024,
};

#define ONLY                                                             \
	"; this server enforces one policy so far, the one that allows " \
	"everything: " POLICY_ALLOW_ALL

struct member {
	const char *name;
	struct json_raw value;
};

static const struct json_field member_fields[] = {
	JSON_FIELD(struct member, name, "name", KEEP_EMPTY),
	JSON_VALUE(struct member, value),
};
static const struct json_table member_table =
	JSON_TABLE(struct member, member_fields);

/* A value of each form, taken as {"a":VALUE}. */
struct box {
	struct json_raws list;
	struct json_map map;
};

static const struct json_field list_fields[] = {
	JSON_FIELD(struct box, list, "a", KEEP_EMPTY),
};
static const struct json_field map_fields[] = {
	JSON_STRUCT(struct box, map, "a", KEEP_EMPTY, member_table),
};
static const struct json_table list_table = JSON_TABLE(struct box, list_fields);
static const struct json_table map_table = JSON_TABLE(struct box, map_fields);

static enum err
unbox(struct arena *mem, const char *json, const struct json_table *t,
	struct box *out)
{
	const char *boxed = arena_printf(mem, "{\"a\":%s\n}", json);
	struct bytes b = { (const unsigned char *)boxed, strlen(boxed) };

	*out = (struct box){ { NULL, 0 }, { NULL, 0 } };
	return json_decode_within(b, &limits, t, mem, out);
}

static enum err
refuse(const char **why, const char *words)
{
	*why = words;
	return ERR_POLICY;
}

/* What the members of a rule must be, as JSON without blanks. */
struct expected {
	const char *name, *value;
};

static const struct expected acl[] = {
	{ "action", "\"accept\"" },
	{ "src", "[\"*\"]" },
	{ "dst", "[\"*:*\"]" },
	{ NULL, NULL },
};
static const struct expected grant[] = {
	{ "src", "[\"*\"]" },
	{ "dst", "[\"*\"]" },
	{ "ip", "[\"*\"]" },
	{ NULL, NULL },
};

static const struct expected *
expected_member(const struct expected *rule, const char *name)
{
	for (; rule->name; rule++)
		if (strcmp(rule->name, name) == 0)
			return rule;
	return NULL;
}

/* Names are unique (base/json), so as many as expected are all of them. */
static enum err
check_rule(struct arena *mem, const char *list, const struct expected *rule,
	const char *json, const char **why)
{
	const struct member *m;
	size_t wanted = 0;
	struct box box;

	while (rule[wanted].name)
		wanted++;
	if (unbox(mem, json, &map_table, &box) != ERR_OK || !box.map.at)
		return refuse(
			why, arena_printf(mem,
				     "each rule of \"%s\" is an object", list));
	m = box.map.at;
	for (size_t i = 0; i < box.map.count; i++) {
		const struct expected *x = expected_member(rule, m[i].name);

		if (!x || !m[i].value.text ||
			strcmp(x->value, m[i].value.text) != 0)
			return refuse(
				why, arena_printf(mem,
					     "\"%s\": %s in \"%s\" is not "
					     "supported" ONLY,
					     m[i].name,
					     m[i].value.text ? m[i].value.text
							     : "null",
					     list));
	}
	if (box.map.count != wanted)
		return refuse(why,
			arena_printf(mem,
				"a rule of \"%s\" lacks a member" ONLY, list));
	return ERR_OK;
}

/* Members that say who is who and who gives tags and routes: rules act on
 * them, and the policy loader has read them. */
static bool
is_acted_on(const char *name)
{
	static const char *const names[] = { "groups", "hosts", "tagOwners",
		"autoApprovers" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static enum err
check_rules(struct arena *mem, const struct member *m, const char **why)
{
	const struct expected *rule = strcmp(m->name, "acls") == 0     ? acl
				      : strcmp(m->name, "grants") == 0 ? grant
								       : NULL;
	struct box box;
	enum err e = ERR_OK;

	if (!rule)
		return refuse(
			why, arena_printf(mem, "\"%s\" is not supported" ONLY,
				     m->name));
	if (!m->value.text ||
		unbox(mem, m->value.text, &list_table, &box) != ERR_OK)
		return refuse(why,
			arena_printf(mem, "\"%s\" is not a list", m->name));
	if (box.list.count == 0)
		return refuse(why,
			arena_printf(mem, "an empty \"%s\" allows nothing" ONLY,
				m->name));
	for (size_t i = 0; !e && i < box.list.count; i++)
		e = check_rule(mem, m->name, rule, box.list.at[i], why);
	return e;
}

enum err
policy_allows_all(const char *text, struct arena *mem, const char **why)
{
	struct bytes bytes = { (const unsigned char *)text, strlen(text) };
	const struct member *m;
	struct policy_error error;
	struct hujson file;
	struct box box;
	bool any = false;
	enum err e = ERR_OK;

	if (hujson_parse(bytes, mem, &file, &error))
		return refuse(why, error.text);
	if (file.values->kind != HUJSON_OBJECT)
		return refuse(why, "a policy is one JSON object: {…}");
	if (unbox(mem, file.json, &map_table, &box) != ERR_OK || !box.map.at)
		return refuse(why, "a policy is one JSON object: {…}");
	m = box.map.at;
	for (size_t i = 0; !e && i < box.map.count; i++) {
		if (is_acted_on(m[i].name))
			continue;
		any = true;
		e = check_rules(mem, &m[i], why);
	}
	if (!e && !any)
		return refuse(why, "an empty policy allows nothing" ONLY);
	return e;
}
