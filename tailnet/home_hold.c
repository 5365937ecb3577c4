#include "tailnet/home_hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lock_file.h"
#include "db/db.h"
#include "db/lock.h"

#define STOP_IT                                                                \
	"stop it first ('systemctl stop cairn.target', or Ctrl-C where 'make " \
	"run' runs)"

#define KEEPER_LOCK "keeper.lock"

static const char *
in(const struct home_hold *h, struct arena *mem, const char *name)
{
	return arena_printf(mem, "%s/%s", h->home, name);
}

static enum err
open_file(const char *path, unsigned mode, int *fd, struct arena *mem,
	const char **why)
{
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode);
	if (*fd >= 0)
		return ERR_OK;
	*why = arena_printf(
		mem, "%s cannot be opened: %s", path, strerror(errno));
	return ERR_IO;
}

static enum err
take_keeper(struct home_hold *h, struct arena *mem, const char **why)
{
	const char *path = in(h, mem, KEEPER_LOCK);
	char by[LOCK_FILE_BY] = "";
	enum err e = lock_file_take(path, &h->keeper, by);

	if (e == ERR_BUSY)
		*why = arena_printf(mem,
			"cairn runs there, or is put back there by another "
			"restore (process %s): " STOP_IT,
			by);
	else if (e)
		*why = arena_printf(
			mem, "%s cannot be written: %s", path, strerror(errno));
	return e;
}

static enum err
take_writers(struct home_hold *h, struct arena *mem, const char **why)
{
	enum err e = open_file(
		in(h, mem, "cairn.lock"), 0660, &h->writers, mem, why);

	if (e)
		return e;
	e = lock_take(h->writers, DB_LOCK_WAIT_MS);
	if (e)
		*why = arena_printf(mem,
			"something writes to the database of %s: if it is "
			"cairn, " STOP_IT,
			h->home);
	return e;
}

enum err
home_hold_take(struct home_hold *h, const char *home, struct arena *mem,
	const char **why)
{
	enum err e;

	*h = (struct home_hold){ .home = home, .keeper = -1, .writers = -1 };
	e = take_keeper(h, mem, why);
	return e ? e : take_writers(h, mem, why);
}

enum err
home_hold_alone(const struct home_hold *h, struct arena *mem, const char **why)
{
	pid_t by = 0;

	if (!lock_is_held(in(h, mem, "cairn.db"), &by))
		return ERR_OK;
	*why = arena_printf(mem,
		"%s has the database of %s open: if it is cairn, " STOP_IT
		", otherwise end that process",
		by ? arena_printf(mem, "process %d", (int)by) : "a process",
		h->home);
	return ERR_BUSY;
}

void
home_hold_drop(struct home_hold *h)
{
	char path[PATH_MAX];

	if (h->keeper >= 0 && snprintf(path, sizeof(path), "%s/" KEEPER_LOCK,
				      h->home) < (int)sizeof(path))
		lock_file_drop(path, h->keeper);
	if (h->writers >= 0)
		close(h->writers);
	h->keeper = h->writers = -1;
}
