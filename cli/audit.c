/* cairn audit verify: the whole chain of the audit log, from its beginning. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "cli/command.h"
#include "db/audit_chain.h"

enum {
	PIECE = 100000, /* rows of one read: the worker checkpoints between */
};

struct verdict {
	struct audit_walk walk;
	int64_t loose, given, there;
	const char *hash; /* of the last row that fits */
};

static const char *
hex(struct cli *c, const uint8_t hash[AUDIT_HASH_SIZE])
{
	char *text = arena_alloc(c->mem, 2 * AUDIT_HASH_SIZE + 1);

	text_hex(text, hash, AUDIT_HASH_SIZE);
	return text;
}

static enum err
look(struct cli *c, struct verdict *v)
{
	enum err e = db_audit_walk_whole(c->db, &v->walk);

	do {
		if (!e)
			e = db_audit_walk(c->db, &v->walk, PIECE);
	} while (!e && !v->walk.ended && !v->walk.broken);
	if (!e)
		e = db_audit_loose(c->db, &v->loose);
	if (!e)
		e = db_audit_cut(c->db, &v->given, &v->there);
	v->hash = hex(c, v->walk.hash);
	return e;
}

/* A row and its hash, as they were noted elsewhere. */
static enum err
compare(struct cli *c)
{
	const char *wanted = cli_text(c, "hash");
	uint8_t hash[AUDIT_HASH_SIZE], said[AUDIT_HASH_SIZE];
	enum err e;

	if (!cli_given(c, "row") && !*wanted)
		return ERR_OK;
	if (!cli_given(c, "row") || text_unhex(wanted, said, sizeof(said)))
		return cli_refuse(c, "give --row and --hash together, as "
				     "'cairn audit verify' printed them");
	e = db_audit_hash_of(c->db, cli_number(c, "row"), hash);
	if (e == ERR_NOT_FOUND)
		return cli_refuse(c,
			"row %" PRId64 " is not there (any more), so it cannot "
			"be compared",
			cli_number(c, "row"));
	if (e)
		return cli_fail(c, e, "reading the row");
	if (memcmp(hash, said, sizeof(hash)) != 0)
		return cli_refuse(c,
			"row %" PRId64 " has the hash %s: it or a row before "
			"it is not what it was",
			cli_number(c, "row"), hex(c, hash));
	return ERR_OK;
}

static enum err
judge(struct cli *c, const struct verdict *v)
{
	if (v->walk.broken)
		return cli_refuse(c,
			"row %" PRId64 " does not fit the one before it, "
			"intact to row %" PRId64
			": somebody changed or took out rows; compare with a "
			"backup, and see who may write the folder",
			v->walk.broken, v->walk.id);
	if (v->given > v->there)
		return cli_refuse(c,
			"rows %" PRId64 " to %" PRId64
			" were there and are not: somebody cut the log off; "
			"compare with a backup, and see who may write the "
			"folder",
			v->there + 1, v->given);
	return compare(c);
}

static void
answer(struct cli *c, const struct verdict *v)
{
	struct value *out = value_new_object(c->mem);
	const char *loose =
		v->loose ? arena_printf(c->mem,
				   "\n%" PRId64 " older rows are from before "
				   "the chain and have no hash",
				   v->loose)
			 : "";

	value_int(out, "rows", v->walk.rows)->keep = true;
	value_int(out, "intact_to", v->walk.id)->keep = true;
	value_text(out, "hash", v->hash);
	value_int(out, "unchained", v->loose)->keep = true;
	cli_answer(c, out,
		arena_printf(c->mem,
			"intact to row %" PRId64 ", %" PRId64
			" rows looked at%s\nhash %s\nNote row and hash "
			"elsewhere: 'cairn audit verify --row %" PRId64
			" --hash %s' compares them later.",
			v->walk.id, v->walk.rows, loose, v->hash, v->walk.id,
			v->hash));
}

enum err
cmd_audit_verify(struct cli *c)
{
	struct verdict v = { .loose = 0 };
	enum err e = look(c, &v);

	if (e)
		return cli_fail(c, e, "reading the audit log");
	e = judge(c, &v);
	if (!e)
		answer(c, &v);
	return e;
}
