#include "tailnet/backup_half.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tailnet/backup.h"

#define ENDING ".half-"

static const char *
folder_of(struct arena *mem, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path
		       ? "/"
		       : arena_printf(mem, "%.*s", (int)(slash - path), path);
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether `entry` is what a backup of `file` may have left. */
static bool
is_of(struct arena *mem, const char *entry, const char *file)
{
	const char *end = strstr(entry, ENDING), *whose, *pid;

	if (!end)
		return false;
	pid = end + strlen(ENDING);
	whose = arena_printf(mem, "%.*s", (int)(end - entry), entry);
	return *pid && !pid[strspn(pid, "0123456789")] &&
	       (strcmp(whose, file) == 0 ||
		       (backup_is_name(whose) && backup_is_name(file)));
}

static void
sweep_one(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		(void)unlink(path);
	if (fd >= 0)
		close(fd);
}

static void
sweep(const char *file, struct arena *mem)
{
	const char *folder = folder_of(mem, file);
	DIR *d = opendir(folder);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (is_of(mem, entry->d_name, name_of(file)))
			sweep_one(arena_printf(
				mem, "%s/%s", folder, entry->d_name));
	if (d)
		closedir(d);
}

enum err
backup_half_open(struct backup_half *h, const char *file, struct arena *mem)
{
	sweep(file, mem);
	*h = (struct backup_half){ .file = file };
	h->path = arena_printf(mem, "%s" ENDING "%ld", file, (long)getpid());
	h->fd = open(h->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (h->fd < 0) {
		h->path = NULL; /* whoever made it takes it away */
		return ERR_IO;
	}
	/* Not every place that backups go to knows locks: none is swept there.
	 */
	return flock(h->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
		       ? ERR_OK
		       : ERR_IO;
}

enum err
backup_half_name(struct backup_half *h, struct arena *mem)
{
	if (rename(h->path, h->file) != 0)
		return ERR_IO;
	h->path = NULL;
	return folder_sync(folder_of(mem, h->file));
}

void
backup_half_drop(struct backup_half *h)
{
	if (h->path)
		(void)unlink(h->path);
	if (h->fd >= 0)
		close(h->fd);
	*h = (struct backup_half){ .fd = -1 };
}
