#include "fcgi/machines_nav.h"

#include "fcgi/html.h"

void
machines_nav(struct request *r, enum machines_page here)
{
	static const struct {
		const char *href, *words;
	} pages[] = {
		[MACHINES_LIST] = { "/admin/machines", "All machines" },
		[MACHINES_ASKING] = { "/admin/registrations",
			"Asking to join" },
		[MACHINES_CHECKS] = { "/admin/checks", "SSH checks" },
	};

	if (!(r->who.can & CAN_MACHINES))
		return;
	html_begin(r, "nav", "aria-label", "Machines");
	html_begin(r, "ul");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		html_begin(r, "li");
		html_begin(r, "a", "href", pages[i].href);
		if (i == here)
			html_attribute(r, "aria-current", "page");
		html_text(r, pages[i].words);
		html_end(r);
		html_end(r);
	}
	html_end(r);
	html_end(r);
}
