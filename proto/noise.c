#include "proto/noise.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum {
	HASH_SIZE = NOISE_HASH_SIZE,
	BLOCK_SIZE = 64, /* of BLAKE2s, for HMAC */
	TAG_SIZE = 16,

	INITIATION = 0x01, /* frame types */
	RESPONSE = 0x02,
	ERROR = 0x03,

	/* Where things lie in the initiation: version, type, length, … */
	I_TYPE = 2,
	I_LENGTH = 3,
	I_EPHEMERAL = 5,
	I_STATIC = 37,
	I_TAG = 85,
	/* … and in the response: type, length, … */
	R_EPHEMERAL = 3,
	R_TAG = 35,
};

static const char protocol[] = "Noise_IK_25519_ChaChaPoly_BLAKE2s";

/* What both sides mix step by step until their keys come out. */
struct mixer {
	uint8_t h[HASH_SIZE], chain[HASH_SIZE];
	struct key k; /* of the next box */
	bool failed;  /* checked once, at the end */
};

static void
hash(struct mixer *m, const void *a, size_t a_len, const void *b, size_t b_len,
	uint8_t out[HASH_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_blake2s256(), NULL) ||
		!EVP_DigestUpdate(ctx, a, a_len) ||
		!EVP_DigestUpdate(ctx, b, b_len) ||
		!EVP_DigestFinal_ex(ctx, out, NULL))
		m->failed = true;
	EVP_MD_CTX_free(ctx);
}

/* RFC 2104 over unkeyed BLAKE2s; keys are never longer than a block. */
static void
hmac(struct mixer *m, const uint8_t key[HASH_SIZE], const void *text,
	size_t len, uint8_t out[HASH_SIZE])
{
	uint8_t inner[BLOCK_SIZE] = { 0 }, outer[BLOCK_SIZE] = { 0 };
	uint8_t first[HASH_SIZE];

	memcpy(inner, key, HASH_SIZE);
	memcpy(outer, key, HASH_SIZE);
	for (size_t i = 0; i < BLOCK_SIZE; i++) {
		inner[i] ^= 0x36;
		outer[i] ^= 0x5c;
	}
	hash(m, inner, BLOCK_SIZE, text, len, first);
	hash(m, outer, BLOCK_SIZE, first, HASH_SIZE, out);
	OPENSSL_cleanse(inner, sizeof(inner));
	OPENSSL_cleanse(outer, sizeof(outer));
	OPENSSL_cleanse(first, sizeof(first));
}

static void
hkdf2(struct mixer *m, const void *secret, size_t len, uint8_t one[HASH_SIZE],
	uint8_t two[HASH_SIZE])
{
	uint8_t key[HASH_SIZE], text[HASH_SIZE + 1];

	hmac(m, m->chain, secret, len, key);
	hmac(m, key, "\x01", 1, one);
	memcpy(text, one, HASH_SIZE);
	text[HASH_SIZE] = 2;
	hmac(m, key, text, sizeof(text), two);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(text, sizeof(text));
}

static void
mix_hash(struct mixer *m, const void *bytes, size_t len)
{
	hash(m, m->h, HASH_SIZE, bytes, len, m->h);
}

static void
mix_key(struct mixer *m, const struct key *mine, const struct key *theirs)
{
	struct key secret = { { 0 } };
	uint8_t next[HASH_SIZE];

	if (key_shared(mine, theirs, &secret))
		m->failed = true;
	hkdf2(m, secret.bytes, KEY_SIZE, next, m->k.bytes);
	memcpy(m->chain, next, HASH_SIZE);
	OPENSSL_cleanse(next, sizeof(next));
	key_wipe(&secret);
}

/* Every key seals one box, so the nonce is zero; the hash so far is bound in.
 * `box` has len + TAG_SIZE bytes. */
static void
seal(struct mixer *m, const uint8_t *plain, size_t len, uint8_t *box)
{
	static const uint8_t nonce[12];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (!ctx ||
		!EVP_EncryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL,
			m->k.bytes, nonce) ||
		!EVP_EncryptUpdate(ctx, NULL, &n, m->h, HASH_SIZE) ||
		(len && !EVP_EncryptUpdate(ctx, box, &n, plain, (int)len)) ||
		!EVP_EncryptFinal_ex(ctx, box + len, &n) ||
		!EVP_CIPHER_CTX_ctrl(
			ctx, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, box + len))
		m->failed = true;
	EVP_CIPHER_CTX_free(ctx);
	mix_hash(m, box, len + TAG_SIZE);
}

