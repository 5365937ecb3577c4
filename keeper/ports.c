#include "keeper/ports.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The inode of the socket bound to `port` in a table such as /proc/net/tcp. */
static unsigned long
inode_in(const char *table, unsigned port, bool tcp)
{
	char line[512];
	unsigned long found = 0;
	FILE *f = fopen(table, "re");

	while (f && !found && fgets(line, sizeof line, f)) {
		unsigned local, state;
		unsigned long inode;

		if (sscanf(line,
			    "%*d: %*[^:]:%x %*[^:]:%*x %x %*s %*s %*s %*s %*s "
			    "%lu",
			    &local, &state, &inode) == 3 &&
			local == port && (!tcp || state == 0x0a))
			found = inode;
	}
	if (f)
		fclose(f);
	return found;
}

static unsigned long
inode_of(unsigned port, bool tcp)
{
	unsigned long v4 =
		inode_in(tcp ? "/proc/net/tcp" : "/proc/net/udp", port, tcp);

	return v4 ? v4
		  : inode_in(tcp ? "/proc/net/tcp6" : "/proc/net/udp6", port,
			    tcp);
}

static bool
holds(const char *pid, const char *socket)
{
	char path[48], target[64];
	bool found = false;
	struct dirent *fd;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%.15s/fd", pid);
	d = opendir(path);
	while (d && !found && (fd = readdir(d))) {
		ssize_t n = readlinkat(
			dirfd(d), fd->d_name, target, sizeof target - 1);

		if (n > 0) {
			target[n] = 0;
			found = !strcmp(target, socket);
		}
	}
	if (d)
		closedir(d);
	return found;
}

static void
name_of(const char *pid, char *out, size_t room)
{
	char path[48], name[64] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.15s/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof name, f))
		name[strcspn(name, "\n")] = 0;
	if (f)
		fclose(f);
	snprintf(out, room, ": %s (pid %.15s) listens there", name, pid);
}

/* ": nginx (pid 12) listens there", or nothing where that is not to be seen. */
static void
owner_of(unsigned port, bool tcp, char *out, size_t room)
{
	unsigned long inode = inode_of(port, tcp);
	char socket[64];
	struct dirent *pid;
	DIR *proc = opendir("/proc");

	snprintf(socket, sizeof socket, "socket:[%lu]", inode);
	out[0] = 0;
	while (proc && inode && !out[0] && (pid = readdir(proc)))
		if (pid->d_name[0] >= '1' && pid->d_name[0] <= '9' &&
			holds(pid->d_name, socket))
			name_of(pid->d_name, out, room);
	if (proc)
		closedir(proc);
}

static int
try_bind(const struct addrinfo *at)
{
	int one = 1, error;
	int s = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);

	if (s < 0)
		return errno;
	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one,
		at->ai_socktype == SOCK_STREAM ? sizeof one : 0);
	error = bind(s, at->ai_addr, at->ai_addrlen) ||
				(at->ai_socktype == SOCK_STREAM && listen(s, 1))
			? errno
			: 0;
	close(s);
	return error;
}

static void
explain(int error, const char *address, unsigned port, bool tcp, char *why,
	size_t room)
{
	char owner[160] = "";

	if (error == EADDRINUSE)
		owner_of(port, tcp, owner, sizeof owner);
	snprintf(why, room, "%s port %u of %s cannot be used: %s%s",
		tcp ? "TCP" : "UDP", port, address, strerror(error),
		error == EACCES ? ": run as root, or choose a port above 1023"
				: owner);
}

bool
port_is_free(const char *where, char *why, size_t room)
{
	bool tcp = !strncmp(where, "tcp:", 4);
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = tcp ? SOCK_STREAM : SOCK_DGRAM,
	};
	const char *colon = strrchr(where, ':'), *from = where + 4;
	struct addrinfo *at;
	char address[64];
	int error;

	if (strlen(where) < 5 || colon < from) {
		snprintf(why, room, "'%s' is no address and port", where);
		return false;
	}
	if (*from == '[')
		from++;
	snprintf(address, sizeof address, "%.*s", (int)(colon - from), from);
	address[strcspn(address, "]")] = 0;
	if (getaddrinfo(address, colon + 1, &hints, &at)) {
		snprintf(why, room,
			"'%s' is no address that can be listened on", address);
		return false;
	}
	error = try_bind(at);
	freeaddrinfo(at);
	if (error)
		explain(error, address, (unsigned)strtoul(colon + 1, NULL, 10),
			tcp, why, room);
	return !error;
}
