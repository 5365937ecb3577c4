#include "fcgi/form.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/text.h"
#include "db/audit.h"
#include "fcgi/flash.h"
#include "fcgi/html.h"
#include "fcgi/reply.h"

enum {
	TEXT_MAX = 256,
	WORDS_MAX = 8, /* pairs of one message */
};

/* One wording a code, spec/pages.md 1.5. */
static const struct {
	const char *code, *text;
} messages[] = {
	{ "required", "Enter {label}." },
	{ "too-long", "Use at most {n} characters." },
	{ "label", "Use 1 to 63 lower-case letters, digits and hyphens; begin "
		   "and end with a letter or digit." },
	{ "name-taken", "Another machine is called {name}." },
	{ "user-name", "Use at least 2 characters: first a letter, then "
		       "letters, digits, dot, hyphen, underscore and at most "
		       "one @." },
	{ "user-taken", "There is already a user called {name}." },
	{ "email", "Enter an address like name@example.org." },
	{ "choice", "Choose one of the list." },
	{ "password-short", "Use at least 12 characters." },
	{ "password-differs", "The two passwords differ." },
	{ "password-wrong", "This is not your password." },
	{ "passphrase-differs", "The two passphrases differ." },
	{ "login", "Name and password do not match." },
	{ "code", "This code is not right. A code lasts 30 seconds." },
	{ "code-used", "This code was used already. Wait for the next one: "
		       "each opens once." },
	{ "tag-form", "Write a tag as tag:name, a letter first." },
	{ "tag-unknown", "The policy has no owner for {tag}." },
	{ "tag-needed", "A tagged machine keeps at least one tag." },
	{ "owner-or-tags", "Choose an owner or enter tags, not both." },
	{ "prefix", "Enter a prefix like 192.168.1.0/24." },
	{ "ip", "Enter an address like 100.64.0.7." },
	{ "ip-range", "{ip} is outside {prefix} or reserved." },
	{ "ip-taken", "{ip} belongs to {machine}." },
	{ "number", "Enter a number from {a} to {b}." },
	{ "past", "Enter a time that is still to come." },
	{ "domain", "Enter a domain like tail.example.org." },
	{ "domain-script",
		"Write names in other scripts in punycode, as xn--…." },
	{ "domain-server",
		"The server {host} must not lie inside this domain." },
	{ "url", "Enter an address that begins with https://." },
	{ "resolver", "Enter an IP address or an https:// address." },
	{ "typed-name", "Type {name} to confirm." },
	{ "last-owner", "The last owner cannot be changed or removed." },
	{ "time", "Enter a time like 2026-11-22T14:00." },
	{ "time-skipped", "The clocks of {zone} go past this time: take "
			  "one before or after it." },
	{ "stale", "This page was open too long. Enter it again." },
};

void
form_init(struct request *r, struct form *f, const char *name,
	const char *action, const struct field *fields, size_t count)
{
	*f = (struct form){ .r = r,
		.name = name,
		.action = action,
		.fields = fields,
		.count = count };
	for (size_t i = 0; i < count; i++)
		f->values[i] = "";
}

static size_t
index_of(const struct form *f, const char *name)
{
	size_t i = 0;

	while (i < f->count && strcmp(f->fields[i].name, name) != 0)
		i++;
	return i;
}

void
form_put(struct form *f, const char *name, const char *value)
{
	size_t i = index_of(f, name);

	if (i < f->count)
		f->values[i] = value ? value : "";
}

void
form_put_int(struct form *f, const char *name, int64_t value)
{
	form_put(f, name, arena_printf(f->r->mem, "%" PRId64, value));
}

void
form_put_box(struct form *f, const char *name, bool on)
{
	form_put(f, name, on ? "1" : "");
}

const char *
form_get(const struct form *f, const char *name)
{
	size_t i = index_of(f, name);

	return i < f->count ? f->values[i] : "";
}

bool
form_box(const struct form *f, const char *name)
{
	return *form_get(f, name) != '\0';
}

int64_t
form_int(const struct form *f, const char *name)
{
	int64_t n = 0;

	return text_int(form_get(f, name), &n) ? 0 : n;
}

/* Of exactly the fields of this form, as they are stored now. */
static void
stamp(struct form *f)
{
	crypto_generichash_state state;
	uint8_t hash[16];

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	for (size_t i = 0; i < f->count; i++) {
		const char *parts[] = { f->fields[i].name, f->values[i] };

		for (size_t k = 0; k < 2; k++)
			crypto_generichash_update(&state,
				(const unsigned char *)parts[k],
				strlen(parts[k]) + 1);
	}
	crypto_generichash_final(&state, hash, sizeof(hash));
	text_hex(f->was, hash, 8);
}

