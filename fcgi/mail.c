#include "fcgi/mail.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "tailnet/notice.h"

enum {
	/* Of an encoded word: with "Subject: " 73 characters, and a line that
	 * has one may have 76. */
	WORD_BYTES = 39,
	LINE_BYTES = 57, /* 76 characters of base64 */
};

/* So many bytes of s as end between two characters. */
static size_t
piece(const char *s, size_t most)
{
	size_t len = strlen(s);

	if (len <= most)
		return len;
	len = most;
	while (len && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	return len ? len : most;
}

static void
put_words(struct buf *out, const char *words)
{
	const char *before = "";

	do {
		size_t len = piece(words, WORD_BYTES);

		buf_putf(out, "%s=?UTF-8?B?%s?=", before,
			text_base64(out->mem, words, len));
		words += len;
		before = "\r\n ";
	} while (*words);
}

static void
put_text(struct buf *out, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		size_t len = left < LINE_BYTES ? left : LINE_BYTES;

		buf_puts(out, text_base64(out->mem, text, len));
		buf_puts(out, "\r\n");
		text += len;
		left -= len;
	}
}

static void
put_date(struct buf *out, int64_t at)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t seconds = (time_t)at;
	struct tm t;

	gmtime_r(&seconds, &t);
	buf_putf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
		days[t.tm_wday], t.tm_mday, months[t.tm_mon], 1900 + t.tm_year,
		t.tm_hour, t.tm_min, t.tm_sec);
}

static enum err
put_people(struct buf *out, const struct mail *m)
{
	if (!notice_is_address(m->from))
		return ERR_BAD_INPUT;
	buf_puts(out, "From: ");
	put_words(out, m->from_name);
	buf_putf(out, "\r\n <%s>\r\nTo: ", m->from);
	for (size_t i = 0; i < m->to_count; i++) {
		if (!notice_is_address(m->to[i]))
			return ERR_BAD_INPUT;
		buf_putf(out, "%s<%s>", i ? ",\r\n " : "", m->to[i]);
	}
	buf_puts(out, "\r\n");
	return ERR_OK;
}

enum err
mail_write(struct buf *out, const struct mail *m)
{
	enum err e = put_people(out, m);

	if (e)
		return e;
	buf_puts(out, "Subject: ");
	put_words(out, m->subject);
	buf_puts(out, "\r\n");
	put_date(out, m->at);
	buf_putf(out, "Message-ID: <%s>\r\n", m->id);
	buf_puts(out, "MIME-Version: 1.0\r\n"
		      "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n"
		      "Auto-Submitted: auto-generated\r\n\r\n");
	put_text(out, m->text);
	return buf_error(out);
}
