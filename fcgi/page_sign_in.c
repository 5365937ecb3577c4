/*
 * page_sign_in.c: settings, section Sign-in: the providers that vouch for
 * people, each with a page of its own (page_provider.c), above the switches,
 * which are fields of the section (settings_sections.c).
 */
#include <inttypes.h>

#include "fcgi/html.h"
#include "fcgi/kept.h"
#include "fcgi/pages_people.h"
#include "fcgi/provider_form.h"

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
	html_link(
		r, arena_printf(r->mem, SIGN_IN_PROVIDERS "/%s", id), p->name);
	html_end(r);
	show_cell(r, "issuer", "Issuer", p->issuer);
	show_cell(r, "state", "State",
		*p->error         ? p->error
		: p->discovery_at ? "Answered"
				  : "Not asked yet");
	html_end(r);
}

static void
show_table(struct request *r, const struct provider *rows, size_t count)
{
	static const char *const heads[] = { "Name", "Issuer", "State" };

	html_begin(r, "table", "id", "providers", "class", "list");
	html_heads(r, heads, sizeof(heads) / sizeof(heads[0]));
	html_begin(r, "tbody");
	for (size_t i = 0; i < count; i++)
		show_row(r, &rows[i]);
	html_end(r);
	html_end(r);
}

enum err
sign_in_above(struct request *r)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	if (e)
		return e;
	html_element(r, "h3", "Providers");
	if (count)
		show_table(r, rows, count);
	else
		html_element(r, "p",
			"None: people sign in with a password of here. Any "
			"OpenID provider will do, such as Keycloak, Authentik, "
			"Entra or Google.");
	if (r->who.can & CAN_SETTINGS) {
		html_begin(r, "p");
		html_link(r, SIGN_IN_PROVIDERS "/new", "Add a provider");
		html_end(r);
	}
	html_element(r, "h3", "Rules");
	return ERR_OK;
}

/* Whoever can name people to this server is every one of them. */
enum err
sign_in_ask(struct request *r, struct form *f, bool *asked)
{
	*asked = form_box(f, "remote_user") && !r->settings->remote_user;
	if (!*asked)
		return ERR_OK;
	return kept_confirm(r,
		&(struct confirm){ .question = "Let nginx vouch for people?",
			.effects = {
				"Whoever a request names in REMOTE_USER signs "
				"in as that user, owners too, without a "
				"password or code of here.",
				"So nginx alone may set it, by fastcgi_param "
				"behind a check of its own (auth_request, or "
				"certificates of clients). Where it passes on "
				"what a client wrote, anybody is anybody.",
				"Whether it is right: signed out, with no name "
				"given, the page of signing in offers nobody.",
			},
			.section = SECTION_SETTINGS,
		.button = "Let it",
			.cancel = SIGN_IN_HERE });
}
