#include "tests/lib/signer.h"

#include <cjose/cjose.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct signer {
	cjose_jwk_t *key;
	const char *alg, *kid;
};

static void
must(bool good, const char *what, const cjose_err *why)
{
	if (good)
		return;
	(void)fprintf(stderr, "signer: %s: %s\n", what, why->message);
	exit(1);
}

struct signer *
signer_new_bits(const char *alg, const char *kid, int bits)
{
	static const uint8_t e[] = { 1, 0, 1 };
	struct signer *s = calloc(1, sizeof(*s));
	cjose_err why = { .message = "" };
	cjose_jwk_ec_curve curve =
		strcmp(alg, "ES256") == 0   ? CJOSE_JWK_EC_P_256
		: strcmp(alg, "ES384") == 0 ? CJOSE_JWK_EC_P_384
					    : CJOSE_JWK_EC_P_521;

	must(s != NULL, "memory", &why);
	s->alg = alg;
	s->kid = kid;
	s->key = text_starts(alg, "ES")
			 ? cjose_jwk_create_EC_random(curve, &why)
			 : cjose_jwk_create_RSA_random(
				   (size_t)bits, e, sizeof(e), &why);
	must(s->key && cjose_jwk_set_kid(s->key, kid, strlen(kid), &why), "key",
		&why);
	return s;
}

struct signer *
signer_new(const char *alg, const char *kid)
{
	return signer_new_bits(alg, kid, 2048);
}

void
signer_free(struct signer *s)
{
	cjose_jwk_release(s->key);
	free(s);
}

const char *
signer_jwk(struct signer *s, struct arena *mem)
{
	cjose_err why = { .message = "" };
	char *json = cjose_jwk_to_json(s->key, false, &why);
	const char *out;

	must(json != NULL, "jwk", &why);
	out = arena_strdup(mem, json);
	cjose_get_dealloc()(json);
	return out;
}

const char *
signer_jwks(struct signer *a, struct signer *b, struct arena *mem)
{
	return arena_printf(mem, "{\"keys\":[%s%s%s]}", signer_jwk(a, mem),
		b ? "," : "", b ? signer_jwk(b, mem) : "");
}

const char *
signer_sign(struct signer *s, const char *payload, struct arena *mem)
{
	cjose_err why = { .message = "" };
	cjose_header_t *head = cjose_header_new(&why);
	cjose_jws_t *jws;
	const char *text = NULL, *out;

	must(head && cjose_header_set(head, "alg", s->alg, &why) &&
			(!*s->kid ||
				cjose_header_set(head, "kid", s->kid, &why)),
		"header", &why);
	jws = cjose_jws_sign(
		s->key, head, (const uint8_t *)payload, strlen(payload), &why);
	must(jws && cjose_jws_export(jws, &text, &why), "sign", &why);
	out = arena_strdup(mem, text);
	cjose_jws_release(jws);
	cjose_header_release(head);
	return out;
}

static const char *
base64url(struct arena *mem, const void *bytes, size_t len)
{
	char *text = text_base64(mem, bytes, len);

	for (char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? '\0' : *c;
	return text;
}

const char *
signer_forge(const char *head, const char *payload, const char *secret,
	struct arena *mem)
{
	const char *body =
		arena_printf(mem, "%s.%s", base64url(mem, head, strlen(head)),
			base64url(mem, payload, strlen(payload)));
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (*secret)
		HMAC(EVP_sha256(), secret, (int)strlen(secret),
			(const unsigned char *)body, strlen(body), mac, &len);
	return arena_printf(mem, "%s.%s", body, base64url(mem, mac, len));
}
