#include "tailnet/http.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"

struct transfer {
	struct arena *mem;
	struct http_reply *reply;
	struct buf body;
};

/* The value of a header line, or NULL if it is another one. */
static const char *
header(struct arena *mem, const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);
	char *value;

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	value = arena_printf(mem, "%.*s", (int)(len - n - 1), line + n + 1);
	value += strspn(value, " \t");
	value[strcspn(value, "\r\n")] = '\0';
	return value;
}

/* Headers by which those who stand in front of servers betray themselves. */
static const struct {
	const char *header, *word, *name;
} cdns[] = {
	{ "cf-ray", "", "Cloudflare" },
	{ "server", "cloudflare", "Cloudflare" },
	{ "x-amz-cf-id", "", "CloudFront" },
	{ "via", "cloudfront", "CloudFront" },
	{ "x-fastly-request-id", "", "Fastly" },
	{ "x-served-by", "cache-", "Fastly" },
	{ "server", "akamai", "Akamai" },
	{ "x-azure-ref", "", "Azure Front Door" },
};

static void
note_cdn(struct transfer *t, const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(cdns) / sizeof(cdns[0]); i++) {
		const char *value = header(t->mem, line, len, cdns[i].header);

		if (value && strcasestr(value, cdns[i].word))
			t->reply->cdn = cdns[i].name;
	}
}

static size_t
take_header(char *line, size_t size, size_t count, void *of)
{
	struct transfer *t = of;
	size_t len = size * count;
	const char *value;

	if (len > 12 && strncmp(line, "HTTP/1.1 101", 12) == 0) {
		t->reply->status = 101;
		return 0; /* what follows is Noise: the answer is in */
	}
	value = header(t->mem, line, len, "location");
	if (value)
		t->reply->location = value;
	value = header(t->mem, line, len, "server");
	if (value)
		t->reply->server = value;
	value = header(t->mem, line, len, "date");
	if (value) {
		time_t at = curl_getdate(value, NULL);

		t->reply->date = at > 0 ? at : 0;
	}
	note_cdn(t, line, len);
	return len;
}

static size_t
take_body(char *bytes, size_t size, size_t count, void *of)
{
	struct transfer *t = of;

	buf_put(&t->body, bytes, size * count);
	return size * count;
}

static int64_t
certificate_end(CURL *curl)
{
	struct curl_certinfo *info = NULL;
	const struct curl_slist *line;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
		!info || info->num_of_certs < 1)
		return 0;
	for (line = info->certinfo[0]; line; line = line->next)
		if (text_starts(line->data, "Expire date:")) {
			time_t at =
				curl_getdate(strchr(line->data, ':') + 1, NULL);

			return at > 0 ? at : 0;
		}
	return 0;
}

static void
set_options(CURL *curl, const struct http_ask *ask, struct transfer *t,
	struct curl_slist *headers)
{
	long seconds = ask->seconds ? ask->seconds : HTTP_SECONDS;

	curl_easy_setopt(curl, CURLOPT_URL, ask->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(
		curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (seconds + 1) / 2);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, ask->insecure ? 0L : 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, ask->insecure ? 0L : 2L);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	if (ask->post) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
	}
}

static void
read_outcome(CURL *curl, CURLcode code, struct transfer *t)
{
	struct http_reply *r = t->reply;

	r->expires_at = certificate_end(curl);
	r->bad_certificate = code == CURLE_PEER_FAILED_VERIFICATION;
	if (r->status != 101)
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &r->status);
	if (code != CURLE_OK && r->status == 0)
		r->failure = arena_strdup(t->mem, curl_easy_strerror(code));
	buf_put(&t->body, "", 1);
	r->body = (const char *)t->body.bytes;
	if (buf_error(&t->body))
		t->body.bytes[t->body.len - 1] = '\0';
}

void
http_fetch(
	struct arena *mem, const struct http_ask *ask, struct http_reply *out)
{
	struct transfer t = { .mem = mem, .reply = out };
	struct curl_slist *headers = NULL;
	CURL *curl;

	*out = (struct http_reply){ .body = "" };
	buf_init(&t.body, mem, HTTP_BODY_MAX);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = curl_easy_init();
	if (!curl) {
		out->failure = "libcurl does not start";
		return;
	}
	for (size_t i = 0; i < 4 && ask->headers[i]; i++)
		headers = curl_slist_append(headers, ask->headers[i]);
	set_options(curl, ask, &t, headers);
	read_outcome(curl, curl_easy_perform(curl), &t);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}

static const char *
part(struct arena *mem, CURLU *u, CURLUPart what)
{
	char *text = NULL;
	const char *kept;

	if (curl_url_get(u, what, &text, 0) != CURLUE_OK)
		return "";
	kept = arena_strdup(mem, text);
	curl_free(text);
	return kept;
}

enum err
http_url_parts(struct arena *mem, const char *url, const char **scheme,
	const char **host, const char **path)
{
	CURLU *u = curl_url();
	enum err e = ERR_BAD_INPUT;

	if (u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK) {
		*scheme = part(mem, u, CURLUPART_SCHEME);
		*host = part(mem, u, CURLUPART_HOST);
		*path = part(mem, u, CURLUPART_PATH);
		if (strcmp(*scheme, "http") == 0 ||
			strcmp(*scheme, "https") == 0)
			e = ERR_OK;
	}
	curl_url_cleanup(u);
	return e;
}
