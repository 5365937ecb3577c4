#include "tailnet/ask.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "db/live.h"
#include "db/node.h"
#include "proto/c2n.h"
#include "tailnet/audit.h"

static const struct ask_kind kinds[] = {
#define X(name, word, types, method, path, seconds, flags) \
	{ word, types, method, path, seconds, flags },
	ASK_TABLE(X)
#undef X
};

const struct ask_kind *
ask_kind(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

/* The address of the machine that shall be pinged, "" where none is. */
static enum err
find_target(struct db *db, const struct ask_kind *k, const struct ask_wish *w,
	struct arena *mem, const char **out)
{
	struct node n;
	enum err e;

	*out = "";
	if (!(k->flags & ASKS_PEER))
		return ERR_OK;
	if (w->target == w->node_id)
		return ERR_NOT_FOUND;
	e = db_node_by_id(db, w->target, mem, &n);
	if (!e)
		*out = n.ipv4 ? n.ipv4 : n.ipv6;
	return e;
}

static enum err
check(struct db *db, const struct ask_wish *w, struct arena *mem)
{
	struct live live;
	int64_t open = 0;
	enum err e = db_live_by_node(db, w->node_id, mem, &live);

	if (e == ERR_NOT_FOUND || (!e && !live.online))
		return ERR_OFFLINE;
	if (!e)
		e = db_ask_open_count(db, w->node_id, &open);
	return !e && open >= ASKS_OPEN_MAX ? ERR_RATE : e;
}

static enum err
write_ask(struct db *db, const struct ask_kind *k, const struct ask_wish *w,
	struct arena *mem, int64_t *id)
{
	struct ask_row a = { .node_id = w->node_id,
		.kind = k->word,
		.asked_by = w->actor,
		.asked_at = w->now,
		.asked_ms = w->now_ms,
		.due_at = w->now + k->seconds };
	struct node n;
	enum err e = db_node_by_id(db, w->node_id, mem, &n);

	if (!e)
		e = find_target(db, k, w, mem, &a.target);
	if (!e)
		e = check(db, w, mem);
	randombytes_buf(a.token, sizeof(a.token));
	if (!e)
		e = db_ask_add(db, &a, id);
	if (!e)
		e = db_ask_trim(db, w->node_id, ASKS_KEPT);
	if (!e && k->flags & ASKS_READ)
		e = audit(db, w->now, w->actor, "machine.asked", "node",
			w->node_id, k->word);
	return e;
}

enum err
tailnet_ask(struct db *db, const struct ask_wish *w, int64_t *id)
{
	const struct ask_kind *k = ask_kind(w->kind);
	struct arena *mem;
	enum err e;

	if (!k)
		return ERR_BAD_INPUT;
	mem = arena_new();
	e = db_begin(db);
	if (!e)
		e = db_end(db, write_ask(db, k, w, mem, id));
	arena_free(mem);
	return e;
}

static const char *
token_text(struct arena *mem, const struct ask_row *a)
{
	char *text = arena_alloc(mem, 2 * ASK_TOKEN_SIZE + 1);

	text_hex(text, a->token, sizeof(a->token));
	return text;
}

struct bytes
ask_payload(struct arena *mem, const struct ask_row *a)
{
	const struct ask_kind *k = ask_kind(a->kind);
	const char *body = "";
	struct buf b;

	if (!k || !k->path)
		return (struct bytes){ NULL, 0 };
	if (strcmp(k->path, "/echo") == 0)
		body = token_text(mem, a);
	buf_init(&b, mem, ASK_ANSWER_MAX);
	c2n_put_request(&b, k->method, k->path,
		(struct bytes){ (const unsigned char *)body, strlen(body) },
		k->seconds);
	return (struct bytes){ b.bytes, b.len };
}

const char *
ask_path(struct arena *mem, const struct ask_row *a)
{
	return arena_printf(
		mem, "/machine/c2n/%" PRId64 ".%s", a->id, token_text(mem, a));
}

/* The row that the path names by its id and proves by its token. */
static enum err
find(struct db *db, const struct ask_reply *r, struct arena *mem,
	struct ask_row *out)
{
	const char *dot = strchr(r->path_part, '.');
	uint8_t token[ASK_TOKEN_SIZE];
	struct node n;
	int64_t id;
	enum err e;

	if (!dot || text_unhex(dot + 1, token, sizeof(token)) ||
		text_int(arena_printf(mem, "%.*s", (int)(dot - r->path_part),
				 r->path_part),
			&id))
		return ERR_NOT_FOUND;
	e = db_ask_by_id(db, id, mem, out);
	if (!e)
		e = db_node_by_id(db, out->node_id, mem, &n);
	if (e)
		return e;
	return CRYPTO_memcmp(token, out->token, sizeof(token)) == 0 &&
			       key_equal(&n.machine_key, r->machine_key) &&
			       out->state == ASK_OPEN && out->due_at > r->now
		       ? ERR_OK
		       : ERR_NOT_FOUND;
}

static enum err
write_answer(struct db *db, const struct ask_reply *r, struct arena *mem)
{
	struct ask_row a;
	enum err e = find(db, r, mem, &a);

	if (e)
		return e;
	a.state = ask_keep(&a, r->body, mem, &a.answer) ? ASK_ANSWERED
							: ASK_REFUSED;
	a.ended_at = r->now;
	a.took_ms = r->now_ms > a.asked_ms ? r->now_ms - a.asked_ms : 0;
	return db_ask_end(db, &a);
}

enum err
tailnet_ask_answer(struct db *db, const struct ask_reply *r)
{
	struct arena *mem = arena_new();
	struct ask_row a;
	enum err e = find(db, r, mem, &a);

	/* Whoever guesses does not hold the writers' lock meanwhile. */
	if (!e)
		e = db_begin(db);
	if (!e)
		e = db_end(db, write_answer(db, r, mem));
	arena_free(mem);
	return e;
}

enum err
tailnet_asks_end(struct db *db, int64_t now, int64_t *count)
{
	enum err e = db_begin(db);

	*count = 0;
	if (!e)
		e = db_end(db, db_asks_silent(db, now, count));
	return e;
}
