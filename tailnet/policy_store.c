#include "tailnet/policy_store.h"

#include <inttypes.h>
#include <string.h>

#include "base/diff.h"
#include "base/text.h"
#include "db/change.h"
#include "tailnet/audit.h"
#include "tailnet/auto_approve.h"
#include "tailnet/changes.h"
#include "tailnet/check_ends.h"
#include "tailnet/notice.h"
#include "tailnet/settings.h"

/* What stands there now; no row is the empty text that allows everything. */
static enum err
read_newest(struct db *db, struct arena *mem, struct policy_text *out)
{
	enum err e = db_policy_current(db, mem, out);

	if (e != ERR_NOT_FOUND)
		return e;
	*out = (struct policy_text){ .text = "", .hash = "" };
	return ERR_OK;
}

static void
add_number(struct changes *c, struct arena *mem, const char *name, int64_t n)
{
	if (n)
		changes_raw(c, name, "0", arena_printf(mem, "%" PRId64, n));
}

static enum err
note_audit(struct db *db, const struct policy_text *p, int64_t id,
	const char *hash, struct arena *mem)
{
	struct changes c;

	changes_init(&c, mem);
	add_number(&c, mem, "lines_added", p->added);
	add_number(&c, mem, "lines_removed", p->removed);
	add_number(&c, mem, "restored", p->restored);
	changes_text(&c, "note", "", p->note);
	changes_text(&c, "hash", "", hash);
	return audit_row(db, "policy", id,
		&(struct audit){ .at = p->created_at,
			.actor = p->author,
			.action = "policy.saved",
			.after = changes_after(&c) });
}

static const char *
name_of(struct db *db, const char *actor, struct arena *mem)
{
	const struct audit_origin *o = db_origin(db);
	const char *name = NULL;
	int64_t id;

	if (o && o->actor_name)
		return o->actor_name;
	if (text_starts(actor, "user:") && !text_int(actor + 5, &id))
		name = db_audit_name(db, mem, "user", id);
	return name ? name : actor;
}

static enum err
add_version(struct db *db, const struct policy_save *in,
	const struct policy_text *newest, int64_t now, struct arena *mem,
	struct policy_saved *out)
{
	const struct audit_origin *o = db_origin(db);
	char hash[POLICY_HASH_TEXT + 1];
	struct policy_text row = { .text = in->text,
		.author = in->actor,
		.author_name = name_of(db, in->actor, mem),
		.via = o && o->via ? o->via : in->actor,
		.note = in->note ? in->note : "",
		.restored = in->restored,
		.domains = json_texts_print(mem, &out->trial.domains),
		.created_at = now };
	struct diff d;
	enum err e;

	diff_texts(mem, newest->text, in->text, &d);
	row.added = (int64_t)d.added;
	row.removed = (int64_t)d.removed;
	e = db_policy_add(db, &row, &out->version);
	if (e)
		return e;
	policy_hash(in->text, hash);
	e = note_audit(db, &row, out->version, hash, mem);
	return e ? e
		 : notice_policy(db, mem, out->version, row.author_name, now);
}

/* ---- tried, and stored --------------------------------------------------- */

/* A text that was tried outside the transaction that stores it. */
struct tried {
	int64_t seq; /* of the last change that it knows */
	struct policy_trial trial;
};

enum {
	CHANGES_MAX = 1000, /* that are looked through */
};

/* Where a file says what the policy is, nothing else does. */
static enum err
may_save(struct db *db, const struct policy_save *in, struct arena *mem)
{
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	return !e && *s.policy_path && !in->from_file ? ERR_POLICY_FILE : e;
}

/* Before the trial: whether there is anything to store. */
static enum err
look(struct db *db, const struct policy_save *in, struct arena *mem,
	struct policy_text *newest, struct policy_saved *out)
{
	enum err e = may_save(db, in, mem);

