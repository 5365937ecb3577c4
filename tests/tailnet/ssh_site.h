/*
 * ssh_site.h: a tailnet whose policy checks logins by SSH, for tests of what
 * is asked (ssh_check_test.c) and of what ends an answer (check_ends_test.c).
 */
#ifndef TESTS_TAILNET_SSH_SITE_H
#define TESTS_TAILNET_SSH_SITE_H

#include "tailnet/node.h"
#include "tailnet/policy_store.h"
#include "tailnet/ssh_check.h"
#include "tests/tailnet/people.h"

#define NOW (PEOPLE_NOW)
#define OPEN_GRANT \
	"\"grants\":[{\"src\":[\"*\"],\"dst\":[\"*\"],\"ip\":[\"*\"]}]"
#define OWNERS "\"tagOwners\":{\"tag:db\":[],\"tag:web\":[]},"
#define RULE(more)                                               \
	"{" OWNERS OPEN_GRANT ",\"ssh\":[{\"action\":\"check\"," \
	"\"src\":[\"autogroup:member\"],\"dst\":[\"tag:db\"],"   \
	"\"users\":[\"autogroup:nonroot\",\"root\"]" more "}]}"
#define ALWAYS   ",\"checkPeriod\":\"always\""
#define MINUTE   ",\"checkPeriod\":\"1m\""
#define NO_RULES "{" OWNERS OPEN_GRANT "}"
#define ACCEPTS                                                   \
	"{" OWNERS OPEN_GRANT ",\"ssh\":[{\"action\":\"accept\"," \
	"\"src\":[\"autogroup:member\"],\"dst\":[\"tag:db\"],"    \
	"\"users\":[\"root\"]}]}"

/* ann's laptop, and the tagged machine that is logged in to. */
struct site {
	struct people *p;
	struct settings s;
	int64_t laptop, db;
	int made;
	struct ssh_result last;
};

static inline int64_t
add(struct site *s, const char *name, int64_t user_id)
{
	int n = ++s->made;
	struct node row = { .name = name,
		.hostname = name,
		.user_id = user_id,
		.tags = user_id ? "[]" : "[\"tag:db\"]",
		.ipv4 = arena_printf(
			s->p->mem, "100.64.%d.%d", n >> 8, n & 255),
		.register_method = "cli",
		.created_at = 5 };
	int64_t id;

	memcpy(row.machine_key.bytes, &n, sizeof(n));
	memcpy(row.node_key.bytes, &n, sizeof(n));
	PEOPLE_OK(db_begin(s->p->db));
	PEOPLE_OK(db_node_add(s->p->db, &row, &id));
	PEOPLE_OK(db_commit(s->p->db));
	return id;
}

static inline void
obey(struct site *s, const char *policy)
{
	const char *why;

	if (tailnet_policy_set(s->p->db, policy, "cli", NOW, s->p->mem, &why))
		fail_msg("%s", why);
}

static inline struct site
begin(void **state)
{
	struct site s = { .p = *state };

	PEOPLE_OK(settings_load(s.p->db, s.p->mem, &s.s));
	s.s.url = "https://cairn.test";
	s.laptop = add(&s, "laptop", s.p->ann);
	s.db = add(&s, "db", 0);
	obey(&s, RULE(""));
	return s;
}

static inline struct node
row_of(struct site *s, int64_t id)
{
	struct node n;

	PEOPLE_OK(db_node_by_id(s->p->db, id, s->p->mem, &n));
	return n;
}

static inline enum err
ask_as(struct site *s, const struct ssh_ask *in)
{
	struct ssh_ask full = *in;

	if (!full.src_id)
		full.src_id = s->laptop;
	if (!full.dst_id)
		full.dst_id = s->db;
	if (!full.login)
		full.login = "root";
	if (!full.now)
		full.now = NOW;
	if (key_is_zero(&full.machine_key))
		full.machine_key = row_of(s, full.dst_id).machine_key;
	return tailnet_ssh_ask(
		s->p->db, &s->s, &s->p->pepper, &full, s->p->mem, &s->last);
}

/* "accepted", "refused", "asked", "waiting" */
static inline const char *
ask(struct site *s, const struct ssh_ask *in)
{
	PEOPLE_OK(ask_as(s, in));
	return s->last.word;
}

#define asks(s, want, ...) \
	assert_string_equal(ask(s, &(struct ssh_ask){ __VA_ARGS__ }), want)

static inline void
says(struct site *s, const char *words)
{
	if (!strstr(s->last.action, words))
		fail_msg("%s lacks %s", s->last.action, words);
}

/* Asks, and gives the id of the link. */
static inline const char *
link_of(struct site *s, const struct ssh_ask *in)
{
	const char *at;

	assert_string_equal(ask(s, in), "asked");
	at = strstr(s->last.action, "/auth/hskey-authreq-");
	assert_non_null(at);
	return arena_printf(s->p->mem, "%.38s", at + strlen("/auth/"));
}

static inline void
allow(struct site *s, int64_t at)
{
	PEOPLE_OK(
		tailnet_check_approve(s->p->db, s->last.id, &s->p->owner, at));
}

static inline void
let_in(struct site *s)
{
	(void)link_of(s, &(struct ssh_ask){ 0 });
	allow(s, NOW);
	asks(s, "accepted", 0);
}

static inline struct ssh_check
check(struct site *s, int64_t id)
{
	struct ssh_check c;

	PEOPLE_OK(db_ssh_check_by_id(s->p->db, id, s->p->mem, &c));
	return c;
}

#endif
