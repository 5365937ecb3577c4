#include "fcgi/reached.h"

#include <string.h>

#include "base/ip.h"
#include "fcgi/html.h"
#include "tailnet/settings.h"

bool
reached_by_itself_alone(struct request *r)
{
	const char *host;
	int64_t port;
	bool https;
	struct ip ip;

	settings_url_parts(r->settings, r->mem, &host, &port, &https);
	return strcmp(host, "localhost") == 0 ||
	       (!ip_parse(host, &ip) && ip_is_loopback(&ip));
}

void
show_whether_reached(struct request *r)
{
	if (!reached_by_itself_alone(r))
		return;
	html_begin(r, "p", "id", "only-here", "class", "note", "data-level",
		"warn");
	html_textf(r,
		"Only the machine that the server runs on reaches it at %s. ",
		r->settings->url);
	if (r->who.can & CAN_SETTINGS) {
		html_text(r, "Before others connect, give it an address that "
			     "they reach, in the ");
		html_link(
			r, "/admin/settings/server", "settings of the server");
		html_text(r, ".");
	} else {
		html_text(r, "Before others connect, ask an admin to give it "
			     "an address that they reach.");
	}
	html_end(r);
}
