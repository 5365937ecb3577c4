/*
 * zone.h: times as people of a time zone read them, by the tz database of the
 * system.
 *
 * "UTC" is always there; other names, such as Europe/Vienna, are files below
 * /usr/share/zoneinfo (Debian: tzdata).  Setting TZ is how libc takes another
 * zone, so only a program of one thread may ask: cairn-fcgi's children.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ZONE_NAME_MAX = 64, /* bytes */
	ZONE_TEXT_SIZE = 64,
};

bool zone_is_known(const char *name);
/* "2026-11-22 15:02 CET", for years 0001 to 9999.  The offset instead of the
 * letters where the zone has none: "+03".  A zone that is not known is UTC. */
void zone_text(const char *name, int64_t at, char out[ZONE_TEXT_SIZE]);

#endif
