#include "worker/machine.h"

#include <stdlib.h>

#include "base/own.h"
#include "db/node.h"

struct machine {
	struct key key;
	TAILQ_HEAD(, session) sessions; /* oldest first */
	size_t count;
	UT_hash_handle hh;
};

static struct machine *machines;

void
machine_add(struct session *s)
{
	struct machine *m;

	HASH_FIND(hh, machines, &s->machine_key, sizeof(m->key), m);
	if (!m) {
		m = own_alloc(sizeof(*m));
		m->key = s->machine_key;
		TAILQ_INIT(&m->sessions);
		HASH_ADD(hh, machines, key, sizeof(m->key), m);
	}
	TAILQ_INSERT_TAIL(&m->sessions, s, of_machine);
	s->machine = m;
	if (++m->count > PER_MACHINE_MAX)
		session_close(TAILQ_FIRST(&m->sessions),
			"too many tunnels of one machine");
}

void
machine_remove(struct session *s)
{
	struct machine *m = s->machine;

	if (!m)
		return;
	s->machine = NULL;
	TAILQ_REMOVE(&m->sessions, s, of_machine);
	if (--m->count)
		return;
	HASH_DEL(machines, m);
	free(m);
}

bool
machine_has_node(const struct session *s)
{
	struct worker *w = s->worker;
	struct node *nodes;
	size_t count = 0;
	bool has = db_nodes_of_machine(w->db, &s->machine_key, w->scratch,
			   &nodes, &count) ||
		   count;

	arena_reset(w->scratch);
	return has;
}
