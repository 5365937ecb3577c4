#include "proto/record.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_SIZE = 3,
	TAG_SIZE = 16,
	TYPE = 0x04,
	PLAIN_PER_RECORD = RECORD_PLAIN_MAX,
	BLOCK = 64,         /* of ChaCha20 */
	STRIDE = 4 * BLOCK, /* that many take as long as two alone */
	PAD = 16,           /* of Poly1305 */
	SHORT_MAX = 2 * STRIDE - BLOCK, /* libsodium is the quicker one */
};

static void
nonce_of(uint64_t counter, unsigned char nonce[12])
{
	memset(nonce, 0, 4);
	for (size_t i = 0; i < 8; i++)
		nonce[4 + i] = (unsigned char)(counter >> (56 - 8 * i));
}

/* Ready for one record; NULL when OpenSSL cannot. */
static EVP_CIPHER_CTX *
cipher_for(const struct key *k, uint64_t counter, bool seals)
{
	static _Thread_local EVP_CIPHER_CTX *ciphers[2];
	EVP_CIPHER_CTX **c = &ciphers[seals];
	const EVP_CIPHER *first = NULL;
	unsigned char nonce[12];

	if (!*c) {
		*c = EVP_CIPHER_CTX_new();
		first = EVP_chacha20_poly1305();
	}
	nonce_of(counter, nonce);
	if (!*c || !EVP_CipherInit_ex(*c, first, NULL, k->bytes, nonce, seals))
		return NULL;
	return *c;
}

void
record_sealer_init(struct record_sealer *s, const struct key *k)
{
	*s = (struct record_sealer){ .key = *k };
}

void
record_sealer_done(struct record_sealer *s)
{
	key_wipe(&s->key);
	s->error = ERR_CRYPTO;
}

/* What is authenticated behind the text: zeros up to PAD, and the lengths of
 * nothing and of it (RFC 8439, 2.8).  Returns the length of all. */
static size_t
put_lengths(unsigned char *text, size_t len)
{
	size_t padded = (len + PAD - 1) / PAD * PAD;

	memset(text + len, 0, padded - len + PAD);
	text[padded + 8] = (unsigned char)len;
	text[padded + 9] = (unsigned char)(len >> 8);
	return padded + PAD;
}

/* AEAD of RFC 8439 with its cipher in one call: libsodium's own asks for the
 * block that keys Poly1305 and for those of the text apart, and makes fewer
 * than four one after the other. */
static void
seal_short(const struct key *k, const unsigned char nonce[12],
	const void *plain, size_t len, unsigned char *box)
{
	unsigned char work[2 * STRIDE + PAD];
	unsigned char *text = work + BLOCK;
	size_t whole = (BLOCK + len + STRIDE - 1) / STRIDE * STRIDE;

	memset(work, 0, BLOCK);
	memcpy(text, plain, len);
	memset(text + len, 0, whole - BLOCK - len);
	crypto_stream_chacha20_ietf_xor_ic(
		work, work, whole, nonce, 0, k->bytes);
	memcpy(box, text, len);
	crypto_onetimeauth_poly1305(
		box + len, text, put_lengths(text, len), work);
	sodium_memzero(work, BLOCK);
}

/* The bytes and their tag into `box`.  Both libraries make the same; a delta is
 * some hundred bytes, where OpenSSL's way to the cipher costs as much as the
 * cipher and touches memory that has gone cold since the last one. */
static bool
seal_into(const struct key *k, uint64_t counter, const void *plain, size_t len,
	unsigned char *box)
{
	unsigned char nonce[12];
	EVP_CIPHER_CTX *cipher;
	int n;

	if (len <= SHORT_MAX) {
		nonce_of(counter, nonce);
		seal_short(k, nonce, plain, len, box);
		return true;
	}
	cipher = cipher_for(k, counter, true);
	return cipher && EVP_EncryptUpdate(cipher, box, &n, plain, (int)len) &&
	       EVP_EncryptFinal_ex(cipher, box + len, &n) &&
	       EVP_CIPHER_CTX_ctrl(
		       cipher, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, box + len);
}

size_t
record_seal(struct record_sealer *s, const void *plain, size_t len,
	unsigned char *out)
{
	unsigned char *box = out + HEAD_SIZE;

	assert(len <= RECORD_PLAIN_MAX);
	if (s->error || s->counter == UINT64_MAX ||
		!seal_into(&s->key, s->counter++, plain, len, box)) {
		s->error = ERR_CRYPTO;
		return 0;
	}
	out[0] = TYPE;
	out[1] = (unsigned char)((len + TAG_SIZE) >> 8);
	out[2] = (unsigned char)(len + TAG_SIZE);
	return len + RECORD_OVERHEAD;
}

