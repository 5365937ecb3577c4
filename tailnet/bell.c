#include "tailnet/bell.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static enum err
bell_address(const char *home, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (snprintf(to->sun_path, sizeof(to->sun_path), "%s/bell.sock",
		    home) >= (int)sizeof(to->sun_path))
		return ERR_TOO_BIG;
	return ERR_OK;
}

static int
bell_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void
bell_ring(const char *home)
{
	struct sockaddr_un to;
	int fd;

	if (bell_address(home, &to) != ERR_OK)
		return;
	fd = bell_socket();
	if (fd < 0)
		return;
	(void)sendto(fd, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
		(struct sockaddr *)&to, sizeof(to));
	close(fd);
}

enum err
bell_listen(const char *home, int *fd)
{
	struct sockaddr_un at;
	enum err e = bell_address(home, &at);
	int s;

	if (e)
		return e;
	s = bell_socket();
	if (s < 0)
		return ERR_IO;
	(void)unlink(at.sun_path);
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) != 0 ||
		chmod(at.sun_path, 0600) != 0) {
		close(s);
		return ERR_IO;
	}
	*fd = s;
	return ERR_OK;
}

void
bell_drain(int fd)
{
	char rings[16];

	while (recv(fd, rings, sizeof(rings), MSG_DONTWAIT) >= 0)
		;
}

void
bell_end(const char *home, int fd)
{
	struct sockaddr_un at;

	if (bell_address(home, &at) == ERR_OK)
		(void)unlink(at.sun_path);
	if (fd >= 0)
		close(fd);
}
