#include "policy/eval/input.h"

#include <json-c/json.h>
#include <string.h>

#include "base/text.h"

/* The first thing that is wrong stops the reading; the rest is skipped. */
struct reader {
	struct arena *mem;
	const char *why;
};

static void
complain(struct reader *r, const char *name)
{
	if (!r->why)
		r->why = arena_printf(
			r->mem, "member \"%s\" is missing or wrong", name);
}

static json_object *
member(struct reader *r, json_object *o, const char *name, enum json_type type)
{
	json_object *v = NULL;

	if (!json_object_is_type(o, json_type_object) ||
		!json_object_object_get_ex(o, name, &v) ||
		!json_object_is_type(v, type)) {
		complain(r, name);
		return NULL;
	}
	return v;
}

/* May be null. */
static json_object *
member_or_null(
	struct reader *r, json_object *o, const char *name, enum json_type type)
{
	json_object *v = NULL;

	if (json_object_is_type(o, json_type_object) &&
		json_object_object_get_ex(o, name, &v) && !v)
		return NULL;
	return member(r, o, name, type);
}

static const char *
text_of(struct reader *r, json_object *v, const char *name)
{
	const char *text = v ? json_object_get_string(v) : "";

	if (v && strlen(text) != (size_t)json_object_get_string_len(v))
		complain(r, name);
	return arena_strdup(r->mem, text);
}

static const char *
text(struct reader *r, json_object *o, const char *name)
{
	return text_of(r, member(r, o, name, json_type_string), name);
}

static int64_t
number(struct reader *r, json_object *o, const char *name)
{
	json_object *v = member(r, o, name, json_type_int);

	return v ? json_object_get_int64(v) : 0;
}

static bool
boolean(struct reader *r, json_object *o, const char *name)
{
	json_object *v = member(r, o, name, json_type_boolean);

	return v && json_object_get_boolean(v);
}

static struct json_texts
texts_of(struct reader *r, json_object *list, const char *name)
{
	size_t count = list ? json_object_array_length(list) : 0;
	struct json_texts t = { arena_array(r->mem, count, sizeof(*t.at)),
		count };

	for (size_t i = 0; i < count; i++) {
		json_object *v = json_object_array_get_idx(list, i);

		if (!json_object_is_type(v, json_type_string))
			complain(r, name);
		t.at[i] = json_object_is_type(v, json_type_string)
				  ? text_of(r, v, name)
				  : "";
	}
	return t;
}

static struct json_texts
texts(struct reader *r, json_object *o, const char *name)
{
	return texts_of(r, member(r, o, name, json_type_array), name);
}

/* ---- the parts ---- */

static void
read_tailnet(struct reader *r, json_object *o, struct eval_input *out)
{
	out->domains = texts(r, o, "domains");
	out->settings.https = boolean(r, o, "httpsEnabled");
	out->settings.auto_updates = boolean(r, o, "autoUpdates");
	(void)boolean(r, o, "magicDNS");
}

static void
read_user(struct reader *r, json_object *o, struct eval_user *out)
{
	out->id = number(r, o, "id");
	out->name = text(r, o, "name");
	out->login = text(r, o, "login");
	out->role = policy_role_of(text(r, o, "role"));
	if (out->role == POLICY_ROLES)
		out->role = POLICY_ROLE_MEMBER;
	if (out->id <= 0)
		complain(r, "id");
}

static int64_t
user_of(struct reader *r, const struct eval_input *in, const char *name)
{
	for (size_t i = 0; i < in->user_count; i++)
		if (strcmp(in->users[i].name, name) == 0)
			return in->users[i].id;
	complain(r, "user");
	return 0;
}

/* May be absent; what postures look at. */
static void
read_attributes(struct reader *r, json_object *node, struct engine_machine *m)
{
	json_object *o = NULL;
	struct engine_attribute *at;

	if (!json_object_is_type(node, json_type_object) ||
		!json_object_object_get_ex(node, "attributes", &o))
		return;
	if (!json_object_is_type(o, json_type_object)) {
		complain(r, "attributes");
		return;
	}
	at = arena_array(
		r->mem, (size_t)json_object_object_length(o), sizeof(*at));
	m->attributes = at;
	json_object_object_foreach(o, name, v)
	{
		if (!json_object_is_type(v, json_type_string))
			complain(r, "attributes");
		else
			at[m->attribute_count++] = (struct engine_attribute){
				arena_strdup(r->mem, name),
				text_of(r, v, "attributes")
			};
	}
}

static void
read_node(struct reader *r, json_object *o, const struct eval_input *in,
	struct eval_node *out)
{
	struct engine_machine *m = &out->machine;
	json_object *user = member_or_null(r, o, "user", json_type_string);
	json_object *approved =
		member_or_null(r, o, "approvedRoutes", json_type_array);

	out->name = text(r, o, "name");
	m->id = number(r, o, "id");
	m->user_id = user ? user_of(r, in, text_of(r, user, "user")) : 0;
	m->tags = texts(r, o, "tags");
	m->ipv4 = text(r, o, "ipv4");
	m->ipv6 = text(r, o, "ipv6");
	m->routes = texts(r, o, "routableIPs");
	m->approved_routes = texts_of(r, approved, "approvedRoutes");
	m->online = true;
	read_attributes(r, o, m);
	out->decide = !approved;
	if (m->id <= 0)
		complain(r, "id");
}

static void
read_topology(struct reader *r, json_object *o, struct eval_input *out)
{
	json_object *users = member(r, o, "users", json_type_array);
	json_object *nodes = member(r, o, "nodes", json_type_array);

	out->user_count = users ? json_object_array_length(users) : 0;
	out->node_count = nodes ? json_object_array_length(nodes) : 0;
	out->users = arena_array(r->mem, out->user_count, sizeof(*out->users));
	out->nodes = arena_array(r->mem, out->node_count, sizeof(*out->nodes));
	for (size_t i = 0; i < out->user_count; i++)
		read_user(
			r, json_object_array_get_idx(users, i), &out->users[i]);
	for (size_t i = 0; i < out->node_count; i++)
		read_node(r, json_object_array_get_idx(nodes, i), out,
			&out->nodes[i]);
}

static void
read_all(struct reader *r, json_object *o, struct eval_input *out)
{
	json_object *policy = member(r, o, "policy", json_type_string);

	(void)text(r, o, "id");
	(void)text(r, o, "family");
	if (policy) {
		size_t len = (size_t)json_object_get_string_len(policy);
		unsigned char *copy = arena_alloc(r->mem, len + 1);

		memcpy(copy, json_object_get_string(policy), len);
		out->policy = (struct bytes){ copy, len };
	}
	read_tailnet(r, member(r, o, "tailnet", json_type_object), out);
	read_topology(r, member(r, o, "topology", json_type_object), out);
}

enum err
eval_read(struct bytes json, struct arena *mem, struct eval_input *out,
	const char **why)
{
	struct reader r = { mem, NULL };
	json_tokener *t = json_tokener_new();
	json_object *o = NULL;

	*out = (struct eval_input){ .policy = { NULL, 0 } };
	json_tokener_set_flags(
		t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	if (json.len <= INT32_MAX)
		o = json_tokener_parse_ex(
			t, (const char *)json.at, (int)json.len);
	if (!o || json_tokener_get_error(t) != json_tokener_success)
		r.why = "not JSON in UTF-8";
	else
		read_all(&r, o, out);
	json_object_put(o);
	json_tokener_free(t);
	*why = r.why;
	return r.why ? ERR_BAD_INPUT : ERR_OK;
}
