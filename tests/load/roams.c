#include "tests/load/roams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"

#define PORT ":41641\""

enum {
	NEVER_US = 1000 * 1000 * 1000,
};

struct roams *
roams_new(size_t viewers)
{
	struct roams *r = own_alloc(sizeof(*r));

	r->viewers = viewers;
	r->of_node = own_grow(NULL, viewers, sizeof(size_t));
	memset(r->of_node, 0, viewers * sizeof(size_t));
	r->checked = 1;
	return r;
}

void
roams_free(struct roams *r)
{
	for (size_t i = 1; i <= r->count; i++)
		free(r->at[i].heard_us);
	free(r->of_node);
	free(r);
}

static bool
is_heard(const struct roams *r, const struct roam *m)
{
	return m->heard == r->viewers - 1;
}

/* A move that is still not everywhere when ROAMS_LATE others have begun. */
static void
count_late(struct roams *r)
{
	for (; r->checked + ROAMS_LATE <= r->count; r->checked++)
		r->late += !is_heard(r, &r->at[r->checked]);
}

size_t
roams_begin(struct roams *r, size_t node, int64_t now_us,
	char endpoint[ROAM_ENDPOINT_SIZE])
{
	size_t k = ++r->count;
	struct roam *m = &r->at[k];

	if (k > ROAMS_MAX)
		abort();
	m->node = node;
	m->before = r->of_node[node];
	m->sent_us = now_us;
	m->heard_us = own_alloc(r->viewers * sizeof(*m->heard_us));
	r->of_node[node] = k;
	r->pending += r->viewers - 1;
	(void)snprintf(endpoint, ROAM_ENDPOINT_SIZE, "10.%u.%u.%u:41641",
		(unsigned)(k >> 16 & 255), (unsigned)(k >> 8 & 255),
		(unsigned)(k & 255));
	count_late(r);
	return k;
}

static void
hear(struct roams *r, size_t k, size_t viewer, int64_t now_us)
{
	for (; k && !r->at[k].heard_us[viewer]; k = r->at[k].before) {
		struct roam *m = &r->at[k];
		int64_t took = now_us - m->sent_us;

		if (m->node == viewer)
			return;
		m->heard_us[viewer] = took > 0 ? (uint32_t)took : 1;
		if (!m->heard)
			m->first_us = took;
		m->last_us = took;
		m->heard++;
		r->pending--;
	}
}

/* The number of the mark that ends at `end`, 0 if it is none. */
static size_t
number_before(const unsigned char *begin, const unsigned char *end)
{
	const unsigned char *at = end;
	unsigned a, b, c;

	while (at > begin && at[-1] != '"' && end - at < 16)
		at--;
	if (sscanf((const char *)at, "10.%u.%u.%u:", &a, &b, &c) != 3)
		return 0;
	return (size_t)a << 16 | b << 8 | c;
}

void
roams_read(struct roams *r, size_t viewer, struct bytes text, int64_t now_us)
{
	const unsigned char *at = text.at, *end = text.at + text.len;

	if (!r->pending)
		return;
	while ((at = memmem(at, (size_t)(end - at), PORT, sizeof(PORT) - 1))) {
		size_t k = number_before(text.at, at);

		if (k <= r->count)
			hear(r, k, viewer, now_us);
		at += sizeof(PORT) - 1;
	}
}

bool
roams_all_heard(const struct roams *r, size_t from)
{
	for (size_t k = from; k <= r->count; k++)
		if (!is_heard(r, &r->at[k]))
			return false;
	return true;
}

/* ---- figures ---- */

static int
by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
share(const int64_t *sorted, size_t count, double part)
{
	size_t at = (size_t)((double)count * part);

	return count ? (double)sorted[at < count ? at : count - 1] / 1e3 : 0;
}

struct roam_times
roams_times(const struct roams *r, size_t from)
{
	size_t moves = r->count + 1 - from, all = 0;
	int64_t *first = own_grow(NULL, moves + 1, sizeof(int64_t));
	int64_t *last = own_grow(NULL, moves + 1, sizeof(int64_t));
	int64_t *each = own_grow(NULL, moves * r->viewers + 1, sizeof(int64_t));
	struct roam_times t;

	for (size_t i = 0; i < moves; i++) {
		const struct roam *m = &r->at[from + i];

		first[i] = m->first_us;
		last[i] = is_heard(r, m) ? m->last_us : NEVER_US;
		for (size_t v = 0; v < r->viewers; v++)
			if (m->heard_us[v])
				each[all++] = m->heard_us[v];
	}
	qsort(first, moves, sizeof(int64_t), by_value);
	qsort(last, moves, sizeof(int64_t), by_value);
	qsort(each, all, sizeof(int64_t), by_value);
	t = (struct roam_times){ .first_p50 = share(first, moves, 0.5),
		.p50 = share(each, all, 0.5),
		.p99 = share(each, all, 0.99),
		.last_p50 = share(last, moves, 0.5),
		.last_p99 = share(last, moves, 0.99),
		.last_max = share(last, moves, 1),
		.moves = moves,
		.deliveries = all };
	free(first);
	free(last);
	free(each);
	return t;
}
