#include "base/log_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/redact.h"

static int file = -1;
static char folder[PATH_MAX], path[PATH_MAX], old[PATH_MAX];

static bool
name_paths(const char *home, const char *program)
{
	int size = (int)sizeof(path);

	return snprintf(folder, sizeof(folder), "%s/" LOG_FOLDER, home) <
		       size &&
	       snprintf(path, sizeof(path), "%s/" LOG_FOLDER "/%s" LOG_SUFFIX,
		       home, program) < size &&
	       snprintf(old, sizeof(old), "%s/" LOG_FOLDER "/%s" LOG_OLD, home,
		       program) < size;
}

static int
open_it(void)
{
	return open(path,
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

void
log_file_open(const char *home, const char *program)
{
	log_file_close();
	if (!name_paths(home, program))
		return;
	(void)mkdir(folder, 0700);
	file = open_it();
}

void
log_file_close(void)
{
	if (file >= 0)
		(void)close(file);
	file = -1;
}

/* The file of the path is the one that is open here. */
static bool
is_same(const struct stat *mine)
{
	struct stat there;

	return stat(path, &there) == 0 && there.st_ino == mine->st_ino &&
	       there.st_dev == mine->st_dev;
}

/* Children share the open file, so its own lock would keep none of them out.
 * It is held for three calls. */
static void
move_aside(const struct stat *mine)
{
	int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;

	if (lock < 0)
		return;
	if (flock(lock, LOCK_EX) == 0) {
		if (is_same(mine))
			(void)rename(path, old);
		next = open_it();
		if (next >= 0) {
			(void)close(file);
			file = next;
		}
	}
	(void)close(lock);
}

void
log_file_put(const char *line, size_t len)
{
	char kept[LOG_LINE_MAX];
	struct stat mine;

	if (file < 0 || !len || len > sizeof(kept))
		return;
	memcpy(kept, line, len);
	len = redact(kept, len);
	if (fstat(file, &mine) == 0 && mine.st_size >= LOG_FILE_MAX)
		move_aside(&mine);
	/* One write, so that lines of several processes do not mix. */
	if (write(file, kept, len) < 0)
		return;
}
