/*
 * snapids.h: lists of ids that are filled again and again.
 */
#ifndef TAILNET_SNAPIDS_H
#define TAILNET_SNAPIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed: empty; free `at` at the end. */
struct snap_ids {
	int64_t *at;
	size_t count, room;
};

void snap_ids_add(struct snap_ids *l, int64_t id);
void snap_ids_sort(struct snap_ids *l);
void snap_ids_copy(struct snap_ids *to, const struct snap_ids *from);
bool snap_ids_equal(const struct snap_ids *a, const struct snap_ids *b);
bool snap_ids_have(const struct snap_ids *l, int64_t id);

#endif
