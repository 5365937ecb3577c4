#include "policy/load.h"

#include <stdlib.h>
#include <string.h>

/* In this order faults are told: of two, the one of the earlier section. */
static const struct section {
	enum member member;
	enum err (*load)(struct load *l, const struct hujson_value *section);
} sections[] = {
	{ MEMBER_GROUPS, load_groups },
	{ MEMBER_HOSTS, load_hosts },
	{ MEMBER_IPSETS, load_ipsets },
	{ MEMBER_POSTURES, load_postures },
	{ MEMBER_DEFAULT_SRC_POSTURE, load_default_posture },
	{ MEMBER_TAG_OWNERS, load_tag_owners },
	{ MEMBER_AUTO_APPROVERS, load_approvers },
	{ MEMBER_NONE, load_member_spelling },
	{ MEMBER_ACLS, load_acls },
	{ MEMBER_GRANTS, load_grants },
	{ MEMBER_SSH, load_ssh },
	{ MEMBER_NODE_ATTRS, load_node_attrs },
	{ MEMBER_ONE_CGNAT_ROUTE, load_one_cgnat },
	{ MEMBER_DERP_MAP, load_derp_map },
	{ MEMBER_SSH_TESTS, load_ssh_tests },
	{ MEMBER_TESTS, load_tests },
};

/* Names that other sections may use before their own is reached. */
static const struct {
	enum member member;
	enum scope scope;
} declared[] = {
	{ MEMBER_GROUPS, SCOPE_GROUP },
	{ MEMBER_HOSTS, SCOPE_HOST },
	{ MEMBER_IPSETS, SCOPE_IPSET },
	{ MEMBER_POSTURES, SCOPE_POSTURE },
	{ MEMBER_TAG_OWNERS, SCOPE_TAG },
};

static void
declare(struct load *l, const struct hujson_value *section, enum scope scope)
{
	struct names *names = scope == SCOPE_TAG ? l->p->names : l->names;
	size_t number = 0;

	for (const struct hujson_value *v = load_first(section); v;
		v = load_next(l, section, v)) {
		const char *name = arena_strdup(l->mem, v->name);

		(void)names_put(names, scope, name, strlen(name), number++);
	}
}

static enum err
load_sections(struct load *l)
{
	const struct hujson_value *root = l->file.values;
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(declared) / sizeof(declared[0]); i++)
		declare(l, load_member(l, root, declared[i].member),
			declared[i].scope);
	for (size_t i = 0; !e && i < sizeof(sections) / sizeof(sections[0]);
		i++)
		e = sections[i].load(
			l, sections[i].member
				   ? load_member(l, root, sections[i].member)
				   : root);
	l->p->randomize_client_port =
		load_truth(load_member(l, root, MEMBER_RANDOMIZE_CLIENT_PORT));
	l->p->disable_ipv4 =
		load_truth(load_member(l, root, MEMBER_DISABLE_IPV4));
	return e;
}

static enum err
load_file(struct load *l, struct bytes text)
{
	static const unsigned char empty[] = "{}";
	struct bytes read = text.len ? text : (struct bytes){ empty, 2 };
	enum err e = hujson_parse(read, l->scratch, &l->file, l->error);

	if (!e)
		e = shape_check(&l->file, l->scratch, l->error);
	if (e) {
		l->error->text = arena_strdup(l->error_mem, l->error->text);
		return e;
	}
	l->p->meaning = sum_of_text(
		hujson_squeeze(&l->file, l->file.values, l->scratch));
	return load_sections(l);
}

static struct policy *
policy_new(void)
{
	struct arena *mem = arena_new();
	struct policy *p = arena_alloc(mem, sizeof(*p));

	p->mem = mem;
	p->names = names_new(mem);
	return p;
}

static void
keep_text(struct policy *p, struct bytes text)
{
	unsigned char *copy = arena_alloc(p->mem, text.len + 1);

	if (text.len)
		memcpy(copy, text.at, text.len);
	p->text = (struct bytes){ copy, text.len };
}

enum err
policy_load(struct bytes text, const struct json_texts *domains,
	struct arena *mem, struct policy **out, struct policy_error *error)
{
	struct load l = { .p = policy_new(),
		.domains = domains,
		.error = error,
		.error_mem = mem };
	enum err e;

	l.mem = l.p->mem;
	l.scratch = arena_new();
	l.names = names_new(l.scratch);
	e = load_file(&l, text);
	arena_free(l.scratch);
	if (e) {
		policy_free(l.p);
		return e;
	}
	keep_text(l.p, text);
	*out = l.p;
	return ERR_OK;
}

void
policy_free(struct policy *p)
{
	if (p)
		arena_free(p->mem);
}

size_t
policy_alias(const struct policy *p, const char *text)
{
	return names_find(p->names, SCOPE_ALIAS, text, strlen(text));
}

const struct tag_owner *
policy_tag(const struct policy *p, const char *tag)
{
	size_t number = SIZE_MAX;

	if (p->names) /* not of a policy that nobody wrote */
		number = names_find(p->names, SCOPE_TAG, tag, strlen(tag));
	return number == SIZE_MAX ? NULL : &p->tag_owners[number];
}

const struct policy_host *
policy_host(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->host_count; i++)
		if (strcmp(p->hosts[i].name, name) == 0)
			return &p->hosts[i];
	return NULL;
}

bool
policy_has_tag(const struct policy *p, const char *tag)
{
	return policy_tag(p, tag) != NULL;
}
