/*
 * blob.h: bytes that never change and belong to all who hold a reference.
 *
 * A map message is compressed once and sent to hundreds of sessions; each holds
 * a reference until its last byte has left.
 */
#ifndef BASE_BLOB_H
#define BASE_BLOB_H

#include <stddef.h>

struct blob {
	size_t refs, len;
	unsigned char bytes[];
};

/* One reference, for the caller.  `bytes` may be NULL: then fill them before
 * anybody else sees the blob. */
struct blob *blob_new(const void *bytes, size_t len);
struct blob *blob_ref(struct blob *b);
void blob_drop(struct blob *b); /* NULL is fine */

#endif
