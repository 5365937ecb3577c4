/* cairn rotate: other keys for an instance whose keys were lost or leaked. */
#include "tailnet/rotate.h"

#include <inttypes.h>

#include "base/text.h"
#include "cli/command.h"
#include "tailnet/backup_due.h"

static struct rotation
rotation_of(struct cli *c, bool dry)
{
	return (struct rotation){ .db = c->db,
		.home = c->home,
		.actor = CLI_ACTOR,
		.now = c->now,
		.dry = dry };
}

static enum err
fail(struct cli *c, enum err e, const char *why, const char *what)
{
	if (why)
		return cli_refuse(c, "%s was not changed: %s", what, why);
	return cli_fail(c, e, arena_printf(c->mem, "changing %s", what));
}

static const char *
backup_words(struct cli *c)
{
	struct backup_due due;
	struct settings s;

	if (settings_load(c->db, c->mem, &s) ||
		backup_due(c->db, &s, c->now, &due))
		return "";
	return due.last_at ? arena_printf(c->mem,
				     "The newest backup is %s old; it keeps "
				     "the keys of now.",
				     backup_age(c->mem, c->now - due.last_at))
			   : "There is no backup: 'cairn backup' first.";
}

/* Tells the plan; whether it is to be done. */
static bool
agreed(struct cli *c, const char *words)
{
	if (c->force)
		return true;
	fprintf(c->err, "%s\n%s\n", words, backup_words(c));
	return cli_confirm(c, "Go on?");
}

static struct value *
value_of(struct cli *c, const char *key)
{
	struct value *v = value_new_object(c->mem);

	value_text(v, "key", key);
	value_bool(v, "dry_run", cli_yes(c, "dry-run"))->keep = true;
	return v;
}

/* The words are those of the question, too: a trial says that it is one. */
static void
answer(struct cli *c, struct value *v, const char *words)
{
	if (cli_yes(c, "dry-run"))
		words = arena_printf(
			c->mem, "What would be; nothing was done.\n%s", words);
	cli_answer(c, v, words);
}

static enum err
unchanged(struct cli *c)
{
	cli_result(c, "Nothing was changed");
	return ERR_OK;
}

/* "1 browser is", "2 browsers are". */
static const char *
some(struct cli *c, int64_t count, const char *one, const char *many)
{
	return arena_printf(
		c->mem, "%" PRId64 " %s", count, count == 1 ? one : many);
}

/* ---- seal ---- */

static const char *
lost_words(struct cli *c, const struct rotated_seal *s)
{
	return arena_printf(c->mem,
		"The old seal is lost, and with it what it closed:\n"
		"  the server's keys are made anew: machines are cut off until "
		"their client is started again;\n"
		"  %s its client secret again; %s in by a provider again;\n"
		"  %s nothing any more (recovery codes do): who has none left "
		"asks an owner;\n"
		"  %s its secret again.",
		some(c, s->rows[1], "sign-in provider needs",
			"sign-in providers need each"),
		some(c, s->rows[2], "person signs", "people sign"),
		some(c, s->rows[3], "second factor opens",
			"second factors open"),
		some(c, s->rows[4], "webhook or mail account needs",
			"webhooks and mail accounts need each"));
}

static const char *
seal_words(struct cli *c, const struct rotated_seal *s)
{
	const char *all = "Closed again with a new seal, and nobody notices:";

	if (s->lost)
		return lost_words(c, s);
	for (size_t i = 0; i < SEALED_PLACES; i++)
		all = arena_printf(c->mem, "%s\n  %s", all,
			some(c, s->rows[i], sealed_places[i].one,
				sealed_places[i].many));
	return all;
}

enum err
cmd_rotate_seal(struct cli *c)
{
	struct rotation r = rotation_of(c, true);
	struct value *v = value_of(c, "seal");
	struct rotated_seal made;
	const char *why;
	enum err e = tailnet_rotate_seal(
		&r, cli_yes(c, "lost"), c->mem, &made, &why);

	if (e)
		return fail(c, e, why, "the seal");
	r.dry = cli_yes(c, "dry-run");
	if (!r.dry) {
		if (!agreed(c, seal_words(c, &made)))
			return unchanged(c);
		e = tailnet_rotate_seal(
			&r, cli_yes(c, "lost"), c->mem, &made, &why);
		if (e)
			return fail(c, e, why, "the seal");
	}
	value_bool(v, "lost", made.lost)->keep = true;
	for (size_t i = 0; i < SEALED_PLACES; i++)
		value_int(v, sealed_places[i].table, made.rows[i]);
	answer(c, v, seal_words(c, &made));
	return ERR_OK;
}

/* ---- pepper ---- */

static const char *
pepper_words(struct cli *c, const struct peppered *p)
{
	return arena_printf(c->mem,
		"What only a hash is known of ends with the pepper:\n"
		"  %s for machines; machines that are there stay\n"
		"  %s signed out, %s anew\n"
		"  %s: setup, invites, new passwords\n"
		"  %s again; %s approved again\n"
		"  %s: who has a second factor makes new ones on the page "
		"Security\n"
		"  %s of relays elsewhere: 'cairn relays token new REGION' "
		"each\n"
		"Passwords and second factors stay.",
		some(c, p->opened.keys, "key", "keys"),
		some(c, p->opened.sessions, "browser is", "browsers are"),
		some(c, p->flows, "sign-in begins", "sign-ins begin"),
		some(c, p->opened.links, "link", "links"),
		some(c, p->opened.pending, "machine that asks to join asks",
			"machines that ask to join ask"),
		some(c, p->opened.checks, "SSH login is", "SSH logins are"),
		some(c, p->codes, "recovery code", "recovery codes"),
		some(c, p->relays, "token", "tokens"));
}

