/*
 * job_notice.c: sends what waits for one target, the oldest first: to a webhook
 * one by one, signed; by mail many in one message.
 *
 * What cannot be sent stops what is behind it until the job comes again, later
 * each time; after NOTICE_GIVE_UP_SECONDS it has failed for good.  A receiver
 * may get one twice, when our note that it arrived is lost: each has an id of
 * its own that stays (Cairn-Delivery, Message-ID).
 */
#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "fcgi/jobs.h"
#include "fcgi/mail.h"
#include "fcgi/post.h"
#include "fcgi/webhook.h"
#include "tailnet/notice.h"
#include "tailnet/secrets.h"

enum {
	AT_ONCE = 50,
	ENOUGH_MS = (JOB_SECONDS - 1) * 1000 - POST_MS, /* none begun after */
	BODY_MAX = 256 * 1024,
	EXPIRY_SECONDS = 3600,
};

struct sending {
	struct request *r;
	struct settings settings;
	struct notice_target target;
	const char *secret;
	struct notice *rows;
	size_t count;
};

/* ---- a webhook ---- */

/* "t=…,v1=…": HMAC-SHA256 over time, dot and body. */
static const char *
signature(const struct sending *s, struct bytes body)
{
	struct arena *mem = s->r->mem;
	const char *at = arena_printf(mem, "%" PRId64, s->r->now);
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned len = 0;
	struct buf b;

	buf_init(&b, mem, body.len + 64);
	buf_putf(&b, "%s.", at);
	buf_put(&b, body.at, body.len);
	(void)HMAC(EVP_sha256(), s->secret, (int)strlen(s->secret), b.bytes,
		b.len, digest, &len);
	text_hex(hex, digest, len);
	return arena_printf(mem, "t=%s,v1=%s", at, hex);
}

static const char *
send_webhook(
	const struct sending *s, const struct notice *n, const char **answer)
{
	struct arena *mem = s->r->mem;
	struct post p = { .url = s->target.place,
		.private_too = s->settings.notice_private };
	const char *signed_by;
	struct buf b;

	buf_init(&b, mem, BODY_MAX);
	webhook_write(&b, s->target.format, s->settings.tailnet_name, n);
	if (buf_error(&b))
		return "it is too long";
	p.body = (struct bytes){ b.bytes, b.len };
	signed_by = signature(s, p.body);
	p.headers[0] = strcmp(s->target.format, "text") == 0
			       ? "Content-Type: text/plain; charset=utf-8"
			       : "Content-Type: application/json";
	p.headers[1] = arena_printf(mem, "Cairn-Delivery: %" PRId64, n->id);
	p.headers[2] = arena_printf(mem, "Cairn-Signature: %s", signed_by);
	p.headers[3] =
		arena_printf(mem, "Tailscale-Webhook-Signature: %s", signed_by);
	p.headers[4] = "Expect:";
	return post_http(&p, mem, answer);
}

/* ---- mail ---- */

static const char *
subject(const struct sending *s)
{
	return s->count == 1 ? s->rows[0].message
			     : arena_printf(s->r->mem, "%zu notices", s->count);
}

static const char *
text(const struct sending *s)
{
	struct buf b;

	buf_init(&b, s->r->mem, BODY_MAX);
	for (size_t i = 0; i < s->count; i++)
		buf_putf(&b, "%s  %s\n", clock_print(s->r->mem, s->rows[i].at),
			s->rows[i].message);
	buf_putf(&b, "\n%s\n", s->settings.url);
	buf_put(&b, "", 1);
	return buf_error(&b) ? "" : (const char *)b.bytes;
}

static size_t
split(struct arena *mem, const char *place, const char **to)
{
	size_t count = 0;

	while (*place && count < NOTICE_PEOPLE_MAX) {
		size_t len = strcspn(place, " ");

		to[count++] = arena_printf(mem, "%.*s", (int)len, place);
		place += len;
		place += *place == ' ';
	}
	return count;
}

