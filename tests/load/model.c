#include "tests/load/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "tests/lib/fake_client.h"

enum {
	LINES_MAX = 10, /* printed of one model */
};

static const uint32_t begin_mark = UINT32_MAX; /* a length */

struct model {
	struct fake_client *client;
	unsigned char *kept; /* lengths of four bytes, and frames */
	size_t len, room;
	size_t wrong;
};

/* What is compared: of the model, and the truth. */
struct pair {
	struct model *m;
	const char *viewer, *peer;
};

struct model *
model_new(void)
{
	static const struct fake_target nowhere;
	struct model *m = own_alloc(sizeof(*m));

	m->client = fake_new(&nowhere, "model");
	return m;
}

void
model_free(struct model *m)
{
	if (!m)
		return;
	fake_free(m->client);
	free(m->kept);
	free(m);
}

static void
keep(struct model *m, uint32_t mark, const void *bytes, size_t len)
{
	if (m->len + sizeof(mark) + len > m->room) {
		m->room = 2 * (m->room + len) + sizeof(mark);
		m->kept = own_grow(m->kept, m->room, 1);
	}
	memcpy(m->kept + m->len, &mark, sizeof(mark));
	if (len)
		memcpy(m->kept + m->len + sizeof(mark), bytes, len);
	m->len += sizeof(mark) + len;
}

void
model_begin(struct model *m)
{
	m->len = 0;
	keep(m, begin_mark, NULL, 0);
}

void
model_keep(struct model *m, struct bytes frames)
{
	keep(m, (uint32_t)frames.len, frames.at, frames.len);
}

static void
differs(struct pair *p, const char *what, const char *has, const char *expected)
{
	if (p->m->wrong++ < LINES_MAX)
		printf("    %s sees %s: %s is \"%s\", expected \"%s\"\n",
			p->viewer, p->peer, what, has, expected);
}

static void
same_text(
	struct pair *p, const char *what, const char *has, const char *expected)
{
	if (strcmp(has, expected) != 0)
		differs(p, what, has, expected);
}

static void
same_number(struct pair *p, const char *what, int64_t has, int64_t expected)
{
	char a[24], b[24];

	(void)snprintf(a, sizeof(a), "%" PRId64, has);
	(void)snprintf(b, sizeof(b), "%" PRId64, expected);
	same_text(p, what, a, b);
}

static void
same_label(struct pair *p, const char *has, const char *expected)
{
	char label[64];

	(void)snprintf(
		label, sizeof(label), "%.*s", (int)strcspn(has, "."), has);
	same_text(p, "label", label, expected);
}

static void
same_keys(struct pair *p, const struct fake_peer *has, const struct truth *t)
{
	char text[KEY_TEXT_SIZE];

	key_print(KEY_NODE, &t->node, text);
	same_text(p, "node key", has->key, text);
	key_print(KEY_DISCO, &t->disco, text);
	same_text(p, "disco key", has->disco_key, text);
}

static void
compare_peer(struct pair *p, const struct fake_peer *has, const struct truth *t)
{
	if (!has) {
		differs(p, "the peer", "missing", "there");
		return;
	}
	same_label(p, has->name, t->label);
	same_keys(p, has, t);
	same_text(p, "address", has->address, t->address);
	same_number(
		p, "number of allowed addresses", (int64_t)has->allowed_ips, 2);
	same_text(p, "first endpoint", has->endpoint, t->endpoint);
	same_number(p, "number of endpoints", (int64_t)has->endpoints,
		(int64_t)t->endpoints);
	same_number(p, "home relay", has->home_derp, t->home_derp);
	same_number(p, "online", has->online == OPT_TRUE, t->online);
	same_number(p, "capability version", has->cap, TAILCFG_CAPVER_NEWEST);
}

static enum err
take_kept(struct model *m)
{
	enum err e = ERR_OK;
	uint32_t len;

	for (size_t at = 0; !e && at < m->len; at += len) {
		memcpy(&len, m->kept + at, sizeof(len));
		at += sizeof(len);
		if (len == begin_mark) {
			m->client->has_map = false;
			m->client->peer_count = len = 0;
			continue;
		}
		e = fake_map_take(
			m->client, (struct bytes){ m->kept + at, len });
	}
	m->len = 0;
	return e;
}

static void
compare_all(
	struct model *m, const struct truth *nodes, size_t count, size_t self)
{
	struct pair p = { m, nodes[self].label, "itself" };

	same_keys(&p, &m->client->self, &nodes[self]);
	same_text(&p, "address", m->client->self.address, nodes[self].address);
	for (size_t i = 0; i < count; i++) {
		if (i == self)
			continue;
		p.peer = nodes[i].label;
		compare_peer(&p, fake_peer(m->client, nodes[i].id), &nodes[i]);
	}
	p.peer = "its peers";
	same_number(&p, "their number", (int64_t)m->client->peer_count,
		(int64_t)count - 1);
	same_number(&p, "patches of unknown ones",
		(int64_t)m->client->counts.unknown, 0);
}

size_t
model_compare(
	struct model *m, const struct truth *nodes, size_t count, size_t self)
{
	enum err e = take_kept(m);

	m->wrong = 0;
	if (e) {
		printf("    %s has a message that does not decode: %s\n",
			nodes[self].label, err_words(e));
		m->wrong++;
	}
	compare_all(m, nodes, count, self);
	if (m->wrong > LINES_MAX)
		printf("    … and %zu more\n", m->wrong - LINES_MAX);
	return m->wrong;
}
