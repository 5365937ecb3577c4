/*
 * remote.h: a relay on another machine asks the server who may use it: POST
 * /verify with its token, many keys at once (docs/PROTOCOL.md).
 *
 * Asked on libuv's work thread, one question at a time; the loop never waits.
 * Where the server does not answer, or does not know the token, nobody new is
 * let in and who is here stays; the health text says so to them.
 */
#ifndef WORKER_RELAY_REMOTE_H
#define WORKER_RELAY_REMOTE_H

#include <uv.h>

#include "worker/relay/config.h"
#include "worker/relay/derp.h"

enum {
	REMOTE_SECONDS = 4, /* that a question may take */
	REMOTE_ANSWER_MAX = 64 * 1024,
};

struct remote;

/* Borrows `config`.  NULL: libcurl does not start. */
struct remote *remote_new(uv_loop_t *loop, const struct relay_config *config);
struct admit remote_admit(struct remote *r);
/* Whom it is for; before the loop runs. */
void remote_attach(struct remote *r, struct relay *relay);
/* Each second. */
void remote_tick(struct remote *r, int64_t now_ms);
/* "" while the server answers. */
const char *remote_health(const struct remote *r);
/* No more questions; the loop ends once the last one is over. */
void remote_stop(struct remote *r);
void remote_free(struct remote *r);

#endif
