/* What the form of a provider shows and does. */
#include <inttypes.h>
#include <string.h>

#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/oidc_ask.h"
#include "fcgi/prove.h"
#include "fcgi/provider_form.h"
#include "fcgi/settings_sections.h"
#include "tailnet/secrets.h"

static void
show_test(struct editing *e)
{
	const struct provider_trial *t = &e->trial;
	struct request *r = e->r;

	html_begin(r, "section", "id", "test", "tabindex", "-1", "data-result",
		t->trouble ? "error" : "ok");
	html_element(r, "h3",
		t->trouble ? "It does not work" : "The provider answers");
	html_begin(r, "dl");
	html_fact(r, "discovery", "Discovery",
		t->d.issuer ? t->d.authorization : t->trouble);
	html_fact(r, "keys", "Keys",
		t->trouble
			? t->trouble
			: arena_printf(r->mem, "%zu for signatures", t->keys));
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
		form_field(&e->form, e->form.fields[i].name);
	form_button(&e->form, "Save", "save");
	form_button(&e->form, "plain:Test", "test");
	form_close(&e->form);
}

enum err
provider_form_page(struct editing *e)
{
	struct request *r = e->r;

	settings_begin(
		r, settings_section_named("sign-in"), form_refused(&e->form));
	html_element(r, "h3", e->stored.id ? e->stored.name : "Add a provider");
	if (e->tested)
		show_test(e);
	html_begin(r, "p");
	html_text(r, "Redirect address, to be entered at the provider: ");
	html_element(r, "code", oidc_redirect(r->mem, r->settings));
	html_end(r);
	show_form(e);
	if (e->stored.id) {
		html_begin(r, "p");
		html_link(r,
			arena_printf(r->mem,
				SIGN_IN_PROVIDERS "/%" PRId64 "/delete",
				e->stored.id),
			"Delete this provider");
		html_end(r);
	}
	html_begin(r, "p");
	html_link(r, SIGN_IN_HERE, "All providers");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

/* ---- what is done ---- */

/* Asked as it is typed; what is stored stays as it is. */
static void
test(struct editing *e)
{
	struct provider p = provider_form_typed(e);
	struct oidc_ask ask;

	e->tested = true;
	if (oidc_ask_begin(e->r, &p, &ask)) {
		e->trial = (struct provider_trial){
			.trouble = "others wait for providers just now: try "
				   "again"
		};
		return;
	}
	provider_try(p.issuer, OIDC_MS, e->r->mem, &e->trial);
	oidc_ask_end(&ask);
}

static enum err
put(struct editing *e, const struct provider_change *c, const char **field,
	const char **why)
{
	struct request *r = e->r;
	int64_t id;
	enum err err = db_begin(r->db);

	*field = *why = NULL;
	if (!err)
		err = provider_put_in(r->db, c, r->mem, &id, field, why);
	return db_end(r->db, err);
}

static bool
blame(struct editing *e, const char *field, const char *why)
{
	if (!field || !why)
		return false;
	form_complain(&e->form, arena_printf(e->r->mem, "oidc_%s", field), why);
	return true;
}

static enum err
save(struct editing *e)
{
	struct request *r = e->r;
	const char *secret = form_get(&e->form, "oidc_client_secret");
	struct provider_change c = { .provider = provider_form_typed(e),
		.secret = *secret ? secret : NULL,
		.actor = prove_actor_text(r),
		.now = r->now };
	const char *field, *why;
	struct secret seal;
	enum err err = secret_current(r->db, r->home, "seal", &seal);

	c.seal = &seal;
	if (!err)
		err = put(e, &c, &field, &why);
	secret_wipe(&seal);
	if (err && blame(e, field, why))
		return provider_form_page(e);
	return err ? err : form_done(r, SIGN_IN_HERE, "settings-saved", 0);
}

enum err
provider_form_act(struct editing *e)
{
	const char *does = fields_one(e->r, "do");
	bool tests = does && strcmp(does, "test") == 0;

	if (does && !tests && strcmp(does, "save") != 0) {
		e->r->why = "the form says neither save nor test in its field "
			    "do";
		return ERR_BAD_INPUT;
	}
	provider_form_make(e);
	if (!form_take(&e->form))
		return provider_form_page(e);
	if (tests) {
		test(e);
		return provider_form_page(e);
	}
	return save(e);
}
