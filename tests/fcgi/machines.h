/*
 * machines.h: machines and waiting registrations for tests of pages.
 */
#ifndef TESTS_FCGI_MACHINES_H
#define TESTS_FCGI_MACHINES_H

#include "tests/fcgi/browser.h"
#include "tests/fcgi/sound.h"

#include "db/live.h"
#include "db/node.h"
#include "tailnet/node.h"
#include "tailnet/register.h"

/* What a stranger calls things to hurt whoever looks at them. */
#define HOSTILE      "<script>alert(1)</script>\" onload=x'&lt;"
#define HOSTILE_JSON "<script>alert(1)</script>\\\" onload=x'&lt;"

/* A machine of that user (0: with tags); what is not given follows from its
 * number. */
struct made {
	const char *name, *hostname, *tags, *hostinfo;
	const char *routes, *approved; /* JSON lists */
	int64_t user_id, expires_at, last_seen, online_since;
	bool online, ephemeral, unapproved;
};

static inline int64_t
machine(struct site *s, const struct made *m)
{
	static int number;
	struct node n = { .name = m->name,
		.hostname = m->hostname ? m->hostname : m->name,
		.user_id = m->user_id,
		.tags = m->tags ? m->tags : "[]",
		.hostinfo = m->hostinfo ? m->hostinfo
					: "{\"OS\":\"linux\","
					  "\"OSVersion\":\"6.1\","
					  "\"IPNVersion\":\"1.90.2\"}",
		.routes = m->routes ? m->routes : "[]",
		.approved_routes = m->approved ? m->approved : "[]",
		.register_method = "cli",
		.ephemeral = m->ephemeral,
		.unapproved = m->unapproved,
		.created_at = NOW - 5000,
		.expires_at = m->expires_at };
	int64_t id;

	number++;
	n.machine_key.bytes[0] = n.node_key.bytes[0] = 0x40;
	n.machine_key.bytes[1] = n.node_key.bytes[1] = (uint8_t)(number >> 8);
	n.machine_key.bytes[2] = n.node_key.bytes[2] = (uint8_t)number;
	n.ipv4 = arena_printf(
		s->mem, "100.70.%d.%d", number >> 8 & 255, number & 255);
	n.ipv6 = arena_printf(s->mem, "fd7a:115c:a1e0::%x", 0x1000 + number);
	assert_int_equal(db_begin(s->db), ERR_OK);
	assert_int_equal(db_node_add(s->db, &n, &id), ERR_OK);
	if (m->online || m->last_seen)
		assert_int_equal(
			db_live_put(s->db,
				&(struct live){ .node_id = id,
					.online = m->online,
					.last_seen = m->last_seen,
					.online_since = m->online_since }),
			ERR_OK);
	assert_int_equal(db_commit(s->db), ERR_OK);
	return id;
}

static inline struct node
node_of(struct site *s, int64_t id)
{
	struct node n;

	assert_int_equal(db_node_by_id(s->db, id, s->mem, &n), ERR_OK);
	return n;
}

/* The path with the number in it. */
static inline const char *
at(struct site *s, const char *before, int64_t id, const char *behind)
{
	return arena_printf(s->mem, "%s%lld%s", before, (long long)id, behind);
}

/* A machine without a key asks; the path of its link.  `tags` is a JSON list.
 */
static inline const char *
asking_for(struct site *s, const char *hostname, const char *node_key,
	const char *tags)
{
	struct answer a = ask(s, GROUP_INNER, "POST", "/machine/register",
		arena_printf(s->mem,
			"{\"Version\":142,\"NodeKey\":\"%s\","
			"\"Hostinfo\":{\"IPNVersion\":\"1.102.3\","
			"\"OS\":\"linux\",\"OSVersion\":\"6.1\","
			"\"Hostname\":\"%s\",\"RequestTags\":%s,"
			"\"RoutableIPs\":"
			"[\"192.168.7.0/24\",\"10.0.0.0/8\"]}}",
			node_key, hostname, tags));
	const char *link = strstr(a.body, "/register/hskey-authreq-");

	if (!link)
		fail_msg("no link: %d %s", a.status, a.body);
	return arena_printf(s->mem, "%.48s", link);
}

static inline const char *
asking_with(struct site *s, const char *hostname, const char *node_key)
{
	return asking_for(s, hostname, node_key, "[]");
}

static inline const char *
asking(struct site *s, const char *hostname)
{
	return asking_with(s, hostname, NKEY_A);
}

/* The row of a table with that at its head. */
static inline const char *
row_headed(struct site *s, const char *body, const char *head)
{
	const char *at = strstr(body, arena_printf(s->mem, ">%s</th>", head));

	if (!at)
		fail_msg("no row %s in %s", head, body);
	while (strncmp(at, "<tr", 3) != 0)
		at--;
	return arena_printf(
		s->mem, "%.*s", (int)(strstr(at, "</tr>") - at), at);
}

#endif
