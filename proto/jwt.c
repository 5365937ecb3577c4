#include "proto/jwt.h"

#include <cjose/cjose.h>
#include <string.h>

#include "base/text.h"

/* What of a key takes part: all public, all texts. */
struct jwk {
	const char *kty, *kid, *use, *alg, *crv, *n, *e, *x, *y;
};

struct jwks {
	struct json_objects keys;
};

struct head {
	const char *alg, *kid;
	struct json_raw crit;
};

static const struct json_field jwk_fields[] = {
	JSON_FIELD(struct jwk, kty, "kty", OMIT_EMPTY),
	JSON_FIELD(struct jwk, kid, "kid", OMIT_EMPTY),
	JSON_FIELD(struct jwk, use, "use", OMIT_EMPTY),
	JSON_FIELD(struct jwk, alg, "alg", OMIT_EMPTY),
	JSON_FIELD(struct jwk, crv, "crv", OMIT_EMPTY),
	JSON_FIELD(struct jwk, n, "n", OMIT_EMPTY),
	JSON_FIELD(struct jwk, e, "e", OMIT_EMPTY),
	JSON_FIELD(struct jwk, x, "x", OMIT_EMPTY),
	JSON_FIELD(struct jwk, y, "y", OMIT_EMPTY),
};
static const struct json_table jwk_table = JSON_TABLE(struct jwk, jwk_fields);
static const struct json_field jwks_fields[] = {
	JSON_STRUCT(struct jwks, keys, "keys", KEEP_LIST, jwk_table),
};
static const struct json_table jwks_table =
	JSON_TABLE(struct jwks, jwks_fields);
static const struct json_field head_fields[] = {
	JSON_FIELD(struct head, alg, "alg", KEEP_EMPTY),
	JSON_FIELD(struct head, kid, "kid", KEEP_EMPTY),
	JSON_FIELD(struct head, crit, "crit", KEEP_EMPTY),
};
static const struct json_table head_table =
	JSON_TABLE(struct head, head_fields);

/* Which keys an algorithm may use. */
static const struct algorithm {
	const char *name, *kty, *crv;
} algorithms[] = {
	{ "RS256", "RSA", NULL },
	{ "RS384", "RSA", NULL },
	{ "RS512", "RSA", NULL },
	{ "PS256", "RSA", NULL },
	{ "PS384", "RSA", NULL },
	{ "PS512", "RSA", NULL },
	{ "ES256", "EC", "P-256" },
	{ "ES384", "EC", "P-384" },
	{ "ES512", "EC", "P-521" },
};

static const char *const faults[] = {
	[JWT_GOOD] = "good",
	[JWT_MALFORMED] = "it is no signed token",
	[JWT_ALGORITHM] = "it is signed by an algorithm that is not taken",
	[JWT_NO_KEY] = "the provider has no such key",
	[JWT_SIGNATURE] = "its signature does not fit",
};

const char *
jwt_fault_words(enum jwt_fault f)
{
	return faults[f];
}

static bool
is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

static const struct algorithm *
algorithm_of(const char *name)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
		if (is(name, algorithms[i].name))
			return &algorithms[i];
	return NULL;
}

/* The fields that a kind of key has, no other ones: cjose takes what is there.
 */
static bool
is_public_key(struct jwk *k)
{
	if (k->use && *k->use && !is(k->use, "sig"))
		return false;
	if (is(k->kty, "RSA")) {
		k->crv = k->x = k->y = NULL;
		return k->n && k->e;
	}
	k->n = k->e = NULL;
	return is(k->kty, "EC") && k->crv && k->x && k->y;
}

enum err
jwt_keys_read(struct bytes text, struct arena *mem, const char **keys)
{
	struct jwks all = { .keys = { NULL, 0 } };
	struct jwk *at;
	size_t n = 0;

	if (text.len > JWT_KEYS_BYTES ||
		json_decode(text, &jwks_table, mem, &all))
		return ERR_BAD_INPUT;
	at = all.keys.at;
	for (size_t i = 0; i < all.keys.count && n < JWT_KEYS_MAX; i++)
		if (is_public_key(&at[i]))
			at[n++] = at[i];
	all.keys.count = n;
	if (!n)
		return ERR_BAD_INPUT;
	*keys = json_print(mem, &jwks_table, &all);
	return ERR_OK;
}

