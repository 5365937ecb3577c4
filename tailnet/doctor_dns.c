/* What is set for names, and leaves machines without answers. */
#include "tailnet/dnswarn.h"
#include "tailnet/doctor.h"

void
doctor_dns(struct doctor *d)
{
	struct json_texts warnings;
	enum err e = dns_warnings(d->db, &d->settings, d->mem, &warnings);

	if (e)
		doctor_warn(
			d, HEALTH_DNS, "try again", "dns: %s", err_words(e));
	for (size_t i = 0; !e && i < warnings.count; i++)
		doctor_warn(d, HEALTH_DNS,
			"see the page DNS, or 'cairn dns get' and "
			"'cairn dns lookup'",
			"dns: %s", warnings.at[i]);
	if (!e && !warnings.count)
		doctor_ok(d, HEALTH_DNS, "dns: what is set can be answered");
}
