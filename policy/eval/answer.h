/*
 * answer.h: what policy-eval answers.
 */
#ifndef POLICY_EVAL_ANSWER_H
#define POLICY_EVAL_ANSWER_H

#include "policy/eval/input.h"

/* One JSON object and a newline, in `mem`.  ERR_BAD_INPUT: addresses or routes
 * that are none. */
enum err eval_answer(
	const struct eval_input *in, struct arena *mem, struct bytes *out);

#endif
