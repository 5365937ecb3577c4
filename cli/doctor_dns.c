/* What is set for names, and leaves machines without answers. */
#include "cli/doctor.h"
#include "tailnet/dnswarn.h"

void
doctor_dns(struct doctor *d)
{
	struct json_texts warnings;
	enum err e = dns_warnings(d->c->db, &d->settings, d->c->mem, &warnings);

	if (e)
		doctor_warn(d, "try again", "dns: %s", err_words(e));
	for (size_t i = 0; !e && i < warnings.count; i++)
		doctor_warn(d,
			"see the page DNS, or 'cairn dns get' and "
			"'cairn dns lookup'",
			"dns: %s", warnings.at[i]);
	if (!e && !warnings.count)
		doctor_ok(d, "dns: what is set can be answered");
}
