/*
 * ports.h: is a port free, and if not, who has it.
 */
#ifndef KEEPER_PORTS_H
#define KEEPER_PORTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * `where` is tcp:ADDRESS:PORT or udp:ADDRESS:PORT, an IPv6 address with or
 * without brackets.  False: `why` holds one line for people, which names the
 * port and, where /proc tells it, the process that listens there.
 */
bool port_is_free(const char *where, char *why, size_t room);

#endif
