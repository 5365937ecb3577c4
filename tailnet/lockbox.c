#include "tailnet/lockbox.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024,
	SEALED = PIECE + crypto_secretstream_xchacha20poly1305_ABYTES,
	SALT = crypto_pwhash_SALTBYTES,
	HEADER = crypto_secretstream_xchacha20poly1305_HEADERBYTES,
	KEY = crypto_secretstream_xchacha20poly1305_KEYBYTES,
};

#define PASSES 3
#define MEMORY ((size_t)256 * 1024 * 1024)

typedef crypto_secretstream_xchacha20poly1305_state stream;

static enum err
write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOSPC || errno == EDQUOT
				       ? ERR_DISK_FULL
				       : ERR_IO;
		at += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* As many as there are, up to `len`; -1. */
static ssize_t
read_all(int fd, void *bytes, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = read(fd, (char *)bytes + have, len - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

bool
lockbox_is(int fd)
{
	char magic[LOCKBOX_MAGIC_LEN];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       memcmp(magic, LOCKBOX_MAGIC, sizeof(magic)) == 0;
}

static enum err
make_key(const char *passphrase, const uint8_t salt[SALT], uint8_t key[KEY])
{
	if (sodium_init() < 0 ||
		crypto_pwhash(key, KEY, passphrase, strlen(passphrase), salt,
			PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}

/* A piece that is not full is the last; so is an empty one after a full one. */
static enum err
close_pieces(int in, int out, stream *s)
{
	static uint8_t plain[PIECE], sealed[SEALED];
	enum err e = ERR_OK;
	ssize_t n;

	do {
		n = read_all(in, plain, PIECE);
		if (n < 0)
			return ERR_IO;
		(void)crypto_secretstream_xchacha20poly1305_push(s, sealed,
			NULL, plain, (unsigned long long)n, NULL, 0,
			n < PIECE
				? crypto_secretstream_xchacha20poly1305_TAG_FINAL
				: 0);
		e = write_all(out, sealed, (size_t)n + SEALED - PIECE);
	} while (!e && n == PIECE);
	sodium_memzero(plain, sizeof(plain));
	return e;
}

enum err
lockbox_close(int in, int out, const char *passphrase)
{
	uint8_t salt[SALT], header[HEADER], key[KEY];
	stream s;
	enum err e;

	randombytes_buf(salt, sizeof(salt));
	e = make_key(passphrase, salt, key);
	if (!e)
		e = write_all(out, LOCKBOX_MAGIC, LOCKBOX_MAGIC_LEN);
	if (!e)
		e = write_all(out, salt, sizeof(salt));
	if (!e) {
		(void)crypto_secretstream_xchacha20poly1305_init_push(
			&s, header, key);
		e = write_all(out, header, sizeof(header));
	}
	if (!e)
		e = close_pieces(in, out, &s);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(&s, sizeof(s));
	return e;
}

static enum err
open_pieces(int in, int out, stream *s)
{
	static uint8_t plain[PIECE], sealed[SEALED];
	unsigned char tag = 0;
	unsigned long long len;
	enum err e = ERR_OK;

	while (!e && tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
		ssize_t n = read_all(in, sealed, SEALED);

		if (n < 0)
			return ERR_IO;
		if (n < SEALED - PIECE ||
			crypto_secretstream_xchacha20poly1305_pull(s, plain,
				&len, &tag, sealed, (unsigned long long)n, NULL,
				0) != 0)
			return ERR_CRYPTO;
		e = write_all(out, plain, (size_t)len);
	}
	sodium_memzero(plain, sizeof(plain));
	return e || read_all(in, sealed, 1) == 0 ? e : ERR_CRYPTO;
}

enum err
lockbox_open(int in, int out, const char *passphrase)
{
	uint8_t head[LOCKBOX_MAGIC_LEN + SALT + HEADER], key[KEY];
	stream s;
	enum err e;

	if (read_all(in, head, sizeof(head)) != sizeof(head))
		return ERR_CRYPTO;
	e = make_key(passphrase, head + LOCKBOX_MAGIC_LEN, key);
	if (!e && crypto_secretstream_xchacha20poly1305_init_pull(
			  &s, head + LOCKBOX_MAGIC_LEN + SALT, key) != 0)
		e = ERR_CRYPTO;
	if (!e)
		e = open_pieces(in, out, &s);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(&s, sizeof(s));
	return e;
}

enum err
lockbox_copy(int in, int out)
{
	static uint8_t piece[PIECE];
	enum err e = ERR_OK;
	ssize_t n;

	do {
		n = read_all(in, piece, PIECE);
		e = n < 0 ? ERR_IO : write_all(out, piece, (size_t)n);
	} while (!e && n == PIECE);
	return e;
}
