#include "tests/lib/site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/job.h"
#include "db/server_key.h"
#include "tailnet/bell.h"
#include "tailnet/init.h"
#include "tailnet/keys.h"
#include "tailnet/user.h"
#include "tests/lib/fixture.h"

enum {
	ANSWER_MAX = 4 * 1024 * 1024,
	SNIPPET_MAX = 64 * 1024,
	FIRST_FD = 3, /* of those that a program inherits */
};

/* What a program is started with. */
struct launch {
	const char *const *argv;
	const int *fds;
	size_t fd_count;
	const char *env[4]; /* NAME, value, … */
};

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "site: %s: %s\n", what, why);
	exit(2);
}

static void
need(const char *what, enum err e)
{
	if (e)
		give_up(what, err_words(e));
}

static const char *
program(struct site *s, const char *name)
{
	const char *folder = getenv("CAIRN_BIN");
	char self[512];
	ssize_t len;

	if (folder)
		return arena_printf(s->mem, "%s/%s", folder, name);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len <= 0)
		give_up("/proc/self/exe", strerror(errno));
	self[len] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	return arena_printf(s->mem, "%s/bin/%s", self, name);
}

/* ---- programs ---- */

static const char *
log_path(struct site *s, enum site_program which)
{
	return arena_printf(s->mem, "%s/%s.log", s->home,
		which == SITE_WORKER     ? "worker"
		: which == SITE_HANDLERS ? "handlers"
					 : "nginx");
}

static pid_t *
pid_of(struct site *s, enum site_program which)
{
	return which == SITE_WORKER     ? &s->worker_pid
	       : which == SITE_HANDLERS ? &s->handlers_pid
					: &s->nginx_pid;
}

/* In the child: the sockets stand from 3 on, and the end of the parent is the
 * end of the program. */
