/*
 * stun_fuzz.c: a stranger's datagram.  What is taken for a request must be one,
 * and its answer must read back.
 */
#include "proto/stun.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	uint8_t tx[STUN_TX_LEN], answer[STUN_ANSWER_MAX];
	struct ip ip = { .family = 6 }, told;
	uint16_t port;
	size_t n;

	if (len >= STUN_TX_LEN)
		(void)stun_answer_read(at, len, at, &told, &port);
	if (stun_request_read(at, len, tx))
		return 0;
	assert(len >= STUN_REQUEST_LEN && len <= STUN_REQUEST_MAX);
	n = stun_answer_put(answer, tx, &ip, 1);
	assert(stun_answer_read(answer, n, tx, &told, &port) == ERR_OK);
	assert(ip_equal(&ip, &told) && port == 1);
	return 0;
}
