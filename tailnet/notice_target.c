/* Where notices go, and what is kept secret of that. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "base/domain.h"
#include "base/text.h"
#include "db/job.h"
#include "tailnet/audit.h"
#include "tailnet/changes.h"
#include "tailnet/node_rule.h"
#include "tailnet/notice.h"
#include "tailnet/secrets.h"

enum {
	NONCE = crypto_secretbox_NONCEBYTES,
	TAG = crypto_secretbox_MACBYTES,
	ADDRESS_MAX = 254,
	PORT_MAX = 65535,
};

/* ---- secrets ---- */

static struct bytes
close_text(struct arena *mem, const struct secret *seal, const char *text)
{
	size_t len = strlen(text);
	unsigned char *out = arena_alloc(mem, NONCE + TAG + len);

	randombytes_buf(out, NONCE);
	(void)crypto_secretbox_easy(
		out + NONCE, (const void *)text, len, out, seal->bytes);
	return (struct bytes){ out, NONCE + TAG + len };
}

enum err
notice_secret_open(const struct secret *seal, const struct notice_target *t,
	struct arena *mem, const char **text)
{
	size_t len = t->secret.len;
	char *out;

	if (len < NONCE + TAG)
		return ERR_CRYPTO;
	out = arena_alloc(mem, len);
	if (crypto_secretbox_open_easy((void *)out, t->secret.at + NONCE,
		    len - NONCE, t->secret.at, seal->bytes) != 0)
		return ERR_CRYPTO;
	out[len - NONCE - TAG] = '\0';
	*text = out;
	return ERR_OK;
}

static const char *
make_secret(struct arena *mem)
{
	uint8_t bytes[32];
	char hex[sizeof(bytes) * 2 + 1];

	randombytes_buf(bytes, sizeof(bytes));
	text_hex(hex, bytes, sizeof(bytes));
	return arena_printf(mem, "cairn-webhook-%s", hex);
}

/* ---- what may be one ---- */

