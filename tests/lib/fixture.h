/*
 * fixture.h: files that tests read: vectors, and what real clients sent.
 *
 * Paths are from the top of the tree, where tests are run.  A file that is
 * missing or malformed ends the test program.
 */
#ifndef TESTS_LIB_FIXTURE_H
#define TESTS_LIB_FIXTURE_H

#include "base/json.h"

struct bytes fixture_bytes(struct arena *mem, const char *path);

/* The file is one JSON object, or a list of such; each as the table says. */
void fixture_object(struct arena *mem, const char *path,
	const struct json_table *t, void *to);
struct json_objects fixture_list(
	struct arena *mem, const char *path, const struct json_table *t);

struct bytes fixture_text(const char *s);

#endif
