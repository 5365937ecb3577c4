#include "base/diff.h"

#include <stdbool.h>
#include <string.h>

/* The part of both texts between what they begin and end with alike. */
struct middle {
	const struct diff_text *a, *b;
	size_t from, a_end, b_end;
	bool *out, *in; /* by line of the whole text: it changed */
};

static void
split(struct arena *mem, const char *text, struct diff_text *out)
{
	size_t count = 0;
	const char *end;

	for (const char *p = text; *p; count++) {
		end = strchr(p, '\n');
		p = end ? end + 1 : p + strlen(p);
	}
	out->count = count;
	out->lines = arena_array(mem, count + 1, sizeof(*out->lines));
	for (size_t i = 0; i < count; i++) {
		out->lines[i] = text;
		end = strchr(text, '\n');
		text = end ? end + 1 : text + strlen(text);
	}
	out->lines[count] = text;
}

static bool
same(const struct diff_text *a, size_t i, const struct diff_text *b, size_t k)
{
	size_t len = (size_t)(a->lines[i + 1] - a->lines[i]);

	return len == (size_t)(b->lines[k + 1] - b->lines[k]) &&
	       memcmp(a->lines[i], b->lines[k], len) == 0;
}

static void
find_middle(struct middle *m)
{
	size_t from = 0, a = m->a->count, b = m->b->count;

	while (from < a && from < b && same(m->a, from, m->b, from))
		from++;
	while (a > from && b > from && same(m->a, a - 1, m->b, b - 1))
		a--, b--;
	m->from = from;
	m->a_end = a;
	m->b_end = b;
}

/* Furthest x on diagonal k with d changes, from what d - 1 reached. */
static long
step(const long *v, long d, long k, bool *down)
{
	*down = k == -d || (k != d && v[k - 1] < v[k + 1]);
	return *down ? v[k + 1] : v[k - 1] + 1;
}

static long
slide(const struct middle *m, long x, long k)
{
	long n = (long)(m->a_end - m->from), n2 = (long)(m->b_end - m->from);

	while (x < n && x - k < n2 &&
		same(m->a, m->from + (size_t)x, m->b,
			m->from + (size_t)(x - k)))
		x++;
	return x;
}

/* `rows[d]` is what was reached with d changes, its middle at index d + 1.
 * How many it takes; DIFF_MOST + 1: more. */
static long
search(const struct middle *m, struct arena *mem, long **rows)
{
	long n = (long)(m->a_end - m->from), n2 = (long)(m->b_end - m->from);
	long *before = arena_array(mem, 3, sizeof(long)), *v;

	before++;
	for (long d = 0; d <= DIFF_MOST; d++) {
		v = arena_array(mem, (size_t)(2 * d + 3), sizeof(long));
		v += d + 1;
		rows[d] = v;
		for (long k = -d; k <= d; k += 2) {
			bool down;
			long x = d ? step(before, d, k, &down) : 0;

			v[k] = slide(m, x, k);
			if (v[k] >= n && v[k] - k >= n2)
				return d;
		}
		before = v;
	}
	return DIFF_MOST + 1;
}

/* Back from the end: each step is a line that went or one that came. */
static void
mark_path(struct middle *m, long **rows, long d)
{
	long k = (long)m->a_end - (long)m->b_end;

	for (; d > 0; d--) {
		bool down;
		long x = step(rows[d - 1], d, k, &down);

		if (down) {
			m->in[m->from + (size_t)(x - k) - 1] = true;
			k++;
		} else {
			m->out[m->from + (size_t)x - 1] = true;
			k--;
		}
	}
}

static void
mark_all(struct middle *m)
{
	memset(m->out + m->from, true, m->a_end - m->from);
	memset(m->in + m->from, true, m->b_end - m->from);
}

/* Side by side over both texts: where neither changed, they are alike. */
static void
collect(const struct middle *m, struct arena *mem, struct diff *d)
{
	size_t a = m->from, b = m->from, room = 0;

	for (size_t i = m->from; i < m->a_end; i++)
		room += m->out[i];
	for (size_t i = m->from; i < m->b_end; i++)
		room += m->in[i];
	d->changes = arena_array(mem, room + 1, sizeof(*d->changes));
	while (a < m->a_end || b < m->b_end) {
		struct diff_change c = { .old_from = a, .new_from = b };

		while (a < m->a_end && m->out[a])
			a++;
		while (b < m->b_end && m->in[b])
			b++;
		c.old_count = a - c.old_from;
		c.new_count = b - c.new_from;
		d->removed += c.old_count;
		d->added += c.new_count;
		if (c.old_count || c.new_count)
			d->changes[d->count++] = c;
		else
			a++, b++;
	}
}

