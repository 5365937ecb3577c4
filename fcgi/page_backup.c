/*
 * page_backup.c: backups of the instance: those that lie in its home, a new
 * one, and the way to one's own disk (spec/pages.md 13).  Putting one back is
 * the command line's: it happens while nothing runs.
 *
 * Whoever has a backup is this server, so all of it is the owner's, freshly
 * signed in.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "fcgi/form.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/reply.h"
#include "fcgi/settings_sections.h"
#include "fcgi/spool.h"
#include "tailnet/audit.h"
#include "tailnet/backup.h"
#include "tailnet/lockbox.h"

static const struct field fields[] = {
	{ "passphrase", "Passphrase",
		.hint = "At least 12 characters, without which nobody opens "
			"the file: keep it elsewhere. Empty: whoever has the "
			"file is this server.",
		.kind = FIELD_PASSWORD, .max = PASSPHRASE_MOST,
		.autocomplete = "new-password" },
	{ "passphrase_again", "The same again", .kind = FIELD_PASSWORD,
		.max = PASSPHRASE_MOST, .autocomplete = "new-password" },
};

static void
make_form(struct request *r, struct form *f)
{
	form_init(r, f, "settings-backup", BACKUP_HERE, fields,
		sizeof(fields) / sizeof(fields[0]));
}

static void
begin_cell(struct request *r, const char *col, const char *label)
{
	html_begin(r, "td", "data-col", col, "data-label", label);
}

static void
show_row(struct request *r, const struct backup_row *b)
{
	html_begin(r, "tr", "data-name", b->name);
	html_begin(r, "th", "scope", "row", "data-col", "file", "data-label",
		"File");
	html_link(r, arena_printf(r->mem, BACKUP_HERE "/%s", b->name), b->name);
	html_end(r);
	begin_cell(r, "made", "Made");
	html_time(r, b->made_at);
	html_end(r);
	begin_cell(r, "size", "Size");
	html_textf(r, "%" PRId64 " KiB", (b->size + 1023) / 1024);
	html_end(r);
	begin_cell(r, "opens", "Opens");
	html_text(r, b->sealed ? "with its passphrase" : "for anybody");
	html_end(r);
	html_end(r);
}

static void
show_table(struct request *r, const struct backup_row *rows, size_t count)
{
	static const char *const heads[] = { "File", "Made", "Size", "Opens" };

	html_begin(r, "table", "id", "backups", "class", "list");
	html_heads(r, heads, sizeof(heads) / sizeof(heads[0]));
	html_begin(r, "tbody");
	for (size_t i = 0; i < count; i++)
		show_row(r, &rows[i]);
	html_end(r);
	html_end(r);
}

static void
show_restore(struct request *r)
{
	html_element(r, "h3", "Putting one back");
	html_element(r, "p",
		"On the server, while cairn is stopped. What is there then is "
		"kept; keys for machines, signed-in browsers and links of the "
		"backup end.");
	html_command(r, "restore",
		"cairn restore FILE --passphrase-file FILE --replace");
}

/* `refused` is `f` or the form beside it, or NULL. */
static enum err
show(struct request *r, struct form *f, struct form *refused)
{
	struct backup_row *rows;
	size_t count;
	enum err e = backup_list(r->home, r->mem, &rows, &count);

	if (e)
		return e;
	settings_begin(r, settings_section_named("backup"),
		refused ? form_refused(refused) : NULL);
	if (count)
		show_table(r, rows, count);
	else
		html_element(r, "p",
			"No backup lies on the server yet. One holds all: the "
			"database, the keys, the certificate.");
	html_begin(r, "p");
	html_textf(r,
		"The newest %d stay. Carry one elsewhere now and then: these "
		"burn with the machine.",
		BACKUPS_KEPT);
	html_end(r);
	form_show(f, "Back up now");
	html_element(r, "h3", "Remind after");
	e = settings_aside_show(r, "backup/backup-days", refused);
	show_restore(r);
	frame_end(r);
	return e;
}

enum err
page_backup(struct request *r)
{
	struct form f;

	make_form(r, &f);
	return show(r, &f, NULL);
}

enum err
backup_again(struct request *r, struct form *refused)
{
	struct form f;

	make_form(r, &f);
	return show(r, &f, refused);
}

/* The rule counts bytes, people count characters, which are no more. */
static bool
passphrase_fits(struct form *f)
{
	const char *one = form_get(f, "passphrase");

	if (*one && (strlen(one) < PASSPHRASE_LEAST ||
			    text_length(one) < PASSPHRASE_LEAST))
		form_error(f, "passphrase", "password-short");
	else if (strlen(one) > PASSPHRASE_MOST)
		form_error(f, "passphrase", "too-long");
	else if (strcmp(one, form_get(f, "passphrase_again")) != 0)
		form_error(f, "passphrase_again", "passphrase-differs");
	return form_ok(f);
}

static enum err
back_up(struct request *r, const char *passphrase, const char **why)
{
	struct backup b = { .db = r->db,
		.home = r->home,
		.passphrase = *passphrase ? passphrase : NULL,
		.version = CAIRN_VERSION,
		.actor = prove_actor_text(r),
		.now = r->now };
	int64_t size;
	enum err e = backup_new_path(r->home, r->now, r->mem, &b.file, why);

	if (!e)
		e = tailnet_backup(&b, r->mem, &size, why);
	if (!e)
		backup_prune(r->home, r->mem);
	return e;
}

enum err
do_backup(struct request *r)
{
	const char *why = NULL;
	struct form f;
	enum err e;

	make_form(r, &f);
	if (!form_take(&f) || !passphrase_fits(&f))
		return show(r, &f, &f);
	e = back_up(r, form_get(&f, "passphrase"), &why);
	if (e)
		r->why = why;
	return e ? e : form_done(r, BACKUP_HERE, "backup-made", 0);
}

/* ---- to one's own disk ---- */

static enum err
note(struct request *r, const char *name)
{
	enum err e = db_begin(r->db);

	if (!e)
		e = audit(r->db, r->now, prove_actor_text(r),
			"backup.downloaded", "server", 0, name);
	return db_end(r->db, e);
}

/* A file of which all is there, as an answer. */
static enum err
take_file(struct request *r, const char *name, struct spool *out)
{
	const char *path = arena_printf(r->mem, "%s/backups/%s", r->home, name);
	struct stat st;

	out->fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (out->fd < 0)
		return ERR_NOT_FOUND;
	r->spool = out->fd;
	if (fstat(out->fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR_NOT_FOUND;
	out->len = st.st_size;
	return ERR_OK;
}

/* An export, so this GET writes its row of the audit log. */
enum err
page_backup_file(struct request *r)
{
	const char *name = r->parts[0];
	struct spool *s = arena_array(r->mem, 1, sizeof(*s));
	enum err e;

	if (!backup_is_name(name) || take_file(r, name, s))
		return reply_error(r, 404,
			"There is no such backup: /admin/settings/backup lists "
			"those that are there.");
	e = note(r, name);
	return e ? e
		 : reply_stream(r, "application/octet-stream", name, s->len,
			   spool_send, s);
}
