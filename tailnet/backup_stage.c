#include "tailnet/backup_stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define PREFIX ".backup-"

enum {
	TRIES = 16, /* to hold a new folder before another takes it away */
};

/* -1: another holds it, or it is no folder.  Never through a link. */
static int
hold(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
sweep(const char *home, struct arena *mem)
{
	DIR *d = opendir(home);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		struct backup_stage s = { .held = -1 };

		if (!text_starts(entry->d_name, PREFIX))
			continue;
		s.path = arena_printf(mem, "%s/%s", home, entry->d_name);
		s.held = hold(s.path);
		if (s.held >= 0)
			backup_stage_drop(&s);
	}
	if (d)
		closedir(d);
}

/* False: it was swept before it was held. */
static bool
make_once(struct backup_stage *s, const char *home, struct arena *mem)
{
	char *path = arena_printf(mem, "%s/" PREFIX "XXXXXX", home);

	s->path = mkdtemp(path);
	if (!s->path)
		return true;
	s->held = hold(path);
	if (s->held >= 0 && access(path, F_OK) == 0)
		return true;
	backup_stage_drop(s);
	return false;
}

enum err
backup_stage_make(struct backup_stage *s, const char *home, struct arena *mem,
	const char **why)
{
	*s = (struct backup_stage){ .held = -1 };
	sweep(home, mem);
	for (int i = 0; i < TRIES; i++)
		if (make_once(s, home, mem))
			break;
	if (s->path)
		return ERR_OK;
	*why = arena_printf(
		mem, "making a folder in %s: %s", home, strerror(errno));
	return ERR_IO;
}

void
backup_stage_drop(struct backup_stage *s)
{
	int why = errno;

	if (s->path)
		folder_remove(s->path);
	if (s->held >= 0)
		close(s->held);
	*s = (struct backup_stage){ .held = -1 };
	errno = why;
}
