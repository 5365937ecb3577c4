/*
 * listen.h: the Unix sockets that the program answers on.
 *
 * A socket comes from the supervisor (LISTEN_FDS, named in LISTEN_FDNAMES), so
 * that no caller is refused while the program restarts, or is bound here.
 */
#ifndef BASE_LISTEN_H
#define BASE_LISTEN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

struct listen_socket {
	const char *name; /* "fcgi.sock" */
	mode_t mode;      /* 0660 or 0600 */
	int fd;
	bool own; /* bound here, so removed at the end */
};

/* The descriptor of that name which the supervisor left, or -1. */
int listen_inherited(const char *name);

/*
 * Fills fd and own.  The descriptor is non-blocking and close-on-exec.
 * ERR_EXISTS when another process answers there; ERR_TOO_BIG for a path longer
 * than a socket address takes; ERR_IO, errno tells more.
 */
enum err listen_open(const char *home, struct listen_socket *s);
void listen_close(const char *home, struct listen_socket *s);

#endif
