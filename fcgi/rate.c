#include "fcgi/rate.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/ip.h"

enum {
	PLACES = 8192,
};

/* Minute in the upper half, count in the lower: one word, so that processes
 * change it without a lock. */
struct rate {
	uint64_t seed;
	_Atomic uint64_t places[PLACES];
};

struct rate *
rate_new(void)
{
	struct rate *rate = mmap(NULL, sizeof(*rate), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (rate == MAP_FAILED)
		return NULL;
	if (getrandom(&rate->seed, sizeof(rate->seed), 0) < 0)
		rate->seed = 0;
	return rate;
}

void
rate_free(struct rate *rate)
{
	if (rate)
		munmap(rate, sizeof(*rate));
}

/* FNV-1a over the bytes that count, begun at a seed nobody outside knows. */
static size_t
place_of(const struct rate *rate, enum rate_of what, const void *bytes,
	size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ rate->seed ^ what;
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * UINT64_C(1099511628211);
	return (size_t)((hash ^ hash >> 32) % PLACES);
}

static bool
take(_Atomic uint64_t *place, int64_t now, unsigned per_minute)
{
	uint64_t minute = (uint64_t)(now / 60) << 32;
	uint64_t seen = atomic_load(place), next;

	do {
		next = (seen >> 32) == (minute >> 32) ? seen + 1 : minute + 1;
		if ((next & UINT32_MAX) > per_minute)
			return false;
	} while (!atomic_compare_exchange_weak(place, &seen, next));
	return true;
}

bool
rate_take(struct rate *rate, enum rate_of what, const char *address,
	int64_t now, unsigned per_minute)
{
	struct ip ip = { .family = 0 };

	if (!rate)
		return true;
	(void)ip_parse(address, &ip);
	return take(&rate->places[place_of(
			    rate, what, ip.bytes, ip_party_bytes(&ip))],
		now, per_minute);
}

bool
rate_take_word(struct rate *rate, enum rate_of what, const char *word,
	int64_t now, unsigned per_minute)
{
	return !rate ||
	       take(&rate->places[place_of(rate, what, word, strlen(word))],
		       now, per_minute);
}
