#include "tests/ledger/instance.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "db/login.h"
#include "db/server_key.h"
#include "tailnet/init.h"
#include "tailnet/keys.h"
#include "tailnet/password.h"
#include "tailnet/policy_store.h"
#include "tailnet/settings.h"
#include "tailnet/user.h"
#include "tests/ledger/complain.h"

enum {
	PROCESSES_MAX = 64,
	END_MS = 10 * 1000,
};

struct process {
	pid_t pid, parent;
	char name[16];
	int fd; /* pidfd */
};

static const char *const files[] = { "cairn.db", "cairn.db-wal" };

const char *
victim_words(enum victim v)
{
	static const char *const words[] = {
#define X(name, words) [VICTIM_##name] = words,
		VICTIM_TABLE(X)
#undef X
	};

	return words[v];
}

static void
need(const char *what, enum err e)
{
	if (e) {
		(void)fprintf(stderr, "ledger: %s: %s\n", what, err_words(e));
		exit(2);
	}
}

/* ---- making one ---- */

static int
free_port(int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
		getsockname(fd, (struct sockaddr *)&at, &len))
		give_up("a port on loopback");
	close(fd);
	return ntohs(at.sin_port);
}

static void
set_port(struct instance *i, const char *name, int type)
{
	setenv(name, arena_printf(i->mem, "%d", free_port(type)), 1);
}

/* What scripts/run.sh reads. */
static void
set_environment(struct instance *i)
{
	set_port(i, "CAIRN_HTTP_PORT", SOCK_STREAM);
	set_port(i, "CAIRN_HTTPS_PORT", SOCK_STREAM);
	set_port(i, "CAIRN_STUN_PORT", SOCK_DGRAM);
	setenv("CAIRN_HOME", i->home, 1);
	setenv("CAIRN_NGINX_WORKERS", "1", 1);
	setenv("NO_BUILD", "1", 1);
	i->url = arena_printf(
		i->mem, "http://127.0.0.1:%s", getenv("CAIRN_HTTP_PORT"));
}

static struct db *
open_db(struct instance *i)
{
	struct db *db;

	need("database", db_open(i->home, &db));
	return db;
}

static void
put_setting(
	struct instance *i, struct db *db, const char *name, const char *value)
{
	const char *why = NULL;

	need(name, settings_put(
			   db, name, value, "test", clock_now(), i->mem, &why));
}

const char *
instance_desk(const struct instance *i, unsigned number, struct arena *mem)
{
	(void)i;
	return arena_printf(mem, "desk%u", number);
}

static void
add_desks(struct instance *i, struct db *db)
{
	const char *hash;

	need("password", password_hash(i->mem, DESK_PASSWORD, &hash));
	for (unsigned n = 0; n < INSTANCE_DESKS; n++) {
		const struct user u = { .name = instance_desk(i, n, i->mem),
			.role = ROLE_OWNER };
		int64_t id;

		need("user",
			tailnet_user_add(db, &u, "test", clock_now(), &id));
		i->desks[n] = id;
		need("login", db_begin(db));
		need("login", db_end(db, db_login_set_password(
						 db, id, hash, clock_now())));
	}
}

static void
put_policy(struct instance *i, struct db *db)
{
	static const char text[] =
		"{\"tagOwners\": {\"tag:door\": [\"autogroup:admin\"]},"
		"\"acls\": [{\"action\": \"accept\", \"src\": [\"*\"],"
		"\"dst\": [\"*:*\"]}],"
		"\"ssh\": [{\"action\": \"check\", \"checkPeriod\": \"12h\","
		"\"src\": [\"autogroup:member\"], \"dst\": [\"tag:door\"],"
		"\"users\": [\"autogroup:nonroot\"]}]}";
	const char *why = NULL;

	need("policy", tailnet_policy_set(
			       db, text, "test", clock_now(), i->mem, &why));
}

static void
fill(struct instance *i)
{
	struct init_input in = { .home = i->home,
		.http_port = getenv("CAIRN_HTTP_PORT"),
		.now = clock_now() };
	const char *why = NULL;
	struct server_key noise;
	struct db *db;
	int64_t user;

	need("init", tailnet_init(&in, i->mem, &why));
	db = open_db(i);
	need("user", tailnet_user_add(db, &(struct user){ .name = "ann" },
			     "test", clock_now(), &user));
	add_desks(i, db);
	put_setting(i, db, "tailnet_name", "Acme");
	put_setting(i, db, "register_rate", "100000");
	put_setting(i, db, "register_machine_rate", "100000");
	put_policy(i, db);
	if (i->plant && i->plant->sql)
		need(i->plant->word, db_exec(db, i->plant->sql));
	need("noise key", db_server_key(db, "noise", i->mem, &noise));
	i->target.url = i->url;
	i->target.server = noise.public;
	db_close(db);
}

