#include "db/peppered.h"

enum err
db_peppered_end(struct db *db, int64_t now, struct peppered *out)
{
	enum err e = db_opened_end(
		db, now, "the keys of the server were changed", &out->opened);

	if (!e)
		e = db_run_any(
			db_stmt(db, "DELETE FROM recovery_code"), &out->codes);
	if (!e)
		e = db_run_any(db_stmt(db, "UPDATE derp_region SET token_hash "
					   "= NULL, token_at = NULL WHERE "
					   "token_hash IS NOT NULL"),
			&out->relays);
	if (!e)
		e = db_run_any(
			db_stmt(db, "DELETE FROM oidc_flow"), &out->flows);
	return e ? e : db_run_any(db_stmt(db, "DELETE FROM spent_form"), NULL);
}
