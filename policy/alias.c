#include <string.h>

#include "base/text.h"
#include "policy/load.h"

enum {
	FIRST_ROOM = 32,
	USER_AT = 7,       /* of "user:*@" */
	AUTOGROUP_LEN = 10 /* of "autogroup:" */
};

static const struct {
	const char *prefix;
	enum alias_form form;
} prefixes[] = {
	{ "tag:", FORM_TAG },
	{ "group:", FORM_GROUP },
	{ "autogroup:", FORM_AUTOGROUP },
	{ "user:*@", FORM_DOMAIN },
	{ "ipset:", FORM_IPSET },
	{ "svc:", FORM_SERVICE },
};

static const struct autogroup autogroups[] = {
	{ "member", ALIAS_MEMBER, POLICY_ROLES, true },
	{ "members", ALIAS_MEMBER, POLICY_ROLES, true },
	{ "tagged", ALIAS_TAGGED, POLICY_ROLES, true },
	{ "shared", ALIAS_SHARED, POLICY_ROLES, true },
	{ "self", ALIAS_SELF, POLICY_ROLES, false },
	{ "internet", ALIAS_INTERNET, POLICY_ROLES, false },
	{ "danger-all", ALIAS_DANGER, POLICY_ROLES, false },
	{ "owner", ALIAS_ROLE, POLICY_ROLE_OWNER, true },
	{ "admin", ALIAS_ROLE, POLICY_ROLE_ADMIN, true },
	{ "network-admin", ALIAS_ROLE, POLICY_ROLE_NETWORK_ADMIN, true },
	{ "it-admin", ALIAS_ROLE, POLICY_ROLE_IT_ADMIN, true },
	{ "billing-admin", ALIAS_ROLE, POLICY_ROLE_BILLING_ADMIN, true },
	{ "auditor", ALIAS_ROLE, POLICY_ROLE_AUDITOR, true },
};

enum alias_form
alias_form(const struct load *l, const char *text)
{
	struct range r;

	if (strcmp(text, "*") == 0)
		return FORM_ANY;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (text_starts(text, prefixes[i].prefix))
			return prefixes[i].form;
	if (strchr(text, '@'))
		return FORM_USER;
	if (load_find(l, SCOPE_HOST, text) != SIZE_MAX)
		return FORM_HOST;
	return range_parse(text, &r, NULL) ? FORM_NONE : FORM_ADDRESS;
}

const struct autogroup *
autogroup_find(const char *text)
{
	if (!text_starts(text, "autogroup:"))
		return NULL;
	for (size_t i = 0; i < sizeof(autogroups) / sizeof(autogroups[0]); i++)
		if (strcmp(text + AUTOGROUP_LEN, autogroups[i].text) == 0)
			return &autogroups[i];
	return NULL;
}

bool
service_is_named(const char *text)
{
	const char *name = text + strlen("svc:");

	return text_starts(text, "svc:") && *name &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")];
}

bool
alias_is_people(const char *text)
{
	const struct autogroup *a = autogroup_find(text);

	if (a)
		return a->is_people;
	return text_starts(text, "tag:") || text_starts(text, "group:") ||
	       strchr(text, '@');
}

/* What the form leaves open. */
static void
fill(const struct load *l, enum alias_form form, struct alias *a)
{
	const struct autogroup *auto_group = autogroup_find(a->text);
	const char **login;

	switch (form) {
	case FORM_AUTOGROUP:
		a->kind = auto_group->kind;
		a->role = auto_group->role;
		break;
	case FORM_DOMAIN:
		a->domain = a->text + USER_AT;
		break;
	case FORM_GROUP:
		a->synced = load_find(l, SCOPE_GROUP, a->text) == SIZE_MAX;
		if (!a->synced)
			a->logins =
				l->groups[load_find(l, SCOPE_GROUP, a->text)];
		break;
	case FORM_USER:
		login = arena_array(l->mem, 1, sizeof(*login));
		*login = a->text;
		a->logins = (struct json_texts){ login, 1 };
		break;
	case FORM_HOST:
		a->literal = l->hosts[load_find(l, SCOPE_HOST, a->text)];
		break;
	case FORM_ADDRESS:
		(void)range_parse(a->text, &a->literal, NULL);
		break;
	case FORM_IPSET:
		a->ranges =
			l->ipsets[load_find(l, SCOPE_IPSET, a->text)].ranges;
		a->internet =
			l->ipsets[load_find(l, SCOPE_IPSET, a->text)].internet;
		break;
	default:
		break;
	}
}

static struct alias *
add_alias(struct load *l)
{
	if (l->p->alias_count == l->alias_room) {
		size_t room = l->alias_room ? l->alias_room * 2 : FIRST_ROOM;
		struct alias *more = arena_array(l->mem, room, sizeof(*more));

		if (l->alias_room)
			memcpy(more, l->aliases, l->alias_room * sizeof(*more));
		l->p->aliases = l->aliases = more;
		l->alias_room = room;
	}
	return &l->aliases[l->p->alias_count++];
}

uint32_t
alias_number(struct load *l, const char *text)
{
	static const enum alias_kind kinds[] = {
		[FORM_ANY] = ALIAS_ANY,
		[FORM_TAG] = ALIAS_TAG,
		[FORM_GROUP] = ALIAS_GROUP,
		[FORM_AUTOGROUP] = ALIAS_MEMBER,
		[FORM_DOMAIN] = ALIAS_DOMAIN,
		[FORM_IPSET] = ALIAS_IPSET,
		[FORM_SERVICE] = ALIAS_SERVICE,
		[FORM_USER] = ALIAS_USER,
		[FORM_HOST] = ALIAS_HOST,
		[FORM_ADDRESS] = ALIAS_ADDRESS,
	};
	size_t number =
		names_find(l->p->names, SCOPE_ALIAS, text, strlen(text));
	enum alias_form form = alias_form(l, text);
	struct alias *a;

	if (number != SIZE_MAX)
		return (uint32_t)number;
	number = l->p->alias_count;
	a = add_alias(l);
	a->kind = kinds[form];
	a->role = POLICY_ROLES;
	a->text = arena_strdup(l->mem, text);
	fill(l, form, a);
	(void)names_put(
		l->p->names, SCOPE_ALIAS, a->text, strlen(a->text), number);
	return (uint32_t)number;
}

enum err
alias_list_load(struct load *l, const struct hujson_value *list,
	list_check *check, const void *with, struct alias_list *out)
{
	uint32_t *at = arena_array(l->mem, load_count(list) + 1, sizeof(*at));
	enum err e = ERR_OK;

	*out = (struct alias_list){ at, load_count(list) };
	for (const struct hujson_value *v = load_first(list); !e && v;
		v = load_next(l, list, v)) {
		e = check(l, v, with);
		if (!e)
			*at++ = alias_number(l, v->text);
	}
	return e;
}