void
diff_texts(struct arena *mem, const char *old_text, const char *new_text,
	struct diff *out)
{
	struct middle m = { .a = &out->old_text, .b = &out->new_text };
	long **rows = arena_array(mem, DIFF_MOST + 1, sizeof(*rows));
	long steps;

	memset(out, 0, sizeof(*out));
	split(mem, old_text, &out->old_text);
	split(mem, new_text, &out->new_text);
	find_middle(&m);
	m.out = arena_array(mem, out->old_text.count + 1, sizeof(bool));
	m.in = arena_array(mem, out->new_text.count + 1, sizeof(bool));
	steps = search(&m, mem, rows);
	if (steps > DIFF_MOST)
		mark_all(&m);
	else
		mark_path(&m, rows, steps);
	collect(&m, mem, out);
}

/* ---- the unified form ---- */

struct writer {
	diff_say *say;
	void *arg;
	size_t left, left_out;
};

static void
put(struct writer *w, enum diff_mark mark, struct bytes line, bool ends)
{
	if (!w->left) {
		w->left_out++;
		return;
	}
	w->left--;
	w->say(w->arg, mark, line, ends);
}

static void
put_lines(struct writer *w, enum diff_mark mark, const struct diff_text *t,
	size_t from, size_t until)
{
	for (size_t i = from; i < until; i++) {
		struct bytes line = { (const void *)t->lines[i],
			(size_t)(t->lines[i + 1] - t->lines[i]) };
		bool ends = line.len && line.at[line.len - 1] == '\n';

		line.len -= ends;
		put(w, mark, line, ends);
	}
}

/* Changes that stand so near that what is between them is shown anyway. */
static size_t
group_end(const struct diff *d, size_t i)
{
	while (i + 1 < d->count && d->changes[i + 1].old_from -
						   d->changes[i].old_from -
						   d->changes[i].old_count <=
					   (size_t)2 * DIFF_AROUND)
		i++;
	return i;
}

static void
put_head(struct writer *w, struct arena *mem, size_t old_from, size_t old_count,
	size_t new_from, size_t new_count)
{
	const char *head = arena_printf(mem, "@@ -%zu,%zu +%zu,%zu @@",
		old_from + (old_count != 0), old_count,
		new_from + (new_count != 0), new_count);

	put(w, DIFF_HUNK, (struct bytes){ (const void *)head, strlen(head) },
		true);
}

static void
put_group(struct writer *w, struct arena *mem, const struct diff *d,
	size_t first, size_t last)
{
	const struct diff_change *c = &d->changes[first],
				 *z = &d->changes[last];
	size_t lead = c->old_from < DIFF_AROUND ? c->old_from : DIFF_AROUND;
	size_t at = c->old_from - lead, new_at = c->new_from - lead;
	size_t end = z->old_from + z->old_count;
	size_t tail = d->old_text.count - end;

	if (tail > DIFF_AROUND)
		tail = DIFF_AROUND;
	put_head(w, mem, at, end + tail - at, new_at,
		z->new_from + z->new_count + tail - new_at);
	for (; c <= z; c++) {
		put_lines(w, DIFF_SAME, &d->old_text, at, c->old_from);
		at = c->old_from + c->old_count;
		put_lines(w, DIFF_OUT, &d->old_text, c->old_from, at);
		put_lines(w, DIFF_IN, &d->new_text, c->new_from,
			c->new_from + c->new_count);
	}
	put_lines(w, DIFF_SAME, &d->old_text, at, end + tail);
}

size_t
diff_unified(const struct diff *d, struct arena *mem, size_t most,
	diff_say *say, void *arg)
{
	struct writer w = { say, arg, most, 0 };

	for (size_t i = 0; i < d->count;) {
		size_t last = group_end(d, i);

		put_group(&w, mem, d, i, last);
		i = last + 1;
	}
	return w.left_out;
}
