#include "tailnet/policy_trouble.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "db/policy_text.h"
#include "tailnet/policy_force.h"

enum {
	WORDS_MAX = 512,
};

/* Versions never change, so neither does what is wrong with one.  Of one
 * database in each process but for tests, hence the hash. */
static struct {
	int64_t version;
	char hash[POLICY_HASH_TEXT + 1];
	char words[WORDS_MAX]; /* "": nothing is */
} known;

static const char *
find(struct db *db, struct arena *mem)
{
	struct policy_force force;
	const char *instead;

	if (policy_in_force(db, mem, &force))
		return NULL; /* that has words of its own */
	policy_free(force.policy);
	if (!force.broken)
		return NULL;
	instead = force.version
			  ? arena_printf(mem, "version %" PRId64 " is in force",
				    force.version)
			  : "nothing is allowed";
	return arena_printf(mem,
		"version %" PRId64 " of the policy cannot be loaded, so %s: %s",
		force.broken, instead, force.why);
}

const char *
policy_trouble(struct db *db, struct arena *mem)
{
	struct policy_text *newest;
	const char *words;
	size_t count;

	if (db_policy_versions(db, 0, 1, mem, &newest, &count) || !count)
		return NULL;
	if (known.version != newest->id ||
		strcmp(known.hash, newest->hash) != 0) {
		words = find(db, mem);
		(void)snprintf(known.words, sizeof(known.words), "%s",
			words ? words : "");
		(void)snprintf(
			known.hash, sizeof(known.hash), "%s", newest->hash);
		known.version = newest->id;
	}
	return *known.words ? arena_strdup(mem, known.words) : NULL;
}
