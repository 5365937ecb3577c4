/*
 * page_sign_in.c: settings, section Sign-in: who vouches for people, and
 * whether passwords do (spec/pages.md 13).
 *
 * The section's own form has the first provider; further ones have pages of
 * their own, with the same fields.  "Test" asks the provider that was typed,
 * and stores nothing.
 */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/gate.h"
#include "fcgi/gone.h"
#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/oidc_ask.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/settings_sections.h"
#include "proto/jwt.h"

#define HERE      "/admin/settings/sign-in"
#define PROVIDERS HERE "/providers"

enum {
	PROVIDER_FIELDS = 14,
	ALL_FIELDS = 16, /* with those that are settings */
};

static const struct field fields[ALL_FIELDS] = {
	{ "oidc_name", "Name of the provider",
		.hint = "As it stands on the button: Continue with …",
		.max = PROVIDER_NAME_MAX },
	{ "oidc_issuer", "Issuer",
		.hint = "Exactly as the provider calls itself, like "
			"https://login.example.org/realms/home",
		.max = PROVIDER_URL_MAX, .flags = FIELD_MONO },
	{ "oidc_client_id", "Client id", .max = PROVIDER_ID_MAX,
		.flags = FIELD_MONO },
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
	{ "password_sign_in", "People may sign in with a password",
		.hint = "Off only when an owner has signed in by a provider.",
		.kind = FIELD_BOX },
	{ "require_second_factor",
		"Whoever is more than a member needs a second factor",
		.hint = "Who has none sets it up after signing in, before any "
			"page of the admin site.",
		.kind = FIELD_BOX },
};

/* One form of a provider. */
struct editing {
	struct request *r;
	struct provider stored; /* id 0: there is none yet */
	bool whole;             /* the section, with the settings */
	const char *path;
	struct form form;
	const char *tested; /* NULL: it was not */
	struct oidc_ask ask;
};

static bool
has_factor(void)
{
	return setting_row("require_second_factor") != NULL;
}

static bool
setting_is_on(struct request *r, const char *name)
{
	const struct setting_row *row = setting_row(name);

	return row && *(const bool *)((const char *)r->settings + row->offset);
}

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

static void
make_form(struct editing *e)
{
	struct request *r = e->r;
	size_t count = !e->whole      ? PROVIDER_FIELDS
		       : has_factor() ? ALL_FIELDS
				      : ALL_FIELDS - 1;

	form_init(r, &e->form, e->whole ? "settings-sign-in" : "provider",
		e->path, fields, count);
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
	if (e->whole) {
		form_put_box(&e->form, "password_sign_in",
			r->settings->password_sign_in);
		if (has_factor())
			form_put_box(&e->form, "require_second_factor",
				setting_is_on(r, "require_second_factor"));
	}
	form_edits(&e->form, e->stored.id
				     ? arena_printf(r->mem, "provider:%" PRId64,
					       e->stored.id)
				     : "setting:password_sign_in");
}

static struct provider
typed(const struct editing *e)
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

/* ---- what is shown ---- */

static void
show_cell(
	struct request *r, const char *col, const char *label, const char *text)
{
	html_begin(r, "td", "data-col", col, "data-label", label);
	html_text(r, text);
	html_end(r);
}

static void
show_row(struct request *r, const struct provider *p)
{
	const char *id = arena_printf(r->mem, "%" PRId64, p->id);

	html_begin(r, "tr", "id", arena_printf(r->mem, "provider-%s", id),
		"data-id", id);
	html_begin(r, "th", "scope", "row", "data-col", "name");
	html_link(r, arena_printf(r->mem, PROVIDERS "/%s", id), p->name);
	html_end(r);
	show_cell(r, "issuer", "Issuer", p->issuer);
	show_cell(r, "state", "State",
		*p->error         ? p->error
		: p->discovery_at ? "Answered"
				  : "Not asked yet");
	html_end(r);
}

