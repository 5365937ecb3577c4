/*
 * pub.h: what anybody may ask, through nginx, without signing in.
 */
#ifndef FCGI_PUB_H
#define FCGI_PUB_H

#include "fcgi/request.h"

enum {
	VERIFY_BODY_MAX = 4 * 1024,
	VERIFY_KEYS_MAX = 256, /* that a relay of ours may ask of at once */
	VERIFY_RELAY_BODY_MAX = 32 * 1024,
};

enum err pub_key(struct request *r);           /* pub_key.c */
enum err pub_health(struct request *r);        /* pub_health.c */
enum err pub_version(struct request *r);       /* pub_home.c */
enum err pub_robots(struct request *r);        /* pub_home.c */
enum err pub_favicon(struct request *r);       /* pub_home.c */
enum err pub_verify(struct request *r);        /* pub_verify.c */
enum err pub_bootstrap_dns(struct request *r); /* pub_bootstrap_dns.c */
enum err pub_metrics(struct request *r);       /* pub_metrics.c */
enum err pub_ping_response(struct request *r); /* pub_verify.c */

#endif
