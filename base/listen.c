#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

enum {
	FIRST_INHERITED = 3, /* sd_listen_fds(3) */
	INHERITED_MAX = 16,
	BACKLOG = 4096,
};

static bool
meant_for_us(void)
{
	const char *pid = getenv("LISTEN_PID");
	int64_t number;

	return !pid || (text_int(pid, &number) == ERR_OK && number == getpid());
}

int
listen_inherited(const char *name)
{
	const char *fds = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	size_t len = strlen(name);
	int64_t count;

	if (!fds || !names || !meant_for_us() || text_int(fds, &count) ||
		count > INHERITED_MAX)
		return -1;
	for (int i = 0; i < count; i++) {
		size_t here = strcspn(names, ":");

		if (here == len && strncmp(names, name, len) == 0)
			return FIRST_INHERITED + i;
		if (!names[here])
			return -1;
		names += here + 1;
	}
	return -1;
}

static enum err
address_of(const char *home, const char *name, struct sockaddr_un *out)
{
	int len;

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	len = snprintf(
		out->sun_path, sizeof(out->sun_path), "%s/%s", home, name);
	return len >= 0 && (size_t)len < sizeof(out->sun_path) ? ERR_OK
							       : ERR_TOO_BIG;
}

/* Somebody accepts there, or has a queue too full to say so. */
static bool
is_served(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool served = fd >= 0 && (connect(fd, (const struct sockaddr *)at,
					  sizeof(*at)) == 0 ||
					 errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

/* The mode is right from the first moment, so nobody slips in before. */
static enum err
bind_socket(const struct sockaddr_un *at, mode_t mode, int fd)
{
	mode_t before = umask(0777 & ~mode);
	int failed = bind(fd, (const struct sockaddr *)at, sizeof(*at));

	umask(before);
	return failed || listen(fd, BACKLOG) ? ERR_IO : ERR_OK;
}

static enum err
make_socket(const char *home, struct listen_socket *s)
{
	struct sockaddr_un at;
	enum err e = address_of(home, s->name, &at);

	if (e)
		return e;
	if (is_served(&at))
		return ERR_EXISTS;
	if (unlink(at.sun_path) && errno != ENOENT)
		return ERR_IO;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return ERR_IO;
	e = bind_socket(&at, s->mode, s->fd);
	if (e)
		close(s->fd);
	else
		s->own = true;
	return e;
}

enum err
listen_open(const char *home, struct listen_socket *s)
{
	s->own = false;
	s->fd = listen_inherited(s->name);
	if (s->fd < 0)
		return make_socket(home, s);
	if (fcntl(s->fd, F_SETFD, FD_CLOEXEC) ||
		fcntl(s->fd, F_SETFL, O_NONBLOCK))
		return ERR_IO;
	return ERR_OK;
}

void
listen_close(const char *home, struct listen_socket *s)
{
	struct sockaddr_un at;

	if (s->own && address_of(home, s->name, &at) == ERR_OK)
		(void)unlink(at.sun_path);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->own = false;
}