static void
become(const struct launch *l, const char *log, pid_t parent)
{
	int high[4], out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (out < 0 || dup2(out, STDERR_FILENO) < 0 ||
		dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(126);
	for (size_t i = 0; i < l->fd_count; i++)
		high[i] = fcntl(l->fds[i], F_DUPFD, 64);
	for (size_t i = 0; i < l->fd_count; i++)
		dup2(high[i], FIRST_FD + (int)i);
	close_range((unsigned)(FIRST_FD + (int)l->fd_count), ~0U, 0);
	for (size_t i = 0; i < 4 && l->env[i]; i += 2)
		setenv(l->env[i], l->env[i + 1], 1);
	execvp(l->argv[0], (char *const *)(uintptr_t)l->argv);
	_exit(127);
}

static void
launch(struct site *s, enum site_program which, const struct launch *l)
{
	const char *log = log_path(s, which);
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		give_up("fork", strerror(errno));
	if (pid == 0)
		become(l, log, parent);
	*pid_of(s, which) = pid;
}

static void
start_worker(struct site *s)
{
	launch(s, SITE_WORKER,
		&(struct launch){
			.argv = (const char *[]){ program(s, "cairn-worker"),
				"--home", s->home, NULL },
			.fds = &s->worker_sock.fd,
			.fd_count = 1,
			.env = { "LISTEN_FDS", "1", "LISTEN_FDNAMES",
				"worker.sock" } });
}

static void
start_handlers(struct site *s)
{
	const int fds[] = { s->fcgi_sock.fd, s->inner_sock.fd };

	launch(s, SITE_HANDLERS,
		&(struct launch){
			.argv = (const char *[]){ program(s, "cairn-fcgi"),
				"--home", s->home, NULL },
			.fds = fds,
			.fd_count = 2,
			.env = { "LISTEN_FDS", "2", "LISTEN_FDNAMES",
				"fcgi.sock:inner.sock" } });
}

/* The text with every `from` replaced. */
static const char *
replaced(struct site *s, const char *text, const char *from, const char *to)
{
	struct buf b;
	const char *at;

	buf_init(&b, s->mem, SNIPPET_MAX);
	while ((at = strstr(text, from))) {
		buf_put(&b, text, (size_t)(at - text));
		buf_puts(&b, to);
		text = at + strlen(from);
	}
	buf_puts(&b, text);
	buf_put(&b, "", 1);
	need("nginx's snippet", buf_error(&b));
	return (const char *)b.bytes;
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		give_up(path, strerror(errno));
}

static const char *
nginx_user(struct site *s)
{
	const struct passwd *me = getpwuid(geteuid());
	const struct group *group = getgrgid(getegid());

	return geteuid() == 0 && me && group
		       ? arena_printf(s->mem, "user %s %s;", me->pw_name,
				 group->gr_name)
		       : "";
}

static const char *
write_nginx(struct site *s)
{
	const char *path = arena_printf(s->mem, "%s/nginx.conf", s->home);
	const char *snippet = (const char *)fixture_bytes(
		s->mem, "nginx/cairn-locations.conf")
				      .at;
	const char *home = s->home;

	snippet = replaced(s, snippet, "unix:/var/lib/cairn/",
		arena_printf(s->mem, "unix:%s/", home));
	write_file(arena_printf(s->mem, "%s/locations.conf", home), snippet);
	write_file(path,
		arena_printf(s->mem,
			"%s\n"
			"worker_processes 1; pid %s/nginx.pid; daemon off;\n"
			"worker_rlimit_nofile 20000;\n"
			"error_log stderr warn;\n"
			"events { worker_connections 8192; }\n"
			"http {\n"
			"access_log off; server_tokens off;\n"
			"client_body_temp_path %s/t1; proxy_temp_path %s/t2;\n"
			"fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4;\n"
			"scgi_temp_path %s/t5;\n"
			"server { listen 127.0.0.1:%d; server_name _;\n"
			"include %s/locations.conf; }\n"
			"}\n",
			nginx_user(s), home, home, home, home, home, home,
			s->port, home));
	return path;
}

/* A new nginx takes the sockets of an old one by its variable NGINX. */
static void
start_nginx(struct site *s)
{
	const char *path = write_nginx(s);

	setenv("PATH", arena_printf(s->mem, "%s:/usr/sbin", getenv("PATH")), 1);
	launch(s, SITE_NGINX,
		&(struct launch){
			.argv = (const char *[]){ "nginx", "-p", s->home, "-e",
				"stderr", "-c", path, NULL },
			.fds = &s->http_fd,
			.fd_count = 1,
			.env = { "NGINX", "3;" } });
}

void
site_start(struct site *s, enum site_program which)
{
	if (which == SITE_WORKER)
		start_worker(s);
	else if (which == SITE_HANDLERS)
		start_handlers(s);
	else
		start_nginx(s);
}

static void
say_log(struct site *s, enum site_program which, int status)
{
	fprintf(stderr, "site: a program ended with status %x:\n%s\n", status,
		(const char *)fixture_bytes(s->mem, log_path(s, which)).at);
}

static bool
ends_within(pid_t pid, int ms)
{
	struct pollfd p = { .fd = (int)syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN };
	bool ended = p.fd >= 0 && poll(&p, 1, ms) == 1;

	close(p.fd);
	return ended;
}

/* As nginx does while it reads its configuration, and ours before they have
 * said that they are there. */
static bool
dies_of_signal(struct site *s, enum site_program which, int status)
{
	return status == SIGTERM &&
	       (which == SITE_NGINX ||
		       fixture_bytes(s->mem, log_path(s, which)).len == 0);
}

void
site_stop(struct site *s, enum site_program which)
{
	pid_t *pid = pid_of(s, which);
	int status = 0;

	if (!*pid)
		return;
	kill(*pid, SIGTERM);
	if (!ends_within(*pid, SITE_PATIENCE_MS))
		kill(*pid, SIGKILL); /* it hangs, and that is told below */
	if (waitpid(*pid, &status, 0) != *pid ||
		(status != 0 && !dies_of_signal(s, which, status))) {
		s->good = false;
		say_log(s, which, status);
	}
	*pid = 0;
}

/* ---- the site ---- */

static void
bind_one(struct site *s, struct listen_socket *sock, const char *name)
{
	*sock = (struct listen_socket){ name, 0660, -1, false };
	need(name, listen_open(s->home, sock));
}

static void
bind_port(struct site *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	s->http_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->http_fd < 0 ||
		bind(s->http_fd, (struct sockaddr *)&at, sizeof(at)) ||
		listen(s->http_fd, 4096) ||
		getsockname(s->http_fd, (struct sockaddr *)&at, &len))
		give_up("a port on loopback", strerror(errno));
	s->port = ntohs(at.sin_port);
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", s->port);
}

static void
make_instance(struct site *s)
{
	struct init_input in = { .home = s->home,
		.http_port = arena_printf(s->mem, "%d", s->port),
		.now = clock_now() };
	struct server_key noise;
	const char *why = NULL;

	if (tailnet_init(&in, s->mem, &why))
		give_up("init", why ? why : "failed");
	need("pepper", secret_read(s->home, "pepper", &s->pepper));
	need("database", db_open(s->home, &s->db));
	need("noise key", db_server_key(s->db, "noise", s->mem, &noise));
	need("user", tailnet_user_add(s->db, &(struct user){ .name = "ann" },
			     "test", clock_now(), &s->user_id));
	s->worker.server = s->nginx.server = noise.public;
	/* The own relay is not there: its trial would be told to each page. */
	need("jobs", db_exec(s->db, "DELETE FROM job"));
}

