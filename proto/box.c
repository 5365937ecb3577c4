#include "proto/box.h"

#include <sodium.h>

_Static_assert((int)BOX_KEY_LEN == (int)crypto_box_SECRETKEYBYTES, "key");
_Static_assert((int)BOX_NONCE_LEN == (int)crypto_box_NONCEBYTES, "nonce");
_Static_assert(
	BOX_EXTRA - BOX_NONCE_LEN == (int)crypto_box_MACBYTES, "authenticator");

void
box_private(uint8_t private[BOX_KEY_LEN])
{
	randombytes_buf(private, BOX_KEY_LEN);
	private[0] &= 248;
	private[31] = (uint8_t)((private[31] & 127) | 64);
}

void
box_public(const uint8_t private[BOX_KEY_LEN], uint8_t public[BOX_KEY_LEN])
{
	crypto_scalarmult_base(public, private);
}

enum err
box_seal(const uint8_t theirs[BOX_KEY_LEN], const uint8_t mine[BOX_KEY_LEN],
	const void *plain, size_t len, uint8_t *out)
{
	uint8_t *nonce = out;

	randombytes_buf(nonce, BOX_NONCE_LEN);
	if (crypto_box_easy(
		    out + BOX_NONCE_LEN, plain, len, nonce, theirs, mine) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}

enum err
box_open(const uint8_t theirs[BOX_KEY_LEN], const uint8_t mine[BOX_KEY_LEN],
	const uint8_t *box, size_t len, void *out)
{
	if (len < BOX_EXTRA)
		return ERR_BAD_INPUT;
	if (crypto_box_open_easy(out, box + BOX_NONCE_LEN, len - BOX_NONCE_LEN,
		    box, theirs, mine) != 0)
		return ERR_CRYPTO;
	return ERR_OK;
}
