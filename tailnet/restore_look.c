#include "tailnet/restore_inside.h"

#include "base/clock.h"
#include "db/shape.h"
#include "tailnet/backup_files.h"
#include "tailnet/secrets.h"

enum {
	VERSION_SHOWN = 40, /* bytes of the text that a backup has for it */
};

enum err
restore_refuse(struct restoring *s, enum err e, const char *words)
{
	if (!*s->why)
		*s->why = words;
	return e;
}

enum err
restore_say(struct restoring *s, enum err e, const char *doing)
{
	return e ? restore_refuse(s, e,
			   arena_printf(s->mem, "%s: %s", doing, err_words(e)))
		 : e;
}

/* What a newer program wrote, its bundle too, is read no further than this. */
static enum err
check_version(struct restoring *s, struct db *db)
{
	const char *by = s->made->from.version;

	s->version = db_user_version(db);
	if (s->version > DB_VERSION)
		return restore_refuse(s, ERR_SCHEMA_NEW,
			arena_printf(s->mem,
				"the backup has schema version %lld, and this "
				"program knows those up to %d: a newer cairn "
				"made it%s%.*s. Install that one, then put it "
				"back with it",
				(long long)s->version, DB_VERSION,
				by ? ", which says that it is " : "",
				VERSION_SHOWN, by ? by : ""));
	if (s->version < 1)
		return restore_refuse(s, ERR_BAD_INPUT,
			"the backup says no version of its schema: it was not "
			"made by cairn");
	return ERR_OK;
}

/* A database as the backup should be one: the steps up to its version, and what
 * makes a backup of it. */
static enum err
open_model(int64_t version, struct db **out)
{
	const struct bundle b = { .version = "", .url = "" };
	enum err e = db_open_memory_of(version, out);

	if (!e)
		e = db_bundle_make(*out, &b);
	if (e)
		db_close(*out);
	return e;
}

/* A trigger of somebody else would run with the first row that is written. */
static enum err
check_schema(struct restoring *s, struct db *db)
{
	const char *words = NULL;
	struct db *model = NULL;
	enum err e = open_model(s->version, &model);

	if (e)
		return restore_say(s, e, "making a database to compare with");
	e = db_shape_differs(db, model, s->mem, &words);
	db_close(model);
	if (!e && words)
		return restore_refuse(s, ERR_DB,
			arena_printf(s->mem,
				"the backup says that it has schema version "
				"%lld, but %s: it is damaged, or somebody "
				"changed it. Put back another one",
				(long long)s->version, words));
	return e;
}

/* 1970 to 9999: what clock_text can say of a time that a server lived in. */
static enum err
check_time(struct restoring *s)
{
	int64_t at = s->made->from.made_at;

	if (at >= 0 && at < CLOCK_YEAR_10000)
		return ERR_OK;
	return restore_refuse(s, ERR_DB,
		"the backup is damaged: it says that it was made at a time "
		"that no calendar has. Put back another one");
}

enum err
restore_look_through(struct restoring *s, struct db *db)
{
	const char *words = NULL;
	enum err found = db_bundle(db, s->mem, &s->made->from);
	enum err e = found == ERR_NOT_FOUND ? found : check_version(s, db);

	if (!e)
		e = check_schema(s, db);
	if (!e)
		e = found;
	if (!e)
		e = check_time(s);
	if (!e)
		e = db_sound(db, s->mem, &words);
	if (!e && words)
		return restore_refuse(s, ERR_DB,
			arena_printf(
				s->mem, "the backup is damaged: %s", words));
	return e;
}

/* With other keys than it was written with a database opens nothing. */
enum err
restore_check_secrets(struct restoring *s, struct db *db)
{
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < backup_file_count; i++) {
		const struct backup_file *f = &backup_files[i];
		struct secret found;

		if (!f->secret)
			continue;
		e = secret_current(db, s->stage, f->secret, &found);
		secret_wipe(&found);
		if (e == ERR_CRYPTO)
			(void)restore_refuse(s, e,
				arena_printf(s->mem,
					"the backup is damaged: its %s is not "
					"the one of its database. Put back "
					"another one",
					f->name));
	}
	return e;
}
