/*
 * answer.h: what policy-eval answers.
 */
#ifndef POLICY_EVAL_ANSWER_H
#define POLICY_EVAL_ANSWER_H

#include "policy/eval/input.h"

enum {
	EVAL_ANSWER_MAX = 256 * 1024 * 1024, /* bytes */
};

/* One JSON object and a newline, in `mem`.  ERR_BAD_INPUT: addresses or routes
 * that are none.  ERR_TOO_BIG: more than `most` bytes. */
enum err eval_answer(const struct eval_input *in, size_t most,
	struct arena *mem, struct bytes *out);

#endif
