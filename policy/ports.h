/*
 * ports.h: ports and protocols as rules write them.
 *
 * What is wrong is told in the words of the hosted service: the functions
 * return NULL, or those words, in `mem`.
 */
#ifndef POLICY_PORTS_H
#define POLICY_PORTS_H

#include <stdbool.h>

#include "policy/policy.h"

/* The host of "host:ports", split at the last colon, in `mem` and without the
 * brackets of an IPv6 address; *ports is what follows.  NULL: no colon. */
char *host_part(const char *text, struct arena *mem, const char **ports);

/* "*", or a comma list of "n" and "n-m". */
const char *ports_parse(
	const char *text, struct arena *mem, struct port_list *out);

/* A name or a number from 1 to 255; "" and NULL: POLICY_NO_PROTO. */
const char *proto_parse(const char *text, struct arena *mem, int *out);
/* Only some protocols have ports; the others are let through by "*". */
bool proto_allows(int proto, const struct port_list *ports);

/* An entry of a grant's "ip": "*", ports, or "proto:ports". */
const char *grant_ip_parse(
	const char *text, struct arena *mem, struct grant_ip *out);

#endif
