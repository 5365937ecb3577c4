#include "proto/claims.h"

#include <string.h>

struct member {
	const char *name;
	struct json_raw value;
};

struct members {
	struct json_map all;
};

static const struct json_field member_fields[] = {
	JSON_FIELD(struct member, name, "name", KEEP_EMPTY),
	JSON_VALUE(struct member, value),
};
static const struct json_table member_table =
	JSON_TABLE(struct member, member_fields);
static const struct json_field members_fields[] = {
	JSON_STRUCT(struct members, all, "all", KEEP_EMPTY, member_table),
};
static const struct json_table members_table =
	JSON_TABLE(struct members, members_fields);

static const struct json_limits limits = {
	.depth = JSON_DEPTH_MAX, .tokens = JSON_TOKENS_MAX, .string = 16 * 1024
};

static enum err
decode(struct arena *mem, const char *name, const char *json,
	const struct json_table *t, void *to)
{
	const char *text = arena_printf(mem, "{\"%s\":%s}", name, json);

	return json_decode_within(
		(struct bytes){ (const void *)text, strlen(text) }, &limits, t,
		mem, to);
}

static enum err
open_object(struct arena *mem, const char *json, struct members *out)
{
	*out = (struct members){ .all = { NULL, 0 } };
	while (*json == ' ' || *json == '\n' || *json == '\t' || *json == '\r')
		json++;
	return *json == '{' ? decode(mem, "all", json, &members_table, out)
			    : ERR_BAD_INPUT;
}

bool
claims_are_good(struct arena *mem, const char *json)
{
	struct members m;

	return open_object(mem, json, &m) == ERR_OK;
}

static const char *
member_of(const struct members *m, const char *name, size_t len)
{
	const struct member *at = m->all.at;

	for (size_t i = 0; i < m->all.count; i++)
		if (strlen(at[i].name) == len &&
			memcmp(at[i].name, name, len) == 0)
			return at[i].value.text;
	return NULL;
}

static const char *
find(struct arena *mem, const char *json, const char *path, int steps)
{
	struct members m;
	const char *found;

	if (!steps || open_object(mem, json, &m))
		return NULL;
	found = member_of(&m, path, strlen(path));
	for (const char *dot = strchr(path, '.'); dot && !found;
		dot = strchr(dot + 1, '.')) {
		const char *inner = member_of(&m, path, (size_t)(dot - path));

		if (inner)
			found = find(mem, inner, dot + 1, steps - 1);
	}
	return found;
}

const char *
claim_raw(struct arena *mem, const char *json, const char *path)
{
	return *path ? find(mem, json, path, CLAIM_STEPS_MAX) : NULL;
}

struct one_text {
	const char *v;
};
struct one_list {
	struct json_texts v;
};
struct one_int {
	int64_t v;
};

static const char *
text_of(struct arena *mem, const char *raw)
{
	static const struct json_field fields[] = {
		JSON_FIELD(struct one_text, v, "v", KEEP_EMPTY),
	};
	static const struct json_table table =
		JSON_TABLE(struct one_text, fields);
	struct one_text one = { NULL };

	if (!raw || *raw != '"' || decode(mem, "v", raw, &table, &one))
		return NULL;
	return one.v;
}

const char *
claim_text(struct arena *mem, const char *json, const char *path)
{
	const char *text = text_of(mem, claim_raw(mem, json, path));

	return text ? text : "";
}

bool
claim_is_true(struct arena *mem, const char *json, const char *path)
{
	const char *raw = claim_raw(mem, json, path);

	return raw &&
	       (strcmp(raw, "true") == 0 || strcmp(raw, "\"true\"") == 0);
}

struct json_texts
claim_texts(struct arena *mem, const char *json, const char *path)
{
	static const struct json_field fields[] = {
		JSON_FIELD(struct one_list, v, "v", KEEP_EMPTY),
	};
	static const struct json_table table =
		JSON_TABLE(struct one_list, fields);
	const char *raw = claim_raw(mem, json, path);
	struct one_list list = { .v = { NULL, 0 } };
	const char **one = arena_array(mem, 1, sizeof(*one));

	*one = text_of(mem, raw);
	if (*one)
		return (struct json_texts){ one, 1 };
	if (!raw || *raw != '[' || decode(mem, "v", raw, &table, &list))
		return (struct json_texts){ NULL, 0 };
	if (list.v.count > CLAIM_TEXTS_MAX)
		list.v.count = CLAIM_TEXTS_MAX;
	return list.v;
}

int64_t
claim_int(struct arena *mem, const char *json, const char *path)
{
	static const struct json_field fields[] = {
		JSON_FIELD(struct one_int, v, "v", KEEP_EMPTY),
	};
	static const struct json_table table =
		JSON_TABLE(struct one_int, fields);
	const char *raw = claim_raw(mem, json, path);
	struct one_int one = { 0 };

	return raw && decode(mem, "v", raw, &table, &one) == ERR_OK ? one.v : 0;
}
