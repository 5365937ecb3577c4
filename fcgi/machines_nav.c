#include "fcgi/machines_nav.h"

#include "fcgi/frame.h"

void
machines_nav(struct request *r, enum machines_page here)
{
	static const struct frame_place pages[] = {
		[MACHINES_LIST] = { "/admin/machines", "All machines" },
		[MACHINES_ASKING] = { "/admin/registrations",
			"Asking to join" },
		[MACHINES_CHECKS] = { "/admin/checks", "SSH checks" },
	};

	if (!(r->who.can & CAN_MACHINES))
		return;
	frame_section(
		r, "Machines", pages, sizeof(pages) / sizeof(pages[0]), here);
}