struct site *
site_new(unsigned programs)
{
	struct site *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->mem = arena_new();
	s->good = true;
	(void)snprintf(s->home, sizeof(s->home), "/tmp/cairn-site-XXXXXX");
	if (!mkdtemp(s->home))
		give_up(s->home, strerror(errno));
	bind_port(s);
	make_instance(s);
	need("settings", settings_load(s->db, s->mem, &s->settings));
	bind_one(s, &s->worker_sock, "worker.sock");
	bind_one(s, &s->fcgi_sock, "fcgi.sock");
	bind_one(s, &s->inner_sock, "inner.sock");
	s->worker.worker = arena_printf(s->mem, "%s/worker.sock", s->home);
	s->nginx.url = s->url;
	for (unsigned p = SITE_WORKER; p <= SITE_NGINX; p *= 2)
		if (programs & p)
			site_start(s, (enum site_program)p);
	return s;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

bool
site_free(struct site *s)
{
	bool good;

	site_stop(s, SITE_NGINX);
	site_stop(s, SITE_WORKER);
	site_stop(s, SITE_HANDLERS);
	listen_close(s->home, &s->worker_sock);
	listen_close(s->home, &s->fcgi_sock);
	listen_close(s->home, &s->inner_sock);
	close(s->http_fd);
	db_close(s->db);
	(void)nftw(s->home, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	good = s->good;
	arena_free(s->mem);
	free(s);
	return good;
}

/* ---- the rules ---- */

const char *
site_key(struct site *s, const struct preauth_key *like)
{
	struct preauth_key k = *like;
	const char *text;
	int64_t id;

	if (!k.tags)
		k.tags = "[]";
	if (!k.user_id && strcmp(k.tags, "[]") == 0)
		k.user_id = s->user_id;
	if (!k.expires_at)
		k.expires_at = clock_now() + 3600;
	need("preauth key",
		tailnet_preauth_key_add(s->db, &s->pepper, &k, &actor_cli,
			clock_now(), s->mem, &id, &text));
	return text;
}

void
site_ring(struct site *s)
{
	need("settings", settings_load(s->db, s->mem, &s->settings));
	bell_ring(s->home);
}

void
site_set(struct site *s, const char *name, const char *value)
{
	const char *why = "failed";

	if (settings_put(s->db, name, value, "test", clock_now(), s->mem, &why))
		give_up(name, why);
	site_ring(s);
}

/* ---- looking in ---- */

int
site_dial(const struct site *s, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(
		at.sun_path, sizeof(at.sun_path), "%.63s/%.32s", s->home, name);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)))
		give_up(name, strerror(errno));
	return fd;
}

const char *
site_exchange(int fd, struct bytes out, struct arena *mem)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char piece[16 * 1024];
	struct buf b;
	ssize_t n = 1;

	buf_init(&b, mem, ANSWER_MAX);
	(void)fake_write(
		fd, out.at, out.len, clock_now_ms() + SITE_PATIENCE_MS);
	while (n > 0 && poll(&p, 1, SITE_PATIENCE_MS) == 1) {
		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_put(&b, piece, (size_t)n);
	}
	buf_put(&b, "", 1);
	return (const char *)b.bytes;
}

const char *
site_http(struct site *s, const char *request)
{
	const char *answer;
	int fd;

	need("nginx", fake_dial(&s->nginx, &fd));
	answer = site_exchange(fd, fixture_text(request), s->mem);
	close(fd);
	return answer;
}

const char *
site_scgi(struct site *s, const struct scgi_var *vars, size_t count)
{
	int fd = site_dial(s, "worker.sock");
	const char *answer;
	struct buf b;

	buf_init(&b, s->mem, ANSWER_MAX);
	scgi_put_head(&b, vars, count);
	answer = site_exchange(fd, (struct bytes){ b.bytes, b.len }, s->mem);
	close(fd);
	return answer;
}

int64_t
site_metric(struct site *s, const char *name)
{
	static const struct scgi_var vars[] = { { "CONTENT_LENGTH", "0" },
		{ "SCGI", "1" }, { "REQUEST_METHOD", "GET" },
		{ "DOCUMENT_URI", "/_worker/metrics" } };
	const char *text = site_scgi(s, vars, 4);
	const char *line =
		strstr(text, arena_printf(s->mem, "\ncairn_worker_%s ", name));

	return line ? strtoll(strchr(line, ' '), NULL, 10) : -1;
}

int64_t
site_worker_memory(const struct site *s)
{
	char path[64];
	long long pages = 0, resident = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", s->worker_pid);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%lld %lld", &pages, &resident) != 2)
		give_up(path, strerror(errno));
	(void)fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

size_t
site_log_count(struct site *s, enum site_program which, const char *words)
{
	struct arena *mem = arena_new();
	size_t count = 0;
	char *text, *end;

	text = (char *)(uintptr_t)fixture_bytes(mem, log_path(s, which)).at;
	for (; *text; text = end) {
		end = strchrnul(text, '\n');
		if (*end)
			*end++ = '\0';
		count += strstr(text, words) != NULL;
	}
	arena_free(mem);
	return count;
}

bool
site_log_wait(struct site *s, enum site_program which, const char *words,
	size_t count, int64_t ms)
{
	struct pollfd p = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK),
		.events = POLLIN };
	int64_t until = clock_now_ms() + ms, left = ms;
	char events[4096];
	bool found;

	if (p.fd < 0 ||
		inotify_add_watch(p.fd, log_path(s, which), IN_MODIFY) < 0)
		give_up("inotify", strerror(errno));
	while (!(found = site_log_count(s, which, words) >= count) &&
		left > 0) {
		if (poll(&p, 1, (int)left) > 0 &&
			read(p.fd, events, sizeof(events)) < 0)
			break;
		left = until - clock_now_ms();
	}
	close(p.fd);
	return found;
}
