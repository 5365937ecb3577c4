#include "proto/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

int64_t
totp_step(int64_t now)
{
	return now / TOTP_STEP_SECONDS;
}

void
totp_code(const uint8_t secret[TOTP_SECRET_SIZE], int64_t step,
	char out[TOTP_CODE_SIZE])
{
	uint8_t counter[8], mac[EVP_MAX_MD_SIZE] = { 0 };
	unsigned len = sizeof(mac);
	uint32_t cut;
	const uint8_t *at;

	for (int i = 0; i < 8; i++)
		counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
	(void)HMAC(EVP_sha1(), secret, TOTP_SECRET_SIZE, counter,
		sizeof(counter), mac, &len);
	/* RFC 4226 5.3: 31 bits, from where the last four bits say. */
	at = mac + (mac[19] & 0xf);
	cut = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 |
	      (uint32_t)at[2] << 8 | at[3];
	(void)snprintf(out, TOTP_CODE_SIZE, "%0*u", TOTP_DIGITS, cut % 1000000);
}

/* Whole groups of five bytes, so nothing is padded. */
void
totp_text(const uint8_t secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	uint64_t bits = 0;

	for (int i = 0; i < TOTP_SECRET_SIZE; i++) {
		bits = bits << 8 | secret[i];
		for (int k = 0; i % 5 == 4 && k < 8; k++)
			*out++ = letters[bits >> (35 - 5 * k) & 0x1f];
	}
	*out = '\0';
}
