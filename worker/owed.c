#include "worker/owed.h"

static const char *const words[] = {
#define X(name, word) [EVENT_##name] = word,
	EVENT_TABLE(X)
#undef X
};

enum {
	SECOND_MS = 1000,
};

void
owed_init(struct owed *o, int64_t told)
{
	*o = (struct owed){ .told = told };
	for (size_t i = 0; i < EVENTS_A_SECOND; i++)
		o->said_ms[i] = -SECOND_MS;
}

void
owed_add(struct owed *o, enum event what, int64_t id)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->at[i].what == what && o->at[i].id == id)
			return;
	if (o->all || o->count == EVENTS_A_SECOND) {
		o->all = true;
		return;
	}
	o->at[o->count].what = what;
	o->at[o->count++].id = id;
}

void
owed_lost(struct owed *o)
{
	o->all = true;
}

bool
owed_any(const struct owed *o)
{
	return o->all || o->count;
}

void
owed_put(struct buf *out, enum event what, int64_t id, int64_t seq)
{
	buf_putf(out, "id: %lld\nevent: %s\n", (long long)seq, words[what]);
	if (what >= EVENT_STRIP)
		buf_puts(out, "data:\n\n");
	else
		buf_putf(out, "data: %lld\n\n", (long long)id);
}

static size_t
allowed(const struct owed *o, int64_t now_ms)
{
	size_t count = 0;

	for (size_t i = 0; i < EVENTS_A_SECOND; i++)
		count += now_ms - o->said_ms[i] >= SECOND_MS;
	return count;
}

static void
say(struct owed *o, int64_t now_ms)
{
	o->said_ms[o->next] = now_ms;
	o->next = (o->next + 1) % EVENTS_A_SECOND;
}

/* A reload takes the place of all that may go in this second. */
static size_t
pay_all(struct owed *o, int64_t now_ms, int64_t seq, struct buf *out)
{
	for (size_t i = 0; i < EVENTS_A_SECOND; i++)
		say(o, now_ms);
	owed_put(out, EVENT_RELOAD, 0, seq);
	return 1;
}

/* Who is cut off in the midst of it comes back with the id of what he knew
 * before. */
static size_t
pay_each(struct owed *o, int64_t now_ms, int64_t seq, struct buf *out)
{
	for (size_t i = 0; i < o->count; i++) {
		say(o, now_ms);
		owed_put(out, o->at[i].what, o->at[i].id,
			i + 1 == o->count ? seq : o->told);
	}
	return o->count;
}

size_t
owed_pay(struct owed *o, int64_t now_ms, int64_t seq, struct buf *out)
{
	size_t most = allowed(o, now_ms), said;

	if (!owed_any(o) || !most)
		return 0;
	if (o->count > most)
		o->all = true;
	said = o->all ? pay_all(o, now_ms, seq, out)
		      : pay_each(o, now_ms, seq, out);
	o->count = 0;
	o->all = false;
	o->told = seq;
	return said;
}
