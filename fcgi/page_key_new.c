/*
 * page_key_new.c: making an auth key, in anybody's name or with tags, or in the
 * own name as members may (spec/pages.md 8, 10.3).
 */
#include <string.h>

#include "base/text.h"
#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/join_line.h"
#include "fcgi/key_lives.h"
#include "fcgi/key_where.h"
#include "fcgi/machine_show.h"
#include "fcgi/once.h"
#include "fcgi/owner.h"
#include "fcgi/pages_people.h"
#include "fcgi/prove.h"
#include "fcgi/qr.h"
#include "fcgi/reached.h"
#include "fcgi/tags.h"
#include "tailnet/keys.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct choice key_lives[PREAUTH_LIFE_COUNT] = {
#define X(word, words, seconds) { word, words },
	PREAUTH_LIVES(X)
#undef X
};

/* Those from "ephemeral" on are the own form's too. */
static const struct field key_fields[] = {
	{ "owner", "Owner of the machines that join with it",
		.kind = FIELD_SELECT }, /* owner_field fills it */
	{ "tags", "Tags",
		.hint = "Instead of an owner: like tag:server tag:web.",
		.max = 1024, .flags = FIELD_MONO },
	{ "reusable", "Reusable: good for any number of machines",
		.kind = FIELD_BOX },
	{ "preapproved", "Pre-approved: its machines need no approval",
		.kind = FIELD_BOX },
	{ "ephemeral",
		"Ephemeral: its machines are removed when they have been away "
		"for a while",
		.kind = FIELD_BOX },
	{ "expires", "Good for", .kind = FIELD_SELECT, .choices = key_lives,
		.choice_count = COUNT(key_lives) },
	{ "description", "What it is for (optional)",
		.max = PREAUTH_DESCRIPTION_MAX },
};

enum {
	KEY_FIELDS = COUNT(key_fields),
	OWN_FROM = 4,
};

static int64_t
seconds_of(const char *life)
{
	int64_t seconds = 0;

	return text_duration(life, &seconds) ? 0 : seconds;
}

/* How many lives somebody may choose from who may make no longer ones. */
static size_t
own_lives(void)
{
	size_t n = 0;

	while (n < PREAUTH_LIFE_COUNT &&
		seconds_of(key_lives[n].value) <= PREAUTH_OWN_LIFE_MAX)
		n++;
	return n;
}

static enum err
own_form(struct request *r, struct form *f, struct field *fields)
{
	size_t lives = own_lives();
	const char *life = r->settings->key_life;

	for (size_t i = 0; i < KEY_FIELDS - OWN_FROM; i++)
		if (strcmp(fields[i].name, "expires") == 0)
			fields[i].choice_count = lives;
	form_init(
		r, f, "key", key_where(r)->made, fields, KEY_FIELDS - OWN_FROM);
	form_put(f, "expires",
		seconds_of(life) > PREAUTH_OWN_LIFE_MAX
			? key_lives[lives - 1].value
			: life);
	return ERR_OK;
}

/* `fields` has room for KEY_FIELDS and lives as long as the form. */
static enum err
key_form(struct request *r, struct form *f, struct field *fields)
{
	enum err e;

	memcpy(fields, key_fields, sizeof(key_fields));
	if (key_where(r)->own)
		return own_form(r, f, fields + OWN_FROM);
	e = owner_field(r, &fields[0], 0, "Nobody: they have tags");
	form_init(r, f, "key", key_where(r)->made, fields, KEY_FIELDS);
	if (fields[0].kind == FIELD_SELECT)
		form_put_int(f, "owner", r->who.user_id);
	else
		form_put(f, "owner", r->who.name);
	form_put_box(f, "preapproved", true);
	form_put(f, "expires", r->settings->key_life);
	return e;
}

static enum err
show_new(struct request *r, struct form *f)
{
	bool own = key_where(r)->own;

	frame_begin(r,
		&(struct page){ .name = own ? "my-key-new" : "key-new",
			.h1 = own ? "New key" : "New auth key",
			.section = key_where(r)->section },
		form_refused(f));
	html_element(r, "p",
		own ? "A key lets one machine of yours join without a "
		      "browser. It is shown once, on the next page."
		    : "A key lets machines join without a browser. It is "
		      "shown once, on the next page.");
	form_show(f, "Make the key");
	frame_end(r);
	return ERR_OK;
}

enum err
page_key_new(struct request *r)
{
	struct field fields[KEY_FIELDS];
	struct form f;
	enum err e = key_where_is_open(r);

	if (!e)
		e = key_form(r, &f, fields);
	return e ? e : show_new(r, &f);
}

static enum err
show_made(struct request *r, const char *key)
{
	form_shows_once(r, key_where(r)->list);
	frame_begin(r,
		&(struct page){ .name = "key-made",
			.h1 = "Copy this key now",
			.section = key_where(r)->section },
		NULL);
	once_secret(r, "Key", key);
	html_element(r, "p",
		"It is not shown again. Whoever has it can add machines, so "
		"keep it as you keep a password.");
	html_element(r, "h2", "On a machine");
	show_whether_reached(r);
	html_command(r, "command",
		join_line(r, &(struct join_wish){ .os = "" }, key));
	show_copy(r, "command", "the line");
	html_element(r, "h2", "On a phone");
	show_qr(r, key, "The key as a QR code");
	html_begin(r, "p");
	html_link(r, key_where(r)->list, key_where(r)->list_words);
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

static enum err
make(struct request *r, struct form *f, struct preauth_key *k)
{
	const struct actor a = prove_actor(r);
	const char *life = form_get(f, "expires"), *text = NULL;
	int64_t id;
	enum err e;

	k->reusable = form_box(f, "reusable");
	k->ephemeral = form_box(f, "ephemeral");
	/* Who joins by an own key waits as who joins in the browser, also
	 * where approval is asked for after the key was made. */
	k->unapproved = key_where(r)->own || !form_box(f, "preapproved");
	k->expires_at = r->now + seconds_of(*life ? life : key_lives[0].value);
	k->description = form_get(f, "description");
	e = tailnet_preauth_key_add(
		r->db, r->pepper, k, &a, r->now, r->mem, &id, &text);
	if (e == ERR_BAD_TEXT || e == ERR_TOO_BIG) {
		if (e == ERR_TOO_BIG)
			form_error(f, "description", "too-long");
		else
			form_complain(f, "description", FORM_ODD_TEXT);
		return show_new(r, f);
	}
	return e ? e : show_made(r, text);
}

enum err
do_key_new(struct request *r)
{
	struct field fields[KEY_FIELDS];
	struct preauth_key k = { .id = 0 };
	struct form f;
	bool ok = false;
	enum err e = key_where_is_open(r);

	if (!e)
		e = key_form(r, &f, fields);
	if (e)
		return e;
	ok = form_take(&f);
	if (key_where(r)->own)
		k.user_id = r->who.user_id;
	else
		e = owner_or_tags(&f, &k.user_id, &k.tags, &ok);
	if (e)
		return e;
	return ok ? make(r, &f, &k) : show_new(r, &f);
}
