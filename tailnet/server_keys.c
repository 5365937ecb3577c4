#include "tailnet/server_keys.h"

#include <sodium.h>

#include "tailnet/audit.h"
#include "tailnet/secrets.h"

enum err
server_key_make(struct db *db, const struct secret *seal, const char *kind,
	const char *actor, int64_t now, struct arena *mem, struct key *public)
{
	struct server_key row = { .kind = kind, .created_at = now };
	struct key private;
	enum err e;

	if (crypto_box_keypair((void *)&row.public, (void *)&private) != 0)
		return ERR_CRYPTO;
	row.sealed = seal_close(mem, seal, &private);
	sodium_memzero(&private, sizeof(private));
	e = db_server_key_add(db, &row);
	if (!e && actor)
		e = audit(db, now, actor, "server_key.created", "server-key", 0,
			kind);
	if (!e)
		*public = row.public;
	return e;
}

static enum err
open_all(struct noise_keys *k, const struct secret *seal,
	const struct server_key *rows, size_t count)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < count && i < NOISE_KEYS_MOST; i++) {
		e = seal_open(seal, rows[i].sealed, &k->at[i].private);
		k->at[i].public = rows[i].public;
		k->at[i].until = rows[i].retired_at;
		k->count = i + 1;
	}
	return e;
}

enum err
noise_keys_open(struct db *db, const char *home, int64_t now, struct arena *mem,
	struct noise_keys *out)
{
	struct noise_keys k = { .count = 0 };
	struct server_key *rows;
	struct secret seal;
	size_t count = 0;
	enum err e = db_read_begin(db);

	if (e)
		return e;
	e = secret_current(db, home, "seal", &seal);
	if (!e)
		e = db_server_keys(db, "noise", now, mem, &rows, &count);
	if (!e)
		e = count ? open_all(&k, &seal, rows, count) : ERR_NOT_FOUND;
	db_read_end(db);
	secret_wipe(&seal);
	if (!e)
		*out = k;
	noise_keys_wipe(&k);
	return e;
}

void
noise_keys_wipe(struct noise_keys *k)
{
	sodium_memzero(k, sizeof(*k));
}

enum err
relay_key_open(
	struct db *db, const char *home, struct arena *mem, struct key *private)
{
	struct server_key row;
	struct secret seal;
	enum err e = db_read_begin(db);

	if (e)
		return e;
	e = secret_current(db, home, "seal", &seal);
	if (!e)
		e = db_server_key(db, "derp", mem, &row);
	if (!e)
		e = seal_open(&seal, row.sealed, private);
	db_read_end(db);
	secret_wipe(&seal);
	return e;
}
