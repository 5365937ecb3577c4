#include "fcgi/setup_check.h"

#include <string.h>

#include "base/domain.h"
#include "fcgi/request.h"
#include "tailnet/settings_text.h"
#include "tailnet/user.h"

static void
blame_org(struct form *f)
{
	if (*form_get(f, "org"))
		form_complain(f, "org", FORM_ODD_TEXT);
	else
		form_error(f, "org", "required");
}

bool
setup_blame(struct form *f, enum err e, const char *setting)
{
	struct request *r = f->r;
	const char *host;
	int64_t port;
	bool https;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	if (e == ERR_BAD_NAME)
		form_error(f, "name", "user-name");
	else if (e == ERR_EMAIL_TAKEN)
		form_complain(f, "email",
			"Somebody else has this address, or is called so.");
	else if (e == ERR_BAD_EMAIL)
		form_error(f, "email", "email");
	else if (e == ERR_PASSWORD)
		form_error(f, "password", "password-short");
	else if (e == ERR_BAD_INPUT && setting &&
		 strcmp(setting, "tailnet_name") == 0)
		blame_org(f);
	else if (e == ERR_DOMAIN_SERVER)
		form_error(f, "base_domain", "domain-server", "host", host);
	else if (e == ERR_BAD_INPUT)
		form_no_domain(f, "base_domain");
	else
		return false;
	return true;
}

/* "" for what is said already, or is not there. */
static const char *
unsaid(const struct form *f, const char *field)
{
	return form_blames(f, field) ? "" : form_get(f, field);
}

static enum err
check_setting(struct form *f, const char *setting, const char **value)
{
	const char *why;

	return **value ? settings_check_text(
				 f->r->mem, setting_row(setting), value, &why)
		       : ERR_OK;
}

static enum err
check_domain(struct form *f)
{
	const char *domain = unsaid(f, "base_domain"), *host;
	enum err e = check_setting(f, "dns_domain", &domain);
	int64_t port;
	bool https;

	settings_url_parts(f->r->settings, f->r->mem, &host, &port, &https);
	return !e && *domain && domain_holds(domain, host) ? ERR_DOMAIN_SERVER
							   : e;
}

void
setup_check(struct form *f)
{
	const char *name = unsaid(f, "name"), *email = unsaid(f, "email"),
		   *org = unsaid(f, "org");

	if (f->r->stale) /* all of it is to be sent again */
		return;
	if (*name && !user_name_is_valid(name))
		setup_blame(f, ERR_BAD_NAME, NULL);
	if (*email && !email_is_valid(email))
		setup_blame(f, ERR_BAD_EMAIL, NULL);
	setup_blame(f, check_setting(f, "tailnet_name", &org), "tailnet_name");
	setup_blame(f, check_domain(f), "dns_domain");
}
