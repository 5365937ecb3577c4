#include "worker/endpoints.h"

#include <stdlib.h>
#include <string.h>

#include "base/ip.h"

static bool
is_usable(const struct ip *ip, bool loopback)
{
	static const uint8_t zero[16];
	const uint8_t *b = ip->bytes;

	if (memcmp(b, zero, sizeof(zero)) == 0)
		return false;
	if (ip_is_loopback(ip))
		return loopback;
	if (ip->family == 6)
		return b[0] != 0xff && !(b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[0] < 224;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
print(struct arena *mem, const struct ip *ip, uint16_t port)
{
	char text[IP_TEXT_SIZE];

	ip_print(ip, text);
	return arena_printf(
		mem, ip->family == 6 ? "[%s]:%u" : "%s:%u", text, port);
}

const char *
endpoints_normal(
	struct arena *mem, const struct json_texts *from, bool loopback)
{
	const char **kept = arena_array(mem, from->count + 1, sizeof(char *));
	struct json_texts list = { kept, 0 };
	size_t count = 0;
	struct ip ip;
	uint16_t port;

	for (size_t i = 0; i < from->count; i++)
		if (!ip_port_parse(from->at[i], &ip, &port) &&
			is_usable(&ip, loopback))
			kept[count++] = print(mem, &ip, port);
	qsort(kept, count, sizeof(char *), by_text);
	for (size_t i = 0; i < count && list.count < ENDPOINTS_MAX; i++)
		if (!i || strcmp(kept[i], kept[i - 1]) != 0)
			kept[list.count++] = kept[i];
	return list.count ? json_texts_print(mem, &list) : "[]";
}