void
form_edits(struct form *f, const char *subject)
{
	f->subject = subject;
	f->r->edits = subject;
	stamp(f);
}

const char *
form_choice_words(const struct field *d, const char *value)
{
	if (d->kind != FIELD_SELECT && d->kind != FIELD_RADIO)
		return value;
	for (size_t i = 0; i < d->choice_count; i++)
		if (strcmp(d->choices[i].value, value) == 0)
			return d->choices[i].label;
	return value;
}

static const char *
value_words(const struct field *d, const char *value)
{
	const char *words = form_choice_words(d, value);

	if (d->kind == FIELD_BOX)
		return *value ? "on" : "off";
	return *words ? words : "empty";
}

/* In the order of the choices.  What is none of them is left out, for the page
 * to say so in its own words. */
static const char *
sent_many(struct form *f, const struct field *d)
{
	const char *all = "";

	for (size_t i = 0; i < d->choice_count; i++)
		if (fields_say(f->r, d->name, d->choices[i].value))
			all = arena_printf(f->r->mem, "%s%s%s", all,
				*all ? " " : "", d->choices[i].value);
	return all;
}

/* As sent_value, for the words of a conflict. */
static const char *
sent_words(struct form *f, const struct field *d)
{
	const char *sent = d->kind == FIELD_MANY ? sent_many(f, d)
						 : fields_nth(f->r, d->name, 0);

	return sent ? sent : "";
}

/* The fields that somebody else changed, with what they are now. */
static const char *
what_changed(struct form *f)
{
	struct buf b;
	size_t said = 0;

	buf_init(&b, f->r->mem, 4096);
	for (size_t i = 0; i < f->count; i++) {
		if (f->fields[i].kind == FIELD_PASSWORD ||
			(f->fields[i].flags & FIELD_ASIDE) ||
			strcmp(sent_words(f, &f->fields[i]), f->values[i]) == 0)
			continue;
		buf_putf(&b, "%s%s is now %s", said++ ? ", " : "",
			f->fields[i].label,
			value_words(&f->fields[i], f->values[i]));
	}
	if (!said)
		buf_puts(&b, "it is now as you wrote it");
	buf_put(&b, "", 1);
	return buf_error(&b) ? "several fields" : (const char *)b.bytes;
}

