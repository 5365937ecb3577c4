#include "fcgi/health_nav.h"

#include "fcgi/frame.h"

void
health_nav(struct request *r, enum health_place here)
{
	static const struct frame_place places[HEALTH_PLACES] = {
		[HEALTH_CHECKS] = { "/admin/health", "Health" },
		[HEALTH_LOGS] = { "/admin/logs", "Logs" },
	};

	frame_section(r, "Health", places, HEALTH_PLACES, here);
}
