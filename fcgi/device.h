/*
 * device.h: a browser that somebody has signed in with before
 * (docs/adr/0022-a-known-browser.md).
 *
 * Whoever knows a name can use up the tries of its account.  A browser that was
 * signed in to it has tries of its own, which nobody else can use up, and does
 * not wait for those of strangers.  It proves nothing else: no password is
 * spared.  The cookie names the user and is made with the pepper.
 */
#ifndef FCGI_DEVICE_H
#define FCGI_DEVICE_H

#include "fcgi/request.h"

enum {
	DEVICE_SECONDS = 365 * 86400,
};

/* The word that this browser's tries count by; NULL: that user has not signed
 * in with it. */
const char *device_known(struct request *r, int64_t user_id);
/* That user has just signed in, or set a password by a link. */
void device_remember(struct request *r, int64_t user_id);

#endif
