#include "db/digest.h"

#include <sodium.h>
#include <sqlite3.h>

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	const void *text = sqlite3_value_text(values[0]);

	(void)count;
	if (!text) {
		sqlite3_result_null(context);
		return;
	}
	crypto_hash_sha256(
		hash, text, (unsigned long long)sqlite3_value_bytes(values[0]));
	sqlite3_result_blob(context, hash, sizeof(hash), SQLITE_TRANSIENT);
}

int
digest_register(struct sqlite3 *handle)
{
	return sqlite3_create_function_v2(handle, "sha256", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		call, NULL, NULL, NULL);
}
