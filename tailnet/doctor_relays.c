/* The relays that machines are told of. */
#include <inttypes.h>

#include "db/derp.h"
#include "tailnet/doctor.h"
#include "tailnet/relays.h"

/* Shown ones that let nobody new in: they answer all the same. */
static size_t
show_tokenless(struct doctor *d)
{
	struct derpmap_rows rows;
	struct derpmap_list list;
	size_t bad = 0;

	if (relays_list(d->db, d->home, d->mem, &rows, &list))
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		const struct derpmap_entry *e = &list.at[i];

		if (!e->no_token || e->hidden)
			continue;
		bad++;
		doctor_warn(d, HEALTH_RELAYS,
			arena_printf(d->mem,
				"give it one: cairn relays token new %" PRId64
				", or hide it",
				e->region.id),
			"relays: region %" PRId64
			" has no token: new clients are not let in there",
			e->region.id);
	}
	return bad;
}

void
doctor_relays(struct doctor *d)
{
	struct derp_source *sources;
	struct derp_test *tests;
	size_t source_count, test_count, bad = 0;

	if (db_derp_sources(d->db, d->mem, &sources, &source_count) ||
		db_derp_tests(d->db, d->mem, &tests, &test_count))
		return;
	for (size_t i = 0; i < source_count; i++)
		if (*sources[i].error) {
			bad++;
			doctor_warn(d, HEALTH_RELAYS,
				sources[i].read_at
					? "what was read last stays in force"
					: "see whether the address is right",
				"relays: %s cannot be read: %s",
				sources[i].place, sources[i].error);
		}
	for (size_t i = 0; i < test_count; i++)
		if (*tests[i].error) {
			bad++;
			doctor_warn(d, HEALTH_RELAYS,
				"see that it runs, and its ports are open",
				"relays: region %" PRId64 ": %s", tests[i].id,
				tests[i].error);
		}
	bad += show_tokenless(d);
	if (!bad && !test_count)
		doctor_unknown(d, HEALTH_RELAYS, "relays: none was tried yet");
	else if (!bad)
		doctor_ok(d, HEALTH_RELAYS,
			"relays: %zu answered when they were tried last",
			test_count);
}
