/*
 * agent.h: a browser's User-Agent in words that people know it by.
 */
#ifndef FCGI_AGENT_H
#define FCGI_AGENT_H

#include "base/arena.h"

/* "Firefox on Linux"; "A browser" when nothing is known. */
const char *agent_words(struct arena *mem, const char *agent);

#endif