static struct jwks
open_keys(struct arena *mem, const char *keys)
{
	struct jwks all = { .keys = { NULL, 0 } };

	if (!*keys ||
		json_decode((struct bytes){ (const void *)keys, strlen(keys) },
			&jwks_table, mem, &all))
		all.keys.count = 0;
	return all;
}

size_t
jwt_keys_count(struct arena *mem, const char *keys)
{
	return open_keys(mem, keys).keys.count;
}

/* ---- a token ---- */

/* Three parts of base64url, the last of which is not empty. */
static bool
has_form(const char *token)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (int part = 0; part < 3; part++) {
		size_t len = strspn(token, letters);

		if (!len || token[len] != (part < 2 ? '.' : '\0'))
			return false;
		token += len + 1;
	}
	return true;
}

static enum err
read_head(const char *token, struct arena *mem, struct head *out)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	cjose_err fault;
	enum err e = ERR_BAD_INPUT;

	if (cjose_base64url_decode(
		    token, strcspn(token, "."), &bytes, &len, &fault))
		e = json_decode(
			(struct bytes){ bytes, len }, &head_table, mem, out);
	cjose_get_dealloc()(bytes);
	return e;
}

static bool
may_be(const struct jwk *k, const struct algorithm *a, const struct head *h)
{
	return is(k->kty, a->kty) && (!a->crv || is(k->crv, a->crv)) &&
	       (!k->alg || !*k->alg || is(k->alg, a->name)) &&
	       (!h->kid || !*h->kid || is(k->kid, h->kid));
}

static bool
is_long_enough(const cjose_jwk_t *key, const struct algorithm *a)
{
	cjose_err fault;

	return strcmp(a->kty, "RSA") != 0 ||
	       cjose_jwk_get_keysize(key, &fault) >= JWT_RSA_MIN;
}

/* cjose ties what it verified to the object: a fresh one for each key. */
static bool
fits(const char *token, const struct jwk *k, const struct algorithm *a,
	struct arena *mem, const char **payload)
{
	const char *json = json_print(mem, &jwk_table, k);
	cjose_err fault;
	cjose_jwk_t *key = cjose_jwk_import(json, strlen(json), &fault);
	cjose_jws_t *jws = cjose_jws_import(token, strlen(token), &fault);
	uint8_t *text = NULL;
	size_t len = 0;
	bool good = key && jws && is_long_enough(key, a) &&
		    cjose_jws_verify(jws, key, &fault) &&
		    cjose_jws_get_plaintext(jws, &text, &len, &fault) &&
		    text_is_utf8(text, len);

	if (good)
		*payload = arena_printf(mem, "%.*s", (int)len, (char *)text);
	cjose_jws_release(jws);
	if (key)
		cjose_jwk_release(key);
	return good;
}

enum jwt_fault
jwt_verify(const char *token, const char *keys, struct arena *mem,
	const char **payload)
{
	struct head head = { .alg = NULL };
	struct jwks all = open_keys(mem, keys);
	const struct jwk *at = all.keys.at;
	const struct algorithm *a;
	bool tried = false;

	if (strlen(token) > JWT_MAX || !has_form(token) ||
		read_head(token, mem, &head))
		return JWT_MALFORMED;
	a = algorithm_of(head.alg);
	if (!a || head.crit.text)
		return JWT_ALGORITHM;
	for (size_t i = 0; i < all.keys.count; i++) {
		if (!may_be(&at[i], a, &head))
			continue;
		tried = true;
		if (fits(token, &at[i], a, mem, payload))
			return JWT_GOOD;
	}
	return tried ? JWT_SIGNATURE : JWT_NO_KEY;
}
