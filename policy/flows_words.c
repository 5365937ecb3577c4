/* What is open between parts, put together and in words. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "policy/flows_inside.h"

enum {
	SSH_PORT = 22,
};

/* ---- one answer ---- */

static void
add_line(uint32_t *lines, size_t *count, size_t room, uint32_t line)
{
	size_t at = 0;

	while (at < *count && lines[at] < line)
		at++;
	if (!line || (at < *count && lines[at] == line) || at == room)
		return;
	if (*count == room)
		--*count;
	memmove(&lines[at + 1], &lines[at], (*count - at) * sizeof(*lines));
	lines[at] = line;
	++*count;
}

void
flow_add_ssh(struct flow_answer *a, const char *words, uint32_t line)
{
	add_line(a->lines, &a->line_count, FLOW_LINES_MAX + 1, line);
	for (size_t i = 0; i < a->ssh_count; i++)
		if (strcmp(a->ssh[i], words) == 0)
			return;
	if (a->ssh_count < FLOW_LOGINS_MAX)
		a->ssh[a->ssh_count++] = words;
}

/* Pings go without saying where something else is open. */
static void
drop_beside(struct spans *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!s->at[i].beside)
			s->at[kept++] = s->at[i];
	s->count = kept ? kept : s->count;
}

void
flow_take(struct flow_answer *a, struct spans *open, struct spans *joined)
{
	drop_beside(open);
	for (size_t i = 0; i < open->count; i++)
		add_line(a->lines, &a->line_count, FLOW_LINES_MAX + 1,
			open->at[i].rule.line);
	spans_join(open, joined);
	a->count = joined->count;
	a->spans = arena_array(a->mem, a->count + 1, sizeof(*a->spans));
	if (a->count)
		memcpy(a->spans, joined->at, a->count * sizeof(*a->spans));
}

bool
flow_answers_equal(const struct flow_answer *a, const struct flow_answer *b)
{
	if (a->count != b->count || a->ssh_count != b->ssh_count ||
		a->line_count != b->line_count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->spans[i].proto != b->spans[i].proto ||
			a->spans[i].first != b->spans[i].first ||
			a->spans[i].last != b->spans[i].last)
			return false;
	for (size_t i = 0; i < a->ssh_count; i++)
		if (strcmp(a->ssh[i], b->ssh[i]) != 0)
			return false;
	for (size_t i = 0; i < a->line_count; i++)
		if (a->lines[i] != b->lines[i])
			return false;
	return true;
}

/* ---- all of them ---- */

void
flow_sum_init(struct flow_sum *s)
{
	*s = (struct flow_sum){ .count = 0 };
}

void
flow_add(struct flow_sum *s, const struct flow_answer *a, bool own)
{
	if (!a->count && !a->ssh_count) {
		s->empty = true;
		return;
	}
	s->strangers = s->strangers || !own;
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i] == a)
			return;
	if (s->count < FLOW_ANSWERS_MAX)
		s->at[s->count++] = a;
}

static bool
has_span(const struct spans *s, int proto, const struct span *like)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i].proto == proto && s->at[i].first == like->first &&
			s->at[i].last == like->last)
			return true;
	return false;
}

static const char *
proto_words(struct arena *mem, int proto)
{
	return proto == TCP          ? "tcp"
	       : proto == UDP        ? "udp"
	       : proto == REACH_ICMP ? "icmp"
	       : proto == 132        ? "sctp"
				     : arena_printf(mem, "protocol %d", proto);
}

/* "443", "tcp 80-90", "icmp" */
static const char *
span_words(struct arena *mem, const struct span *s, bool both)
{
	const char *proto = both ? "" : proto_words(mem, s->proto);
	const char *gap = both ? "" : " ";

	if (reach_is_ping(s->proto))
		return proto;
	if (s->first <= 1 && s->last == POLICY_PORT_MAX)
		return both ? "all ports"
			    : arena_printf(mem, "%s, all ports", proto);
	if (s->first == s->last)
		return arena_printf(mem, "%s%s%d", proto, gap, s->first);
	return arena_printf(mem, "%s%s%d-%d", proto, gap, s->first, s->last);
}

static bool
is_ssh(const struct span *s)
{
	return s->proto == TCP && s->first == SSH_PORT && s->last == SSH_PORT;
}

static const char *
ports_words(struct arena *mem, const struct spans *s, bool ssh)
{
	size_t told = 0, more = 0;
	struct buf b;

	buf_init(&b, mem, SIZE_MAX);
	for (size_t i = 0; i < s->count; i++) {
		const struct span *x = &s->at[i];
		bool both = x->proto == TCP && has_span(s, UDP, x);

		if (x->proto == UDP && has_span(s, TCP, x))
			continue;
		if (told == FLOW_WORDS_MAX) {
			more++;
			continue;
		}
		buf_puts(&b, told++ ? ", " : "");
		buf_puts(&b, span_words(mem, x, both));
		if (ssh && is_ssh(x))
			buf_puts(&b, " (SSH)");
	}
	if (more)
		buf_putf(&b, " and %zu more", more);
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

static void
gather(const struct flow_sum *s, struct arena *mem, struct spans *all,
	struct flow_answer *sum)
{
	all->count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct flow_answer *a = s->at[i];

		for (size_t k = 0; k < a->count && all->count < SPANS_MAX; k++)
			all->at[all->count++] = a->spans[k];
		for (size_t k = 0; k < a->ssh_count; k++)
			flow_add_ssh(sum, a->ssh[k], 0);
		for (size_t k = 0; k < a->line_count; k++)
			add_line(sum->lines, &sum->line_count,
				FLOW_LINES_MAX + 1, a->lines[k]);
	}
	sum->mem = mem;
}

static const char *
ssh_words(struct arena *mem, const struct flow_answer *a)
{
	const char *words = "";

	for (size_t i = 0; i < a->ssh_count; i++)
		words = arena_printf(
			mem, "%s%s%s", words, i ? "; " : "", a->ssh[i]);
	return words;
}

bool
flow_told(const struct flow_sum *s, struct arena *mem, struct spans *all,
	struct spans *joined, struct flow *out)
{
	struct flow_answer *sum = arena_alloc(mem, sizeof(*sum));

	if (!s->count)
		return false;
	gather(s, mem, all, sum);
	spans_join(all, joined);
	out->words = ports_words(mem, joined, sum->ssh_count > 0);
	out->ssh = ssh_words(mem, sum);
	out->only_ssh = !joined->count ||
			(joined->count == 1 && is_ssh(&joined->at[0]));
	out->own = !s->strangers && s->empty;
	out->in_part = s->count > 1 || (s->empty && !out->own);
	out->lines = sum->lines;
	out->more_lines = sum->line_count > FLOW_LINES_MAX;
	out->line_count = out->more_lines ? FLOW_LINES_MAX : sum->line_count;
	return true;
}
