/*
 * page_sign_in.c: settings, section Sign-in: who vouches for people, and
 * whether passwords do (spec/pages.md 13).
 *
 * The section's own form has the first provider; further ones have pages of
 * their own (page_provider.c), with the same fields (provider_form.h).
 */
#include <inttypes.h>

#include "fcgi/html.h"
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

enum err
provider_list_show(struct request *r)
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
	html_link(r, SIGN_IN_PROVIDERS "/new", "Add another provider");
	html_end(r);
	return ERR_OK;
}

/* The first of them, or none. */
static enum err
first(struct request *r, struct editing *out)
{
	struct provider *rows;
	size_t count;
	enum err e = db_providers(r->db, r->mem, &rows, &count);

	*out = (struct editing){ .r = r, .whole = true, .path = SIGN_IN_HERE };
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
	provider_form_make(&e);
	return provider_form_page(&e);
}

enum err
do_sign_in(struct request *r)
{
	struct editing e;
	enum err err = first(r, &e);

	return err ? err : provider_form_act(&e);
}
