#include "db/sealed.h"

/* clang-format off */
const struct sealed_place sealed_places[SEALED_PLACES] = {
	{ "server_key", "sealed",
	  "SELECT id, sealed FROM server_key WHERE length(sealed) > 0",
	  "UPDATE server_key SET sealed = ?2 WHERE id = ?1",
	  false, SEALED_GOES, "key of the server", "keys of the server" },
	{ "provider", "secret",
	  "SELECT id, secret FROM provider WHERE length(secret) > 0",
	  "UPDATE provider SET secret = ?2 WHERE id = ?1",
	  false, SEALED_GOES, "client secret of a sign-in provider",
	  "client secrets of sign-in providers" },
	{ "identity", "refresh",
	  "SELECT id, refresh FROM identity WHERE length(refresh) > 0",
	  "UPDATE identity SET refresh = ?2 WHERE id = ?1",
	  false, SEALED_GOES, "refresh token of a person", "refresh tokens of people" },
	{ "factor", "secret",
	  "SELECT user_id, secret FROM factor",
	  "UPDATE factor SET secret = ?2 WHERE user_id = ?1",
	  true, SEALED_RANDOM, "second factor", "second factors" },
	{ "notice_target", "secret",
	  "SELECT id, secret FROM notice_target WHERE length(secret) > 0",
	  "UPDATE notice_target SET secret = ?2 WHERE id = ?1",
	  false, SEALED_BLANK, "secret of a webhook or mail account",
	  "secrets of webhooks and mail accounts" },
};
/* clang-format on */

static void
read_row(struct stmt *q, struct arena *mem, void *row)
{
	struct sealed_row *r = row;

	r->id = col_int(q, 0);
	r->value = col_blob(q, 1, mem);
}

enum err
db_sealed_rows(struct db *db, const struct sealed_place *p, struct arena *mem,
	struct sealed_row **rows, size_t *count)
{
	return db_all(db_stmt(db, p->list), read_row, mem, sizeof(**rows), rows,
		count);
}

enum err
db_sealed_put(struct db *db, const struct sealed_place *p, int64_t id,
	struct bytes value)
{
	struct stmt *q = db_stmt(db, p->put);

	stmt_int(q, 1, id);
	stmt_blob(q, 2, value.len ? value.at : (const void *)"", value.len);
	return db_run(q);
}
