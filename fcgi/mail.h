/*
 * mail.h: one message as mail has it (RFC 5322, plain text in UTF-8).
 *
 * No value can begin a header of its own: words of headers are sent in base64
 * (RFC 2047), and addresses are those that notice_is_address lets through.
 */
#ifndef FCGI_MAIL_H
#define FCGI_MAIL_H

#include <stdint.h>

#include "base/buf.h"

struct mail {
	const char *from_name, *from; /* words; an address */
	const char *const *to;
	size_t to_count;
	const char *subject, *text;
	const char *id; /* of the message, without its <> */
	int64_t at;
};

/* ERR_BAD_INPUT for an address that is none. */
enum err mail_write(struct buf *out, const struct mail *m);

#endif