static void
copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0660);
	ssize_t n = 1;

	if (in >= 0 && out >= 0)
		while (n > 0)
			n = sendfile(out, in, NULL, 1 << 20);
	if (out < 0 || n < 0 || (in < 0 && unlink(to)))
		give_up(from); /* what was not there is not there again */
	close(in);
	close(out);
}

static const char *
path_of(struct instance *i, const char *folder, const char *file)
{
	return arena_printf(i->mem, "%s/%s", folder, file);
}

static void
forget_dirty(struct instance *i)
{
	for (size_t k = 0; k < 2; k++)
		(void)unlink(arena_printf(
			i->mem, "%s/%s.dirty", i->shadow, files[k]));
}

struct instance *
instance_new(const struct plant *plant, bool records)
{
	struct instance *i = own_alloc(sizeof(*i));

	i->mem = arena_new();
	i->plant = plant;
	i->records = records;
	(void)snprintf(i->top, sizeof(i->top), "/tmp/cairn-ledger-XXXXXX");
	if (!mkdtemp(i->top))
		give_up(i->top);
	i->home = path_of(i, i->top, "h");
	i->shadow = path_of(i, i->top, "synced");
	i->ledger = path_of(i, i->top, "ledger");
	i->grown = path_of(i, i->top, "grown");
	if (mkdir(i->home, 0750) || mkdir(i->shadow, 0750))
		give_up(i->home);
	set_environment(i);
	fill(i);
	return i;
}

const char *
instance_key(struct instance *i, int64_t user_id, const char *tags)
{
	struct preauth_key k = { .user_id = user_id,
		.tags = tags,
		.expires_at = clock_now() + 86400 };
	struct db *db = open_db(i);
	struct secret pepper;
	const char *text;
	int64_t id;

	need("pepper", secret_read(i->home, "pepper", &pepper));
	need("key", tailnet_preauth_key_add(db, &pepper, &k, &actor_cli,
			    clock_now(), i->mem, &id, &text));
	secret_wipe(&pepper);
	db_close(db);
	return text;
}

/* ---- starting and ending ---- */

static const char *
shim_path(const struct instance *i)
{
	char self[512];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len <= 0)
		give_up("/proc/self/exe");
	self[len] = '\0';
	return arena_printf(
		i->mem, "%.*s/shim.so", (int)(strrchr(self, '/') - self), self);
}

char **
instance_environment(const struct instance *i)
{
	size_t count = 0, n = 0;
	char **env;

	while (environ[count])
		count++;
	env = arena_array(i->mem, count + 5, sizeof(*env));
	for (; n < count; n++)
		env[n] = environ[n];
	if (i->records || i->plant)
		env[n++] = arena_printf(i->mem, "LD_PRELOAD=%s", shim_path(i));
	if (i->records)
		env[n++] = arena_printf(i->mem, "LEDGER_SHADOW=%s", i->shadow);
	if (i->plant)
		env[n++] =
			arena_printf(i->mem, "LEDGER_PLANT=%s", i->plant->word);
	if (i->plant)
		env[n++] = arena_printf(i->mem, "LEDGER_GROWN=%s", i->grown);
	env[n] = NULL;
	return env;
}

