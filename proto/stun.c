#include "proto/stun.h"

#include <stdbool.h>
#include <string.h>

enum {
	HEAD_LEN = 20,
	BINDING_REQUEST = 0x0001,
	BINDING_ANSWER = 0x0101,
	XOR_MAPPED_ADDRESS = 0x0020,
	SOFTWARE = 0x8022,
	FINGERPRINT = 0x8028,
	FINGERPRINT_LEN = 8, /* with its head */
};

static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };
static const char software[8] = { 't', 'a', 'i', 'l', 'n', 'o', 'd', 'e' };

static void
put16(uint8_t *out, unsigned value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

static unsigned
get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* The CRC-32 of Ethernet, RFC 8489 14.7. */
static uint32_t
crc32(const uint8_t *at, size_t len)
{
	uint32_t crc = 0xffffffff;

	while (len--) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void
put_fingerprint(uint8_t out[4], const uint8_t *before, size_t len)
{
	uint32_t print = crc32(before, len) ^ 0x5354554e;

	put16(out, print >> 16);
	put16(out + 2, print & 0xffff);
}

static bool
is_message(const uint8_t *at, size_t len, unsigned type)
{
	return len >= HEAD_LEN && len % 4 == 0 && get16(at) == type &&
	       get16(at + 2) == len - HEAD_LEN &&
	       memcmp(at + 4, cookie, sizeof(cookie)) == 0;
}

/* The attribute of that type: its value and length, or NULL. */
static const uint8_t *
find(const uint8_t *at, size_t len, unsigned type, size_t *value_len)
{
	size_t i = HEAD_LEN;

	while (len - i >= 4) {
		size_t n = get16(at + i + 2), padded = (n + 3) / 4 * 4;

		if (padded > len - i - 4)
			return NULL;
		if (get16(at + i) == type) {
			*value_len = n;
			return at + i + 4;
		}
		i += 4 + padded;
	}
	return NULL;
}

static bool
has_software(const uint8_t *at, size_t len)
{
	size_t n;
	const uint8_t *value = find(at, len, SOFTWARE, &n);

	return value && n == sizeof(software) &&
	       memcmp(value, software, sizeof(software)) == 0;
}

static bool
has_fingerprint(const uint8_t *at, size_t len)
{
	const uint8_t *last = at + len - FINGERPRINT_LEN;
	uint8_t right[4];
	size_t n;

	/* Walked to, so that it is an attribute and not the end of one. */
	if (find(at, len, FINGERPRINT, &n) != last + 4 || n != sizeof(right))
		return false;
	put_fingerprint(right, at, len - FINGERPRINT_LEN);
	return memcmp(last + 4, right, sizeof(right)) == 0;
}

enum err
stun_request_read(const uint8_t *at, size_t len, uint8_t tx[STUN_TX_LEN])
{
	if (len < STUN_REQUEST_LEN || len > STUN_REQUEST_MAX ||
		!is_message(at, len, BINDING_REQUEST) ||
		!has_software(at, len) || !has_fingerprint(at, len))
		return ERR_BAD_INPUT;
	memcpy(tx, at + 8, STUN_TX_LEN);
	return ERR_OK;
}

static void
put_head(uint8_t *out, unsigned type, size_t body, const uint8_t *tx)
{
	put16(out, type);
	put16(out + 2, (unsigned)body);
	memcpy(out + 4, cookie, sizeof(cookie));
	memcpy(out + 8, tx, STUN_TX_LEN);
}

void
stun_request_put(uint8_t out[STUN_REQUEST_LEN], const uint8_t tx[STUN_TX_LEN])
{
	put_head(out, BINDING_REQUEST, STUN_REQUEST_LEN - HEAD_LEN, tx);
	put16(out + 20, SOFTWARE);
	put16(out + 22, sizeof(software));
	memcpy(out + 24, software, sizeof(software));
	put16(out + 32, FINGERPRINT);
	put16(out + 34, 4);
	put_fingerprint(out + 36, out, 32);
}

/* The address is hidden from translators that rewrite what looks like one:
 * RFC 8489 14.2.  Cookie and transaction lie side by side in the head. */
static void
xor_address(uint8_t *value, size_t ip_len, const uint8_t *mask)
{
	value[2] ^= mask[0];
	value[3] ^= mask[1];
	for (size_t i = 0; i < ip_len; i++)
		value[4 + i] ^= mask[i];
}

size_t
stun_answer_put(uint8_t out[STUN_ANSWER_MAX], const uint8_t tx[STUN_TX_LEN],
	const struct ip *ip, uint16_t port)
{
	size_t ip_len = ip->family == 4 ? 4 : 16;
	uint8_t *value = out + HEAD_LEN + 4;

	put_head(out, BINDING_ANSWER, 8 + ip_len, tx);
	put16(out + HEAD_LEN, XOR_MAPPED_ADDRESS);
	put16(out + HEAD_LEN + 2, (unsigned)(4 + ip_len));
	value[0] = 0;
	value[1] = ip->family == 4 ? 1 : 2;
	put16(value + 2, port);
	memcpy(value + 4, ip->bytes, ip_len);
	xor_address(value, ip_len, out + 4);
	return HEAD_LEN + 8 + ip_len;
}

enum err
stun_answer_read(const uint8_t *at, size_t len, const uint8_t tx[STUN_TX_LEN],
	struct ip *ip, uint16_t *port)
{
	const uint8_t *found;
	uint8_t value[20];
	size_t n;

	if (!is_message(at, len, BINDING_ANSWER) ||
		memcmp(at + 8, tx, STUN_TX_LEN) != 0)
		return ERR_BAD_INPUT;
	found = find(at, len, XOR_MAPPED_ADDRESS, &n);
	if (!found ||
		!((n == 8 && found[1] == 1) || (n == 20 && found[1] == 2)))
		return ERR_BAD_INPUT;
	memcpy(value, found, n);
	xor_address(value, n - 4, at + 4);
	*ip = (struct ip){ .family = n == 8 ? 4 : 6 };
	memcpy(ip->bytes, value + 4, n - 4);
	*port = (uint16_t)get16(value + 2);
	return ERR_OK;
}
