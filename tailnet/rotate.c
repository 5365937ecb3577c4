#include "tailnet/rotate.h"

#include <inttypes.h>
#include <sodium.h>

#include "db/node.h"
#include "proto/totp.h"
#include "tailnet/audit.h"
#include "tailnet/secrets.h"
#include "tailnet/server_keys.h"

static void
step(const struct rotation *r, enum rotate_step at)
{
	if (r->at)
		r->at(at);
}

/* What a rotation before left is named under the lock that this one stages its
 * file under: it would take the place of one that counts. */
static enum err
begin(const struct rotation *r)
{
	enum err e = db_begin(r->db);

	if (!e && !r->dry)
		e = secrets_settle_in(r->db, r->home);
	return e ? db_end(r->db, e) : ERR_OK;
}

/* The commit is what counts; a name that could not be given then is given by
 * whoever settles next. */
static enum err
finish(const struct rotation *r, enum err e)
{
	if (!e)
		step(r, ROTATE_CHANGED);
	if (r->dry) {
		db_rollback(r->db);
		return e;
	}
	e = db_end(r->db, e);
	if (e) {
		(void)secrets_settle(r->db, r->home);
		return e;
	}
	step(r, ROTATE_COMMITTED);
	(void)secrets_settle(r->db, r->home);
	return ERR_OK;
}

static enum err
note(const struct rotation *r, const char *what)
{
	return audit(r->db, r->now, r->actor, "server_key.rotated",
		"server-key", 0, what);
}

static enum err
stage(const struct rotation *r, const char *name, const struct secret *s,
	struct arena *mem, const char **why)
{
	enum err e = r->dry ? ERR_OK : secret_stage(r->home, name, s);

	if (e)
		*why = arena_printf(mem,
			"%s/keys/%s.next cannot be written: run as the user "
			"that owns the folder, and see that the disk has room",
			r->home, name);
	else
		step(r, ROTATE_STAGED);
	return e;
}

/* ---- the seal ---- */

/* Two seals, each with what handlers hold of it. */
struct seals {
	struct secret old[2], new[2];
};

enum {
	WHOLE,
	PAGES,
};

static struct bytes
lost_value(struct arena *mem, const struct sealed_place *p,
	const struct secret *new)
{
	static const unsigned char blank[] = "";
	unsigned char random[TOTP_SECRET_SIZE];
	struct bytes sealed = { blank, 0 };

	if (p->lost == SEALED_BLANK)
		sealed = seal_bytes(mem, new, sealed);
	if (p->lost == SEALED_RANDOM) {
		randombytes_buf(random, sizeof(random));
		sealed = seal_bytes(
			mem, new, (struct bytes){ random, sizeof(random) });
		sodium_memzero(random, sizeof(random));
	}
	return sealed;
}

static enum err
close_again(struct db *db, const struct sealed_place *p, bool lost,
	const struct seals *s, struct arena *mem, int64_t *done)
{
	const int which = p->pages ? PAGES : WHOLE;
	struct sealed_row *rows;
	struct bytes plain;
	size_t count = 0;
	enum err e = db_sealed_rows(db, p, mem, &rows, &count);

	for (size_t i = 0; !e && i < count; i++) {
		if (lost) {
			plain = lost_value(mem, p, &s->new[which]);
			e = db_sealed_put(db, p, rows[i].id, plain);
			continue;
		}
		e = unseal_bytes(&s->old[which], rows[i].value, mem, &plain);
		if (e)
			return e;
		e = db_sealed_put(db, p, rows[i].id,
			seal_bytes(mem, &s->new[which], plain));
		sodium_memzero((void *)(uintptr_t)plain.at, plain.len);
	}
	*done = (int64_t)count;
	return e;
}

/* Clients know the public halves, but nobody can open the private ones. */
static enum err
make_server_keys(
	const struct rotation *r, const struct seals *s, struct arena *mem)
{
	static const char *const kinds[] = { "noise", "derp" };
	struct key public;
	int64_t ended;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < 2; i++) {
		e = db_server_key_retire(r->db, kinds[i], r->now, r->now);
		if (!e)
			e = db_server_key_end_old(
				r->db, kinds[i], r->now, &ended);
		if (!e)
			e = server_key_make(r->db, &s->new[WHOLE], kinds[i],
				r->actor, r->now, mem, &public);
	}
	return e;
}

static enum err
seal_anew(const struct rotation *r, const struct seals *s, struct arena *mem,
	struct rotated_seal *out)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < SEALED_PLACES; i++)
		e = close_again(r->db, &sealed_places[i], out->lost, s, mem,
			&out->rows[i]);
	if (!e && out->lost)
		e = make_server_keys(r, s, mem);
	if (!e)
		e = secret_mark(r->db, "seal", &s->new[WHOLE]);
	return e ? e : note(r, out->lost ? "seal, which was lost" : "seal");
}

