#include "worker/h2mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"

enum {
	STEP = 32, /* sizes are rounded up to it */
	SIZES = H2MEM_PIECE / STEP,
	FRAME = 16 * 1024, /* nghttp2 makes its frames in one of this size */
	FRAME_START = 256, /* a delta ends there */
};

/* Before each piece of the room; what follows is aligned for anything. */
struct piece {
	size_t size;
	struct piece *next; /* while it is spare: of the same size */
};

struct h2mem {
	nghttp2_mem calls;
	struct piece *spare[SIZES + 1];
	const void *frame;
	size_t used;
	_Alignas(FETCH_LINE) unsigned char room[H2MEM_ROOM];
};

static bool
in_room(const struct h2mem *m, const void *at)
{
	return (uintptr_t)at - (uintptr_t)m->room < sizeof(m->room);
}

static struct piece *
piece_of(void *at)
{
	return (struct piece *)at - 1;
}

static void *
cut(struct h2mem *m, size_t size)
{
	struct piece *p = (struct piece *)(void *)(m->room + m->used);

	p->size = size;
	m->used += sizeof(*p) + size;
	return p + 1;
}

static void *
take(size_t len, void *arg)
{
	struct h2mem *m = arg;
	size_t steps = (len + STEP - 1) / STEP;
	struct piece *p;

	if (m->used && steps > SIZES)
		return malloc(len);
	p = steps <= SIZES ? m->spare[steps] : NULL;
	if (p) {
		m->spare[steps] = p->next;
		return p + 1;
	}
	if (sizeof(*p) + steps * STEP > sizeof(m->room) - m->used)
		return malloc(len);
	return cut(m, steps * STEP);
}

static void
give(void *at, void *arg)
{
	struct h2mem *m = arg;
	struct piece *p;

	if (at == m->frame)
		m->frame = NULL;
	if (!in_room(m, at)) {
		free(at);
		return;
	}
	p = piece_of(at);
	if (p->size > H2MEM_PIECE) /* the session: all ends */
		return;
	p->next = m->spare[p->size / STEP];
	m->spare[p->size / STEP] = p;
}

static void *
take_zeroed(size_t count, size_t each, void *arg)
{
	void *at = take(count * each, arg);

	if (at)
		memset(at, 0, count * each);
	return at;
}

/* Out of the room, where it cannot stay. */
static void *
move_piece(struct h2mem *m, void *at, size_t len)
{
	void *new;

	if (len <= piece_of(at)->size)
		return at;
	new = take(len, m);
	if (new) {
		memcpy(new, at, piece_of(at)->size);
		give(at, m);
	}
	return new;
}

static void *
resize(void *at, size_t len, void *arg)
{
	struct h2mem *m = arg;
	void *new;

	if (at && in_room(m, at))
		return move_piece(m, at, len);
	if (!at && len < FRAME)
		return take(len, m);
	new = realloc(at, len);
	if (new &&len >= FRAME)
		m->frame = new;
	return new;
}

struct h2mem *
h2mem_new(void)
{
	struct h2mem *m = aligned_alloc(FETCH_LINE, sizeof(*m));

	if (!m)
		abort();
	memset(m, 0, offsetof(struct h2mem, room));
	m->calls = (nghttp2_mem){ m, take, give, take_zeroed, resize };
	return m;
}

void
h2mem_free(struct h2mem *m)
{
	free(m);
}

nghttp2_mem *
h2mem_calls(struct h2mem *m)
{
	return &m->calls;
}

void
h2mem_fetch(const struct h2mem *m)
{
	if (!m)
		return;
	fetch(m->room, m->used);
	fetch(m->frame, FRAME_START);
}
