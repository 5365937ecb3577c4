#include "tests/load/initiator.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HASH = 32,
	BLOCK = 64, /* of BLAKE2s */
	TAG = 16,
};

static const uint8_t no_nonce[12];

/* BLAKE2s of two texts in a row. */
static void
hash(uint8_t out[HASH], const void *a, size_t a_len, const void *b,
	size_t b_len)
{
	static EVP_MD_CTX *md;

	if (!md)
		md = EVP_MD_CTX_new();
	if (!EVP_DigestInit_ex(md, EVP_blake2s256(), NULL) ||
		!EVP_DigestUpdate(md, a, a_len) ||
		!EVP_DigestUpdate(md, b, b_len) ||
		!EVP_DigestFinal_ex(md, out, NULL))
		abort();
}

/* RFC 2104; keys here are always shorter than a block. */
static void
hmac(uint8_t out[HASH], const uint8_t key[HASH], const void *text, size_t len)
{
	uint8_t inner[BLOCK], outer[BLOCK], middle[HASH];

	memset(inner, 0x36, BLOCK);
	memset(outer, 0x5c, BLOCK);
	for (size_t i = 0; i < HASH; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	hash(middle, inner, BLOCK, text, len);
	hash(out, outer, BLOCK, middle, HASH);
}

/* HKDF of the Noise text, with two outputs; the first may be the chain. */
static void
derive(const uint8_t chain[HASH], const void *secret, size_t len,
	uint8_t first[HASH], uint8_t second[HASH])
{
	uint8_t extracted[HASH], text[HASH + 1];

	hmac(extracted, chain, secret, len);
	hmac(text, extracted, "\x01", 1);
	text[HASH] = 2;
	hmac(second, extracted, text, sizeof(text));
	memcpy(first, text, HASH);
}

static void
mix_hash(struct initiator *in, const void *text, size_t len)
{
	hash(in->hash, in->hash, HASH, text, len);
}

static bool
mix_secret(struct initiator *in, const struct key *private_key,
	const void *public_key, uint8_t key[HASH])
{
	uint8_t secret[KEY_SIZE];

	if (crypto_scalarmult(secret, private_key->bytes, public_key))
		return false;
	derive(in->chain, secret, sizeof(secret), in->chain, key);
	return true;
}

/* Each key of the handshake seals one text, so the nonce is always 0. */
static void
put_sealed(struct initiator *in, const uint8_t key[HASH], const void *plain,
	size_t len, uint8_t *out)
{
	crypto_aead_chacha20poly1305_ietf_encrypt(
		out, NULL, plain, len, in->hash, HASH, NULL, no_nonce, key);
	mix_hash(in, out, len + TAG);
}

static void
begin(struct initiator *in, const struct key *server, uint16_t version)
{
	static const char name[] = "Noise_IK_25519_ChaChaPoly_BLAKE2s";
	char prologue[64];
	int len = snprintf(prologue, sizeof(prologue),
		"Tailscale Control Protocol v%u", version);

	hash(in->hash, name, sizeof(name) - 1, "", 0);
	memcpy(in->chain, in->hash, HASH);
	mix_hash(in, prologue, (size_t)len);
	mix_hash(in, server->bytes, KEY_SIZE);
}

bool
initiator_start(struct initiator *in, const struct key *server,
	const struct key *machine, const struct key *ephemeral,
	uint16_t version, uint8_t out[INITIATION_SIZE])
{
	const uint8_t head[5] = { (uint8_t)(version >> 8), (uint8_t)version, 1,
		0, INITIATION_SIZE - 5 };
	uint8_t *at = out + sizeof(head), key[HASH];
	struct key machine_public;

	memcpy(out, head, sizeof(head));
	begin(in, server, version);
	in->machine = *machine;
	if (ephemeral)
		in->ephemeral = *ephemeral;
	else
		randombytes_buf(in->ephemeral.bytes, KEY_SIZE);
	if (crypto_scalarmult_base(at, in->ephemeral.bytes) ||
		crypto_scalarmult_base(machine_public.bytes, machine->bytes))
		return false;
	mix_hash(in, at, KEY_SIZE); /* e */
	at += KEY_SIZE;
	if (!mix_secret(in, &in->ephemeral, server->bytes, key)) /* es */
		return false;
	put_sealed(in, key, machine_public.bytes, KEY_SIZE, at); /* s */
	at += KEY_SIZE + TAG;
	if (!mix_secret(in, machine, server->bytes, key)) /* ss */
		return false;
	put_sealed(in, key, NULL, 0, at);
	return true;
}

bool
initiator_finish(struct initiator *in, const uint8_t response[RESPONSE_SIZE],
	struct channel *up, struct channel *down)
{
	static const uint8_t head[3] = { 2, 0, RESPONSE_SIZE - 3 };
	const uint8_t *server = response + sizeof(head);
	uint8_t key[HASH], nothing[1];

	if (memcmp(response, head, sizeof(head)) != 0)
		return false;
	mix_hash(in, server, KEY_SIZE);                     /* e */
	if (!mix_secret(in, &in->ephemeral, server, key) || /* ee */
		!mix_secret(in, &in->machine, server, key)) /* se */
		return false;
	if (crypto_aead_chacha20poly1305_ietf_decrypt(nothing, NULL, NULL,
		    server + KEY_SIZE, TAG, in->hash, HASH, no_nonce, key))
		return false;
	mix_hash(in, server + KEY_SIZE, TAG);
	up->counter = down->counter = 0;
	derive(in->chain, "", 0, up->key, down->key);
	return true;
}

/* Big-endian, where the Noise text has it the other way round. */
static void
next_nonce(struct channel *c, uint8_t nonce[12])
{
	memset(nonce, 0, 4);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = (uint8_t)(c->counter >> (56 - 8 * i));
	c->counter++;
}

size_t
channel_seal(struct channel *c, const void *plain, size_t len, uint8_t *out)
{
	uint8_t nonce[12];

	next_nonce(c, nonce);
	out[0] = 4;
	out[1] = (uint8_t)((len + TAG) >> 8);
	out[2] = (uint8_t)(len + TAG);
	crypto_aead_chacha20poly1305_ietf_encrypt(
		out + 3, NULL, plain, len, NULL, 0, NULL, nonce, c->key);
	return len + FRAME_OVERHEAD;
}

int
channel_open(struct channel *c, const uint8_t *frame, size_t len, uint8_t *out)
{
	uint8_t nonce[12];

	if (len < FRAME_OVERHEAD || frame[0] != 4)
		return -1;
	next_nonce(c, nonce);
	if (crypto_aead_chacha20poly1305_ietf_decrypt(out, NULL, NULL,
		    frame + 3, len - 3, NULL, 0, nonce, c->key))
		return -1;
	return (int)(len - FRAME_OVERHEAD);
}
