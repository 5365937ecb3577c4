/* Ports that are open: what one list has and another has not, and in words. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/compare_inside.h"

void
spans_init(struct spans *s, struct arena *mem)
{
	s->at = arena_array(mem, SPANS_MAX, sizeof(*s->at));
	s->count = 0;
}

static int
compare_spans(const void *x, const void *y)
{
	const struct span *a = x, *b = y;

	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* ---- subtracted ---- */

void
spans_join(const struct spans *s, struct spans *out)
{
	out->count = 0;
	if (!s->count)
		return;
	memcpy(out->at, s->at, s->count * sizeof(*s->at));
	qsort(out->at, s->count, sizeof(*out->at), compare_spans);
	out->count = 1;
	for (size_t i = 1; i < s->count; i++) {
		struct span *last = &out->at[out->count - 1];
		struct span x = out->at[i];

		if (last->proto != x.proto || x.first > last->last + 1)
			out->at[out->count++] = x;
		else if (x.last > last->last)
			last->last = x.last;
	}
}

/* The first that ends at the port or behind it. */
static size_t
place(const struct spans *cover, int proto, int port)
{
	size_t low = 0, high = cover->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct span *c = &cover->at[mid];

		if (c->proto < proto || (c->proto == proto && c->last < port))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
subtract_one(const struct span *s, const struct spans *cover, struct spans *out)
{
	int at = s->first;

	for (size_t i = place(cover, s->proto, at); at <= s->last; i++) {
		const struct span *c = i < cover->count ? &cover->at[i] : NULL;

		if (c && (c->proto != s->proto || c->first > s->last))
			c = NULL;
		if ((!c || c->first > at) && out->count < SPANS_MAX)
			out->at[out->count++] = (struct span){ s->proto, at,
				c ? c->first - 1 : s->last, s->rule,
				s->beside };
		at = c ? c->last + 1 : s->last + 1;
	}
}

void
spans_subtract(const struct spans *a, const struct spans *b,
	struct spans *cover, struct spans *out)
{
	spans_join(b, cover);
	out->count = 0;
	for (size_t i = 0; i < a->count; i++)
		subtract_one(&a->at[i], cover, out);
}

/* ---- in words ---- */

static const char *
proto_text(struct arena *mem, int proto)
{
	return proto == TCP          ? "tcp"
	       : proto == UDP        ? "udp"
	       : proto == REACH_ICMP ? "icmp"
	       : proto == 132        ? "sctp"
				     : arena_printf(mem, "protocol %d", proto);
}

static bool
is_whole(const struct span *s)
{
	return s->first <= 1 && s->last == POLICY_PORT_MAX;
}

/* What a rule without a protocol opens. */
static bool
is_all_ports(const struct spans *s)
{
	unsigned found = 0;

	for (size_t i = 0; i < s->count; i++)
		if (is_whole(&s->at[i]))
			found |= s->at[i].proto == TCP   ? 1
				 : s->at[i].proto == UDP ? 2
							 : 0;
	return found == 3;
}

static void
put_span(struct buf *b, struct arena *mem, const struct span *s)
{
	buf_puts(b, b->len ? ", " : "");
	buf_puts(b, proto_text(mem, s->proto));
	if (reach_is_ping(s->proto))
		return;
	if (is_whole(s))
		buf_puts(b, " all ports");
	else if (s->first == s->last)
		buf_putf(b, " %d", s->first);
	else
		buf_putf(b, " %d-%d", s->first, s->last);
}

/* Takes out pings that go without saying. */
static void
drop_beside(struct spans *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!s->at[i].beside)
			s->at[kept++] = s->at[i];
	s->count = kept ? kept : s->count;
}

const char *
spans_words(struct arena *mem, struct spans *s)
{
	size_t told = 0, more = 0;
	bool all;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	drop_beside(s);
	qsort(s->at, s->count, sizeof(*s->at), compare_spans);
	all = is_all_ports(s);
	if (all)
		buf_puts(&b, "all ports");
	for (size_t i = 0; i < s->count; i++) {
		if (all && (s->at[i].proto == TCP || s->at[i].proto == UDP))
			continue;
		if (i && compare_spans(&s->at[i], &s->at[i - 1]) == 0)
			continue;
		if (told == SPANS_TOLD) {
			more++;
			continue;
		}
		told++;
		put_span(&b, mem, &s->at[i]);
	}
	if (more)
		buf_putf(&b, ", and %zu more", more);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}
