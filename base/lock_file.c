#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_at(int fd, const char *path)
{
	struct stat has, at;

	return fstat(fd, &has) == 0 && lstat(path, &at) == 0 &&
	       has.st_ino == at.st_ino && has.st_dev == at.st_dev;
}

static enum err
held_by_another(int fd, char by[LOCK_FILE_BY])
{
	ssize_t n = pread(fd, by, LOCK_FILE_BY - 1, 0);

	by[n > 0 ? n : 0] = '\0';
	return ERR_BUSY;
}

/* ERR_CHANGED: the file went before it was held. */
static enum err
take_once(const char *path, int fd, char by[LOCK_FILE_BY])
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? held_by_another(fd, by) : ERR_IO;
	if (!is_at(fd, path))
		return ERR_CHANGED;
	return ftruncate(fd, 0) == 0 && dprintf(fd, "%d", (int)getpid()) > 0
		       ? ERR_OK
		       : ERR_IO;
}

enum err
lock_file_take(const char *path, int *fd, char by[LOCK_FILE_BY])
{
	for (;;) {
		int why, file = open(path,
				 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				 0600);
		enum err e = file < 0 ? ERR_IO : take_once(path, file, by);

		if (!e) {
			*fd = file;
			return ERR_OK;
		}
		why = errno;
		if (file >= 0)
			close(file);
		errno = why;
		if (e != ERR_CHANGED)
			return e;
	}
}

void
lock_file_drop(const char *path, int fd)
{
	(void)unlink(path);
	close(fd);
}
