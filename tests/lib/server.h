/*
 * server.h: a real cairn-worker and cairn-fcgi on a temporary home, and what
 * they cost.  No nginx: fake clients go straight to worker.sock.
 */
#ifndef TESTS_LIB_SERVER_H
#define TESTS_LIB_SERVER_H

#include <limits.h>
#include <sys/types.h>

#include "tests/lib/fake_client.h"

enum {
	SERVER_CHILDREN_MAX = 64,
};

struct server {
	char home[64], worker_sock[96], auth_key[128];
	char bin[PATH_MAX]; /* the folder of the programs */
	struct fake_target target;
	pid_t worker, fcgi; /* 0: does not run */
};

/* Folder, database, a user, a reusable key, no limit on registrations.  Nothing
 * runs yet. */
enum err server_open(struct server *s);
enum err server_start_worker(struct server *s);
enum err server_start_fcgi(struct server *s);
void server_stop(pid_t *pid);
/* Stops what runs and removes the folder. */
void server_close(struct server *s);

/* CPU time of all its threads so far. */
int64_t cpu_ns(pid_t pid);
/* Of all its children, as long as they live. */
int64_t cpu_children_ns(pid_t pid);
size_t children_of(pid_t pid, pid_t out[SERVER_CHILDREN_MAX]);
/* Resident memory, now. */
int64_t rss_kb(pid_t pid);

#endif