static enum err
show_providers(struct request *r)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	if (e || !count)
		return e;
	html_element(r, "h3", "Providers");
	html_begin(r, "table", "id", "providers");
	html_begin(r, "thead");
	html_begin(r, "tr");
	html_element(r, "th", "Name");
	html_element(r, "th", "Issuer");
	html_element(r, "th", "State");
	html_end(r);
	html_end(r);
	html_begin(r, "tbody");
	for (size_t i = 0; i < count; i++)
		show_row(r, &rows[i]);
	html_end(r);
	html_end(r);
	if (!(r->who.can & CAN_SETTINGS))
		return ERR_OK;
	html_begin(r, "p");
	html_link(r, PROVIDERS "/new", "Add another provider");
	html_end(r);
	return ERR_OK;
}

static void
show_test(struct editing *e)
{
	struct request *r = e->r;
	bool good = strcmp(e->tested, "ok") == 0;

	html_begin(r, "section", "id", "test", "tabindex", "-1", "data-result",
		good ? "ok" : "error");
	html_element(
		r, "h3", good ? "The provider answers" : "It does not work");
	html_begin(r, "dl");
	html_fact(r, "discovery", "Discovery",
		e->ask.d.issuer ? e->ask.d.authorization : e->tested);
	html_fact(r, "keys", "Keys",
		good ? arena_printf(r->mem, "%zu for signatures",
			       jwt_keys_count(r->mem, e->ask.p->keys))
		     : e->tested);
	html_fact(r, "redirect", "Redirect address, to be entered there",
		oidc_redirect(r->mem, r->settings));
	html_end(r);
	html_end(r);
}

static void
show_form(struct editing *e)
{
	form_open(&e->form);
	for (size_t i = 0; i < e->form.count; i++)
		form_field(&e->form, fields[i].name);
	form_button(&e->form, "Save", "save");
	form_button(&e->form, "plain:Test", "test");
	form_close(&e->form);
}

static enum err
show(struct editing *e)
{
	struct request *r = e->r;
	enum err err = ERR_OK;

	settings_begin(
		r, settings_section_named("sign-in"), form_refused(&e->form));
	if (e->tested)
		show_test(e);
	if (r->who.can & CAN_SETTINGS)
		show_form(e);
	html_begin(r, "p");
	html_text(r, "Redirect address, to be entered at the provider: ");
	html_element(r, "code", oidc_redirect(r->mem, r->settings));
	html_end(r);
	if (e->whole)
		err = show_providers(r);
	if (e->stored.id && (r->who.can & CAN_SETTINGS)) {
		html_begin(r, "p");
		html_link(r,
			arena_printf(r->mem, PROVIDERS "/%" PRId64 "/delete",
				e->stored.id),
			"Delete this provider");
		html_end(r);
	}
	frame_end(r);
	return err;
}

/* ---- what is done ---- */

/* Asked as it is typed; what is stored stays as it is. */
static void
test(struct editing *e)
{
	struct request *r = e->r;
	struct provider *p = arena_array(r->mem, 1, sizeof(*p));

	*p = typed(e);
	p->id = 0;
	p->discovery = p->error = p->keys = "";
	gate_aside(r);
	if (oidc_ask_begin(r, p, &e->ask)) {
		e->tested = "others wait for providers just now: try again";
	} else {
		if (oidc_ask_discovery(&e->ask))
			(void)oidc_ask_keys(&e->ask);
		e->tested = e->ask.away ? e->ask.away : "ok";
		oidc_ask_end(&e->ask);
	}
	gate_again(r);
}

static enum err
put_all(struct editing *e, const struct provider_change *c, const char **field,
	const char **why)
{
	struct request *r = e->r;
	const struct setting_value values[] = {
		{ "password_sign_in", form_box(&e->form, "password_sign_in")
					      ? "true"
					      : "false" },
		{ "require_second_factor",
			form_box(&e->form, "require_second_factor") ? "true"
								    : "false" },
	};
	int64_t id;
	enum err err = db_begin(r->db);

	*field = *why = NULL;
	if (!err && (*c->provider.issuer || e->stored.id))
		err = provider_put_in(r->db, c, r->mem, &id, field, why);
	if (!err && e->whole)
		err = settings_put_in(r->db, values, has_factor() ? 2 : 1,
			c->actor, c->now, r->mem, field, why);
	return db_end(r->db, err);
}

static bool
blame(struct editing *e, enum err err, const char *field, const char *why)
{
	const char *name;

	if (err == ERR_LAST_PROVIDER) {
		form_complain(&e->form, "password_sign_in",
			"Somebody must be able to come in: an owner signs in "
			"by the provider first, then passwords can be off.");
		return true;
	}
	if (!field || !why)
		return false;
	name = arena_printf(e->r->mem, "oidc_%s", field);
	form_complain(&e->form, name, why);
	return true;
}

