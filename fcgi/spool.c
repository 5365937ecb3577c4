#include "fcgi/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PIECE = 64 * 1024, /* bytes, sent at once */
};

static bool
is_full(int why)
{
	return why == ENOSPC || why == EDQUOT;
}

enum err
spool_open(struct request *r, int64_t most, struct spool *out)
{
	char *path = arena_printf(r->mem, "%s/answer-XXXXXX", r->home);

	assert(!r->spool);
	*out = (struct spool){ .fd = mkostemp(path, O_CLOEXEC), .most = most };
	if (out->fd < 0) {
		out->full = is_full(errno);
		return ERR_IO;
	}
	r->spool = out->fd;
	return unlink(path) == 0 ? ERR_OK : ERR_IO;
}

enum err
spool_put(void *arg, const void *bytes, size_t len)
{
	struct spool *s = arg;
	const char *at = bytes;

	if ((int64_t)len > s->most - s->len) {
		s->full = true;
		return ERR_TOO_BIG;
	}
	while (len) {
		ssize_t n = write(s->fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			s->full = is_full(errno);
			return ERR_IO;
		}
		at += n;
		len -= (size_t)n;
		s->len += n;
	}
	return ERR_OK;
}

enum err
spool_send(struct request *r, void *arg, const struct reply_sink *to)
{
	const struct spool *s = arg;
	char *piece = arena_alloc(r->mem, PIECE);
	enum err e = ERR_OK;
	int64_t sent = 0;

	if (lseek(s->fd, 0, SEEK_SET) != 0)
		return ERR_IO;
	while (!e && sent < s->len) {
		ssize_t n = read(s->fd, piece, PIECE);

		if (n <= 0)
			return ERR_IO;
		sent += n;
		e = to->put(to->arg, piece, (size_t)n);
	}
	return e;
}
