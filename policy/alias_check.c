#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "policy/load.h"

enum {
	USER_AT = 7, /* of "user:*@" */
};

enum err
alias_check_domain(struct load *l, const struct hujson_value *v,
	const char *domain, const char *before)
{
	if (list_has(l->domains, domain))
		return ERR_OK;
	return load_fail(l, v->at,
		"%s%s is not associated with this Tailnet and cannot be used "
		"in user:*@<domain> expressions",
		before, domain);
}

bool
alias_is_synced(const struct load *l, const char *text)
{
	const char *at = strrchr(text, '@');

	for (size_t i = 0; at && i < l->domains->count; i++)
		if (text_starts(l->domains->at[i], "group:@") &&
			strcmp(l->domains->at[i] + strlen("group:"), at) == 0)
			return true;
	return false;
}

static enum err
check_tag(struct load *l, const struct hujson_value *v, const char *text,
	enum side side)
{
	if (policy_has_tag(l->p, text))
		return ERR_OK;
	if (side == SIDE_SRC)
		return load_fail(l, v->at, "src=tag not found: \"%s\"", text);
	if (side == SIDE_DST)
		return load_fail(l, v->at, "dst=\"%s\": tag not found: \"%s\"",
			text, text);
	return load_fail(l, v->at, "tag not found: \"%s\"", text);
}

static enum err
check_autogroup(struct load *l, const struct hujson_value *v, const char *text,
	enum side side)
{
	const struct autogroup *a = autogroup_find(text);
	bool nonroot = strcmp(text, "autogroup:nonroot") == 0;

	if (!a && !nonroot)
		return load_fail(l, v->at, "unknown autogroup: \"%s\"", text);
	if (nonroot || (a->kind == ALIAS_SHARED && side == SIDE_DST))
		return load_fail(l, v->at, "\"%s\" not valid %s", text,
			side == SIDE_DST ? "on the dst side of a rule"
					 : "here");
	return ERR_OK;
}

static enum err
no_address(struct load *l, const struct hujson_value *v, const char *text)
{
	return load_fail(l, v->at, "\"%s\": invalid address", text);
}

static enum err
check_ipset(struct load *l, const struct hujson_value *v, const char *text,
	enum side side)
{
	if (side != SIDE_SRC && side != SIDE_DST)
		return no_address(l, v, text);
	if (load_find(l, SCOPE_IPSET, text) == SIZE_MAX)
		return load_fail(l, v->at, "ipset not found: \"%s\"", text);
	return ERR_OK;
}

static enum err
check_service(struct load *l, const struct hujson_value *v, const char *text,
	enum side side)
{
	if (side == SIDE_SRC)
		return load_fail(l, v->at,
			"\"%s\" not valid on the src side of a rule", text);
	if (side != SIDE_DST)
		return no_address(l, v, text);
	if (!service_is_named(text))
		return load_fail(l, v->at, "service not found: \"%s\"", text);
	return ERR_OK;
}

enum err
alias_check(struct load *l, const struct hujson_value *v, const char *text,
	enum side side)
{
	switch (alias_form(l, text)) {
	case FORM_TAG:
		return check_tag(l, v, text, side);
	case FORM_GROUP:
		if (load_find(l, SCOPE_GROUP, text) != SIZE_MAX ||
			alias_is_synced(l, text))
			return ERR_OK;
		return load_fail(l, v->at, "group not found: \"%s\"", text);
	case FORM_AUTOGROUP:
		return check_autogroup(l, v, text, side);
	case FORM_DOMAIN:
		return alias_check_domain(
			l, v, text + USER_AT, side == SIDE_SSH ? "[ssh] " : "");
	case FORM_IPSET:
		return check_ipset(l, v, text, side);
	case FORM_SERVICE:
		return check_service(l, v, text, side);
	case FORM_NONE:
		return no_address(l, v, text);
	default:
		return ERR_OK;
	}
}

enum err
alias_check_source(
	struct load *l, const struct hujson_value *v, const void *with)
{
	static const char *const refused[] = { "autogroup:self",
		"autogroup:internet", "autogroup:nonroot" };

	(void)with;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(v->text, refused[i]) == 0)
			return load_fail(l, v->at,
				"\"%s\" not valid on the src side of a rule",
				v->text);
	return alias_check(l, v, v->text, SIDE_SRC);
}

enum err
alias_check_person(
	struct load *l, const struct hujson_value *v, const void *with)
{
	if (!alias_is_people(v->text) ||
		strcmp(v->text, "autogroup:shared") == 0)
		return load_fail(l, v->at, "%s: \"%s\" is not valid",
			(const char *)with, v->text);
	return alias_check(l, v, v->text, SIDE_NONE);
}

static bool
may_reach_self(const char *text, bool any_allowed)
{
	const struct autogroup *a = autogroup_find(text);

	if (a)
		return a->kind == ALIAS_MEMBER || a->kind == ALIAS_ROLE;
	return (any_allowed && strcmp(text, "*") == 0) ||
	       text_starts(text, "group:") || strchr(text, '@');
}

enum err
alias_check_self(
	struct load *l, const struct hujson_value *sources, bool any_allowed)
{
	for (const struct hujson_value *v = load_first(sources); v;
		v = load_next(l, sources, v))
		if (!may_reach_self(v->text, any_allowed))
			return load_fail(l, v->at,
				"autogroup:self can only be used with users, "
				"groups, or supported autogroups");
	return ERR_OK;
}