static enum err
save(struct editing *e)
{
	struct request *r = e->r;
	const char *secret = form_get(&e->form, "oidc_client_secret");
	struct provider_change c = { .provider = typed(e),
		.secret = *secret ? secret : NULL,
		.actor = prove_actor_text(r),
		.now = r->now };
	const char *field, *why;
	struct secret seal;
	enum err err = secret_read(r->home, "seal", &seal);

	c.seal = &seal;
	if (!err)
		err = put_all(e, &c, &field, &why);
	secret_wipe(&seal);
	if (err && blame(e, err, field, why))
		return show(e);
	return err ? err : form_done(r, HERE, "settings-saved", 0);
}

static enum err
act(struct editing *e)
{
	const char *does = fields_one(e->r, "do");

	make_form(e);
	if (!form_take(&e->form))
		return show(e);
	if (!e->whole && !*form_get(&e->form, "oidc_issuer")) {
		form_error(&e->form, "oidc_issuer", "required");
		return show(e);
	}
	if (does && strcmp(does, "test") == 0) {
		test(e);
		return show(e);
	}
	return save(e);
}

/* ---- the addresses ---- */

/* The first of them, or none. */
static enum err
first(struct request *r, struct editing *out)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	*out = (struct editing){ .r = r, .whole = true, .path = HERE };
	if (!e && count)
		out->stored = rows[0];
	return e;
}

enum err
page_sign_in(struct request *r)
{
	struct editing e;
	enum err err = first(r, &e);

	if (err)
		return err;
	make_form(&e);
	return show(&e);
}

enum err
do_sign_in(struct request *r)
{
	struct editing e;
	enum err err = first(r, &e);

	return err ? err : act(&e);
}

static enum err
no_such(struct request *r)
{
	return reply_gone(r, &(struct gone){ .kind = "provider",
				     .id = page_id(r, 0),
				     .event = "provider.deleted",
				     .thing = "provider",
				     .list = HERE,
				     .list_words = "Sign-in" });
}

static enum err
one(struct request *r, struct editing *out)
{
	*out = (struct editing){ .r = r };
	out->path = arena_printf(r->mem, PROVIDERS "/%" PRId64, page_id(r, 0));
	return db_provider_by_id(r->db, page_id(r, 0), r->mem, &out->stored);
}

enum err
page_provider(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	make_form(&e);
	return show(&e);
}

enum err
do_provider(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	return act(&e);
}

enum err
page_provider_new(struct request *r)
{
	struct editing e = { .r = r, .path = PROVIDERS "/new" };

	make_form(&e);
	return show(&e);
}

enum err
do_provider_new(struct request *r)
{
	struct editing e = { .r = r, .path = PROVIDERS "/new" };

	return act(&e);
}

static void
delete_form(struct request *r, struct form *f)
{
	form_init(r, f, "delete",
		arena_printf(
			r->mem, PROVIDERS "/%" PRId64 "/delete", page_id(r, 0)),
		NULL, 0);
}

enum err
page_provider_delete(struct request *r)
{
	struct editing e;
	enum err err = one(r, &e);
	struct form f;

	if (err)
		return err == ERR_NOT_FOUND ? no_such(r) : err;
	delete_form(r, &f);
	frame_begin(r,
		&(struct page){ .name = "provider-delete",
			.h1 = arena_printf(r->mem, "Delete %s?", e.stored.name),
			.section = SECTION_SETTINGS },
		NULL);
	html_element(r, "p",
		"Nobody signs in by it any more, and its groups name nobody in "
		"the policy. Users and their machines stay; sessions go on "
		"until they end.");
	form_show(&f, "danger:Delete");
	html_begin(r, "p");
	html_link(r, HERE, "Cancel");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
do_provider_delete(struct request *r)
{
	enum err e = tailnet_provider_delete(
		r->db, page_id(r, 0), prove_actor_text(r), r->now);

	if (e == ERR_NOT_FOUND)
		return no_such(r);
	return e ? e : form_done(r, HERE, "settings-saved", 0);
}
