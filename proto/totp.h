/*
 * totp.h: codes that count with the clock (RFC 6238: SHA-1, 6 digits, 30 s),
 * as every authenticator makes them unless told otherwise.
 */
#ifndef PROTO_TOTP_H
#define PROTO_TOTP_H

#include <stdint.h>

enum {
	TOTP_SECRET_SIZE = 20, /* RFC 4226 4, R6 recommends 160 bits */
	TOTP_DIGITS = 6,
	TOTP_STEP_SECONDS = 30,
	TOTP_CODE_SIZE = TOTP_DIGITS + 1,
	TOTP_TEXT_SIZE = TOTP_SECRET_SIZE / 5 * 8 + 1,
};

/* The number of the 30 seconds that `now` lies in. */
int64_t totp_step(int64_t now);
void totp_code(const uint8_t secret[TOTP_SECRET_SIZE], int64_t step,
	char out[TOTP_CODE_SIZE]);
/* RFC 4648 base32, as people type it into an authenticator. */
void totp_text(
	const uint8_t secret[TOTP_SECRET_SIZE], char out[TOTP_TEXT_SIZE]);

#endif
