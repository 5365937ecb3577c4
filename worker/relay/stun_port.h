/*
 * stun_port.h: the UDP port on which clients ask for their own address.
 *
 * A socket for each family, IPv6 without IPv4 in it, so that an answer tells
 * the address as the asker's family writes it.  On a wildcard address an answer
 * leaves from the address that was asked.  Each source (an IPv4 address, an
 * IPv6 /64) gets STUN_RATE answers a second; what is no request gets none
 * (proto/stun.h).  The table of sources has a fixed size; two that share a
 * place in it share its allowance too.
 */
#ifndef WORKER_RELAY_STUN_PORT_H
#define WORKER_RELAY_STUN_PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "base/ip.h"

enum {
	STUN_RATE = 50, /* answers a second to one source, and as a burst */
	STUN_SOURCES = 8192,
};

struct stun_counts {
	int64_t answered, malformed, limited;
};

struct stun_port;

/* "0.0.0.0", "::" and "*" open both families.  ERR_BAD_INPUT: `listen` is no
 * address.  ERR_IO: errno says why; *what is the address and port in words. */
enum err stun_port_open(uv_loop_t *loop, const char *listen, uint16_t port,
	struct stun_port **out, char what[IP_TEXT_SIZE + 10]);
/* The port that IPv4 or IPv6 is open on, 0 if it is not. */
uint16_t stun_port_number(const struct stun_port *p, int family);
const struct stun_counts *stun_port_counts(const struct stun_port *p);
/* The loop frees it when it has let go of the sockets. */
void stun_port_close(struct stun_port *p);

#endif
