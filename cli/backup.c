/* cairn backup and restore: the whole instance in one file, and back. */
#include <string.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/ended.h"
#include "cli/origin.h"
#include "cli/print.h"
#include "cli/secret_line.h"
#include "tailnet/backup.h"
#include "tailnet/lockbox.h"

/* The first line of the file, - for standard input; NULL without the flag. */
static enum err
read_passphrase(struct cli *c, const char **out)
{
	enum err e = secret_line(c, "passphrase-file", PASSPHRASE_MOST, out);

	if (!e && *out && strlen(*out) < PASSPHRASE_LEAST)
		return cli_refuse(c,
			"the first line of %s must be a passphrase of %d to %d "
			"bytes",
			cli_text(c, "passphrase-file"), PASSPHRASE_LEAST,
			PASSPHRASE_MOST);
	return e;
}

static void
answer_backup(struct cli *c, const struct backup *b, int64_t size)
{
	struct value *v = value_new_object(c->mem);

	value_text(v, "file", b->file);
	value_int(v, "bytes", size);
	value_bool(v, "passphrase", b->passphrase != NULL)->keep = true;
	cli_answer(c, v,
		arena_printf(c->mem, "Backed up to %s (%lld bytes).\n%s",
			b->file, (long long)size,
			b->passphrase
				? "Keep the passphrase elsewhere: without it "
				  "nobody opens the file."
				: "It holds the keys of this server: whoever "
				  "has the file is this server."));
}

enum err
cmd_backup(struct cli *c)
{
	struct backup b = { .db = c->db,
		.home = c->home,
		.file = c->arg_count ? c->args[0] : NULL,
		.version = CAIRN_VERSION,
		.actor = CLI_ACTOR,
		.now = c->now,
		.ended = ended };
	bool own = !b.file;
	const char *why;
	int64_t size;
	enum err e = read_passphrase(c, &b.passphrase);

	if (e)
		return e;
	if (own)
		e = backup_new_path(c->home, c->now, c->mem, &b.file, &why);
	ended_watch();
	if (!e)
		e = tailnet_backup(&b, c->mem, &size, &why);
	ended_drop();
	if (e)
		return cli_refuse(c, "no backup was made: %s", why);
	if (own)
		backup_prune(c->home, c->mem);
	answer_backup(c, &b, size);
	return ERR_OK;
}

static const char *
words_of(struct cli *c, const struct restore_made *m)
{
	return arena_printf(c->mem,
		"%s is as it was on %s%s%s.\nEnded, since it may have been "
		"spent or taken back since:\n%s.\nMachines that were deleted "
		"since are back: look at 'cairn nodes list'.\nNow start "
		"cairn; 'cairn doctor' says whether all is well.",
		c->home, clock_print(c->mem, m->from.made_at),
		m->replaced ? "; what was there lies in " : "",
		m->replaced ? m->replaced : "",
		restored_counts(&m->ended, c->mem));
}

static void
answer_restore(struct cli *c, const struct restore_made *m)
{
	struct value *v = value_new_object(c->mem);

	value_text(v, "home", c->home);
	value_int(v, "made_at", m->from.made_at);
	value_text(v, "version", m->from.version);
	value_text(v, "replaced", m->replaced);
	value_int(v, "keys", m->ended.keys);
	value_int(v, "sessions", m->ended.sessions);
	value_int(v, "links", m->ended.links);
	value_int(v, "pending", m->ended.pending);
	value_int(v, "checks", m->ended.checks);
	cli_answer(c, v, words_of(c, m));
}

enum err
cmd_restore(struct cli *c)
{
	int64_t age = cli_worker_age(c);
	struct restore r = { .home = c->home,
		.file = c->arg_count ? c->args[0] : NULL,
		.url = cli_given(c, "url") ? cli_text(c, "url") : NULL,
		.replace = cli_yes(c, "replace"),
		.running = age >= 0 && age <= WORKER_LATE_SECONDS,
		.ended = ended,
		.now = c->now,
		.origin = origin_of_process(c->mem) };
	struct restore_made made;
	const char *why;
	enum err e = read_passphrase(c, &r.passphrase);

	if (e)
		return e;
	if (!r.file)
		return cli_refuse(c, "name the backup: cairn restore FILE");
	ended_watch();
	e = tailnet_restore(&r, c->mem, &made, &why);
	ended_drop();
	if (e) /* a backup may be anybody's, and so may a line end in it */
		return cli_refuse(c, "nothing was put back: %s",
			print_clean(c->mem, why, ""));
	answer_restore(c, &made);
	return ERR_OK;
}