static void
become(const char *log, char **env, pid_t parent)
{
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (out < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(126);
	close_range(3, ~0U, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	execle("scripts/run.sh", "scripts/run.sh", (char *)0, env);
	_exit(127);
}

/* What the harness wrote by itself counts as synced. */
static void
begin_shadow(struct instance *i)
{
	for (size_t k = 0; k < 2; k++)
		copy_file(path_of(i, i->home, files[k]),
			path_of(i, i->shadow, files[k]));
	forget_dirty(i);
}

void
instance_start(struct instance *i)
{
	char **env = instance_environment(i);
	const char *log = path_of(i, i->top, "log");
	pid_t parent = getpid();

	if (i->records)
		begin_shadow(i);
	i->keeper = fork();
	if (i->keeper < 0)
		give_up("fork");
	if (i->keeper == 0)
		become(log, env, parent);
}

void
instance_grow(struct instance *i)
{
	int fd = open(i->grown, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		give_up(i->grown);
	close(fd);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void
instance_free(struct instance *i)
{
	if (i->keeper) {
		kill(i->keeper, SIGTERM);
		waitpid(i->keeper, NULL, 0);
	}
	if (getenv("LEDGER_KEEP"))
		printf("    kept: %s\n", i->top);
	else
		(void)nftw(i->top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(i->mem);
	free(i);
}

/* ---- killing ---- */

static bool
read_process(const char *pid, struct process *out)
{
	char path[64], text[512], *name, *end;
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[n] = '\0';
	name = strchr(text, '(');
	end = strrchr(text, ')');
	if (!name || !end || sscanf(end, ") %*c %d", &out->parent) != 1)
		return false;
	out->pid = (pid_t)strtol(pid, NULL, 10);
	(void)snprintf(out->name, sizeof(out->name), "%.*s",
		(int)(end - name - 1), name + 1);
	return true;
}

/* All that are children of `parent`; more are left out. */
static size_t
children_of(pid_t parent, struct process *out, size_t room)
{
	DIR *proc = opendir("/proc");
	struct dirent *d;
	size_t n = 0;

	if (!proc)
		give_up("/proc");
	while (n < room && (d = readdir(proc)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9' &&
			read_process(d->d_name, &out[n]) &&
			out[n].parent == parent)
			n++;
	closedir(proc);
	return n;
}

static bool
wanted(enum victim v, const char *name)
{
	static const char *const programs[] = {
		[VICTIM_WORKER] = "cairn-worker",
		[VICTIM_HANDLER] = "cairn-fcgi",
		[VICTIM_HANDLERS] = "cairn-fcgi",
		[VICTIM_RELAY] = "cairn-relay",
		[VICTIM_NGINX_WORKER] = "nginx",
		[VICTIM_NGINX] = "nginx",
	};

	return v >= VICTIM_ALL || strcmp(programs[v], name) == 0;
}

/* The processes that are to die; of handlers one, by `choice`. */
static size_t
find_victims(const struct instance *i, enum victim v, unsigned choice,
	struct process out[PROCESSES_MAX])
{
	struct process programs[16];
	size_t count = children_of(i->keeper, programs, 16), n = 0;

	if (v >= VICTIM_ALL)
		(void)(out[n] = (struct process){ .pid = i->keeper }, n++);
	for (size_t k = 0; k < count; k++) {
		if (!wanted(v, programs[k].name))
			continue;
		if (v != VICTIM_HANDLER && v != VICTIM_NGINX_WORKER)
			out[n++] = programs[k];
		if (v != VICTIM_HANDLERS && v != VICTIM_NGINX)
			n += children_of(
				programs[k].pid, out + n, PROCESSES_MAX - n);
	}
	if (v == VICTIM_HANDLER && n > 0) {
		out[0] = out[choice % n];
		n = 1;
	}
	return n;
}

static void
wait_gone(struct process *p)
{
	struct pollfd on = { .fd = p->fd, .events = POLLIN };

	if (p->fd < 0)
		return; /* it was gone before */
	if (poll(&on, 1, END_MS) != 1)
		give_up("a process that survives SIGKILL");
	close(p->fd);
}

void
process_kill(pid_t pid)
{
	struct process p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0) };

	kill(pid, SIGKILL);
	wait_gone(&p);
}

bool
instance_kill(struct instance *i, enum victim v, unsigned choice)
{
	struct process victims[PROCESSES_MAX];
	size_t n = find_victims(i, v, choice, victims);

	for (size_t k = 0; k < n; k++)
		victims[k].fd = (int)syscall(SYS_pidfd_open, victims[k].pid, 0);
	for (size_t k = 0; k < n; k++)
		kill(victims[k].pid, SIGKILL);
	for (size_t k = 0; k < n; k++)
		wait_gone(&victims[k]);
	if (v >= VICTIM_ALL) {
		waitpid(i->keeper, NULL, 0);
		i->keeper = 0;
	}
	return n > 0;
}

void
instance_lose(struct instance *i)
{
	for (size_t k = 0; k < 2; k++)
		copy_file(path_of(i, i->shadow, files[k]),
			path_of(i, i->home, files[k]));
	(void)unlink(path_of(i, i->home, "cairn.db-shm"));
}
