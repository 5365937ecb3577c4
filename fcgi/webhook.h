/*
 * webhook.h: what a webhook is sent, in the format of its target.
 *
 * Chats take some characters for more than text: "@all" calls a room together,
 * "<…>" is a link or a mention.  Messages quote names of people and what other
 * servers said, so what goes to a chat is taken for text alone, and as long as
 * a chat takes it: what it refuses would hold up all that is behind it.
 */
#ifndef FCGI_WEBHOOK_H
#define FCGI_WEBHOOK_H

#include "base/buf.h"
#include "db/notice.h"

enum {
	CHAT_MOST = 1900, /* characters; Discord takes 2,000 */
};

void webhook_write(struct buf *out, const char *format, const char *tailnet,
	const struct notice *n);

#endif
