#include "fcgi/webhook.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

#define NOTHING "\xe2\x80\x8b" /* a blank without width, U+200B */
#define MORE    "\xe2\x80\xa6" /* U+2026 */

/* As the hosted service has it: a list of one. */
static void
put_event(struct buf *b, const char *tailnet, const struct notice *n)
{
	buf_puts(b, "[{\"timestamp\":");
	json_put_text(b, clock_print(b->mem, n->at));
	buf_puts(b, ",\"version\":1,\"type\":");
	json_put_text(b, n->type);
	buf_puts(b, ",\"tailnet\":");
	json_put_text(b, tailnet);
	buf_puts(b, ",\"message\":");
	json_put_text(b, n->message);
	buf_putf(b, ",\"data\":%s}]", n->data);
}

/* An address of mail stays as it is: nobody is called in the middle of a word.
 */
static bool
calls(const char *text, const char *at)
{
	return *at == '@' && (at == text || !isalnum((unsigned char)at[-1]));
}

static const char *
chat_text(struct arena *mem, const char *text)
{
	struct buf b;
	size_t n = 0;

	buf_init(&b, mem, strlen(text) * sizeof(NOTHING) + sizeof(MORE));
	for (const char *at = text; *at; at++) {
		n += ((unsigned char)*at & 0xc0) != 0x80;
		if (n > CHAT_MOST) {
			buf_puts(&b, MORE);
			break;
		}
		buf_put(&b, at, 1);
		if (*at == '<' || calls(text, at))
			buf_puts(&b, NOTHING);
	}
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

void
webhook_write(struct buf *out, const char *format, const char *tailnet,
	const struct notice *n)
{
	const char *text = chat_text(out->mem, n->message);

	if (strcmp(format, "slack") == 0) {
		buf_puts(out, "{\"text\":");
		json_put_text(out, text);
		buf_puts(out, "}");
	} else if (strcmp(format, "discord") == 0) {
		buf_puts(out, "{\"content\":");
		json_put_text(out, text);
		buf_puts(out, ",\"allowed_mentions\":{\"parse\":[]}}");
	} else if (strcmp(format, "text") == 0) {
		buf_puts(out, n->message);
	} else {
		put_event(out, tailnet, n);
	}
}