static const char *
send_mail(const struct sending *s, const char **answer)
{
	const struct notice_target *t = &s->target;
	struct arena *mem = s->r->mem;
	const char *to[NOTICE_PEOPLE_MAX];
	struct mail_post p = { .server = t->server,
		.security = t->security,
		.private_too = s->settings.notice_private,
		.account = t->account,
		.password = s->secret,
		.sender = t->sender,
		.to = to };
	const char *name =
		*s->settings.tailnet_name ? s->settings.tailnet_name : "cairn";
	struct buf b;

	p.to_count = split(mem, t->place, to);
	buf_init(&b, mem, 2 * BODY_MAX);
	if (mail_write(&b,
		    &(struct mail){ .from_name = name,
			    .from = t->sender,
			    .to = to,
			    .to_count = p.to_count,
			    .subject = subject(s),
			    .text = text(s),
			    .id = arena_printf(mem,
				    "notice-%" PRId64 "-%" PRId64 "@%s", t->id,
				    s->rows[0].id, strchr(t->sender, '@') + 1),
			    .at = s->r->now }))
		return "it cannot be written as mail";
	p.message = (struct bytes){ b.bytes, b.len };
	return post_mail(&p, mem, answer);
}

/* ---- the job ---- */

static enum err
note(const struct sending *s, size_t from, size_t count, const char *failed,
	const char *answer, bool *again)
{
	struct request *r = s->r;
	enum err e = db_begin(r->db);

	*again = false;
	for (size_t i = from; !e && i < from + count; i++) {
		bool old = s->rows[i].at < r->now - NOTICE_GIVE_UP_SECONDS;

		e = db_notice_tried(r->db, s->rows[i].id,
			!failed ? "sent"
			: old   ? "failed"
				: "waiting",
			arena_printf(r->mem, "%.*s", JOB_ERROR_MAX,
				failed ? failed : answer),
			r->now);
		*again = *again || (failed && !old);
	}
	return db_end(r->db, e);
}

/* All that wait in one message, or the first alone; *stop: enough for now. */
static enum err
send_some(
	const struct sending *s, size_t from, size_t *done, struct job_end *end)
{
	bool mail = strcmp(s->target.kind, "mail") == 0, again;
	size_t count = mail ? s->count : 1;
	const char *answer = "", *failed;
	enum err e;

	failed = mail ? send_mail(s, &answer)
		      : send_webhook(s, &s->rows[from], &answer);
	e = note(s, from, count, failed, answer, &again);
	if (failed && again)
		end->failed = failed;
	*done = count;
	return e;
}

static enum err
send_all(const struct sending *s, struct job_end *end)
{
	int64_t begun = clock_now_ms();
	enum err e = ERR_OK;
	size_t done = 0, i;

	for (i = 0; !e && !end->failed && i < s->count; i += done) {
		if (i && clock_now_ms() - begun > ENOUGH_MS)
			break;
		e = send_some(s, i, &done, end);
	}
	if (!e && !end->failed && (i < s->count || s->count == AT_ONCE))
		end->next = 1;
	return e;
}

static enum err
load(struct sending *s, int64_t id)
{
	struct request *r = s->r;
	struct secret seal;
	enum err e = db_notice_target(r->db, id, r->mem, &s->target);

	if (!e)
		e = request_settings(r, &s->settings);
	if (!e)
		e = secret_current(r->db, r->home, "seal", &seal);
	if (e)
		return e;
	e = notice_secret_open(&seal, &s->target, r->mem, &s->secret);
	secret_wipe(&seal);
	return e ? e
		 : db_notices_waiting(
			   r->db, id, AT_ONCE, r->mem, &s->rows, &s->count);
}

enum err
job_notice(struct request *r, const struct job *j, struct job_end *end)
{
	struct sending s = { .r = r };
	enum err e = load(&s, j->subject);

	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* it went meanwhile */
	if (!e)
		e = send_all(&s, end);
	return e;
}

enum err
job_notice_expiry(struct request *r, const struct job *j, struct job_end *end)
{
	bool targets = false;
	enum err e = tailnet_notice_expiries(r->db, r->now, &targets);

	(void)j;
	end->next = targets ? EXPIRY_SECONDS : 0;
	return e;
}
