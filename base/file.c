#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum err
file_read(const char *path, size_t most, struct arena *mem, struct bytes *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	unsigned char *at;
	enum err e = ERR_OK;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		e = ERR_IO;
	else if ((size_t)st.st_size > most)
		e = ERR_TOO_BIG;
	if (!e) {
		at = arena_alloc(mem, (size_t)st.st_size + 1);
		if (read(fd, at, (size_t)st.st_size) != st.st_size)
			e = ERR_IO;
		*out = (struct bytes){ at, (size_t)st.st_size };
	}
	close(fd);
	return e;
}

enum err
file_write(const char *path, struct bytes content, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	enum err e = ERR_OK;

	if (fd < 0)
		return ERR_IO;
	if (write(fd, content.at, content.len) != (ssize_t)content.len)
		e = errno == ENOSPC ? ERR_DISK_FULL : ERR_IO;
	if (!e && (fchmod(fd, mode) != 0 || fsync(fd) != 0))
		e = ERR_IO;
	if (close(fd) != 0 && !e)
		e = ERR_IO;
	return e;
}

enum err
folder_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = fd < 0 || fsync(fd) != 0 ? ERR_IO : ERR_OK;

	if (fd >= 0)
		close(fd);
	return e;
}

static void
remove_in(const char *path, bool deeper)
{
	DIR *d = opendir(path);
	const struct dirent *entry;
	char name[PATH_MAX];

	while (d && (entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0 ||
			snprintf(name, sizeof(name), "%s/%s", path,
				entry->d_name) >= (int)sizeof(name))
			continue;
		if (unlink(name) != 0 && deeper)
			remove_in(name, false);
	}
	if (d)
		closedir(d);
	(void)rmdir(path);
}

void
folder_remove(const char *path)
{
	remove_in(path, true);
}
