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

#include "base/err.h"

enum {
	ZONE_NAME_MAX = 64, /* bytes */
	ZONE_TEXT_SIZE = 64,
};

bool zone_is_known(const char *name);
/* "2026-11-22 15:02 CET", for years 0001 to 9999.  The offset instead of the
 * letters where the zone has none: "+03".  A zone that is not known is UTC. */
void zone_text(const char *name, int64_t at, char out[ZONE_TEXT_SIZE]);
/* The same with seconds: "2026-11-22 15:02:07 CET". */
void zone_text_exact(const char *name, int64_t at, char out[ZONE_TEXT_SIZE]);
/* The other way: "2026-11-22T15:02", with or without seconds, as a browser's
 * field for a time writes it.  With a zone of its own, "…Z", it is that.  Of an
 * hour that comes twice, the first one.  ERR_BAD_INPUT: it is no time, or none
 * that clock_text can write; ERR_NOT_FOUND: the clocks of the zone go past it.
 */
enum err zone_parse(const char *name, const char *text, int64_t *at);

#endif
