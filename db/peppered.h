/*
 * peppered.h: what is known by hashes keyed with keys/pepper, and ends with it:
 * nobody can hash again what only its bearer has.
 *
 * The same test as of sealed.h sees that no such column is forgotten.
 */
#ifndef DB_PEPPERED_H
#define DB_PEPPERED_H

#include "db/bundle.h"

struct peppered {
	struct restored opened; /* keys, browsers, links … (bundle.h) */
	int64_t codes;          /* recovery codes */
	int64_t relays;         /* tokens of relays on other machines */
	int64_t flows;          /* sign-ins by a provider that had begun */
};
/* In the caller's transaction. */
enum err db_peppered_end(struct db *db, int64_t now, struct peppered *out);

#endif
