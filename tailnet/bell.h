/*
 * bell.h: the datagram that wakes the worker after a commit.
 *
 * HOME/bell.sock, one byte, no answer.  A lost bell costs latency (the worker
 * looks by itself every second), never truth.
 */
#ifndef TAILNET_BELL_H
#define TAILNET_BELL_H

#include "base/err.h"

/* Never blocks, never fails loudly: nobody listening is fine. */
void bell_ring(const char *home);
/* Binds HOME/bell.sock (0600, an old one is removed); the descriptor is
 * non-blocking and close-on-exec. */
enum err bell_listen(const char *home, int *fd);
/* Closes it and removes the socket. */
void bell_end(const char *home, int fd);
/* Reads all that has come; for the loop. */
void bell_drain(int fd);

#endif
