/*
 * password.h: passwords of people, kept as Argon2id (64 MiB, 2 passes).
 *
 * Both functions take a tenth of a second and 64 MiB: never inside a
 * transaction, and how many run at once is the program's to limit.
 */
#ifndef TAILNET_PASSWORD_H
#define TAILNET_PASSWORD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum {
	PASSWORD_MIN = 12, /* bytes; any characters */
	PASSWORD_MAX = 256,
};

/* ERR_PASSWORD when it is too short or too long; ERR_BUSY when there is no
 * memory for it now. */
enum err password_hash(
	struct arena *mem, const char *password, const char **hash);
/* An empty hash opens nothing, in the same time as a wrong password. */
bool password_is(const char *hash, const char *password);
/* Made with other costs than today's. */
bool password_is_stale(const char *hash);

#endif
