/*
 * lockbox.h: a file that only a passphrase opens.
 *
 * LOCKBOX_MAGIC, 16 bytes of salt, libsodium's secretstream
 * (XChaCha20-Poly1305) in pieces of 64 KiB; its key is Argon2id of the
 * passphrase (256 MiB, 3 passes).  What is cut, changed, put together of two or
 * longer than it was is refused as a whole: whoever opens it throws away what
 * came out before.
 */
#ifndef TAILNET_LOCKBOX_H
#define TAILNET_LOCKBOX_H

#include <stdbool.h>

#include "base/err.h"

#define LOCKBOX_MAGIC "cairn-backup-v1\n"

enum {
	LOCKBOX_MAGIC_LEN = 16,
	PASSPHRASE_LEAST = 12, /* bytes */
	PASSPHRASE_MOST = 1024,
};

/* Whether the file at the descriptor, which stands at its start and does again
 * afterwards, begins like one. */
bool lockbox_is(int fd);

/* From where `in` stands to its end, to `out`.  ERR_IO, ERR_DISK_FULL. */
enum err lockbox_close(int in, int out, const char *passphrase);
/* ERR_CRYPTO: another passphrase, or the file is damaged; ERR_IO. */
enum err lockbox_open(int in, int out, const char *passphrase);
/* The same without a passphrase: as it is. */
enum err lockbox_copy(int in, int out);

#endif
