/*
 * duration.h: durations as Go reads and prints them, "1h30m0s".
 */
#ifndef POLICY_DURATION_H
#define POLICY_DURATION_H

#include <stdint.h>

#include "base/arena.h"

/* NULL, or Go's words for what is wrong, in `mem`. */
const char *duration_parse(const char *text, struct arena *mem, int64_t *ns);
char *duration_print(int64_t ns, struct arena *mem);

#endif
