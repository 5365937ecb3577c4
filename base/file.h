/*
 * file.h: small files, read and written whole, and folders that hold them.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* ERR_NOT_FOUND, ERR_TOO_BIG past `most` bytes, ERR_IO. */
enum err file_read(
	const char *path, size_t most, struct arena *mem, struct bytes *out);
/* A new file, on the disk when it returns. */
enum err file_write(const char *path, struct bytes content, unsigned mode);
/* What was renamed into the folder stays there. */
enum err folder_sync(const char *path);
/* With all that is in it, one floor of folders deep; errors do not matter. */
void folder_remove(const char *path);

#endif
