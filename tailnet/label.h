/*
 * label.h: from what a client calls itself to its DNS label, by the hosted
 * service's rules (spec/map-and-state.md 3.5).
 */
#ifndef TAILNET_LABEL_H
#define TAILNET_LABEL_H

#include "db/node.h"

enum {
	LABEL_MAX = 63,
	FQDN_MAX = 253, /* with the base domain, without the trailing dot */
};

/* Never empty ("node" where nothing is left), at most LABEL_MAX, lower case. */
char *label_from_hostname(struct arena *mem, const char *hostname);
/* 1 to 63 of a-z 0-9 -, begins and ends with a letter or digit. */
bool label_is_valid(const char *label);
/* A name that programs look up by themselves: wpad, isatap, localhost. */
bool label_is_reserved(const char *label);
/* `label`, or label-1, label-2 …: one that no other node has (the node `but_id`
 * aside), up to -8 the first; the base is cut so that the whole stays valid.
 * Reserved names (wpad, isatap, localhost) get a number too. */
enum err label_free(struct db *db, struct arena *mem, const char *label,
	int64_t but_id, const char **out);

#endif
