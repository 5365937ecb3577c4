#include "tests/lib/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/server_key.h"
#include "tailnet/init.h"
#include "tailnet/keys.h"
#include "tailnet/settings.h"
#include "tailnet/user.h"

enum {
	START_MS = 20000,
};

static enum err
add_key(struct server *s, struct db *db, int64_t now, struct arena *mem)
{
	struct user u = { .name = "bench",
		.display_name = "",
		.email = "",
		.picture_url = "" };
	struct preauth_key k = {
		.reusable = true, .tags = "[]", .expires_at = now + 86400
	};
	struct secret pepper;
	const char *text;
	int64_t id;
	enum err e = secret_read(s->home, "pepper", &pepper);

	if (!e)
		e = tailnet_user_add(db, &u, "cli", now, &k.user_id);
	if (!e)
		e = tailnet_preauth_key_add(
			db, &pepper, &k, "cli", now, mem, &id, &text);
	if (!e)
		snprintf(s->auth_key, sizeof(s->auth_key), "%s", text);
	return e;
}

static enum err
fill(struct server *s, struct arena *mem)
{
	static const char *const rates[] = { "register_rate",
		"register_machine_rate" };
	int64_t now = clock_now();
	struct server_key noise;
	struct db *db = NULL;
	const char *why;
	enum err e = db_open(s->home, &db);

	for (size_t i = 0; !e && i < 2; i++)
		e = settings_put(
			db, rates[i], "1000000", "cli", now, mem, &why);
	if (!e)
		e = db_server_key(db, "noise", mem, &noise);
	if (!e)
		s->target.server = noise.public;
	if (!e)
		e = add_key(s, db, now, mem);
	db_close(db);
	return e;
}

/* BUILD/bin of BUILD/tests/FLOOR/PROGRAM or BUILD/FLOOR/PROGRAM. */
static enum err
find_programs(struct server *s)
{
	ssize_t len = readlink("/proc/self/exe", s->bin, sizeof(s->bin) - 32);

	while (len > 0) {
		char *slash;

		s->bin[len] = '\0';
		slash = strrchr(s->bin, '/');
		if (!slash)
			break;
		snprintf(slash, 32, "/bin/cairn-worker");
		if (access(s->bin, X_OK) == 0) {
			snprintf(slash, 32, "/bin");
			return ERR_OK;
		}
		len = slash - s->bin;
	}
	return ERR_NOT_FOUND;
}

enum err
server_open(struct server *s)
{
	struct init_input in = { .home = s->home, .now = clock_now() };
	struct arena *mem = arena_new();
	const char *why = "";
	enum err e;

	memset(s, 0, sizeof(*s));
	snprintf(s->home, sizeof(s->home), "/tmp/cairn-bench.XXXXXX");
	e = mkdtemp(s->home) ? find_programs(s) : ERR_IO;
	if (!e)
		e = tailnet_init(&in, mem, &why);
	if (!e)
		e = fill(s, mem);
	if (e)
		fprintf(stderr, "%s: %s %s\n", s->home, err_words(e), why);
	snprintf(s->worker_sock, sizeof(s->worker_sock), "%s/worker.sock",
		s->home);
	s->target.worker = s->worker_sock;
	arena_free(mem);
	return e;
}

static pid_t
spawn(const struct server *s, const char *program)
{
	char path[PATH_MAX + 32], log[96];
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->bin, program);
	snprintf(log, sizeof(log), "%s/%s.log", s->home, program);
	pid = fork();
	if (pid != 0)
		return pid > 0 ? pid : 0;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDERR_FILENO);
	execl(path, path, "--home", s->home, (char *)NULL);
	_exit(127);
}

/* The socket takes connections. */
static enum err
answers(const struct server *s, const char *name, pid_t pid)
{
	char path[96];
	struct fake_target target = { .worker = path };
	int64_t until = clock_now_ms() + START_MS;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", s->home, name);
	while (fake_dial(&target, &fd)) {
		if (clock_now_ms() > until || waitpid(pid, NULL, WNOHANG) != 0)
			return ERR_IO;
		nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	close(fd);
	return ERR_OK;
}

enum err
server_start_worker(struct server *s)
{
	s->worker = spawn(s, "cairn-worker");
	return s->worker ? answers(s, "worker.sock", s->worker) : ERR_IO;
}

enum err
server_start_fcgi(struct server *s)
{
	s->fcgi = spawn(s, "cairn-fcgi");
	return s->fcgi ? answers(s, "inner.sock", s->fcgi) : ERR_IO;
}

void
server_stop(pid_t *pid)
{
	if (*pid <= 0)
		return;
	kill(*pid, SIGTERM);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void
server_close(struct server *s)
{
	pid_t rm;

	server_stop(&s->worker);
	server_stop(&s->fcgi);
	rm = fork();
	if (rm == 0) {
		execlp("rm", "rm", "-rf", s->home, (char *)NULL);
		_exit(127);
	}
	if (rm > 0)
		waitpid(rm, NULL, 0);
}

/* ---- what they cost ---- */

int64_t
cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

size_t
children_of(pid_t pid, pid_t out[SERVER_CHILDREN_MAX])
{
	char path[64];
	size_t count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	while (f && count < SERVER_CHILDREN_MAX &&
		fscanf(f, "%d", &out[count]) == 1)
		count++;
	if (f)
		fclose(f);
	return count;
}

int64_t
cpu_children_ns(pid_t pid)
{
	pid_t at[SERVER_CHILDREN_MAX];
	size_t count = children_of(pid, at);
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += cpu_ns(at[i]);
	return sum;
}

int64_t
rss_kb(pid_t pid)
{
	char path[64], line[128];
	int64_t kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmRSS:", 6) == 0)
			kb = strtoll(line + 6, NULL, 10);
	if (f)
		fclose(f);
	return kb;
}
