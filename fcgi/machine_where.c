#include "fcgi/machine_where.h"

#include <inttypes.h>

#include "base/text.h"
#include "fcgi/router.h"

static const struct machine_where everywhere = { false, "/admin/machines/",
	"/admin/machines", SECTION_MACHINES };
static const struct machine_where own = { true, "/me/machines/", "/me",
	SECTION_ME };

const struct machine_where *
machine_where(const struct request *r)
{
	return text_starts(r->route->path, own.page) ? &own : &everywhere;
}

const char *
machine_path(struct request *r, int64_t id)
{
	return arena_printf(r->mem, "%s%" PRId64, machine_where(r)->page, id);
}
