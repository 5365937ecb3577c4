#include "tailnet/keys.h"

#include <openssl/crypto.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "db/user.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/settings.h"
#include "tailnet/tag_owner.h"

#define PREFIX "hskey-auth-"

enum {
	WORD_LEN = sizeof(PREFIX) - 1,
	KEY_LEN = WORD_LEN + PREAUTH_PREFIX_LEN + 1 + PREAUTH_SECRET_LEN,
	TAG_MAX = 63, /* bytes behind "tag:" */
};

bool
tag_is_valid(const char *tag)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *name = tag + 4;

	return strncmp(tag, "tag:", 4) == 0 && *name >= 'a' && *name <= 'z' &&
	       strlen(name) <= TAG_MAX && strspn(name, allowed) == strlen(name);
}

enum err
tags_normal(struct arena *mem, const char *const *tags, size_t count,
	const char **json)
{
	struct json_texts l = { arena_array(mem, count + 1, sizeof(char *)),
		0 };

	for (size_t i = 0; i < count; i++) {
		if (!tag_is_valid(tags[i]))
			return ERR_BAD_TAG;
		l.at[l.count++] = tags[i];
	}
	list_sort(&l);
	if (l.count > TAGS_MAX)
		return ERR_TOO_BIG;
	*json = json_texts_print(mem, &l);
	return ERR_OK;
}

/* Clients split a key at "--TL" (tailnet lock), so none may hold it. */
static const char *
new_text(struct arena *mem)
{
	const char *text;

	do
		text = arena_printf(mem, PREFIX "%s-%s",
			text_random(mem, PREAUTH_PREFIX_LEN),
			text_random(mem, PREAUTH_SECRET_LEN));
	while (strstr(text, "--TL"));
	return text;
}

static enum err
check_new(const struct preauth_key *k, struct arena *mem, const char **tags)
{
	struct json_texts l;
	enum err e = json_texts_parse(k->tags ? k->tags : "[]", mem, &l);

	if (!e)
		e = tags_normal(mem, l.at, l.count, tags);
	if (!e && l.count == 0 && k->user_id == 0)
		e = ERR_NO_OWNER;
	return e;
}

static enum err
check_known(struct db *db, const char *tags, struct arena *mem)
{
	const char *unknown;
	struct json_texts l;
	enum err e = json_texts_parse(tags, mem, &l);

	return e ? e : tags_known(db, &l, &unknown);
}

enum err
preauth_key_life(struct db *db, struct arena *mem, const char **duration)
{
	struct settings s;
	enum err e = settings_load(db, mem, &s);

	if (!e)
		*duration = s.key_life;
	return e;
}

/* What members may, in the caller's transaction. */
static enum err
check_member(struct db *db, const struct preauth_key *k, const struct actor *a,
	int64_t now, struct arena *mem)
{
	struct settings s;
	enum err e;

	if (actor_may_touch(a, ROLE_MEMBER))
		return ERR_OK;
	e = settings_load(db, mem, &s);
	if (e)
		return e;
	return s.members_make_keys && k->user_id == a->user_id &&
			       !k->reusable && strcmp(k->tags, "[]") == 0 &&
			       k->expires_at &&
			       k->expires_at - now <= PREAUTH_OWN_LIFE_MAX &&
			       k->unapproved
		       ? ERR_OK
		       : ERR_DENIED;
}

/* What it may do; never a part of the secret. */
static enum err
tell_created(struct db *db, const struct preauth_key *k, int64_t id,
	struct arena *mem)
{
	struct changes c;

	changes_init(&c, mem);
	changes_raw(
		&c, "owner", "0", arena_printf(mem, "%" PRId64, k->user_id));
	changes_raw(&c, "tags", "[]", k->tags);
	changes_bool(&c, "reusable", !k->reusable, k->reusable);
	changes_bool(&c, "ephemeral", !k->ephemeral, k->ephemeral);
	changes_bool(&c, "pre_approved", k->unapproved, !k->unapproved);
	changes_time(&c, "expires_at", 0, k->expires_at);
	return audit_row(db, "preauth-key", id,
		&(struct audit){ .at = k->created_at,
			.actor = k->made_by,
			.action = "key.created",
			.detail = k->prefix,
			.after = changes_after(&c) });
}

