/*
 * backup_files.h: which files belong to an instance beside its database, for
 * backup.c and restore.c.
 */
#ifndef TAILNET_BACKUP_FILES_H
#define TAILNET_BACKUP_FILES_H

#include <stdbool.h>
#include <stddef.h>

struct backup_file {
	const char *name; /* below HOME */
	bool needed;      /* no instance is without it */
	unsigned mode;
	const char *secret; /* its name to secrets.h; NULL: it is none */
};

extern const struct backup_file backup_files[];
extern const size_t backup_file_count;

/* NULL: no file of an instance has this name. */
const struct backup_file *backup_file_find(const char *name);

#endif
