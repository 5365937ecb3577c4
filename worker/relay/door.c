#include "worker/relay/door.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "worker/relay/websocket.h"

enum {
	CHALLENGE_MAX = 64,
};

static const char *
get(const struct scgi_head *h, const char *name)
{
	const char *value = scgi_get(h, name);

	return value ? value : "";
}

static enum door_kind
say(char out[DOOR_ANSWER_MAX], const char *status, const char *words)
{
	(void)snprintf(out, DOOR_ANSWER_MAX,
		"Status: %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: %zu\r\n\r\n%s\n",
		status, strlen(words) + 1, words);
	return DOOR_ANSWERED;
}

/* Pages of any origin ask it to measure how far we are. */
static enum door_kind
probe(const struct scgi_head *h, char out[DOOR_ANSWER_MAX])
{
	const char *method = get(h, "REQUEST_METHOD");

	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(out, "405 Method Not Allowed", "bogus probe method");
	(void)snprintf(out, DOOR_ANSWER_MAX,
		"Status: 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
		"Content-Length: 0\r\n\r\n");
	return DOOR_ANSWERED;
}

static bool
is_challenge(const char *s)
{
	size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789._:-");

	return len > 0 && len <= CHALLENGE_MAX && !s[len];
}

/* As a rule nginx answers this one itself. */
static enum door_kind
no_content(const struct scgi_head *h, char out[DOOR_ANSWER_MAX])
{
	const char *challenge = get(h, "HTTP_X_TAILSCALE_CHALLENGE");
	char response[CHALLENGE_MAX + 64] = "";

	if (is_challenge(challenge))
		(void)snprintf(response, sizeof(response),
			"X-Tailscale-Response: response %s\r\n", challenge);
	(void)snprintf(out, DOOR_ANSWER_MAX,
		"Status: 204 No Content\r\nCache-Control: no-cache, no-store, "
		"must-revalidate, no-transform, max-age=0\r\n%s\r\n",
		response);
	return DOOR_ANSWERED;
}

/* A list of names, "a, derp". */
static bool
offers_derp(const char *protocols)
{
	while (*protocols) {
		size_t len;

		protocols += strspn(protocols, ", \t");
		len = strcspn(protocols, ", \t");
		if (len == 4 && strncmp(protocols, "derp", 4) == 0)
			return true;
		protocols += len;
	}
	return false;
}

static enum door_kind
begin_websocket(const struct scgi_head *h, char out[DOOR_ANSWER_MAX])
{
	char accept[WEBSOCKET_ACCEPT_SIZE];

	if (websocket_accept(get(h, "HTTP_SEC_WEBSOCKET_KEY"), accept))
		return say(out, "400 Bad Request", "bad Sec-WebSocket-Key");
	(void)snprintf(out, DOOR_ANSWER_MAX,
		"Status: 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		"Sec-WebSocket-Accept: %s\r\n"
		"Sec-WebSocket-Protocol: derp\r\n\r\n",
		accept);
	return DOOR_WEBSOCKET;
}

/*
 * A client in fast-start mode reads frames at once, without a head.  It does so
 * only where the certificate told it of the relay's key, which no nginx of ours
 * shows; nginx, which must have a head, would answer 502 in our place.
 */
static enum door_kind
begin_derp(const struct scgi_head *h, const uint8_t key[DERP_KEY_LEN],
	char out[DOOR_ANSWER_MAX])
{
	char hex[2 * DERP_KEY_LEN + 1];

	text_hex(hex, key, DERP_KEY_LEN);
	out[0] = '\0';
	if (strcmp(get(h, "HTTP_DERP_FAST_START"), "1") != 0)
		(void)snprintf(out, DOOR_ANSWER_MAX,
			"Status: 101 Switching Protocols\r\nUpgrade: DERP\r\n"
			"Derp-Version: %d\r\nDerp-Public-Key: %s\r\n\r\n",
			DERP_VERSION, hex);
	return DOOR_DERP;
}

/* WebSocket that does not name derp is plain DERP, as older clients meant. */
static enum door_kind
derp(const struct scgi_head *h, const uint8_t key[DERP_KEY_LEN],
	char out[DOOR_ANSWER_MAX])
{
	const char *upgrade = get(h, "HTTP_UPGRADE");
	bool websocket = strcasecmp(upgrade, "websocket") == 0;

	if (strcmp(get(h, "REQUEST_METHOD"), "GET") != 0)
		return say(out, "405 Method Not Allowed", "GET only");
	if (websocket && offers_derp(get(h, "HTTP_SEC_WEBSOCKET_PROTOCOL")))
		return begin_websocket(h, out);
	if (websocket || strcasecmp(upgrade, "DERP") == 0)
		return begin_derp(h, key, out);
	return say(out, "426 Upgrade Required",
		"DERP requires connection upgrade");
}

enum door_kind
door_answer(const struct scgi_head *h, const uint8_t key[DERP_KEY_LEN],
	char out[DOOR_ANSWER_MAX])
{
	const char *path = get(h, "DOCUMENT_URI");

	if (strcmp(path, "/derp") == 0)
		return derp(h, key, out);
	if (strcmp(path, "/derp/probe") == 0 ||
		strcmp(path, "/derp/latency-check") == 0)
		return probe(h, out);
	if (strcmp(path, "/generate_204") == 0)
		return no_content(h, out);
	return say(out, "404 Not Found", "no such page");
}
