#include <string.h>

#include "policy/inside.h"

#define CAP "https://tailscale.com/cap/"

/* ---- the policy's attributes (spec/policy.md 16) ---- */

/* How many of the targets name the class. */
static size_t
targets_naming(const struct engine *e, const struct class *c,
	const struct alias_list *target)
{
	size_t count = 0;

	for (size_t i = 0; i < target->count; i++) {
		uint32_t a = target->at[i];

		count +=
			bit_get(c->named, a) ||
			(alias_is_literal(e->plan->aliases[a]) &&
				(bit_get(c->on[0], a) || bit_get(c->on[1], a)));
	}
	return count;
}

static bool
has_attr(const struct node_attr *n, const char *name)
{
	for (size_t i = 0; i < n->attr.count; i++)
		if (strcmp(n->attr.at[i], name) == 0)
			return true;
	return false;
}

bool
class_lacks_ipv4(const struct engine *e, const struct class *c)
{
	const struct policy *p = engine_policy(e);

	for (size_t i = 0; !p->disable_ipv4 && i < p->attr_count; i++)
		if (has_attr(&p->attrs[i], "disable-ipv4") &&
			targets_naming(e, c, &p->attrs[i].target))
			return true;
	return p->disable_ipv4;
}

size_t
engine_pools(struct engine *e, int64_t id, struct arena *mem,
	const struct range **out)
{
	const struct policy *p = engine_policy(e);
	const struct machine *m;
	struct range *at;
	size_t count = 0;

	engine_settle(e);
	m = engine_machine(e, id);
	for (size_t i = 0; i < p->attr_count; i++)
		count += p->attrs[i].ip_pool_count;
	*out = at = arena_array(mem, count + 1, sizeof(*at));
	count = 0;
	for (size_t i = 0; m && i < p->attr_count; i++) {
		const struct node_attr *n = &p->attrs[i];

		if (!n->ip_pool_count ||
			!targets_naming(e, m->class, &n->target))
			continue;
		memcpy(at + count, n->ip_pool, n->ip_pool_count * sizeof(*at));
		count += n->ip_pool_count;
	}
	return count;
}

static void
add_once(struct json_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->at[i], text) == 0)
			return;
	list->at[list->count++] = text;
}

void
engine_attributes(struct engine *e, int64_t id, const char *prefix,
	struct arena *mem, struct json_texts *out)
{
	const struct policy *p = engine_policy(e);
	size_t len = strlen(prefix), room = 0;
	const struct machine *m;

	engine_settle(e);
	m = engine_machine(e, id);
	for (size_t i = 0; i < p->attr_count; i++)
		room += p->attrs[i].attr.count;
	*out = (struct json_texts){
		arena_array(mem, room + 1, sizeof(*out->at)), 0
	};
	for (size_t i = 0; m && i < p->attr_count; i++) {
		const struct node_attr *n = &p->attrs[i];

		if (!targets_naming(e, m->class, &n->target))
			continue;
		for (size_t k = 0; k < n->attr.count; k++)
			if (strncmp(n->attr.at[k], prefix, len) == 0)
				add_once(out,
					arena_strdup(mem, n->attr.at[k] + len));
	}
}

/* ---- a map that is put together ---- */

struct caps {
	struct arena *mem;
	struct engine_cap *at;
	size_t count, room;
	struct engine_cap from; /* where what is added now comes from */
};

static struct engine_cap *
cap_find(const struct caps *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->at[i].name, name) == 0)
			return &c->at[i];
	return NULL;
}

static struct engine_cap *
cap_get(struct caps *c, const char *name)
{
	struct engine_cap *known = cap_find(c, name);

	if (known)
		return known;
	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 32;
		struct engine_cap *at = arena_array(c->mem, room, sizeof(*at));

		if (c->count)
			memcpy(at, c->at, c->count * sizeof(*at));
		c->at = at;
		c->room = room;
	}
	c->at[c->count] = c->from;
	c->at[c->count].name = name;
	return &c->at[c->count++];
}

/* Arrays of one name are put one behind the other. */
static void
add_values(struct caps *c, const struct grant_app *app)
{
	const char *text = app->values.text ? app->values.text : "[]";
	struct engine_cap *cap = cap_get(c, app->name);
	char *more = arena_strdup(c->mem, text + 1);

	more[strlen(more) - 1] = '\0';
	if (!cap->values || !*cap->values)
		cap->values = more;
	else if (*more)
		cap->values = arena_printf(c->mem, "%s,%s", cap->values, more);
}

static void
add_attributes(const struct engine *e, const struct class *of, struct caps *c)
{
	const struct policy *p = engine_policy(e);

	c->from = (struct engine_cap){ .source = CAP_OF_POLICY };
	if (p->randomize_client_port)
		(void)cap_get(c, "randomize-client-port");
	for (size_t i = 0; i < p->attr_count; i++) {
		const struct node_attr *n = &p->attrs[i];
		size_t times = targets_naming(e, of, &n->target);

		c->from = (struct engine_cap){ .source = CAP_OF_ATTRIBUTES,
			.place = n->place };
		for (size_t k = 0; times && k < n->attr.count; k++)
			(void)cap_get(c, n->attr.at[k]);
		/* A target that names it again appends again. */
		for (; times; times--)
			for (size_t k = 0; k < n->app_count; k++)
				add_values(c, &n->app[k]);
	}
}

