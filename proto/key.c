#include "proto/key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char *const prefixes[] = {
	[KEY_MACHINE] = "mkey:",
	[KEY_NODE] = "nodekey:",
	[KEY_DISCO] = "discokey:",
	[KEY_PRIVATE] = "privkey:",
	[KEY_LOCK] = "nlpub:",
	[KEY_CHALLENGE] = "chalpub:",
};

enum err
key_parse(enum key_kind kind, const char *s, struct key *out)
{
	const char *prefix = prefixes[kind];

	if (kind == KEY_LOCK && text_starts(s, "tlpub:"))
		prefix = "tlpub:";
	if (!text_starts(s, prefix))
		return ERR_BAD_INPUT;
	return text_unhex(s + strlen(prefix), out->bytes, KEY_SIZE);
}

void
key_print(enum key_kind kind, const struct key *k, char out[KEY_TEXT_SIZE])
{
	size_t len = strlen(prefixes[kind]);

	memcpy(out, prefixes[kind], len);
	text_hex(out + len, k->bytes, KEY_SIZE);
}

char *
key_text(struct arena *mem, enum key_kind kind, const struct key *k)
{
	char *out = arena_alloc(mem, KEY_TEXT_SIZE);

	key_print(kind, k, out);
	return out;
}

void
key_short(const struct key *k, char out[KEY_SHORT_SIZE])
{
	unsigned char text[9]; /* five characters need four bytes, so six */

	out[0] = '\0';
	if (key_is_zero(k))
		return;
	EVP_EncodeBlock(text, k->bytes, 6);
	snprintf(out, KEY_SHORT_SIZE, "[%.5s]", (const char *)text);
}

bool
key_is_zero(const struct key *k)
{
	static const struct key zero;

	return key_equal(k, &zero);
}

bool
key_equal(const struct key *a, const struct key *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, KEY_SIZE) == 0;
}

enum err
key_new(struct key *private_key, struct key *public_key)
{
	struct key fresh;
	enum err e = ERR_CRYPTO;

	if (RAND_priv_bytes(fresh.bytes, KEY_SIZE) == 1) {
		fresh.bytes[0] &= 248;
		fresh.bytes[31] = (fresh.bytes[31] & 127) | 64;
		e = key_public(&fresh, public_key);
	}
	if (!e)
		*private_key = fresh;
	key_wipe(&fresh);
	return e;
}

/* libsodium for these two: half the time of OpenSSL, which works out the public
 * half again for every private key it is handed. */
enum err
key_public(const struct key *private_key, struct key *public_key)
{
	struct key out;

	if (sodium_init() < 0 ||
		crypto_scalarmult_base(out.bytes, private_key->bytes))
		return ERR_CRYPTO;
	*public_key = out;
	return ERR_OK;
}

enum err
key_shared(const struct key *private_key, const struct key *public_key,
	struct key *secret)
{
	struct key out;
	bool done = sodium_init() >= 0 &&
		    !crypto_scalarmult(
			    out.bytes, private_key->bytes, public_key->bytes);

	if (done)
		*secret = out;
	key_wipe(&out);
	return done ? ERR_OK : ERR_CRYPTO;
}

void
key_wipe(struct key *k)
{
	OPENSSL_cleanse(k, sizeof(*k));
}