size_t
record_sealed_size(size_t len)
{
	size_t records = (len + PLAIN_PER_RECORD - 1) / PLAIN_PER_RECORD;

	return len + records * RECORD_OVERHEAD;
}

size_t
record_seal_all(struct record_sealer *s, const void *plain, size_t len,
	unsigned char *out)
{
	const unsigned char *p = plain;
	size_t made = 0;

	while (len > 0) {
		size_t now = len < PLAIN_PER_RECORD ? len : PLAIN_PER_RECORD;
		size_t sealed = record_seal(s, p, now, out + made);

		if (!sealed)
			return 0;
		made += sealed;
		p += now;
		len -= now;
	}
	return made;
}

void
record_opener_init(struct record_opener *o, const struct key *k)
{
	*o = (struct record_opener){ .key = *k };
}

void
record_opener_done(struct record_opener *o)
{
	key_wipe(&o->key);
	free(o->partial);
	*o = (struct record_opener){ .error = ERR_CRYPTO };
}

/* The length of the record that begins here: 0 if the head is not all there,
 * and ERR_BAD_INPUT if it cannot be one. */
static enum err
record_len(const unsigned char *p, size_t len, size_t *out)
{
	size_t whole;

	*out = 0;
	if (len >= 1 && p[0] != TYPE)
		return ERR_BAD_INPUT;
	if (len < HEAD_SIZE)
		return ERR_OK;
	whole = HEAD_SIZE + ((size_t)p[1] << 8 | p[2]);
	if (whole < RECORD_OVERHEAD || whole > RECORD_MAX)
		return ERR_BAD_INPUT;
	*out = whole;
	return ERR_OK;
}

/* One whole record. */
static enum err
open_one(struct record_opener *o, const unsigned char *record, size_t whole,
	record_got *got, void *arg)
{
	unsigned char plain[RECORD_PLAIN_MAX], tag[TAG_SIZE], rest[1];
	const unsigned char *box = record + HEAD_SIZE;
	size_t len = whole - RECORD_OVERHEAD;
	EVP_CIPHER_CTX *cipher;
	int n;

	if (o->counter == UINT64_MAX)
		return ERR_BAD_INPUT;
	memcpy(tag, box + len, TAG_SIZE);
	cipher = cipher_for(&o->key, o->counter++, false);
	if (!cipher ||
		(len && !EVP_DecryptUpdate(cipher, plain, &n, box, (int)len)) ||
		!EVP_CIPHER_CTX_ctrl(
			cipher, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) ||
		EVP_DecryptFinal_ex(cipher, rest, &n) != 1)
		return ERR_BAD_INPUT;
	if (len) {
		o->empty_run = 0;
		got(arg, plain, len);
		return ERR_OK;
	}
	return ++o->empty_run > RECORD_EMPTY_MAX ? ERR_BAD_INPUT : ERR_OK;
}

/* Completes the partial record with the first bytes of `in`; tells in *taken
 * how many that took. */
static enum err
feed_partial(struct record_opener *o, const unsigned char *in, size_t len,
	size_t *taken, record_got *got, void *arg)
{
	enum err e = ERR_OK;
	size_t whole = 0;

	*taken = 0;
	while (!e && *taken < len) {
		size_t want, now;

		e = record_len(o->partial, o->partial_len, &whole);
		want = (whole ? whole : HEAD_SIZE) - o->partial_len;
		now = want < len - *taken ? want : len - *taken;
		if (e)
			break;
		memcpy(o->partial + o->partial_len, in + *taken, now);
		o->partial_len += now;
		*taken += now;
		if (!whole || o->partial_len < whole)
			continue;
		e = open_one(o, o->partial, whole, got, arg);
		free(o->partial);
		o->partial = NULL;
		o->partial_len = 0;
		break;
	}
	return e;
}

static unsigned char *
partial_new(const unsigned char *in, size_t len)
{
	unsigned char *partial = malloc(RECORD_MAX);

	if (!partial)
		abort();
	memcpy(partial, in, len);
	return partial;
}

enum err
record_open(struct record_opener *o, const void *bytes, size_t len,
	record_got *got, void *arg)
{
	const unsigned char *in = bytes;

	while (!o->error && len > 0) {
		size_t taken = 0;

		if (o->partial) {
			o->error = feed_partial(o, in, len, &taken, got, arg);
		} else {
			o->error = record_len(in, len, &taken);
			if (!o->error && (!taken || taken > len)) {
				o->partial = partial_new(in, len);
				o->partial_len = len;
				taken = len;
			} else if (!o->error) {
				o->error = open_one(o, in, taken, got, arg);
			}
		}
		in += taken;
		len -= taken;
	}
	return o->error;
}
