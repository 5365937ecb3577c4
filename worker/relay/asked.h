/*
 * asked.h: what the server said of node keys, to a relay on another machine
 * (admit.h): no socket and no clock in it.
 *
 * An answer is good for ASKED_FRESH_MS, either way; who is here is asked about
 * again before that, so whoever was deleted is out in five seconds.  Somebody
 * whose key is not known waits until the server has answered.  Where it does
 * not answer nobody new is let in, and who is here stays (as known.h has it).
 *
 * Kept are at most ASKED_MAX keys: those that are here, those that wait, and
 * answers that are fresh.  Beyond that a newcomer is refused.
 */
#ifndef WORKER_RELAY_ASKED_H
#define WORKER_RELAY_ASKED_H

#include <stddef.h>

#include "worker/relay/admit.h"

enum {
	ASKED_FRESH_MS = 4000,
	/* Those who are here are asked about so often.  A tick goes by until
	 * the question is sent, and another one until its answer is looked at:
	 * with both a No counts within five seconds. */
	ASKED_AGAIN_MS = 2000,
	ASKED_HERE_MS = 2500, /* the relay asks for each of them each second */
	ASKED_MAX = 32 * 1024,
	ASKED_KEYS_MAX = 256, /* in one question */
};

struct asked;

/* The answer that somebody waits for. */
typedef void asked_tell(void *arg, const uint8_t key[32], bool allowed);

struct asked *asked_new(asked_tell *tell, void *arg);
void asked_free(struct asked *a);
struct admit asked_admit(struct asked *a);

/* The time, each second; forgets what is old. */
void asked_tick(struct asked *a, int64_t now_ms);
size_t asked_count(const struct asked *a);
/* Whether there is somebody to ask about at once: who waits, or who had no room
 * in the last question. */
bool asked_is_due(const struct asked *a);

/* What to ask now: those who wait first, then those whose answer is oldest.  0:
 * nothing, or a question is under way already. */
size_t asked_question(
	struct asked *a, int64_t now_ms, uint8_t keys[ASKED_KEYS_MAX][32]);
/* The answer to that question: `allows` says of each key of it. */
void asked_answer(struct asked *a, int64_t now_ms, const bool *allows);
/* There is none: whoever waited is refused, nothing is kept of it. */
void asked_failed(struct asked *a);

#endif
