#include "tests/ledger/checks.h"

#include <string.h>

#include "tests/ledger/complain.h"

/* Each counts what must not be there. */
static const struct {
	const char *words, *sql;
} checks[] = {
	{ "machines that share an IPv4 address",
		"SELECT count(ipv4) - count(DISTINCT +ipv4) FROM node" },
	{ "machines that share an IPv6 address",
		"SELECT count(ipv6) - count(DISTINCT +ipv6) FROM node" },
	{ "machines that share a name",
		"SELECT count(name) - count(DISTINCT +name) FROM node" },
	{ "machines that share a node key",
		"SELECT count(node_key) - count(DISTINCT +node_key) FROM node" },
	{ "one-time keys that let in more than one machine",
		"SELECT count(*) FROM (SELECT actor FROM audit WHERE "
		"action = 'machine.registered' AND detail LIKE '%, new, %' "
		"GROUP BY actor HAVING count(*) > 1)" },
	{ "machines whose one-time key is not spent",
		"SELECT count(*) FROM node JOIN preauth_key AS k "
		"ON k.id = preauth_key_id "
		"WHERE NOT k.reusable AND k.used_at IS NULL" },
	{ "spent keys that let nobody in",
		"SELECT count(*) FROM preauth_key WHERE used_at IS NOT NULL "
		"AND 'preauth-key:' || id NOT IN (SELECT actor FROM audit "
		"WHERE action = 'machine.registered')" },
	{ "machines that the audit log does not know",
		"SELECT count(*) FROM node WHERE 'node:' || id NOT IN "
		"(SELECT subject FROM audit "
		"WHERE action = 'machine.registered')" },
	{ "machines registered by the audit log alone",
		"SELECT count(*) FROM audit "
		"WHERE action = 'machine.registered' AND subject NOT IN "
		"(SELECT 'node:' || id FROM node UNION SELECT subject "
		"FROM audit WHERE action = 'machine.deleted')" },
	{ "machines that are deleted and there",
		"SELECT count(*) FROM node WHERE 'node:' || id IN "
		"(SELECT subject FROM audit WHERE action = 'machine.deleted')" },
	{ "deleted machines whose key is not retired",
		"SELECT count(*) FROM audit WHERE action = 'machine.deleted' "
		"AND subject NOT IN "
		"(SELECT 'node:' || node_id FROM retired_key)" },
	{ "deleted machines whose addresses are not held",
		"SELECT 2 * (SELECT count(*) FROM audit WHERE "
		"action = 'machine.deleted') - count(*) FROM held_address" },
	{ "retired keys that still open",
		"SELECT count(*) FROM node JOIN retired_key USING (node_key)" },
	{ "addresses held and given",
		"SELECT count(*) FROM node WHERE ipv4 IN "
		"(SELECT address FROM held_address) OR ipv6 IN "
		"(SELECT address FROM held_address)" },
	{ "names that were given without the audit log",
		"SELECT count(*) FROM node WHERE name_pinned AND "
		"'node:' || id || ' ' || name NOT IN (SELECT subject || ' ' || "
		"detail FROM audit WHERE action = 'machine.renamed')" },
	{ "machines with routes that nobody approved",
		"SELECT count(*) FROM node WHERE approved_routes <> '[]' "
		"AND id NOT IN (SELECT node_id FROM route_approval)" },
	{ "SSH checks decided or over without the audit log",
		"SELECT count(*) FROM ssh_check WHERE state <> 'waiting' AND "
		"'check:' || id NOT IN (SELECT subject FROM audit)" },
	{ "relays that no job tries",
		"SELECT count(*) FROM derp_region WHERE id NOT IN "
		"(SELECT subject FROM job WHERE kind = 'relay-test')" },
	{ "hidden regions that are not there",
		"SELECT count(*) FROM derp_hidden WHERE id NOT IN "
		"(SELECT id FROM derp_region)" },
	{ "machines that the change log does not know",
		"SELECT count(*) FROM node WHERE id NOT IN "
		"(SELECT id FROM change WHERE kind = 'node')" },
};

static void
take_text(struct stmt *q, struct arena *mem, void *row)
{
	*(const char **)row = col_text(q, 0, mem);
}

static void
check_whole(struct db *db, struct arena *mem)
{
	const char *words = "it cannot be read";
	int64_t broken = 0;
	enum err e = db_one(db_stmt(db, "PRAGMA integrity_check(1)"), take_text,
		mem, &words);

	if (e || strcmp(words, "ok") != 0)
		complain(DAMAGED, "integrity_check: %s (%s)", words,
			err_words(e));
	e = db_number(db_stmt(db, "SELECT count(*) FROM "
				  "pragma_foreign_key_check"),
		&broken);
	if (e || broken)
		complain(DAMAGED, "foreign_key_check: %lld rows (%s)",
			(long long)broken, err_words(e));
}

void
checks_run(struct db *db)
{
	struct arena *mem = arena_new();

	check_whole(db, mem);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		int64_t found = 0;
		enum err e = db_number(db_stmt(db, checks[i].sql), &found);

		if (e || found)
			complain(HALF_DONE, "%lld %s (%s)", (long long)found,
				checks[i].words, err_words(e));
	}
	arena_free(mem);
}