	memset(out, 0, sizeof(*out));
	if (!e)
		e = read_newest(db, mem, newest);
	if (e)
		return e;
	if (in->note && (text_length(in->note) > POLICY_NOTE_MAX))
		return ERR_BAD_INPUT;
	if (in->was && strcmp(in->was, newest->hash) != 0)
		return ERR_CHANGED;
	out->version = newest->id;
	out->unchanged = newest->id && policy_text_is_whole(newest) &&
			 strcmp(in->text, newest->text) == 0;
	return ERR_OK;
}

/* Machines and people, which decide a trial, are those of then. */
static enum err
still_holds(
	struct db *db, const struct tried *t, struct arena *mem, bool *holds)
{
	struct change *changes;
	size_t count = 0;
	enum err e = db_changes_after(
		db, t->seq, CHANGES_MAX, mem, &changes, &count);

	*holds = !e && count < CHANGES_MAX;
	for (size_t i = 0; *holds && i < count; i++)
		switch (changes[i].kind) {
		case CHANGE_NODE:
		case CHANGE_NODE_GONE:
		case CHANGE_USER:
		case CHANGE_POLICY:
		case CHANGE_KINDS:
			*holds = false;
			break;
		default:
			break;
		}
	return e;
}

static enum err
save(struct db *db, const struct policy_save *in, const struct tried *t,
	int64_t now, struct arena *mem, struct policy_saved *out)
{
	struct policy_text newest;
	bool holds = false;
	enum err e = look(db, in, mem, &newest, out);

	if (e || out->unchanged)
		return e;
	if (t)
		e = still_holds(db, t, mem, &holds);
	if (holds)
		out->trial = t->trial;
	else if (!e)
		e = policy_try(db, in->text, TRY_ROWS, mem, &out->trial);
	if (!e)
		e = add_version(db, in, &newest, now, mem, out);
	if (!e)
		e = auto_approve_all(db, mem, now);
	return e ? e
		 : checks_revise(db, "the policy has no such rule any more",
			   in->actor, now);
}

enum err
policy_save_in(struct db *db, const struct policy_save *in, int64_t now,
	struct arena *mem, struct policy_saved *out)
{
	return save(db, in, NULL, now, mem, out);
}

/* Nobody waits for it. */
static enum err
try_first(struct db *db, const struct policy_save *in, struct arena *mem,
	struct tried *t, struct policy_saved *out)
{
	struct policy_text newest;
	enum err e = db_read_begin(db);

	if (e)
		return e;
	e = look(db, in, mem, &newest, out);
	if (!e)
		e = db_change_last(db, &t->seq);
	if (!e && !out->unchanged) {
		e = policy_try(db, in->text, TRY_ROWS, mem, &t->trial);
		out->trial = t->trial;
	}
	db_read_end(db);
	return e;
}

enum err
tailnet_policy_save(struct db *db, const struct policy_save *in, int64_t now,
	struct arena *mem, struct policy_saved *out)
{
	struct tried t;
	enum err e = try_first(db, in, mem, &t, out);

	if (e)
		return e;
	e = db_begin(db);
	if (!e)
		e = save(db, in, out->unchanged ? NULL : &t, now, mem, out);
	return db_end(db, e);
}

enum err
tailnet_policy_restore(struct db *db, int64_t version, const char *was,
	const char *actor, int64_t now, struct arena *mem,
	struct policy_saved *out)
{
	struct policy_save in = {
		.was = was, .actor = actor, .restored = version
	};
	struct policy_text old;
	enum err e = db_policy_version(db, version, mem, &old);

	memset(out, 0, sizeof(*out));
	if (!e && !policy_text_is_whole(&old))
		e = ERR_POLICY_DAMAGED;
	if (e)
		return e;
	in.text = old.text;
	return tailnet_policy_save(db, &in, now, mem, out);
}

enum err
tailnet_policy_set(struct db *db, const char *text, const char *actor,
	int64_t now, struct arena *mem, const char **why)
{
	struct policy_save in = { .text = text, .actor = actor };
	struct policy_saved out = { .version = 0 };
	enum err e = tailnet_policy_save(db, &in, now, mem, &out);

	*why = out.trial.error.text ? policy_trial_words(mem, &out.trial)
				    : err_words(e);
	return e;
}
