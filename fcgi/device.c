#include "fcgi/device.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum {
	NONCE_LEN = 22,
};

/* "3.NONCE.": what the mark at the end is made of. */
static const char *
head_of(struct request *r, int64_t user_id, const char *nonce)
{
	return arena_printf(
		r->mem, "%" PRId64 ".%.*s.", user_id, NONCE_LEN, nonce);
}

static const char *
mark_of(struct request *r, const char *head)
{
	return who_hash_text(r, arena_printf(r->mem, "device %s", head));
}

const char *
device_known(struct request *r, int64_t user_id)
{
	const char *sent = cookie_get(r, cookie_name(r, "cairn-device"));
	const char *dot = sent ? strchr(sent, '.') : NULL, *head;
	size_t len;

	if (!user_id || !dot || strlen(dot) < NONCE_LEN + 2)
		return NULL;
	head = head_of(r, user_id, dot + 1);
	len = strlen(head);
	if (strncmp(sent, head, len) != 0 ||
		!text_same_secret(mark_of(r, head), sent + len))
		return NULL;
	return arena_printf(r->mem, "browser %s", head);
}

void
device_remember(struct request *r, int64_t user_id)
{
	const char *head = head_of(r, user_id, text_random(r->mem, NONCE_LEN));

	cookie_set(r, cookie_name(r, "cairn-device"),
		arena_printf(r->mem, "%s%s", head, mark_of(r, head)),
		DEVICE_SECONDS);
}