/* `len` is the plaintext's; nothing is used of it when the tag fails. */
static void
unseal(struct mixer *m, const uint8_t *box, size_t len, uint8_t *plain)
{
	static const uint8_t nonce[12];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[TAG_SIZE], rest[TAG_SIZE];
	int n;

	memcpy(tag, box + len, TAG_SIZE);
	if (!ctx ||
		!EVP_DecryptInit_ex(ctx, EVP_chacha20_poly1305(), NULL,
			m->k.bytes, nonce) ||
		!EVP_DecryptUpdate(ctx, NULL, &n, m->h, HASH_SIZE) ||
		(len && !EVP_DecryptUpdate(ctx, plain, &n, box, (int)len)) ||
		!EVP_CIPHER_CTX_ctrl(
			ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) ||
		EVP_DecryptFinal_ex(ctx, rest, &n) != 1)
		m->failed = true;
	EVP_CIPHER_CTX_free(ctx);
	mix_hash(m, box, len + TAG_SIZE);
}

static void
begin(struct mixer *m, uint16_t capver, const struct key *server_public)
{
	char prologue[48];

	*m = (struct mixer){ 0 };
	hash(m, protocol, sizeof(protocol) - 1, "", 0, m->h);
	memcpy(m->chain, m->h, HASH_SIZE);
	snprintf(prologue, sizeof(prologue), "Tailscale Control Protocol v%u",
		(unsigned)capver);
	mix_hash(m, prologue, strlen(prologue));
	mix_hash(m, server_public->bytes, KEY_SIZE);
}

static enum err
split(struct mixer *m, const struct key *machine, uint16_t capver,
	struct noise_result *out)
{
	struct noise_result r = { .machine = *machine, .capver = capver };

	hkdf2(m, "", 0, r.client_to_server.bytes, r.server_to_client.bytes);
	memcpy(r.hash, m->h, HASH_SIZE);
	if (!m->failed)
		*out = r;
	noise_wipe(&r);
	return m->failed ? ERR_CRYPTO : ERR_OK;
}

static struct key
key_at(const unsigned char *bytes)
{
	struct key k;

	memcpy(k.bytes, bytes, KEY_SIZE);
	return k;
}

const char *
noise_refusal(struct bytes in)
{
	if (in.len != NOISE_INITIATION_SIZE)
		return "wrong handshake initiation size";
	if (in.at[I_TYPE] != INITIATION)
		return "unexpected handshake message type";
	if (in.at[I_LENGTH] != 0 ||
		in.at[I_LENGTH + 1] != NOISE_INITIATION_SIZE - I_EPHEMERAL)
		return "wrong handshake initiation length";
	return NULL;
}

size_t
noise_error_frame(const char *text, unsigned char out[NOISE_ERROR_SIZE])
{
	size_t len = strnlen(text, NOISE_ERROR_SIZE - 3);

	out[0] = ERROR;
	out[1] = 0;
	out[2] = (unsigned char)len;
	memcpy(out + 3, text, len);
	return 3 + len;
}

static enum err
answer(const struct key *server_private, const struct key *ephemeral,
	const struct key *ephemeral_public, struct bytes in,
	unsigned char response[NOISE_RESPONSE_SIZE], struct noise_result *out)
{
	unsigned char frame[NOISE_RESPONSE_SIZE] = { RESPONSE, 0,
		NOISE_RESPONSE_SIZE - R_EPHEMERAL };
	struct key server_public, client, machine = { { 0 } };
	uint16_t capver;
	struct mixer m;
	enum err e;

	if (noise_refusal(in))
		return ERR_BAD_INPUT;
	if (key_public(server_private, &server_public))
		return ERR_CRYPTO;
	capver = (uint16_t)(in.at[0] << 8 | in.at[1]);
	client = key_at(in.at + I_EPHEMERAL);

	begin(&m, capver, &server_public);
	mix_hash(&m, client.bytes, KEY_SIZE);
	mix_key(&m, server_private, &client); /* es */
	unseal(&m, in.at + I_STATIC, KEY_SIZE, machine.bytes);
	if (!m.failed)
		mix_key(&m, server_private, &machine); /* ss */
	if (!m.failed)
		unseal(&m, in.at + I_TAG, 0, NULL);

	memcpy(frame + R_EPHEMERAL, ephemeral_public->bytes, KEY_SIZE);
	if (!m.failed) {
		mix_hash(&m, ephemeral_public->bytes, KEY_SIZE);
		mix_key(&m, ephemeral, &client);  /* ee */
		mix_key(&m, ephemeral, &machine); /* se */
		seal(&m, NULL, 0, frame + R_TAG);
	}
	e = m.failed ? ERR_CRYPTO : split(&m, &machine, capver, out);
	if (!e)
		memcpy(response, frame, sizeof(frame));
	OPENSSL_cleanse(&m, sizeof(m));
	return e;
}

