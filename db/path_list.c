#include "db/path_list.h"

#include <string.h>

/* 'true', 'false' or something else: a client writes what it likes, and text
 * that is no JSON says nothing. */
#define NET(path)                                \
	"CASE WHEN json_valid(l.hostinfo) THEN " \
	"json_type(l.hostinfo, '$.NetInfo." path "') END"

/* The order here is the order in read_path. */
#define PATHS                                                                                          \
	"SELECT n.id, n.name, n.hostname, coalesce(u.name, ''), "                                      \
	"coalesce(u.display_name, ''), n.tags, n.ipv4, n.ipv6, "                                       \
	"l.online, l.home_derp, " NET("WorkingUDP") ", " NET(                                          \
		"MappingVariesByDestIP") " FROM node n "                                               \
					 "LEFT JOIN node_live l ON l.node_id = n.id LEFT JOIN user u " \
					 "ON u.id = n.user_id "

static enum opt_bool
read_said(struct stmt *q, int at, struct arena *mem)
{
	const char *type = col_text(q, at, mem);

	if (type && strcmp(type, "true") == 0)
		return OPT_TRUE;
	return type && strcmp(type, "false") == 0 ? OPT_FALSE : OPT_UNSET;
}

static void
read_path(struct stmt *q, struct arena *mem, void *row)
{
	struct path_row *p = row;

	p->id = col_int(q, 0);
	p->name = col_text(q, 1, mem);
	p->hostname = col_text(q, 2, mem);
	p->owner = col_text(q, 3, mem);
	p->owner_name = col_text(q, 4, mem);
	p->tags = col_text(q, 5, mem);
	p->ipv4 = col_text(q, 6, mem);
	p->ipv6 = col_text(q, 7, mem);
	p->online = col_int(q, 8) != 0;
	p->home_derp = col_int(q, 9);
	p->working_udp = read_said(q, 10, mem);
	p->mapping_varies = read_said(q, 11, mem);
}

struct taker {
	path_take *take;
	void *arg;
};

static void
take_path(struct stmt *q, struct arena *mem, void *row)
{
	const struct taker *t = row;
	struct path_row p;

	read_path(q, mem, &p);
	t->take(&p, t->arg);
	arena_reset(mem);
}

enum err
db_paths_each(struct db *db, bool descending, path_take *take, void *arg)
{
	struct stmt *q =
		descending ? db_stmt(db, PATHS "ORDER BY n.sort_name DESC, "
					       "n.name DESC")
			   : db_stmt(db, PATHS "ORDER BY n.sort_name, n.name");
	struct taker t = { take, arg };
	struct arena *mem = arena_new();
	enum err e = db_each(q, take_path, mem, &t);

	arena_free(mem);
	return e;
}

enum err
db_path_by_id(
	struct db *db, int64_t id, struct arena *mem, struct path_row *out)
{
	struct stmt *q = db_stmt(db, PATHS "WHERE n.id = ?1");

	stmt_int(q, 1, id);
	return db_one(q, read_path, mem, out);
}
