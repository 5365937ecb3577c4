#include "fcgi/setup_name.h"

#include <string.h>

#include "db/audit.h"
#include "tailnet/user.h"

/* "ann" of "ann" and of "root (sudo by ann)". */
static const char *
login_of(struct arena *mem, const char *from)
{
	static const char by[] = " (sudo by ";
	const char *sudo = strstr(from, by);

	if (!sudo)
		return from;
	sudo += strlen(by);
	return arena_printf(mem, "%.*s", (int)strcspn(sudo, ")"), sudo);
}

const char *
setup_name(struct request *r)
{
	struct audit a = { .address = NULL };
	const char *login = "";

	if (!db_audit_last(r->db, "link:0", "setup.link_made", r->mem, &a) &&
		a.address)
		login = login_of(r->mem, a.address);
	return user_name_is_valid(login) && strcmp(login, "root") != 0
		       ? login
		       : "admin";
}