enum err
noise_answer_with(const struct key *server_private, const struct key *ephemeral,
	struct bytes initiation, unsigned char response[NOISE_RESPONSE_SIZE],
	struct noise_result *out)
{
	struct key public_key;
	enum err e = key_public(ephemeral, &public_key);

	return e ? e
		 : answer(server_private, ephemeral, &public_key, initiation,
			   response, out);
}

enum err
noise_answer(const struct key *server_private, struct bytes initiation,
	unsigned char response[NOISE_RESPONSE_SIZE], struct noise_result *out)
{
	struct key ephemeral, public_key;
	enum err e = noise_refusal(initiation)
			     ? ERR_BAD_INPUT
			     : key_new(&ephemeral, &public_key);

	if (e)
		return e;
	e = answer(server_private, &ephemeral, &public_key, initiation,
		response, out);
	key_wipe(&ephemeral);
	return e;
}

enum err
noise_start_with(struct noise_client *c, const struct key *ephemeral,
	const struct key *server_public, const struct key *machine_private,
	uint16_t capver, unsigned char out[NOISE_INITIATION_SIZE])
{
	struct key ephemeral_public, machine_public;
	struct mixer m;
	enum err e;

	if (key_public(ephemeral, &ephemeral_public) ||
		key_public(machine_private, &machine_public))
		return ERR_CRYPTO;
	out[0] = (unsigned char)(capver >> 8);
	out[1] = (unsigned char)capver;
	out[I_TYPE] = INITIATION;
	out[I_LENGTH] = 0;
	out[I_LENGTH + 1] = NOISE_INITIATION_SIZE - I_EPHEMERAL;
	memcpy(out + I_EPHEMERAL, ephemeral_public.bytes, KEY_SIZE);

	begin(&m, capver, server_public);
	mix_hash(&m, ephemeral_public.bytes, KEY_SIZE);
	mix_key(&m, ephemeral, server_public); /* es */
	seal(&m, machine_public.bytes, KEY_SIZE, out + I_STATIC);
	mix_key(&m, machine_private, server_public); /* ss */
	seal(&m, NULL, 0, out + I_TAG);

	*c = (struct noise_client){ .ephemeral = *ephemeral,
		.machine_private = *machine_private,
		.capver = capver };
	memcpy(c->h, m.h, HASH_SIZE);
	memcpy(c->chain, m.chain, HASH_SIZE);
	e = m.failed ? ERR_CRYPTO : ERR_OK;
	OPENSSL_cleanse(&m, sizeof(m));
	return e;
}

enum err
noise_start(struct noise_client *c, const struct key *server_public,
	const struct key *machine_private, uint16_t capver,
	unsigned char initiation[NOISE_INITIATION_SIZE])
{
	struct key ephemeral, unused;
	enum err e = key_new(&ephemeral, &unused);

	if (!e)
		e = noise_start_with(c, &ephemeral, server_public,
			machine_private, capver, initiation);
	key_wipe(&ephemeral);
	return e;
}

static enum err
finish(struct noise_client *c, struct bytes in, struct noise_result *out)
{
	static const struct key nobody;
	struct key server;
	struct mixer m = { .failed = false };
	enum err e;

	if (in.len != NOISE_RESPONSE_SIZE || in.at[0] != RESPONSE ||
		in.at[1] != 0 || in.at[2] != NOISE_RESPONSE_SIZE - R_EPHEMERAL)
		return ERR_BAD_INPUT;
	memcpy(m.h, c->h, HASH_SIZE);
	memcpy(m.chain, c->chain, HASH_SIZE);
	server = key_at(in.at + R_EPHEMERAL);
	mix_hash(&m, server.bytes, KEY_SIZE);
	mix_key(&m, &c->ephemeral, &server);       /* ee */
	mix_key(&m, &c->machine_private, &server); /* se */
	unseal(&m, in.at + R_TAG, 0, NULL);
	e = m.failed ? ERR_CRYPTO : split(&m, &nobody, c->capver, out);
	OPENSSL_cleanse(&m, sizeof(m));
	return e;
}

enum err
noise_finish(
	struct noise_client *c, struct bytes response, struct noise_result *out)
{
	enum err e = finish(c, response, out);

	OPENSSL_cleanse(c, sizeof(*c));
	return e;
}

void
noise_wipe(struct noise_result *r)
{
	OPENSSL_cleanse(r, sizeof(*r));
}