static void
add_funnel(const struct engine *e, struct caps *c)
{
	const struct engine_cap *funnel = cap_find(c, "funnel");

	if (!funnel)
		return;
	c->from = (struct engine_cap){ .source = funnel->source,
		.place = funnel->place };
	(void)cap_get(c, CAP "funnel-ports?ports=443,8443,10000");
	if (!e->https)
		(void)cap_get(c, CAP "warn-funnel-no-https");
}

bool
has_one_cgnat(const struct engine *e, const struct machine *m)
{
	if (engine_policy(e)->one_cgnat == OPT_UNSET)
		return false;
	for (size_t i = 0; i < m->attribute_count; i++)
		if (strcmp(m->attributes[i].name, "node:os") == 0)
			return strcmp(m->attributes[i].value, "macos") == 0;
	return false;
}

/* ---- what does not come from the policy ---- */

static const char *const service_caps[] = {
	CAP "ssh",
	"probe-udp-lifetime",
	"ssh-behavior-v1",
	"ssh-env-vars",
	"store-appc-routes",
};

static const char *
quoted(struct arena *mem, const char *text)
{
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	json_put_text(&b, text);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
add_settings(const struct engine *e, struct caps *c)
{
	c->from = (struct engine_cap){ .source = CAP_OF_ALL };
	for (size_t i = 0; i < sizeof(service_caps) / sizeof(service_caps[0]);
		i++)
		(void)cap_get(c, service_caps[i]);
	c->from.source = CAP_OF_SETTINGS;
	if (!e->taildrop_off)
		(void)cap_get(c, CAP "file-sharing");
	cap_get(c, "default-auto-update")->values =
		e->auto_updates ? "true" : "false";
	if (e->display_name)
		cap_get(c, "tailnet-display-name")->values =
			quoted(c->mem, e->display_name);
}

static void
add_class(const struct engine *e, const struct class *of, struct caps *c)
{
	add_attributes(e, of, c);
	add_funnel(e, c);
	add_settings(e, c);
}

static void
add_machine(const struct engine *e, const struct machine *m, struct caps *c)
{
	enum policy_role role = m->person ? m->person->role : POLICY_ROLES;

	c->from = (struct engine_cap){ .source = CAP_OF_POLICY };
	if (has_one_cgnat(e, m))
		(void)cap_get(c, engine_policy(e)->one_cgnat == OPT_TRUE
					 ? "one-cgnat?v=true"
					 : "one-cgnat?v=false");
	c->from.source = CAP_OF_ROLE;
	if (role == POLICY_ROLE_OWNER || role == POLICY_ROLE_ADMIN)
		(void)cap_get(c, CAP "is-admin");
	if (role == POLICY_ROLE_OWNER)
		(void)cap_get(c, CAP "is-owner");
}

static void
put_caps(const struct caps *c, struct buf *out)
{
	buf_puts(out, "{");
	for (size_t i = 0; i < c->count; i++) {
		buf_puts(out, i ? "," : "");
		json_put_text(out, c->at[i].name);
		if (!c->at[i].values) {
			buf_puts(out, ":null");
			continue;
		}
		buf_puts(out, ":["); /* of any length */
		buf_puts(out, c->at[i].values);
		buf_puts(out, "]");
	}
	buf_puts(out, "}");
}

void
caps_put_class(struct engine *e, const struct class *of, struct buf *out)
{
	struct arena *mem = arena_new();
	struct caps c = { .mem = mem };

	add_class(e, of, &c);
	put_caps(&c, out);
	arena_free(mem);
}

void
caps_put(struct engine *e, const struct machine *m, struct buf *out)
{
	struct arena *mem = arena_new();
	struct caps c = { .mem = mem };

	add_class(e, m->class, &c);
	add_machine(e, m, &c);
	put_caps(&c, out);
	arena_free(mem);
}

size_t
engine_caps(struct engine *e, int64_t id, struct arena *mem,
	const struct engine_cap **out)
{
	struct caps c = { .mem = mem };
	const struct machine *m;

	engine_settle(e);
	m = engine_machine(e, id);
	if (m) {
		add_class(e, m->class, &c);
		add_machine(e, m, &c);
	}
	*out = c.at;
	return c.count;
}

/* ---- what others are told of it ---- */

static void
put_name(struct buf *out, size_t *count, const char *name)
{
	buf_puts(out, (*count)++ ? ",\"" : "{\"");
	buf_puts(out, name);
	buf_puts(out, "\":null");
}

void
peer_caps_put(const struct engine *e, const struct machine *m, struct buf *out)
{
	const struct plan *p = e->plan;
	size_t count = 0;

	if (m->exit)
		put_name(out, &count, "suggest-exit-node");
	for (size_t i = 0; m->face_count && i < p->sset_count; i++)
		if (p->ssets[i].capped && bit_get(m->class->in, i))
			put_name(out, &count, p->ssets[i].cap + strlen("cap:"));
	if (count)
		buf_puts(out, "}");
}
