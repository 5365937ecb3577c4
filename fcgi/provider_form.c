#include "fcgi/provider_form.h"

#include <inttypes.h>
#include <string.h>

enum {
	AT_SECRET = 3,
};

static const struct field stored_fields[] = {
	{ "oidc_name", "Name of the provider",
		.hint = "As it stands on the button: Continue with …",
		.max = PROVIDER_NAME_MAX, .flags = FIELD_REQUIRED },
	{ "oidc_issuer", "Issuer",
		.hint = "Exactly as the provider calls itself, like "
			"https://login.example.org/realms/home",
		.max = PROVIDER_URL_MAX, .flags = FIELD_REQUIRED | FIELD_MONO },
	{ "oidc_client_id", "Client id", .max = PROVIDER_ID_MAX,
		.flags = FIELD_REQUIRED | FIELD_MONO },
	{ "oidc_client_secret", "Client secret",
		.hint = "Empty: the one that is stored stays.",
		.kind = FIELD_PASSWORD, .max = PROVIDER_SECRET_MAX,
		.autocomplete = "off" },
	{ "oidc_scopes", "Scopes",
		.hint = "With offline_access, groups are refreshed each hour.",
		.max = PROVIDER_ID_MAX, .flags = FIELD_MONO },
	{ "oidc_domains", "Domains that are let in",
		.hint = "One a line, of verified addresses. Empty: any.",
		.kind = FIELD_LINES, .max = 2048 },
	{ "oidc_users", "Users that are let in",
		.hint = "An e-mail address a line. Empty: any.",
		.kind = FIELD_LINES, .max = 2048 },
	{ "oidc_groups", "Groups that are let in",
		.hint = "One a line, as the provider calls them. Empty: any.",
		.kind = FIELD_LINES, .max = 2048 },
	{ "oidc_group_claim", "Claim with the groups",
		.hint = "A name, or a path like realm_access.roles.",
		.max = PROVIDER_CLAIM_MAX, .flags = FIELD_MONO },
	{ "oidc_group_domain", "Domain of the groups in the policy",
		.hint = "There, dev is written group:dev@DOMAIN. Empty: the "
			"issuer's host.",
		.max = 253, .flags = FIELD_MONO },
	{ "oidc_role_claim", "Claim with the role",
		.hint = "Empty: roles are given here. Nobody becomes an owner "
			"by it.",
		.max = PROVIDER_CLAIM_MAX, .flags = FIELD_MONO },
	{ "oidc_roles", "What its values mean",
		.hint = "Lines like: it-team = it-admin. Empty: the values "
			"are roles.",
		.kind = FIELD_LINES, .max = 2048 },
	{ "oidc_links",
		"A member with the same verified address is the same "
		"person",
		.hint = "Who has a role links the account by hand.",
		.kind = FIELD_BOX },
	{ "oidc_key_expiry",
		"Machines expire with the token they were added "
		"by",
		.kind = FIELD_BOX },
};

static void
put_provider(struct form *f, const struct provider *p)
{
	form_put(f, "oidc_name", p->name);
	form_put(f, "oidc_issuer", p->issuer);
	form_put(f, "oidc_client_id", p->client_id);
	form_put(f, "oidc_scopes", p->scopes);
	form_put(f, "oidc_domains", p->domains);
	form_put(f, "oidc_users", p->users);
	form_put(f, "oidc_groups", p->groups);
	form_put(f, "oidc_group_claim", p->group_claim);
	form_put(f, "oidc_group_domain", p->group_domain);
	form_put(f, "oidc_role_claim", p->role_claim);
	form_put(f, "oidc_roles", p->roles);
	form_put_box(f, "oidc_links", p->links);
	form_put_box(f, "oidc_key_expiry", p->key_expiry);
}

/* There is none to keep of a new one. */
static const struct field *
fields_of(struct request *r, bool stored)
{
	struct field *fields = arena_alloc(r->mem, sizeof(stored_fields));

	memcpy(fields, stored_fields, sizeof(stored_fields));
	if (!stored)
		fields[AT_SECRET].hint = "Empty: a public client, without one.";
	return fields;
}

void
provider_form_make(struct editing *e)
{
	struct request *r = e->r;

	form_init(r, &e->form, "provider", e->path,
		fields_of(r, e->stored.id != 0),
		sizeof(stored_fields) / sizeof(stored_fields[0]));
	if (e->stored.id)
		put_provider(&e->form, &e->stored);
	else
		put_provider(&e->form, &(struct provider){ .name = "",
					       .issuer = "",
					       .client_id = "",
					       .scopes = "openid profile email",
					       .domains = "",
					       .users = "",
					       .groups = "",
					       .group_claim = "groups",
					       .group_domain = "",
					       .role_claim = "",
					       .roles = "" });
	if (e->stored.id)
		form_edits(&e->form, arena_printf(r->mem, "provider:%" PRId64,
					     e->stored.id));
}

struct provider
provider_form_typed(const struct editing *e)
{
	const struct form *f = &e->form;

	return (struct provider){ .id = e->stored.id,
		.name = form_get(f, "oidc_name"),
		.issuer = form_get(f, "oidc_issuer"),
		.client_id = form_get(f, "oidc_client_id"),
		.secret = e->stored.secret,
		.scopes = form_get(f, "oidc_scopes"),
		.domains = form_get(f, "oidc_domains"),
		.users = form_get(f, "oidc_users"),
		.groups = form_get(f, "oidc_groups"),
		.group_claim = form_get(f, "oidc_group_claim"),
		.group_domain = form_get(f, "oidc_group_domain"),
		.role_claim = form_get(f, "oidc_role_claim"),
		.roles = form_get(f, "oidc_roles"),
		.links = form_box(f, "oidc_links"),
		.key_expiry = form_box(f, "oidc_key_expiry") };
}
