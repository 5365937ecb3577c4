#include "cli/origin.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
name_of(struct arena *mem, uid_t uid)
{
	const struct passwd *p = getpwuid(uid);

	return p && *p->pw_name
		       ? arena_strdup(mem, p->pw_name)
		       : arena_printf(mem, "uid %lu", (unsigned long)uid);
}

const char *
origin_words(struct arena *mem, uid_t real, const char *sudo)
{
	const char *name = name_of(mem, real);

	if (!sudo || !*sudo || strcmp(sudo, name) == 0 || !getpwnam(sudo))
		return name;
	return arena_printf(mem, "%s (sudo by %s)", name, sudo);
}

const struct audit_origin *
origin_of_process(struct arena *mem)
{
	struct audit_origin *o = arena_array(mem, 1, sizeof(*o));

	o->address = origin_words(mem, getuid(), getenv("SUDO_USER"));
	return o;
}