static void
note_conflict(struct form *f)
{
	struct request *r = f->r;
	struct audit last;
	const char *who = "Somebody", *when = "";

	if (db_audit_newest(r->db, f->subject, r->mem, &last) == ERR_OK) {
		who = *last.actor_name ? last.actor_name : last.actor;
		when = arena_printf(
			r->mem, " at %s", html_time_words(r, last.at));
	}
	f->conflict = arena_printf(
		r->mem, "%s changed this%s: %s.", who, when, what_changed(f));
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static bool
is_choice(const struct field *d, const char *value)
{
	for (size_t i = 0; i < d->choice_count; i++)
		if (strcmp(d->choices[i].value, value) == 0)
			return true;
	return false;
}

static bool
looks_like_mail(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at != s && at[1] && !strchr(at + 1, '@') &&
	       !strpbrk(s, " <>\"(),;:\\");
}

static void
check_number(struct form *f, const struct field *d, const char *value)
{
	struct arena *mem = f->r->mem;
	int64_t n;

	if (text_int(value, &n) || n < d->least || n > d->most)
		form_error(f, d->name, "number", "a",
			arena_printf(mem, "%" PRId64, d->least), "b",
			arena_printf(mem, "%" PRId64, d->most));
}

static void
check(struct form *f, const struct field *d, const char *value)
{
	size_t max = d->max ? d->max : TEXT_MAX;

	if (!*value) {
		if (d->flags & FIELD_REQUIRED)
			form_error(f, d->name,
				d->kind == FIELD_RADIO ? "choice" : "required");
		return;
	}
	if (d->kind != FIELD_MANY && characters(value) > max) {
		form_error(f, d->name, "too-long");
		return;
	}
	if ((d->kind == FIELD_SELECT || d->kind == FIELD_RADIO) &&
		!is_choice(d, value))
		form_error(f, d->name, "choice");
	if (d->kind == FIELD_EMAIL && !looks_like_mail(value))
		form_error(f, d->name, "email");
	if (d->kind == FIELD_NUMBER)
		check_number(f, d, value);
}

static const char *
sent_value(struct form *f, const struct field *d)
{
	const char *value;

	if (d->kind == FIELD_MANY)
		return sent_many(f, d);
	value = fields_one(f->r, d->name);
	if (!value)
		return "";
	if (d->kind == FIELD_BOX)
		return "1";
	return d->kind == FIELD_PASSWORD ? value : fields_trim(f->r, value);
}

bool
form_take(struct form *f)
{
	const char *was = fields_one(f->r, "was");

	f->taken = true;
	f->r->edits = f->subject; /* of the forms of a page, this one's */
	if (f->r->stale) {
		form_complain(f, f->fields[0].name,
			"This page was open too long. Enter it again.");
		for (size_t i = 0; i < f->count; i++)
			if (f->fields[i].kind != FIELD_PASSWORD)
				f->values[i] = sent_value(f, &f->fields[i]);
		return false;
	}
	if (f->subject && (!was || strcmp(was, f->was) != 0))
		note_conflict(f);
	for (size_t i = 0; i < f->count; i++) {
		f->values[i] = sent_value(f, &f->fields[i]);
		check(f, &f->fields[i], f->values[i]);
	}
	return form_ok(f);
}

bool
form_ok(const struct form *f)
{
	return !f->error_count && !f->conflict;
}

bool
form_blames(const struct form *f, const char *field)
{
	for (size_t i = 0; i < f->error_count; i++)
		if (strcmp(f->errors[i].field, field) == 0)
			return true;
	return false;
}

/* The value of {word}; NULL when nobody gave one. */
static const char *
word_value(const struct form *f, const struct field *d, const char *word,
	size_t len, const char *const *pairs)
{
	for (size_t i = 0; pairs[i]; i += 2)
		if (strlen(pairs[i]) == len &&
			strncmp(pairs[i], word, len) == 0)
			return pairs[i + 1];
	if (d && len == 5 && strncmp(word, "label", len) == 0)
		return d->label;
	if (d && len == 1 && *word == 'n')
		return arena_printf(
			f->r->mem, "%zu", d->max ? d->max : (size_t)TEXT_MAX);
	return NULL;
}

static const char *
fill(const struct form *f, const struct field *d, const char *text,
	const char *const *pairs)
{
	struct buf b;

	buf_init(&b, f->r->mem, 4096);
	while (*text) {
		size_t plain = strcspn(text, "{");
		const char *value;
		size_t len;

		buf_put(&b, text, plain);
		text += plain;
		if (!*text)
			break;
		len = strcspn(text + 1, "}");
		value = word_value(f, d, text + 1, len, pairs);
		buf_puts(&b, value ? value : "this");
		text += len + 2;
	}
	buf_put(&b, "", 1);
	return buf_error(&b) ? text : (const char *)b.bytes;
}

static void
add_error(struct form *f, const char *field, const char *code, const char *text)
{
	if (f->error_count < FORM_MAX_ERRORS)
		f->errors[f->error_count++] =
			(struct form_error){ field, code, text };
}

void
form_error_list(struct form *f, const char *field, const char *code, ...)
{
	const char *pairs[2 * WORDS_MAX + 1] = { NULL };
	size_t i = index_of(f, field), n = 0;
	const char *text = code;
	va_list ap;

	va_start(ap, code);
	while (n < 2 * WORDS_MAX && (pairs[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	pairs[n] = NULL;
	for (size_t k = 0; k < sizeof(messages) / sizeof(messages[0]); k++)
		if (strcmp(messages[k].code, code) == 0)
			text = messages[k].text;
	add_error(f, field, code,
		fill(f, i < f->count ? &f->fields[i] : NULL, text, pairs));
}

void
form_no_domain(struct form *f, const char *field)
{
	form_error(f, field,
		domain_is_ascii(form_get(f, field)) ? "domain"
						    : "domain-script");
}

void
form_say(struct form *f, const char *field, const char *code, const char *words)
{
	add_error(f, field, code, words);
}

void
form_complain(struct form *f, const char *field, const char *words)
{
	add_error(f, field, "refused", words);
}

const struct form *
form_refused(struct form *f)
{
	if (!f->taken || form_ok(f))
		return NULL;
	f->r->reply.status = f->error_count ? 422 : 409;
	return f;
}

enum err
form_done(
	struct request *r, const char *location, const char *flash, int64_t id)
{
	if (flash)
		flash_set(r, flash, id);
	return reply_redirect(r, 303, location);
}

void
form_shows_once(struct request *r, const char *location)
{
	r->again_location = location;
}
