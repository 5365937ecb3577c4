#include "tailnet/mapfilter.h"

#include <string.h>

#include "policy/engine.h"

struct pieces {
	struct engine_piece at[ENGINE_PIECES];
	size_t count;
};

static void
hold(struct map_held *h, const struct pieces *p)
{
	struct held_piece at[ENGINE_PIECES];

	for (size_t i = 0; i < p->count; i++)
		at[i] = (struct held_piece){ p->at[i].number, p->at[i].print };
	if (h)
		map_held_pieces(h, at, p->count);
}

static void
put_piece(struct buf *out, const struct engine_piece *p)
{
	buf_putf(out, "\"%u\":[", p->number);
	buf_put(out, p->rules.at, p->rules.len);
	buf_puts(out, "]");
}

void
mapfilter_put(struct snapshot *s, struct buf *out, const struct map_viewer *v)
{
	struct arena *mem = arena_new();
	struct pieces p;

	p.count = engine_filter_pieces(s->engine, v->node->id, mem, p.at);
	if (!p.count)
		buf_puts(out, MAPFILTER_NOTHING);
	else
		buf_puts(out, "\"PacketFilters\":{\"*\":null");
	for (size_t i = 0; i < p.count; i++) {
		buf_puts(out, ",");
		put_piece(out, &p.at[i]);
	}
	if (p.count)
		buf_puts(out, "}");
	hold(v->held, &p);
	arena_free(mem);
}

/* Looked for where the client looks for it. */
static bool
names_a_relay(const struct pieces *p)
{
	static const char word[] = "\"tailscale.com/cap/relay-target\"";

	for (size_t i = 0; i < p->count; i++)
		if (memmem(p->at[i].rules.at, p->at[i].rules.len, word,
			    sizeof(word) - 1))
			return true;
	return false;
}

static bool
is_held(const struct map_held *h, const struct engine_piece *p)
{
	for (size_t i = 0; i < h->piece_count; i++)
		if (h->pieces[i].number == p->number)
			return h->pieces[i].print == p->print;
	return false;
}

static void
put_differences(
	struct buf *out, const struct map_held *h, const struct pieces *p)
{
	const char *before = "";
	uint64_t there = 0;

	_Static_assert(ENGINE_PIECES <= 64, "a bit each");
	for (size_t i = 0; i < p->count; i++) {
		there |= UINT64_C(1) << p->at[i].number;
		if (is_held(h, &p->at[i]))
			continue;
		buf_puts(out, before);
		put_piece(out, &p->at[i]);
		before = ",";
	}
	for (size_t i = 0; i < h->piece_count; i++) {
		if (there >> h->pieces[i].number & 1)
			continue;
		buf_puts(out, before);
		buf_putf(out, "\"%u\":null", h->pieces[i].number);
		before = ",";
	}
}

void
mapfilter_put_changes(
	struct snapshot *s, struct buf *out, const struct map_viewer *v)
{
	struct arena *mem;
	struct pieces p;

	if (!v->held) {
		mapfilter_put(s, out, v);
		return;
	}
	mem = arena_new();
	p.count = engine_filter_pieces(s->engine, v->node->id, mem, p.at);
	buf_puts(out, "\"PacketFilters\":{");
	put_differences(out, v->held, &p);
	buf_puts(out, names_a_relay(&p) ? "},\"CollectServices\":false" : "}");
	hold(v->held, &p);
	arena_free(mem);
}