static void
pepper_value(struct value *v, const struct peppered *p)
{
	value_int(v, "keys", p->opened.keys);
	value_int(v, "sessions", p->opened.sessions);
	value_int(v, "links", p->opened.links);
	value_int(v, "pending", p->opened.pending);
	value_int(v, "checks", p->opened.checks);
	value_int(v, "recovery_codes", p->codes);
	value_int(v, "relay_tokens", p->relays);
}

enum err
cmd_rotate_pepper(struct cli *c)
{
	struct rotation r = rotation_of(c, true);
	struct value *v = value_of(c, "pepper");
	struct peppered ended;
	const char *why;
	enum err e = tailnet_rotate_pepper(&r, c->mem, &ended, &why);

	if (e)
		return fail(c, e, why, "the pepper");
	r.dry = cli_yes(c, "dry-run");
	if (!r.dry) {
		if (!agreed(c, pepper_words(c, &ended)))
			return unchanged(c);
		e = tailnet_rotate_pepper(&r, c->mem, &ended, &why);
		if (e)
			return fail(c, e, why, "the pepper");
	}
	pepper_value(v, &ended);
	answer(c, v, pepper_words(c, &ended));
	return ERR_OK;
}

/* ---- the server's own keys ---- */

static enum err
grace_of(struct cli *c, int64_t *grace)
{
	const char *text = cli_text(c, "grace");

	*grace = NOISE_GRACE_DEFAULT;
	if (!cli_given(c, "grace"))
		return ERR_OK;
	if (text_duration(text, grace) || *grace < 0 ||
		*grace > NOISE_GRACE_MOST)
		return cli_refuse(c,
			"--grace is a time like 30d or 12h, at most 365d; 0 "
			"for none");
	return ERR_OK;
}

static const char *
noise_words(struct cli *c, int64_t grace, const struct rotated_noise *made)
{
	if (!grace)
		return arena_printf(c->mem,
			"A new machine key of the server, at once; %s the old "
			"one.\nTunnels that stand stay; a client "
			"that loses its own comes back when it is started "
			"again\n(systemctl restart tailscaled). Nobody signs "
			"in again.",
			some(c, made->machines, "machine knows",
				"machines know"));
	return arena_printf(c->mem,
		"A new machine key of the server. Clients take it when they "
		"are started; for the others the old one\nis answered %s "
		"more; old keys that are answered then: %lld. Where it "
		"leaked: --grace 0.",
		backup_age(c->mem, grace), (long long)made->answered);
}

static enum err
end_old(struct cli *c)
{
	struct rotation r = rotation_of(c, true);
	struct value *v = value_of(c, "noise");
	const char *why, *words;
	int64_t ended = 0;
	enum err e = tailnet_end_old_noise(&r, &ended, &why);

	if (e)
		return fail(c, e, why, "the machine key");
	words = arena_printf(c->mem,
		"%s answered no more: clients that were not started since are "
		"cut off until they are.",
		some(c, ended, "key of before is", "keys of before are"));
	r.dry = cli_yes(c, "dry-run");
	if (!r.dry) {
		if (!agreed(c, words))
			return unchanged(c);
		e = tailnet_end_old_noise(&r, &ended, &why);
		if (e)
			return fail(c, e, why, "the machine key");
	}
	value_int(v, "ended", ended)->keep = true;
	answer(c, v, words);
	return ERR_OK;
}

enum err
cmd_rotate_noise(struct cli *c)
{
	struct rotation r = rotation_of(c, true);
	struct value *v = value_of(c, "noise");
	struct rotated_noise made;
	int64_t grace;
	const char *why;
	enum err e = grace_of(c, &grace);

	if (e)
		return e;
	if (cli_yes(c, "end-old"))
		return end_old(c);
	e = tailnet_rotate_noise(&r, grace, c->mem, &made, &why);
	if (e)
		return fail(c, e, why, "the machine key");
	r.dry = cli_yes(c, "dry-run");
	if (!r.dry) {
		if (!agreed(c, noise_words(c, grace, &made)))
			return unchanged(c);
		e = tailnet_rotate_noise(&r, grace, c->mem, &made, &why);
		if (e)
			return fail(c, e, why, "the machine key");
		value_text(v, "public",
			key_text(c->mem, KEY_MACHINE, &made.public));
	}
	value_int(v, "answered_old", made.answered)->keep = true;
	value_int(v, "machines", made.machines)->keep = true;
	answer(c, v, noise_words(c, grace, &made));
	return ERR_OK;
}

enum err
cmd_rotate_relay(struct cli *c)
{
	static const char words[] =
		"A new key of the own relay. Clients read it at each "
		"connection: nobody notices.";
	struct rotation r = rotation_of(c, cli_yes(c, "dry-run"));
	const char *why;
	enum err e;

	if (!r.dry && !agreed(c, words))
		return unchanged(c);
	e = tailnet_rotate_relay(&r, c->mem, &why);
	if (e)
		return fail(c, e, why, "the relay's key");
	answer(c, value_of(c, "relay"), words);
	return ERR_OK;
}
