/*
 * ended.h: the signals that end a program, as a question: for a command that
 * leaves secrets behind where it is cut off.
 */
#ifndef CLI_ENDED_H
#define CLI_ENDED_H

#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP no longer end the program until ended_drop: ended
 * tells whether one came.  One that was ignored, as nohup does, stays so. */
void ended_watch(void);
bool ended(void *unused);
void ended_drop(void);

#endif
