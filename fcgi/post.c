#include "fcgi/post.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tailnet/fetch.h"

struct transfer {
	struct buf answer;
	struct bytes left; /* of a mail */
	bool private_too;
	bool shut; /* an address was not public */
	char words[CURL_ERROR_SIZE];
};

static size_t
take_answer(char *bytes, size_t size, size_t count, void *of)
{
	struct transfer *t = of;

	buf_put(&t->answer, bytes, size * count);
	return buf_error(&t->answer) ? 0 : size * count;
}

static size_t
give_message(char *to, size_t size, size_t count, void *of)
{
	struct transfer *t = of;
	size_t n = size * count < t->left.len ? size * count : t->left.len;

	memcpy(to, t->left.at, n);
	t->left.at += n;
	t->left.len -= n;
	return n;
}

/* Here the address is the one that is really connected to. */
static curl_socket_t
open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *at)
{
	struct transfer *t = of;

	(void)purpose;
	if (!t->private_too && !fetch_is_public(&at->addr)) {
		t->shut = true;
		return CURL_SOCKET_BAD;
	}
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static void
set_common(CURL *curl, struct transfer *t)
{
	const char *file = getenv("SSL_CERT_FILE");

	if (file && *file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, file);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(
		curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)POST_MS);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)POST_MS / 2);
}

static const char *
trouble(CURLcode code, const struct transfer *t, struct arena *mem)
{
	if (t->shut)
		return "its address is not one of the public internet: the "
		       "setting notice_private allows that";
	if (code == CURLE_OPERATION_TIMEDOUT)
		return arena_printf(
			mem, "it took more than %d seconds", POST_MS / 1000);
	return arena_strdup(
		mem, *t->words ? t->words : curl_easy_strerror(code));
}

static const char *
http_outcome(CURL *curl, CURLcode code, const struct transfer *t,
	struct arena *mem, const char **answer)
{
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status)
		*answer = arena_printf(mem, "%ld %.*s", status,
			t->answer.len > 200 ? 200 : (int)t->answer.len,
			t->answer.bytes ? (const char *)t->answer.bytes : "");
	if (status >= 200 && status < 300)
		return NULL;
	if (status >= 300 && status < 400)
		return arena_printf(mem,
			"it answers %ld, and redirects are not followed",
			status);
	if (status)
		return arena_printf(mem, "it answers %ld", status);
	return trouble(code, t, mem);
}

const char *
post_http(const struct post *p, struct arena *mem, const char **answer)
{
	struct transfer t = { .private_too = p->private_too };
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	const char *why;

	*answer = "";
	if (!curl)
		return "libcurl does not start";
	buf_init(&t.answer, mem, POST_ANSWER_MAX);
	for (size_t i = 0; i < POST_HEADERS_MAX && p->headers[i]; i++)
		headers = curl_slist_append(headers, p->headers[i]);
	set_common(curl, &t);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
		p->private_too ? "https,http" : "https");
	curl_easy_setopt(curl, CURLOPT_URL, p->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "cairn/" CAIRN_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(
		curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, p->body.at);
	why = http_outcome(curl, curl_easy_perform(curl), &t, mem, answer);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return why;
}

static void
set_mail(CURL *curl, const struct mail_post *p, struct transfer *t,
	struct arena *mem)
{
	bool tls = strcmp(p->security, "tls") == 0;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_URL,
		arena_printf(mem, "%s://%s/cairn", tls ? "smtps" : "smtp",
			p->server));
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
		strcmp(p->security, "none") == 0 ? (long)CURLUSESSL_NONE
						 : (long)CURLUSESSL_ALL);
	if (*p->account) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, p->account);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, p->password);
	}
	curl_easy_setopt(
		curl, CURLOPT_MAIL_FROM, arena_printf(mem, "<%s>", p->sender));
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_message);
	curl_easy_setopt(curl, CURLOPT_READDATA, t);
	curl_easy_setopt(
		curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->message.len);
}

const char *
post_mail(const struct mail_post *p, struct arena *mem, const char **answer)
{
	struct transfer t = { .private_too = p->private_too,
		.left = p->message };
	struct curl_slist *to = NULL;
	CURL *curl = curl_easy_init();
	const char *why = NULL;
	CURLcode code;
	long said = 0;

	*answer = "";
	if (!curl)
		return "libcurl does not start";
	buf_init(&t.answer, mem, POST_ANSWER_MAX);
	for (size_t i = 0; i < p->to_count; i++)
		to = curl_slist_append(to, arena_printf(mem, "<%s>", p->to[i]));
	set_common(curl, &t);
	set_mail(curl, p, &t, mem);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		why = trouble(code, &t, mem);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &said);
	if (said)
		*answer = arena_printf(mem, "%ld", said);
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return why;
}
