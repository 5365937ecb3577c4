/*
 * provider_form.h: the form of a provider, on a page of its own for each and
 * for a new one (spec/pages.md 13).
 */
#ifndef FCGI_PROVIDER_FORM_H
#define FCGI_PROVIDER_FORM_H

#include "fcgi/form.h"
#include "tailnet/provider_ask.h"

#define SIGN_IN_HERE      "/admin/settings/sign-in"
#define SIGN_IN_PROVIDERS SIGN_IN_HERE "/providers"

/* One form of a provider. */
struct editing {
	struct request *r;
	struct provider stored; /* id 0: there is none yet */
	const char *path;
	struct form form;
	bool tested;
	struct provider_trial trial;
};

void provider_form_make(struct editing *e);
/* What was typed, as a row; its secret is the one that is stored. */
struct provider provider_form_typed(const struct editing *e);
/* Shown as it was made or sent; and what is done with what was sent: saved, or
 * tried with nothing stored. */
enum err provider_form_page(struct editing *e);
enum err provider_form_act(struct editing *e);

#endif
