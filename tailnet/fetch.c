#include "tailnet/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/ip.h"
#include "base/text.h"

struct transfer {
	const struct fetch *ask;
	struct buf body;
	bool shut; /* an address was not public */
	char words[CURL_ERROR_SIZE];
};

static size_t
take_body(char *bytes, size_t size, size_t count, void *of)
{
	struct transfer *t = of;

	buf_put(&t->body, bytes, size * count);
	return buf_error(&t->body) ? 0 : size * count;
}

static struct ip
ip_of(const struct sockaddr *at)
{
	struct ip ip = { .family = 0 };

	if (at->sa_family == AF_INET) {
		ip.family = 4;
		memcpy(ip.bytes,
			&((const struct sockaddr_in *)(const void *)at)
				 ->sin_addr,
			4);
	} else if (at->sa_family == AF_INET6) {
		ip.family = 6;
		memcpy(ip.bytes,
			&((const struct sockaddr_in6 *)(const void *)at)
				 ->sin6_addr,
			16);
	}
	return ip;
}

bool
fetch_is_public(const struct sockaddr *at)
{
	struct ip ip = ip_of(at);

	return ip_is_public(&ip);
}

static bool
is_loopback(const struct sockaddr *at)
{
	struct ip ip = ip_of(at);

	return ip_is_loopback(&ip);
}

/* Here the address is the one that is really connected to. */
static curl_socket_t
open_socket(void *of, curlsocktype purpose, struct curl_sockaddr *at)
{
	struct transfer *t = of;

	(void)purpose;
	if ((!t->ask->private_too && !fetch_is_public(&at->addr)) ||
		(t->ask->loopback_http && !is_loopback(&at->addr))) {
		t->shut = true;
		return CURL_SOCKET_BAD;
	}
	return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static void
set_trust(CURL *curl, const struct fetch *f)
{
	const char *file = getenv("SSL_CERT_FILE");
	bool pinned = f->pin && *f->pin;

	if (file && *file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, file);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, pinned ? 0L : 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, pinned ? 0L : 2L);
	curl_easy_setopt(curl, CURLOPT_CERTINFO, pinned ? 1L : 0L);
	curl_easy_setopt(
		curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void
set_limits(CURL *curl, const struct fetch *f)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
		f->loopback_http ? "http" : "https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, f->stay ? 0L : 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)f->most_ms);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)f->most_ms / 2);
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)f->max);
}

static void
set_request(CURL *curl, const struct fetch *f, struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	if (!f->post)
		return;
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, f->post);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(f->post));
}

static void
set_options(CURL *curl, struct transfer *t, struct curl_slist *connect_to)
{
	curl_easy_setopt(curl, CURLOPT_URL, t->ask->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "cairn/" CAIRN_VERSION);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->words);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(curl, CURLOPT_CONNECT_TO, connect_to);
	set_limits(curl, t->ask);
	set_trust(curl, t->ask);
}

/* The hash of the first certificate that was shown. */
static bool
shows_pin(CURL *curl, const char *pin)
{
	struct curl_certinfo *info = NULL;
	unsigned char digest[32];
	char hex[65] = "";
	unsigned len = 0;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
		!info || info->num_of_certs < 1)
		return false;
	for (struct curl_slist *l = info->certinfo[0]; l; l = l->next) {
		BIO *bio;
		X509 *cert;

		if (!text_starts(l->data, "Cert:"))
			continue;
		bio = BIO_new_mem_buf(l->data + strlen("Cert:"), -1);
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
		if (cert && X509_digest(cert, EVP_sha256(), digest, &len) == 1)
			text_hex(hex, digest, sizeof(digest));
		X509_free(cert);
		BIO_free(bio);
	}
	return strcmp(hex, pin) == 0;
}

static const char *
outcome(CURL *curl, CURLcode code, struct transfer *t, struct arena *mem)
{
	const char *pin = t->ask->pin;
	long status = 0;

	if (t->shut && t->ask->loopback_http)
		return "by http only this machine itself is asked: use https";
	if (t->shut)
		return "its address is not one of the public internet: the "
		       "setting relay_private allows that";
	if (code == CURLE_FILESIZE_EXCEEDED || buf_error(&t->body))
		return arena_printf(
			mem, "it has more than %zu bytes", t->ask->max);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return arena_printf(mem, "it took more than %lld seconds",
			(long long)(t->ask->most_ms / 1000));
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return arena_printf(mem, "it redirects more than %d times",
			FETCH_REDIRECTS);
	if (code != CURLE_OK)
		return arena_strdup(
			mem, *t->words ? t->words : curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 && !t->ask->any_status)
		return arena_printf(mem, "it answers %ld", status);
	if (pin && *pin && !shows_pin(curl, pin))
		return "its certificate is another one than was given";
	return NULL;
}

void
fetch_get(const struct fetch *f, struct arena *mem, struct fetched *out)
{
	struct transfer t = { .ask = f };
	struct curl_slist *connect_to = NULL;
	struct curl_slist *headers =
		curl_slist_append(NULL, "Accept: application/json");
	long status = 0;
	int64_t begun = clock_now_ms();
	CURL *curl = curl_easy_init();

	*out = (struct fetched){ .failed = "libcurl does not start" };
	if (!curl) {
		curl_slist_free_all(headers);
		return;
	}
	buf_init(&t.body, mem, f->max);
	if (f->address && *f->address)
		connect_to = curl_slist_append(NULL,
			arena_printf(mem,
				strchr(f->address, ':') ? "::[%s]:" : "::%s:",
				f->address));
	if (f->header)
		headers = curl_slist_append(headers, f->header);
	set_options(curl, &t, connect_to);
	set_request(curl, f, headers);
	out->failed = outcome(curl, curl_easy_perform(curl), &t, mem);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	out->status = (int)status;
	out->ms = clock_now_ms() - begun;
	out->body = (struct bytes){ t.body.bytes, t.body.len };
	curl_slist_free_all(connect_to);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
}
