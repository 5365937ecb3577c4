/*
 * dns_watch.h: looks each second whether the file of the setting
 * extra_records_path is another than it was, by its stat, without the loop
 * waiting for a disk; the sweep reads it then (tailnet/dnsfile.h).
 */
#ifndef WORKER_DNS_WATCH_H
#define WORKER_DNS_WATCH_H

#include "worker/worker.h"

/* Once a second. */
void dns_watch_tick(struct worker *w);
/* The path whose file is to be read, or "" that there is none any more; NULL:
 * there is no news.  Once asked it is no news any more. */
const char *dns_watch_take(struct worker *w, struct arena *mem);
/* What was taken could not be stored. */
void dns_watch_again(void);

#endif
