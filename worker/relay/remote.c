#include "worker/relay/remote.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/own.h"
#include "worker/relay/asked.h"

struct remote {
	uv_loop_t *loop;
	const struct relay_config *config;
	struct relay *relay;
	struct asked *asked;
	CURL *curl; /* of the work thread while `busy` */
	struct curl_slist *headers;
	uv_work_t work;
	uv_prepare_t looker; /* somebody may have knocked: before each sleep */
	bool busy, stopped, away;
	/* Of the question that is under way. */
	struct arena *mem;
	uint8_t keys[ASKED_KEYS_MAX][32];
	size_t count;
	const char *body;
	struct buf answer;
	char words[CURL_ERROR_SIZE];
	CURLcode code;
	long status;
};

struct answer {
	struct json_texts allowed;
};

static const struct json_field answer_fields[] = {
	JSON_FIELD(struct answer, allowed, "Allowed", KEEP_LIST),
};
static const struct json_table answer_table =
	JSON_TABLE(struct answer, answer_fields);

static void
tell(void *arg, const uint8_t key[32], bool allowed)
{
	struct remote *r = arg;

	relay_answer(r->relay, key, allowed, clock_now_ms());
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *of)
{
	struct remote *r = of;

	buf_put(&r->answer, bytes, size * count);
	return buf_error(&r->answer) ? 0 : size * count;
}

static bool
set_up(struct remote *r)
{
	const struct relay_config *c = r->config;
	CURL *curl = r->curl;

	r->headers = curl_slist_append(NULL, "Content-Type: application/json");
	r->headers = curl_slist_append(r->headers,
		arena_printf(r->mem, "Authorization: Bearer %s", c->token));
	curl_easy_setopt(curl, CURLOPT_URL,
		arena_printf(r->mem, "%s/verify", c->server));
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "cairn-relay/" CAIRN_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)REMOTE_SECONDS);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, r->words);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, r);
	curl_easy_setopt(
		curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*c->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, c->ca_file);
	arena_reset(r->mem); /* libcurl has copied all of them */
	return r->headers != NULL;
}

static void begin(struct remote *r, int64_t now_ms);

static void
on_prepare(uv_prepare_t *p)
{
	struct remote *r = p->data;

	if (asked_is_due(r->asked))
		begin(r, clock_now_ms());
}

struct remote *
remote_new(uv_loop_t *loop, const struct relay_config *config)
{
	struct remote *r;
	CURL *curl;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(curl = curl_easy_init()))
		return NULL;
	r = own_alloc(sizeof(*r));
	r->loop = loop;
	r->config = config;
	r->curl = curl;
	r->mem = arena_new();
	r->asked = asked_new(tell, r);
	(void)set_up(r);
	uv_prepare_init(loop, &r->looker);
	r->looker.data = r->work.data = r;
	uv_prepare_start(&r->looker, on_prepare);
	return r;
}

struct admit
remote_admit(struct remote *r)
{
	return asked_admit(r->asked);
}

void
remote_attach(struct remote *r, struct relay *relay)
{
	r->relay = relay;
}

/* On the work thread. */
static void
ask(uv_work_t *work)
{
	struct remote *r = work->data;

	*r->words = '\0';
	r->status = 0;
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, r->body);
	curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(r->body));
	r->code = curl_easy_perform(r->curl);
	if (r->code == CURLE_OK)
		curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &r->status);
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* Which of the keys stand in the answer. */
static enum err
read_answer(struct remote *r, bool allows[ASKED_KEYS_MAX])
{
	const struct bytes text = { r->answer.bytes, r->answer.len };
	struct answer a = { .allowed = { NULL, 0 } };
	struct key *keys;
	enum err e = json_decode(text, &answer_table, r->mem, &a);

	if (e || !a.allowed.at)
		return ERR_BAD_INPUT;
	keys = arena_array(r->mem, a.allowed.count + 1, sizeof(*keys));
	for (size_t i = 0; !e && i < a.allowed.count; i++)
		e = key_parse(KEY_NODE, a.allowed.at[i], &keys[i]);
	if (e)
		return e;
	qsort(keys, a.allowed.count, sizeof(*keys), by_bytes);
	for (size_t i = 0; i < r->count; i++)
		allows[i] = bsearch(r->keys[i], keys, a.allowed.count,
				    sizeof(*keys), by_bytes) != NULL;
	return ERR_OK;
}

/* Said once when it begins, once when it is over. */
static void
note(struct remote *r, bool away, const char *why)
{
	if (away && !r->away)
		log_event(LOG_ERROR, "server not asked", "server",
			r->config->server, "status",
			r->status ? log_int(r->status) : NULL, "why", why);
	if (!away && r->away)
		log_event(LOG_INFO, "server asked again", "server",
			r->config->server);
	r->away = away;
}

static const char *
refusal(const struct remote *r)
{
	if (r->code != CURLE_OK)
		return *r->words ? r->words : curl_easy_strerror(r->code);
	if (r->status == 403)
		return "it does not know the token of this relay";
	return r->status == 200 ? "its answer is none" : "it refuses";
}

static void
on_asked(uv_work_t *work, int status)
{
	struct remote *r = work->data;
	bool allows[ASKED_KEYS_MAX] = { false };
	bool good = status == 0 && r->code == CURLE_OK && r->status == 200 &&
		    read_answer(r, allows) == ERR_OK;

	r->busy = false;
	if (r->stopped)
		return;
	note(r, !good, good ? NULL : refusal(r));
	if (good)
		asked_answer(r->asked, clock_now_ms(), allows);
	else
		asked_failed(r->asked);
	arena_reset(r->mem);
}

static const char *
question_of(struct remote *r)
{
	struct buf b;

	buf_init(&b, r->mem, ASKED_KEYS_MAX * (KEY_TEXT_SIZE + 4) + 64);
	buf_puts(&b, "{\"NodePublics\":[");
	for (size_t i = 0; i < r->count; i++) {
		struct key key;

		memcpy(key.bytes, r->keys[i], sizeof(key.bytes));
		buf_putf(&b, "%s\"%s\"", i ? "," : "",
			key_text(r->mem, KEY_NODE, &key));
	}
	buf_put(&b, "]}", sizeof("]}"));
	return (const char *)b.bytes;
}

static void
begin(struct remote *r, int64_t now_ms)
{
	if (r->busy || r->stopped)
		return;
	r->count = asked_question(r->asked, now_ms, r->keys);
	if (!r->count)
		return;
	r->body = question_of(r);
	buf_init(&r->answer, r->mem, REMOTE_ANSWER_MAX);
	r->busy = true;
	if (uv_queue_work(r->loop, &r->work, ask, on_asked)) {
		r->busy = false;
		asked_failed(r->asked);
	}
}

void
remote_tick(struct remote *r, int64_t now_ms)
{
	asked_tick(r->asked, now_ms);
	begin(r, now_ms);
}

const char *
remote_health(const struct remote *r)
{
	return r->away ? "this relay cannot ask its server: it admits nobody "
			 "new"
		       : "";
}

void
remote_stop(struct remote *r)
{
	r->stopped = true;
	uv_prepare_stop(&r->looker);
	uv_close((uv_handle_t *)&r->looker, NULL);
}

void
remote_free(struct remote *r)
{
	if (!r)
		return;
	curl_slist_free_all(r->headers);
	curl_easy_cleanup(r->curl);
	asked_free(r->asked);
	arena_free(r->mem);
	free(r);
}
