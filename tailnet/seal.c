#include "tailnet/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

_Static_assert((int)SECRET_SIZE == crypto_secretbox_KEYBYTES,
	"a secret is a key of the box");

/* link, not rename: of two makers the first wins and the other keeps it. */
static enum err
make_file(const char *folder, const char *path)
{
	uint8_t secret[SECRET_SIZE];
	char half[PATH_MAX];
	enum err e;

	if (snprintf(half, sizeof(half), "%s.half-%ld", path, (long)getpid()) >=
		(int)sizeof(half))
		return ERR_TOO_BIG;
	(void)unlink(half);
	randombytes_buf(secret, sizeof(secret));
	e = file_write(half, (struct bytes){ secret, sizeof(secret) }, 0600);
	sodium_memzero(secret, sizeof(secret));
	if (!e && link(half, path) != 0 && errno != EEXIST)
		e = ERR_IO;
	(void)unlink(half);
	return e ? e : folder_sync(folder);
}

enum err
secret_make(const char *home, const char *name)
{
	char folder[PATH_MAX], path[PATH_MAX];

	if (snprintf(folder, sizeof(folder), "%s/keys", home) >=
			(int)sizeof(folder) ||
		snprintf(path, sizeof(path), "%s/keys/%s", home, name) >=
			(int)sizeof(path))
		return ERR_TOO_BIG;
	if (sodium_init() < 0)
		return ERR_CRYPTO;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return ERR_IO;
	if (access(path, F_OK) == 0)
		return ERR_OK;
	return make_file(folder, path);
}

enum err
secret_read(const char *home, const char *name, struct secret *out)
{
	char path[PATH_MAX];
	uint8_t bytes[SECRET_SIZE + 1];
	ssize_t len;
	int fd;

	if (snprintf(path, sizeof(path), "%s/keys/%s", home, name) >=
		(int)sizeof(path))
		return ERR_TOO_BIG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	len = read(fd, bytes, sizeof(bytes));
	close(fd);
	if (len == SECRET_SIZE)
		memcpy(out->bytes, bytes, SECRET_SIZE);
	sodium_memzero(bytes, sizeof(bytes));
	return len < 0 ? ERR_IO : len == SECRET_SIZE ? ERR_OK : ERR_CRYPTO;
}

void
secret_wipe(struct secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

void
secret_derive(
	const struct secret *from, const char *purpose, struct secret *out)
{
	pepper_hash(from, purpose, out->bytes);
}

enum {
	NONCE = crypto_secretbox_NONCEBYTES,
	AROUND = NONCE + crypto_secretbox_MACBYTES,
};

struct bytes
seal_bytes(struct arena *mem, const struct secret *seal, struct bytes plain)
{
	unsigned char *out = arena_alloc(mem, AROUND + plain.len);

	randombytes_buf(out, NONCE);
	(void)crypto_secretbox_easy(
		out + NONCE, plain.at, plain.len, out, seal->bytes);
	return (struct bytes){ out, AROUND + plain.len };
}

enum err
unseal_bytes(const struct secret *seal, struct bytes sealed, struct arena *mem,
	struct bytes *plain)
{
	unsigned char *out;

	if (sealed.len < AROUND)
		return ERR_CRYPTO;
	out = arena_alloc(mem, sealed.len - AROUND + 1);
	if (crypto_secretbox_open_easy(out, sealed.at + NONCE,
		    sealed.len - NONCE, sealed.at, seal->bytes) != 0)
		return ERR_CRYPTO;
	*plain = (struct bytes){ out, sealed.len - AROUND };
	return ERR_OK;
}

struct bytes
seal_close(
	struct arena *mem, const struct secret *seal, const struct key *private)
{
	return seal_bytes(mem, seal,
		(struct bytes){ (const void *)private, sizeof(*private) });
}

enum err
seal_open(const struct secret *seal, struct bytes sealed, struct key *private)
{
	struct key opened;
	enum err e = ERR_OK;

	if (sealed.len != AROUND + sizeof(opened) ||
		crypto_secretbox_open_easy((void *)&opened, sealed.at + NONCE,
			sealed.len - NONCE, sealed.at, seal->bytes) != 0)
		e = ERR_CRYPTO;
	else
		*private = opened;
	sodium_memzero(&opened, sizeof(opened));
	return e;
}

/* A text is never as long as a key, so that neither opens as the other; it has
 * no line feed at its end of its own. */
static const char text_mark[] = "text of cairn: ";

enum {
	MARK = sizeof(text_mark) - 1,
	OVERHEAD = NONCE + crypto_secretbox_MACBYTES,
};

struct bytes
seal_text_close(struct arena *mem, const struct secret *seal, const char *text)
{
	const char *marked = arena_printf(mem, "%s%s%c", text_mark, text,
		strlen(text) + MARK == sizeof(struct key) ? '\n' : '\0');
	size_t len = strlen(marked);
	unsigned char *out = arena_alloc(mem, OVERHEAD + len);

	randombytes_buf(out, NONCE);
	(void)crypto_secretbox_easy(
		out + NONCE, (const void *)marked, len, out, seal->bytes);
	return (struct bytes){ out, OVERHEAD + len };
}

enum err
seal_text_open(const struct secret *seal, struct bytes sealed,
	struct arena *mem, const char **text)
{
	size_t len = sealed.len > OVERHEAD ? sealed.len - OVERHEAD : 0;
	char *out = arena_alloc(mem, len + 1);

	if (len < MARK ||
		crypto_secretbox_open_easy((void *)out, sealed.at + NONCE,
			sealed.len - NONCE, sealed.at, seal->bytes) != 0 ||
		memcmp(out, text_mark, MARK) != 0)
		return ERR_CRYPTO;
	out[len] = '\0';
	if (len > MARK && out[len - 1] == '\n')
		out[len - 1] = '\0';
	*text = out + MARK;
	return ERR_OK;
}

void
pepper_hash(const struct secret *pepper, const char *text, uint8_t out[32])
{
	(void)crypto_generichash(out, 32, (const unsigned char *)text,
		strlen(text), pepper->bytes, sizeof(pepper->bytes));
}
