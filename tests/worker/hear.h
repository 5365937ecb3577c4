/*
 * hear.h: a page's event stream, straight at worker.sock, event by event.
 *
 * hear_next gives "machine 12", "reload", ":" for a comment, "closed" at the
 * end, and "" when the time is over.
 */
#ifndef TESTS_WORKER_HEAR_H
#define TESTS_WORKER_HEAR_H

#include <poll.h>

#include "base/text.h"
#include "db/pending.h"
#include "db/policy_text.h"
#include "db/user.h"
#include "db/web_session.h"
#include "tests/worker/trip.h"
#include "worker/events.h"

enum {
	HEAR_MAX = 16 * 1024, /* of one stream, in a test */
};

struct hear {
	int fd;
	struct arena *mem;
	char text[HEAR_MAX + 1];
	size_t len, at;
	const char *head;
	int64_t id; /* the last one that was said */
};

/* A session of that user that was used at `at`. */
static inline int64_t
hear_session(struct trip *t, int64_t user_id, int64_t at)
{
	static uint32_t count;
	struct web_session s = { .user_id = user_id,
		.address = "192.0.2.1",
		.agent = "Firefox",
		.started_at = at,
		.used_at = at,
		.fresh_at = at };
	int64_t id = 0;

	count++;
	memcpy(s.hash, &count, sizeof(count));
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_web_session_add(t->site->db, &s, &id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	return id;
}

static inline void
hear_role(struct trip *t, int64_t user_id, enum role role,
	enum user_status status)
{
	struct user u;

	assert_int_equal(
		db_user_by_id(t->site->db, user_id, t->mem, &u), ERR_OK);
	u.role = role;
	u.status = status;
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_user_update(t->site->db, &u), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

/* The worker has read the log to its end. */
static inline void
hear_caught_up(struct trip *t)
{
	int64_t last, until = clock_now_ms() + WAIT_MS;

	site_ring(t->site);
	assert_int_equal(db_change_last(t->site->db, &last), ERR_OK);
	while (site_metric(t->site, "change_seq") < last)
		assert_true(clock_now_ms() < until);
}

/* One transaction, and the bell. */
static inline void
hear_sql(struct trip *t, const char *sql)
{
	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_exec(t->site->db, sql), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

static inline bool
hear_more(struct hear *h, int64_t until)
{
	struct pollfd p = { .fd = h->fd, .events = POLLIN };
	int64_t left = until - clock_now_ms();
	ssize_t n;

	if (left < 0 || poll(&p, 1, (int)left) != 1)
		return false;
	n = read(h->fd, h->text + h->len, HEAR_MAX - h->len);
	if (n > 0)
		h->len += (size_t)n;
	h->text[h->len] = '\0';
	return n > 0;
}

/* Up to the next blank line; NULL when the time is over or the stream closed.
 */
static inline char *
hear_block(struct hear *h, const char *ends, int64_t ms)
{
	int64_t until = clock_now_ms() + ms;
	char *end, *block = h->text + h->at;

	while (!(end = strstr(block, ends)))
		if (!hear_more(h, until))
			return NULL;
	*end = '\0';
	h->at = (size_t)(end - h->text) + strlen(ends);
	return block;
}

static inline const char *
hear_field(const char *block, const char *name)
{
	const char *at = strstr(block, name);

	return at ? at + strlen(name) : "";
}

static inline void
hear_note_id(struct hear *h, const char *block)
{
	const char *id = hear_field(block, "id: ");

	if (*id)
		h->id = strtoll(id, NULL, 10);
}

static inline const char *
hear_next(struct hear *h, int64_t ms)
{
	int64_t until = clock_now_ms() + ms;
	char *block = hear_block(h, "\n\n", ms);
	const char *what, *data;

	if (!block)
		return clock_now_ms() >= until ? "" : "closed";
	if (strcmp(block, ":") == 0)
		return block;
	hear_note_id(h, block);
	what = hear_field(block, "event: ");
	data = hear_field(block, "data: ");
	return arena_printf(h->mem, "%.*s%s%.*s", (int)strcspn(what, "\n"),
		what, *data ? " " : "", (int)strcspn(data, "\n"), data);
}

static inline struct hear *
hear_fd(struct trip *t, int fd, struct bytes head)
{
	struct hear *h = arena_alloc(t->mem, sizeof(*h));

	h->mem = t->mem;
	h->fd = fd;
	assert_int_equal(
		fake_write(fd, head.at, head.len, clock_now_ms() + WAIT_MS),
		ERR_OK);
	return h;
}

/* `last`: Last-Event-ID, NULL for none; `from`: whose address. */
static inline struct hear *
hear_begin(struct trip *t, const char *path, const char *last, const char *from)
{
	const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", "/admin/events" },
		{ "DOCUMENT_URI",
			arena_printf(t->mem, "/_worker/events/%s", path) },
		{ "REMOTE_ADDR", from },
		{ "HTTP_LAST_EVENT_ID", last ? last : "" } };
	struct buf b;

	buf_init(&b, t->mem, 64 * 1024);
	scgi_put_head(&b, vars, 7);
	return hear_fd(t, site_dial(t->site, "worker.sock"),
		(struct bytes){ b.bytes, b.len });
}

/* The head of the answer, and the greeting of a stream. */
static inline struct hear *
hear_greeted(struct hear *h)
{
	char *greeting;

	h->head = hear_block(h, "\r\n\r\n", WAIT_MS);
	assert_non_null(h->head);
	if (!strstr(h->head, "200 OK"))
		fail_msg("%s", h->head);
	greeting = hear_block(h, "\n\n", WAIT_MS);
	assert_non_null(greeting);
	assert_true(trip_starts(greeting, "retry: 3000\nid: "));
	hear_note_id(h, greeting);
	return h;
}

static inline struct hear *
hear_again(struct trip *t, const char *kind, int64_t row, const char *last)
{
	return hear_greeted(hear_begin(t,
		arena_printf(t->mem, "%s/%lld", kind, (long long)row), last,
		"192.0.2.1"));
}

static inline struct hear *
hear_open(struct trip *t, const char *kind, int64_t row)
{
	return hear_again(t, kind, row, NULL);
}

static inline void
hear_expect(struct hear *h, const char *event)
{
	assert_string_equal(hear_next(h, WAIT_MS), event);
}

static inline const char *
hear_of(struct trip *t, const char *event, int64_t id)
{
	return arena_printf(t->mem, "%s %lld", event, (long long)id);
}

/* Whatever comes before it is passed over. */
static inline void
hear_until(struct hear *h, const char *event)
{
	const char *got;

	do {
		got = hear_next(h, WAIT_MS);
		if (!*got || strcmp(got, "closed") == 0)
			fail_msg("\"%s\" while waiting for %s", got, event);
	} while (strcmp(got, event) != 0);
}

/* A change that admins hear of and no test is about: all before it was told. */
static inline void
hear_raise_fence(struct trip *t)
{
	struct policy_text p = {
		.text = "{}", .author = "fence", .created_at = 1
	};

	assert_int_equal(db_begin(t->site->db), ERR_OK);
	assert_int_equal(db_policy_add(t->site->db, &p, &p.id), ERR_OK);
	assert_int_equal(db_commit(t->site->db), ERR_OK);
	site_ring(t->site);
}

/* Nothing more was said. */
static inline void
hear_quiet(struct trip *t, struct hear *h)
{
	const char *got;

	hear_raise_fence(t);
	got = hear_next(h, WAIT_MS);
	if (!trip_starts(got, "policy "))
		fail_msg("%s", got);
}

static inline void
hear_ends(struct hear *h)
{
	hear_expect(h, "bye");
	hear_expect(h, "closed");
	close(h->fd);
}

static inline void
hear_close(struct hear *h)
{
	close(h->fd);
}

#endif
