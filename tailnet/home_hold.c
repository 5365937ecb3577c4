#include "tailnet/home_hold.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/db.h"
#include "db/lock.h"

#define STOP_IT                                                                \
	"stop it first ('systemctl stop cairn.target', or Ctrl-C where 'make " \
	"run' runs)"

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

/* A keeper takes its file away when it ends. */
static bool
is_at(int fd, const char *path)
{
	struct stat has, at;

	return fstat(fd, &has) == 0 && stat(path, &at) == 0 &&
	       has.st_ino == at.st_ino && has.st_dev == at.st_dev;
}

static enum err
held_by_another(int fd, struct arena *mem, const char **why)
{
	char pid[16] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	*why = arena_printf(mem,
		"cairn runs there, or is put back there by another restore "
		"(process %s): " STOP_IT,
		pid);
	return ERR_BUSY;
}

static enum err
take_keeper(struct home_hold *h, struct arena *mem, const char **why)
{
	const char *path = in(h, mem, "keeper.lock");

	for (;;) {
		int fd;
		enum err e = open_file(path, 0600, &fd, mem, why);

		if (e)
			return e;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			e = held_by_another(fd, mem, why);
			close(fd);
			return e;
		}
		if (is_at(fd, path)) {
			h->keeper = fd;
			return ERR_OK;
		}
		close(fd);
	}
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
	if (e)
		return e;
	/* for whoever meets the lock, as a keeper's */
	if (ftruncate(h->keeper, 0) != 0 ||
		dprintf(h->keeper, "%d", (int)getpid()) < 0) {
		*why = arena_printf(mem, "writing %s/keeper.lock: %s", home,
			strerror(errno));
		return ERR_IO;
	}
	return take_writers(h, mem, why);
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

	if (h->keeper >= 0 && snprintf(path, sizeof(path), "%s/keeper.lock",
				      h->home) < (int)sizeof(path))
		(void)unlink(path);
	if (h->keeper >= 0)
		close(h->keeper);
	if (h->writers >= 0)
		close(h->writers);
	h->keeper = h->writers = -1;
}
