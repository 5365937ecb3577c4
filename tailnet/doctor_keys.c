/* Whether the secrets are those of the database, and what old key is answered.
 */
#include "base/clock.h"
#include "db/server_key.h"
#include "tailnet/doctor.h"
#include "tailnet/secrets.h"

/* That the files are there was told before. */
static void
check_secrets(struct doctor *d)
{
	static const char *const names[] = { "seal", "pepper" };
	struct secret s;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (secret_current(d->db, d->home, names[i], &s) == ERR_CRYPTO)
			doctor_fail(d, HEALTH_KEYS,
				arena_printf(d->mem,
					"put the folder keys back from a "
					"backup; if there is none: 'cairn "
					"rotate %s --help'",
					names[i]),
				"keys: keys/%s is not the one of this database",
				names[i]);
		secret_wipe(&s);
	}
}

/* How long clients that were not started since get in. */
static void
check_old_keys(struct doctor *d)
{
	struct server_key *rows;
	size_t count = 0;
	char until[CLOCK_TEXT_SIZE];

	if (db_server_keys(d->db, "noise", d->now, d->mem, &rows, &count))
		return;
	for (size_t i = 1; i < count; i++) {
		clock_text(rows[i].retired_at, until);
		doctor_ok(d, HEALTH_KEYS,
			"keys: a machine key of before is answered until %s",
			until);
	}
}

void
doctor_keys(struct doctor *d)
{
	check_secrets(d);
	check_old_keys(d);
}
