#include "tailnet/init.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/migrate.h"
#include "db/server_key.h"
#include "tailnet/audit.h"
#include "tailnet/seal.h"
#include "tailnet/settings.h"

static enum err
make_home(const char *home, struct arena *mem, const char **why)
{
	if (mkdir(home, 0750) != 0 && errno != EEXIST) {
		*why = arena_printf(
			mem, "cannot make %s: %s", home, strerror(errno));
		return ERR_IO;
	}
	if (access(home, R_OK | W_OK | X_OK) != 0) {
		*why = arena_printf(
			mem, "cannot write to %s: %s", home, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

static enum err
make_secrets(const char *home, struct arena *mem, const char **why)
{
	enum err e = secret_make(home, "seal");

	if (!e)
		e = secret_make(home, "pepper");
	if (e)
		*why = arena_printf(mem, "cannot make the keys in %s/keys: %s",
			home, e == ERR_IO ? strerror(errno) : err_words(e));
	return e;
}

/* Handlers of another user of the group write too. */
static void
set_mode(const char *home, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", home, name) <
		(int)sizeof(path))
		(void)chmod(path, 0660);
}

static enum err
migrate(const char *home, struct arena *mem, const char **why)
{
	int64_t from;
	enum err e = db_migrate(home, &from);

	if (e)
		*why = arena_printf(mem, "%s/cairn.db: %s", home, err_words(e));
	set_mode(home, "cairn.db");
	set_mode(home, "cairn.lock");
	return e;
}

/* `kind` has no key yet: X25519, the private half sealed. */
static enum err
add_server_key(struct db *db, const struct secret *seal, const char *kind,
	int64_t now, struct arena *mem)
{
	struct server_key row = { .kind = kind, .created_at = now };
	struct key private;
	enum err e;

	if (crypto_box_keypair((void *)&row.public, (void *)&private) != 0)
		return ERR_CRYPTO;
	row.sealed = seal_close(mem, seal, &private);
	sodium_memzero(&private, sizeof(private));
	e = db_server_key_add(db, &row);
	if (!e)
		e = audit(db, now, "server", "server_key.created", "server-key",
			0, kind);
	return e;
}

static enum err
make_server_key(struct db *db, const struct secret *seal, const char *kind,
	int64_t now, struct arena *mem, bool *made)
{
	struct server_key have;
	enum err e = db_server_key(db, kind, mem, &have);

	*made = e == ERR_NOT_FOUND;
	return *made ? add_server_key(db, seal, kind, now, mem) : e;
}

static enum err
first_settings(struct db *db, const struct init_input *in, struct arena *mem,
	const char **why)
{
	const char *const values[][2] = {
		{ "listen", in->listen },
		{ "http_port", in->http_port },
		{ "https_port", in->https_port },
		{ "stun_port", in->stun_port },
		{ "url", in->url },
		{ "dns_domain", in->dns_domain },
	};
	const char *expected;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < sizeof(values) / sizeof(values[0]); i++) {
		if (!values[i][1])
			continue;
		e = settings_store(db, values[i][0], values[i][1], in->now, mem,
			&expected);
		if (e)
			*why = arena_printf(mem,
				"the first setting %s '%s' is refused: %s",
				values[i][0], values[i][1], expected);
	}
	return e;
}

/* One transaction: with a Noise key the instance has its first settings too. */
static enum err
fill(struct db *db, const struct secret *seal, const struct init_input *in,
	struct arena *mem, const char **why)
{
	bool first = false, derp = false;
	enum err e = db_begin(db);

	*why = "the database failed";
	if (!e)
		e = make_server_key(db, seal, "noise", in->now, mem, &first);
	if (!e)
		e = make_server_key(db, seal, "derp", in->now, mem, &derp);
	if (!e && first)
		e = first_settings(db, in, mem, why);
	return db_end(db, e);
}

/* A key that the seal does not open is worse than none: clients know its public
 * half, so it is never made anew. */
static enum err
check_seal(struct db *db, const struct secret *seal, struct arena *mem,
	const char **why)
{
	struct server_key row;
	struct key private;
	enum err e = db_server_key(db, "noise", mem, &row);

	if (!e)
		e = seal_open(seal, row.sealed, &private);
	sodium_memzero(&private, sizeof(private));
	if (e)
		*why = "keys/seal does not open the Noise key of cairn.db: "
		       "put the keys folder back from the backup";
	return e;
}

enum err
tailnet_init(const struct init_input *in, struct arena *mem, const char **why)
{
	struct secret seal;
	struct db *db = NULL;
	enum err e = make_home(in->home, mem, why);

	if (!e)
		e = make_secrets(in->home, mem, why);
	if (!e)
		e = migrate(in->home, mem, why);
	if (e)
		return e;
	*why = "keys/seal cannot be read";
	e = secret_read(in->home, "seal", &seal);
	if (!e) {
		*why = "cairn.db cannot be opened";
		e = db_open(in->home, &db);
	}
	if (!e)
		e = fill(db, &seal, in, mem, why);
	if (!e)
		e = check_seal(db, &seal, mem, why);
	db_close(db);
	secret_wipe(&seal);
	return e;
}