static enum err
take_old(const struct rotation *r, bool may_lose, struct seals *s,
	struct rotated_seal *out, const char **why)
{
	enum err e = secret_current(r->db, r->home, "seal", &s->old[WHOLE]);

	out->lost = e && may_lose;
	if (!e)
		secret_derive(&s->old[WHOLE], "pages", &s->old[PAGES]);
	else if (!may_lose)
		*why = "keys/seal is not there, or not the one of this "
		       "database: put the keys folder back from a backup; if "
		       "there is none, --lost gives up what it closed";
	return out->lost ? ERR_OK : e;
}

enum err
tailnet_rotate_seal(const struct rotation *r, bool may_lose, struct arena *mem,
	struct rotated_seal *out, const char **why)
{
	struct rotated_seal made = { .lost = false };
	struct seals s = { 0 };
	enum err e;

	*why = NULL;
	e = begin(r);
	if (e)
		return e;
	randombytes_buf(s.new[WHOLE].bytes, sizeof(s.new[WHOLE].bytes));
	secret_derive(&s.new[WHOLE], "pages", &s.new[PAGES]);
	e = take_old(r, may_lose, &s, &made, why);
	if (!e)
		e = stage(r, "seal", &s.new[WHOLE], mem, why);
	if (!e)
		e = seal_anew(r, &s, mem, &made);
	e = finish(r, e);
	sodium_memzero(&s, sizeof(s));
	if (!e)
		*out = made;
	return e;
}

/* ---- the pepper ---- */

enum err
tailnet_rotate_pepper(const struct rotation *r, struct arena *mem,
	struct peppered *out, const char **why)
{
	struct peppered ended = { .codes = 0 };
	struct secret new;
	enum err e;

	*why = NULL;
	e = begin(r);
	if (e)
		return e;
	randombytes_buf(new.bytes, sizeof(new.bytes));
	e = stage(r, "pepper", &new, mem, why);
	if (!e)
		e = db_peppered_end(r->db, r->now, &ended);
	if (!e)
		e = secret_mark(r->db, "pepper", &new);
	if (!e)
		e = note(r, "pepper");
	e = finish(r, e);
	secret_wipe(&new);
	if (!e)
		*out = ended;
	return e;
}

/* ---- the server's own keys ---- */

static enum err
make_key(const struct rotation *r, const char *kind, struct arena *mem,
	struct key *public, const char **why)
{
	struct secret seal;
	enum err e = secret_current(r->db, r->home, "seal", &seal);

	if (e)
		*why = "keys/seal is not there, or not the one of this "
		       "database: see 'cairn rotate seal'";
	else
		e = server_key_make(
			r->db, &seal, kind, NULL, r->now, mem, public);
	secret_wipe(&seal);
	return e ? e : note(r, kind);
}

static enum err
count_noise(
	const struct rotation *r, struct arena *mem, struct rotated_noise *out)
{
	struct server_key *rows;
	size_t count = 0;
	enum err e = db_server_keys(r->db, "noise", r->now, mem, &rows, &count);

	if (!e && count > NOISE_KEYS_MOST)
		e = ERR_TOO_BIG;
	out->answered = (int64_t)count - 1;
	return e ? e : db_node_count(r->db, &out->machines);
}

enum err
tailnet_rotate_noise(const struct rotation *r, int64_t grace, struct arena *mem,
	struct rotated_noise *out, const char **why)
{
	struct rotated_noise made = { .answered = 0 };
	int64_t ended = 0;
	enum err e;

	*why = NULL;
	e = begin(r);
	if (e)
		return e;
	e = db_server_key_retire(r->db, "noise", r->now + grace, r->now);
	if (!e && !grace)
		e = db_server_key_end_old(r->db, "noise", r->now, &ended);
	if (!e)
		e = make_key(r, "noise", mem, &made.public, why);
	if (!e)
		e = count_noise(r, mem, &made);
	if (e == ERR_TOO_BIG)
		*why = "three keys of before are answered still: end them "
		       "first, with --end-old, or wait till their time is over";
	e = finish(r, e);
	if (!e)
		*out = made;
	return e;
}

enum err
tailnet_end_old_noise(
	const struct rotation *r, int64_t *ended, const char **why)
{
	int64_t count = 0;
	enum err e;

	*why = NULL;
	e = begin(r);
	if (e)
		return e;
	e = db_server_key_end_old(r->db, "noise", r->now, &count);
	if (!e && count)
		e = note(r, "noise: the keys of before ended");
	e = finish(r, e);
	if (!e)
		*ended = count;
	return e;
}

enum err
tailnet_rotate_relay(
	const struct rotation *r, struct arena *mem, const char **why)
{
	struct key public;
	enum err e;

	*why = NULL;
	e = begin(r);
	if (e)
		return e;
	e = db_server_key_retire(r->db, "derp", r->now, r->now);
	if (!e)
		e = make_key(r, "derp", mem, &public, why);
	return finish(r, e);
}
