#include "cli/doctor.h"

void
doctor_url(struct doctor *d, const char *url, bool insecure)
{
	(void)insecure;
	doctor_warn(
		d, "try 'curl URL/key?v=142'", "url: %s is not tried yet", url);
}
