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
#include "tailnet/secrets.h"
#include "tailnet/server_keys.h"
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

static enum err
make_server_key(struct db *db, const struct secret *seal, const char *kind,
	int64_t now, struct arena *mem, bool *made)
{
	struct server_key have;
	enum err e = db_server_key(db, kind, mem, &have);

	struct key public;

	*made = e == ERR_NOT_FOUND;
	return *made ? server_key_make(
			       db, seal, kind, "server", now, mem, &public)
		     : e;
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
 * half, so it is never made anew unasked. */
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

/* What was cut off in a rotation is finished first. */
static enum err
take_seal(
	struct db *db, const char *home, struct secret *seal, const char **why)
{
	enum err e = secrets_settle(db, home);

	*why = "the database failed";
	if (e)
		return e;
	*why = "keys/seal is not the one of cairn.db: put the keys folder back "
	       "from the backup, or see 'cairn rotate seal --help'";
	return secret_current(db, home, "seal", seal);
}

static enum err
adopt(struct db *db, const char *home, struct arena *mem, const char **why)
{
	const char *which = "";
	enum err e = db_begin(db);

	if (!e)
		e = secrets_adopt(db, home, &which);
	e = db_end(db, e);
	*why = "the database failed";
	if (e == ERR_CRYPTO)
		*why = arena_printf(mem,
			"keys/%s is not the one of cairn.db: put the keys "
			"folder back from the backup, or see 'cairn rotate %s "
			"--help'",
			which, which);
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
	*why = "cairn.db cannot be opened";
	e = db_open(in->home, &db);
	if (!e)
		e = take_seal(db, in->home, &seal, why);
	if (!e)
		e = fill(db, &seal, in, mem, why);
	if (!e)
		e = check_seal(db, &seal, mem, why);
	if (!e)
		e = adopt(db, in->home, mem, why);
	db_close(db);
	secret_wipe(&seal);
	return e;
}