enum err
tailnet_preauth_key_add(struct db *db, const struct secret *pepper,
	const struct preauth_key *k, const struct actor *a, int64_t now,
	struct arena *mem, int64_t *id, const char **text)
{
	const char *actor = actor_text(mem, a);
	struct preauth_key row = { .user_id = k->user_id,
		.reusable = k->reusable,
		.ephemeral = k->ephemeral,
		.created_at = now,
		.expires_at = k->expires_at,
		.description = k->description ? k->description : "",
		.unapproved = k->unapproved,
		.made_by = actor };
	const char *made = new_text(mem);
	struct user owner;
	int64_t added = 0;
	enum err e = check_new(k, mem, &row.tags);

	if (!e && text_length(row.description) == SIZE_MAX)
		e = ERR_BAD_TEXT;
	else if (!e && text_length(row.description) > PREAUTH_DESCRIPTION_MAX)
		e = ERR_TOO_BIG;
	if (e)
		return e;
	row.prefix =
		arena_printf(mem, "%.*s", PREAUTH_PREFIX_LEN, made + WORD_LEN);
	pepper_hash(pepper, made + KEY_LEN - PREAUTH_SECRET_LEN, row.hash);
	e = db_begin(db);
	if (!e)
		e = check_known(db, row.tags, mem);
	if (!e && row.user_id)
		e = db_user_by_id(db, row.user_id, mem, &owner);
	if (!e && row.user_id && !actor_may_own_as(a, &owner))
		e = ERR_DENIED;
	if (!e)
		e = check_member(db, &row, a, now, mem);
	if (!e)
		e = db_preauth_key_add(db, &row, &added);
	if (!e)
		e = tell_created(db, &row, added, mem);
	e = db_end(db, e);
	if (e)
		return e;
	*id = added;
	*text = made;
	return ERR_OK;
}

enum err
tailnet_preauth_key_find(struct db *db, const struct secret *pepper,
	const char *text, struct arena *mem, struct preauth_key *out)
{
	struct preauth_key row = { .id = 0 };
	uint8_t hash[PREAUTH_HASH_SIZE];
	bool known;
	enum err e;

	if (strlen(text) != KEY_LEN || !text_starts(text, PREFIX) ||
		text[WORD_LEN + PREAUTH_PREFIX_LEN] != '-')
		return ERR_KEY_UNKNOWN;
	pepper_hash(pepper, text + KEY_LEN - PREAUTH_SECRET_LEN, hash);
	e = db_preauth_key_by_prefix(db,
		arena_printf(mem, "%.*s", PREAUTH_PREFIX_LEN, text + WORD_LEN),
		mem, &row);
	if (e && e != ERR_NOT_FOUND)
		return e;
	known = CRYPTO_memcmp(hash, row.hash, sizeof(hash)) == 0;
	if (e || !known)
		return ERR_KEY_UNKNOWN;
	*out = row;
	return ERR_OK;
}

enum err
preauth_key_usable(const struct preauth_key *k, int64_t now)
{
	if (k->revoked_at)
		return ERR_KEY_REVOKED;
	if (k->expires_at && k->expires_at <= now)
		return ERR_KEY_EXPIRED;
	if (!k->reusable && k->used_at)
		return ERR_KEY_USED;
	return ERR_OK;
}

enum err
tailnet_preauth_key_revoke(
	struct db *db, int64_t id, const char *actor, int64_t now)
{
	enum err e = db_begin(db);

	if (!e)
		e = db_preauth_key_revoke(db, id, now);
	if (!e)
		e = audit(
			db, now, actor, "key.revoked", "preauth-key", id, NULL);
	return db_end(db, e);
}

enum err
tailnet_preauth_key_delete(
	struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct arena *mem = arena_new();
	struct audit log = {
		.at = now, .actor = actor, .action = "key.deleted"
	};
	enum err e = db_begin(db);

	if (!e) {
		log.subject_name = db_audit_name(db, mem, "preauth-key", id);
		e = db_preauth_key_delete(db, id);
	}
	if (!e)
		e = audit_row(db, "preauth-key", id, &log);
	e = db_end(db, e);
	arena_free(mem);
	return e;
}