bool
notice_is_address(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				      "!#$%&'*+/=?^_`{|}~.-";
	size_t local = strspn(s, letters);

	if (!local || local > 64 || s[local] != '@' || *s == '.' ||
		s[local - 1] == '.' || *s == '-' || strlen(s) > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < local; i++)
		if (s[i] == '.' && s[i + 1] == '.')
			return false;
	for (const char *c = s + local + 1; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			return false;
	return domain_is_valid(s + local + 1, DOMAIN_NAME_MAX);
}

static const char *
url_trouble(const char *url, bool private_too)
{
	size_t len = strlen(url);
	bool https = text_starts(url, "https://");

	if (!https && !(private_too && text_starts(url, "http://")))
		return text_starts(url, "http://")
			       ? "Enter an address that begins with https://, "
				 "or switch on \"They may go into private "
				 "networks\" (setting notice_private)."
			       : "Enter an address that begins with https://.";
	if (len > NOTICE_URL_MAX)
		return "Use at most 1024 characters.";
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
			return "Leave out blanks and characters that are not "
			       "ASCII.";
	if (strcspn(strstr(url, "://") + 3, "/?#") == 0)
		return "Enter an address with a host.";
	if (memchr(strstr(url, "://") + 3, '@',
		    strcspn(strstr(url, "://") + 3, "/?#")))
		return "Leave out name and password.";
	return NULL;
}

static const char *
people_trouble(struct arena *mem, const char *place)
{
	size_t count = 0;

	while (*place) {
		size_t len = strcspn(place, " ");

		if (++count > NOTICE_PEOPLE_MAX)
			return "Enter at most 20 addresses.";
		if (!notice_is_address(
			    arena_printf(mem, "%.*s", (int)len, place)))
			return "Enter addresses like name@example.org, a "
			       "blank between.";
		place += len;
		place += *place == ' ';
	}
	return count ? NULL : "Enter an address like name@example.org.";
}

/* host:port */
static bool
is_server(struct arena *mem, const char *s)
{
	size_t host = strcspn(s, ":");
	int64_t port = 0;

	return s[host] == ':' && !text_int(s + host + 1, &port) && port > 0 &&
	       port <= PORT_MAX &&
	       domain_is_valid(arena_printf(mem, "%.*s", (int)host, s),
		       DOMAIN_NAME_MAX);
}

static bool
is_one_of(const char *word, const char *const *words)
{
	while (*words && strcmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

#define WORD(word, words) word,
static const char *const formats[] = { NOTICE_FORMAT_TABLE(WORD) NULL };
static const char *const securities[] = { NOTICE_SECURITY_TABLE(WORD) NULL };
#undef WORD

static const char *
mail_trouble(struct arena *mem, const struct notice_target *t, bool private_too,
	const char **field)
{
	*field = "server";
	if (!is_server(mem, t->server))
		return "Enter the mail server as mail.example.org:587.";
	*field = "sender";
	if (!notice_is_address(t->sender))
		return "Enter the sender as name@example.org.";
	*field = "security";
	if (!is_one_of(t->security, securities))
		return "Choose starttls, tls or none.";
	if (strcmp(t->security, "none") == 0 && (!private_too || *t->account))
		return "Without TLS mail goes only to a server in the own "
		       "network (setting notice_private), and without a "
		       "password.";
	*field = "place";
	return people_trouble(mem, t->place);
}

static const char *
webhook_trouble(
	const struct notice_target *t, bool private_too, const char **field)
{
	*field = "format";
	if (!is_one_of(t->format, formats))
		return "Choose json, slack, discord or text.";
	*field = "place";
	return url_trouble(t->place, private_too);
}

const char *
notice_target_trouble(struct arena *mem, const struct notice_target *t,
	bool private_too, const char **field)
{
	const char *why = strcmp(t->kind, "mail") == 0
				  ? mail_trouble(mem, t, private_too, field)
				  : webhook_trouble(t, private_too, field);

	if (why || strspn(t->events, " ") < strlen(t->events))
		return why;
	*field = "events";
	return "Choose at least one event.";
}

const char *
notice_addresses(struct arena *mem, const char *text)
{
	char *out = arena_strdup(mem, text), *to = out;

	for (; *text; text++) {
		bool gap = strchr(" ,;\t\r\n", *text) != NULL;

		if (!gap)
			*to++ = *text;
		else if (to > out && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > out && to[-1] == ' ')
		to--;
	*to = '\0';
	return out;
}

const char *
notice_events(struct arena *mem, const char *text, const char **odd)
{
	const char *sent =
		arena_printf(mem, " %s ", notice_addresses(mem, text));
	const char *all = " ";

	*odd = NULL;
	for (enum notice_event i = 0; i < NOTICE_EVENTS; i++)
		if (strstr(sent, arena_printf(mem, " %s ", notice_word(i))))
			all = arena_printf(mem, "%s%s ", all, notice_word(i));
	for (const char *at = sent + 1; *at && !*odd;
		at += strcspn(at, " ") + 1) {
		const char *word =
			arena_printf(mem, "%.*s", (int)strcspn(at, " "), at);

		if (*word && !strstr(all, arena_printf(mem, " %s ", word)))
			*odd = word;
	}
	return all;
}

/* ---- rules ---- */

/* What of it is no secret: addresses of webhooks often are one. */
static const char *
shown_place(struct arena *mem, const struct notice_target *t)
{
	const char *host = strstr(t->place, "://");

	if (!host)
		return t->place;
	host += 3;
	return arena_printf(mem, "%.*s", (int)strcspn(host, "/?#"), host);
}

static enum err
too_many(struct db *db, struct arena *mem)
{
	struct notice_target *rows;
	size_t count = 0;
	enum err e = db_notice_targets(db, mem, &rows, &count);

	return !e && count >= NOTICE_TARGETS_MAX ? ERR_TOO_BIG : e;
}

static enum err
log_target(struct rule *r, const struct notice_target *t, const char *action,
	const char *actor, int64_t now)
{
	return audit_row(r->db, "notice-target", t->id,
		&(struct audit){ .at = now,
			.actor = actor,
			.action = action,
			.subject_name = shown_place(r->mem, t),
			.detail = arena_printf(
				r->mem, "%s,%s", t->kind, t->events) });
}

enum err
tailnet_notice_target_add(struct db *db, const struct secret *seal,
	const struct notice_target *t, const char *secret, const char *actor,
	int64_t now, struct arena *mem, int64_t *id, const char **text)
{
	struct notice_target row = *t;
	struct rule r;
	enum err e = rule_begin(&r, db);

	*text = secret ? secret : make_secret(mem);
	row.secret = close_text(mem, seal, *text);
	row.created_at = now;
	if (!e)
		e = secret_check(db, "seal", seal);
	if (!e)
		e = too_many(db, r.mem);
	if (!e)
		e = db_notice_target_add(db, &row, &row.id);
	if (!e)
		e = db_job_want(db, NOTICE_EXPIRY_JOB, 0, now);
	if (!e)
		e = log_target(&r, &row, "notice.added", actor, now);
	e = rule_end(&r, e);
	if (!e)
		*id = row.id;
	return e;
}

bool
notice_keeps_password(
	const struct notice_target *before, const struct notice_target *t)
{
	return strcmp(t->kind, "mail") != 0 || !*t->account ||
	       (strcmp(before->server, t->server) == 0 &&
		       strcmp(before->account, t->account) == 0 &&
		       strcmp(before->security, t->security) == 0);
}

/* Of an address that is a secret, only that it is another one. */
static void
note_place(struct changes *c, struct arena *mem,
	const struct notice_target *before, const struct notice_target *t)
{
	const char *was = shown_place(mem, before), *is = shown_place(mem, t);

	changes_text(c, "place", was, is);
	if (strcmp(was, is) == 0)
		changes_text(c, "address", "",
			strcmp(before->place, t->place) != 0 ? "changed" : "");
}

static enum err
log_change(struct rule *r, const struct notice_target *before,
	const struct notice_target *t, bool secret_too, const char *actor,
	int64_t now)
{
	struct changes c;

	changes_init(&c, r->mem);
	note_place(&c, r->mem, before, t);
	changes_text(&c, "format", before->format, t->format);
	changes_text(&c, "events", before->events, t->events);
	changes_text(&c, "server", before->server, t->server);
	changes_text(&c, "security", before->security, t->security);
	changes_text(&c, "sender", before->sender, t->sender);
	changes_text(&c, "account", before->account, t->account);
	changes_text(&c, "password", "", secret_too ? "changed" : "");
	if (!c.count)
		return ERR_OK;
	return audit_row(r->db, "notice-target", t->id,
		&(struct audit){ .at = now,
			.actor = actor,
			.action = "notice.changed",
			.subject_name = shown_place(r->mem, t),
			.detail = t->kind,
			.before = changes_before(&c),
			.after = changes_after(&c) });
}

/* Without an account there is no password. */
static enum err
take_secret(struct rule *r, const struct secret *seal,
	const struct notice_target *before, struct notice_target *row,
	const char *secret)
{
	bool mail = strcmp(row->kind, "mail") == 0;

	if (strcmp(before->kind, row->kind) != 0 ||
		(!secret && !notice_keeps_password(before, row)))
		return ERR_BAD_INPUT;
	row->secret = before->secret;
	if (mail && (secret || !*row->account))
		row->secret =
			close_text(r->mem, seal, *row->account ? secret : "");
	return ERR_OK;
}

enum err
tailnet_notice_target_set(struct db *db, const struct secret *seal,
	const struct notice_target *t, const char *secret, const char *actor,
	int64_t now)
{
	struct notice_target before, row = *t;
	struct rule r;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_notice_target(db, t->id, r.mem, &before);
	if (!e)
		e = secret_check(db, "seal", seal);
	if (!e)
		e = take_secret(&r, seal, &before, &row, secret);
	if (!e)
		e = db_notice_target_update(db, &row);
	if (!e)
		e = log_change(&r, &before, &row, secret != NULL, actor, now);
	return rule_end(&r, e);
}

enum err
tailnet_notice_target_delete(
	struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct notice_target t;
	struct rule r;
	enum err e = rule_begin(&r, db);

	if (!e)
		e = db_notice_target(db, id, r.mem, &t);
	if (!e)
		e = db_notice_target_delete(db, id);
	if (!e)
		e = log_target(&r, &t, "notice.deleted", actor, now);
	return rule_end(&r, e);
}

enum err
tailnet_notice_test(struct db *db, int64_t id, const char *actor, int64_t now)
{
	struct notice n = { .event = "test",
		.type = "test",
		.at = now,
		.message = "This is a test. Notices arrive here.",
		.data = "{}" };
	struct notice_target t;
	int64_t added;
	struct rule r;
	enum err e = rule_begin(&r, db);

	n.fact = arena_printf(r.mem, "test:%s", text_random(r.mem, 12));
	if (!e)
		e = db_notice_target(db, id, r.mem, &t);
	if (!e)
		e = db_notice_put(db, &n, id, &added);
	if (!e)
		e = db_job_want(db, NOTICE_JOB, id, 0);
	if (!e)
		e = log_target(&r, &t, "notice.tested", actor, now);
	return rule_end(&r, e);
}
