/*
 * zlist.h: zstd frames of JSON lists of many like records: the peers of maps.
 *
 * They are 4 to 9 of 100 larger than those that the library makes at level 1,
 * and made in half the time: repetitions are looked for at quotes alone
 * (zmatch.h), the rest is keys and numbers, and how often which letter or
 * length is written does not have to be counted each time.
 */
#ifndef PROTO_ZLIST_H
#define PROTO_ZLIST_H

#include "base/bytes.h"

/* Tables, and memory of one frame. */
struct zlist;
struct zlist *zlist_new(void);
void zlist_free(struct zlist *z);

/* The frame, which lies in z until the next one is made.  Empty when the
 * library does better: the text is short, or larger than a block, or does not
 * repeat itself, or is not all ASCII. */
struct bytes zlist_frame(struct zlist *z, struct bytes text);

#endif
