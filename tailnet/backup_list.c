#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tailnet/backup.h"
#include "tailnet/lockbox.h"

/* 0: a digit. */
#define PATTERN "cairn-00000000-000000.backup"

bool
backup_is_name(const char *name)
{
	const char *p = PATTERN;

	for (; *p && *name; p++, name++)
		if (*p == '0' ? !isdigit((unsigned char)*name) : *p != *name)
			return false;
	return !*p && !*name;
}

static const char *
folder_of(const char *home, struct arena *mem)
{
	return arena_printf(mem, "%s/backups", home);
}

static bool
read_row(const char *path, struct backup_row *row)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (good) {
		row->made_at = st.st_mtime;
		row->size = st.st_size;
		row->sealed = lockbox_is(fd);
	}
	if (fd >= 0)
		close(fd);
	return good;
}

/* The names hold the time. */
static int
newer_first(const void *a, const void *b)
{
	const struct backup_row *x = a, *y = b;

	return strcmp(y->name, x->name);
}

static size_t
count_names(DIR *d)
{
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(d)))
		n += backup_is_name(entry->d_name);
	rewinddir(d);
	return n;
}

enum err
backup_list(const char *home, struct arena *mem, struct backup_row **rows,
	size_t *count)
{
	const char *folder = folder_of(home, mem);
	DIR *d = opendir(folder);
	const struct dirent *entry;
	size_t room, n = 0;

	*rows = NULL;
	*count = 0;
	if (!d)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	room = count_names(d);
	*rows = arena_array(mem, room + 1, sizeof(**rows));
	while (n < room && (entry = readdir(d))) {
		struct backup_row *row = &(*rows)[n];

		if (!backup_is_name(entry->d_name))
			continue;
		row->name = arena_strdup(mem, entry->d_name);
		n += read_row(
			arena_printf(mem, "%s/%s", folder, row->name), row);
	}
	closedir(d);
	qsort(*rows, n, sizeof(**rows), newer_first);
	*count = n;
	return ERR_OK;
}

enum err
backup_new_path(const char *home, int64_t now, struct arena *mem,
	const char **path, const char **why)
{
	const char *folder = folder_of(home, mem);
	time_t at = (time_t)now;
	char name[64];
	struct tm tm;

	if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
		*why = arena_printf(
			mem, "making %s: %s", folder, strerror(errno));
		return ERR_IO;
	}
	(void)strftime(name, sizeof(name), "cairn-%Y%m%d-%H%M%S.backup",
		gmtime_r(&at, &tm));
	*path = arena_printf(mem, "%s/%s", folder, name);
	return ERR_OK;
}

void
backup_prune(const char *home, struct arena *mem)
{
	struct backup_row *rows;
	size_t count;

	if (backup_list(home, mem, &rows, &count))
		return;
	for (size_t i = BACKUPS_KEPT; i < count; i++)
		(void)unlink(arena_printf(
			mem, "%s/%s", folder_of(home, mem), rows[i].name));
}
