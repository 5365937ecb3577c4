/*
 * machine_map.h: POST /machine/map, the one control request that the worker
 * answers itself: streams, lite updates, one-shots.
 */
#ifndef WORKER_MACHINE_MAP_H
#define WORKER_MACHINE_MAP_H

#include "worker/stream.h"

/* Answers or begins to. */
void machine_map(struct stream *st);
/* The stream is gone: presence follows after a grace. */
void machine_map_gone(struct stream *st);

#endif
