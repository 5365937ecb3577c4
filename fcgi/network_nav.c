#include "fcgi/network_nav.h"

#include "fcgi/frame.h"

void
network_nav(struct request *r, enum network_pages here)
{
	static const struct frame_place pages[] = {
		[NETWORK_ROUTES] = { "/admin/routes", "Routes" },
		[NETWORK_PICTURE] = { "/admin/network", "Picture" },
	};

	frame_section(
		r, "Network", pages, sizeof(pages) / sizeof(pages[0]), here);
}
