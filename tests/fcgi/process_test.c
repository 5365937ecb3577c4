/*
 * process_test.c: a real cairn-fcgi on a temporary home, asked as nginx and the
 * worker ask it.
 */
#include "tests/fcgi/ask.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "db/derp.h"
#include "db/job.h"
#include "fcgi/child.h"
#include "proto/cgi.h"
#include "tailnet/keys.h"
#include "tailnet/user.h"

enum {
	ANSWER_MAX = 256 * 1024,
	LOG_MAX = 64 * 1024,
	PATIENCE_MS = 20 * 1000, /* a sanitizer on a busy machine */
};

struct process {
	struct site *site;
	pid_t pid;
	int log_fd;
	char log[LOG_MAX];
	size_t log_len;
};

static const char *
program(struct arena *mem)
{
	char self[512];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(len > 0);
	self[len] = '\0';
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = '\0';
	return arena_printf(mem, "%s/bin/cairn-fcgi", self);
}

/* `inherit`: descriptors 3 and 4 are the two sockets. */
static void
start(struct process *p, const int *inherit)
{
	const char *path = program(p->site->mem);
	int pipes[2];

	assert_int_equal(pipe(pipes), 0);
	p->log_len = 0;
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		if (inherit) {
			int a = fcntl(inherit[0], F_DUPFD, 10);
			int b = fcntl(inherit[1], F_DUPFD, 10);

			dup2(a, 3);
			dup2(b, 4);
			setenv("LISTEN_FDS", "2", 1);
			setenv("LISTEN_FDNAMES", "fcgi.sock:inner.sock", 1);
		}
		execl(path, path, "--home", p->site->home, (char *)NULL);
		_exit(127);
	}
	close(pipes[1]);
	p->log_fd = pipes[0];
}

/* Reads the log until `words` stand in it, or it ends. */
static bool
log_says(struct process *p, const char *words)
{
	for (;;) {
		struct pollfd f = { .fd = p->log_fd, .events = POLLIN };
		ssize_t n;

		p->log[p->log_len] = '\0';
		if (strstr(p->log, words))
			return true;
		assert_int_equal(poll(&f, 1, PATIENCE_MS), 1);
		n = read(p->log_fd, p->log + p->log_len,
			LOG_MAX - 1 - p->log_len);
		if (n <= 0)
			return false;
		p->log_len += (size_t)n;
	}
}

static int
status_of(struct process *p)
{
	int status;

	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	p->pid = 0;
	close(p->log_fd);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int
stop(struct process *p)
{
	kill(p->pid, SIGTERM);
	return status_of(p);
}

static int
open_home(void **state)
{
	struct process *p = calloc(1, sizeof(*p));
	void *site;

	assert_non_null(p);
	site_open(&site);
	p->site = site;
	*state = p;
	return 0;
}

static int
open_started(void **state)
{
	open_home(state);
	start(*state, NULL);
	return log_says(*state, " started ") ? 0 : -1;
}

static int
close_all(void **state)
{
	struct process *p = *state;
	void *site = p->site;

	if (p->pid)
		(void)stop(p);
	site_close(&site);
	free(p);
	return 0;
}

static struct sockaddr_un
address(const struct process *p, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%.60s/%s",
		p->site->home, name);
	return at;
}

static int
call(const struct process *p, const char *name)
{
	struct sockaddr_un at = address(p, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static struct buf
encode(struct process *p, const struct scgi_var *vars, size_t count,
	const char *body)
{
	struct buf out;

	buf_init(&out, p->site->mem, ANSWER_MAX);
	fcgi_put_request(&out, vars, count,
		(struct bytes){ (const unsigned char *)body, strlen(body) });
	assert_int_equal(buf_error(&out), ERR_OK);
	return out;
}

static void
send_all(int fd, const unsigned char *at, size_t len)
{
	assert_int_equal(send(fd, at, len, MSG_NOSIGNAL), (ssize_t)len);
}

static struct cgi_answer
receive(struct process *p, int fd)
{
	struct fcgi_reader reader;
	struct cgi_answer answer;
	enum cgi_state state = CGI_MORE;
	char bytes[4096];
	ssize_t n;

	fcgi_reader_init(&reader, p->site->mem, ANSWER_MAX);
	while (state == CGI_MORE && (n = read(fd, bytes, sizeof(bytes))) > 0)
		state = fcgi_read(&reader, bytes, (size_t)n);
	close(fd);
	assert_int_equal(state, CGI_DONE);
	assert_int_equal(cgi_answer_parse((struct bytes){ reader.out.bytes,
						  reader.out.len },
				 p->site->mem, &answer),
		ERR_OK);
	return answer;
}

static struct cgi_answer
ask_socket(struct process *p, const char *name, const struct scgi_var *vars,
	size_t count, const char *body)
{
	struct buf out = encode(p, vars, count, body);
	int fd = call(p, name);

	send_all(fd, out.bytes, out.len);
	return receive(p, fd);
}

static int
ask_key(struct process *p)
{
	const struct scgi_var vars[] = { { "REQUEST_METHOD", "GET" },
		{ "REQUEST_URI", "/key?v=142" } };

	return ask_socket(p, "fcgi.sock", vars, 2, "").status;
}

static mode_t
mode_of(const struct process *p, const char *name)
{
	struct sockaddr_un at = address(p, name);
	struct stat s;

	return stat(at.sun_path, &s) ? 0 : s.st_mode & 07777;
}

static void
the_key_is_answered_and_the_end_is_clean(void **state)
{
	struct process *p = *state;
	int64_t start_ms;

	assert_int_equal(ask_key(p), 200);
	assert_int_equal(mode_of(p, "fcgi.sock"), 0660);
	assert_int_equal(mode_of(p, "inner.sock"), 0600);
	assert_int_equal(mode_of(p, "jobs.sock"), 0600);
	start_ms = clock_now_ms();
	assert_int_equal(stop(p), 0);
	assert_true(clock_now_ms() - start_ms < 10 * 1000);
	assert_int_equal(mode_of(p, "fcgi.sock"), 0);
	assert_int_equal(mode_of(p, "inner.sock"), 0);
	assert_int_equal(mode_of(p, "jobs.sock"), 0);
}

static const char *
preauth_key(struct process *p)
{
	struct site *s = p->site;
	const struct user u = { .name = "ann",
		.display_name = "",
		.email = "",
		.picture_url = "" };
	struct preauth_key k = { .tags = "[]" };
	const char *text;
	int64_t id;

	assert_int_equal(
		tailnet_user_add(s->db, &u, "cli", clock_now(), &k.user_id),
		ERR_OK);
	assert_int_equal(tailnet_preauth_key_add(s->db, &s->pepper, &k,
				 &actor_cli, clock_now(), s->mem, &id, &text),
		ERR_OK);
	return text;
}

static const struct scgi_var from_worker[] = {
	{ "REQUEST_METHOD", "POST" },
	{ "REQUEST_URI", "/machine/register" },
	{ "CONTENT_LENGTH", NULL },
	{ "REMOTE_ADDR", "192.0.2.1" },
	{ "CAIRN_MACHINE_KEY", MKEY_A },
	{ "CAIRN_CAPVER", "142" },
	{ "CAIRN_SESSION", "1" },
	{ "HTTP_CAIRN_MACHINE_KEY", MKEY_A },
};

static struct cgi_answer
register_at(struct process *p, const char *name)
{
	const char *body = arena_printf(p->site->mem,
		"{\"Version\":142,\"NodeKey\":\"" NKEY_A
		"\",\"Auth\":{\"AuthKey\":\"%s\"},"
		"\"Hostinfo\":{\"OS\":\"linux\",\"Hostname\":\"laptop\"}}",
		preauth_key(p));
	struct scgi_var vars[8];

	memcpy(vars, from_worker, sizeof(vars));
	vars[2].value = arena_printf(p->site->mem, "%zu", strlen(body));
	return ask_socket(p, name, vars, 8, body);
}

static void
a_machine_registers_through_inner_sock(void **state)
{
	struct cgi_answer a = register_at(*state, "inner.sock");

	assert_int_equal(a.status, 200);
	assert_non_null(cgi_answer_header(&a, "Cairn-Seq"));
	assert_non_null(memmem(a.body.at, a.body.len, "\"LoginName\":\"ann\"",
		strlen("\"LoginName\":\"ann\"")));
}

static void
the_same_request_through_nginx_is_404(void **state)
{
	struct cgi_answer a = register_at(*state, "fcgi.sock");

	assert_int_equal(a.status, 404);
	assert_null(cgi_answer_header(&a, "Cairn-Seq"));
}

static int
bind_at(struct process *p, const char *name)
{
	struct sockaddr_un at = address(p, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void
sockets_of_the_supervisor_are_used_and_left(void **state)
{
	struct process *p = *state;
	const int fds[] = { bind_at(p, "fcgi.sock"), bind_at(p, "inner.sock") };

	start(p, fds);
	assert_int_equal(ask_key(p), 200);
	assert_int_equal(register_at(p, "inner.sock").status, 200);
	assert_int_equal(stop(p), 0);
	assert_int_not_equal(mode_of(p, "fcgi.sock"), 0);
	start(p, fds);
	assert_int_equal(ask_key(p), 200);
	close(fds[0]);
	close(fds[1]);
}

static void
a_second_process_leaves_the_first_alone(void **state)
{
	struct process *p = *state;
	struct process second = { .site = p->site };

	start(&second, NULL);
	assert_true(log_says(&second, "fcgi.sock not opened"));
	assert_int_equal(status_of(&second), 1);
	assert_int_equal(ask_key(p), 200);
}

static void
a_socket_that_nobody_serves_is_replaced(void **state)
{
	struct process *p = *state;

	close(bind_at(p, "fcgi.sock"));
	start(p, NULL);
	assert_true(log_says(p, " started "));
	assert_int_equal(ask_key(p), 200);
}

static void
set_version(struct process *p, int version)
{
	struct arena *mem = p->site->mem;
	sqlite3 *db;

	assert_int_equal(
		sqlite3_open(
			arena_printf(mem, "%s/cairn.db", p->site->home), &db),
		SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			arena_printf(mem, "PRAGMA user_version=%d", version),
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}

static void
a_database_of_a_newer_program_is_refused_at_once(void **state)
{
	struct process *p = *state;

	set_version(p, DB_VERSION + 1);
	start(p, NULL);
	assert_true(log_says(p, "newer than this program"));
	assert_int_equal(status_of(p), 1);
}

static void
an_older_database_is_waited_for(void **state)
{
	struct process *p = *state;

	set_version(p, DB_VERSION - 1);
	start(p, NULL);
	assert_true(log_says(p, "waiting for the database"));
	set_version(p, DB_VERSION);
	assert_true(log_says(p, " started "));
	assert_int_equal(ask_key(p), 200);
}

static void
waiting_ends_when_it_is_told_to(void **state)
{
	struct process *p = *state;

	set_version(p, DB_VERSION - 1);
	start(p, NULL);
	assert_true(log_says(p, "waiting for the database"));
	assert_int_equal(stop(p), 0);
}

static size_t
children(const struct process *p, pid_t *pids, size_t room)
{
	char path[64], text[1024];
	size_t n = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		(int)p->pid, (int)p->pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	(void)fclose(f);
	for (char *at = text, *end; n < room; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		pids[n++] = (pid_t)pid;
	}
	return n;
}

static bool
has_pid(const pid_t *pids, size_t count, pid_t pid)
{
	bool found = false;

	for (size_t i = 0; i < count; i++)
		found = found || pids[i] == pid;
	return found;
}

static void
handlers_that_die_are_replaced(void **state)
{
	struct process *p = *state;
	pid_t pids[32];
	size_t n;

	assert_int_equal(ask_key(p), 200);
	while ((n = children(p, pids, 32)) <
		8 + JOBS_AT_ONCE) /* two groups of four, and those */
		(void)poll(NULL, 0, 1);
	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < 16; i++)
		assert_int_equal(ask_key(p), 200);
}

/* A stopped process hears no alarm, and SIGTERM only once it goes on. */
static void
handlers_that_stand_still_are_killed_and_replaced(void **state)
{
	struct process *p = *state;
	pid_t pids[32], now[32];
	size_t n, m, left, i;

	assert_int_equal(ask_key(p), 200);
	while ((n = children(p, pids, 32)) < 8 + JOBS_AT_ONCE)
		(void)poll(NULL, 0, 1);
	for (i = 0; i < n; i++)
		kill(pids[i], SIGSTOP);
	kill(pids[0], SIGCONT); /* it was a debugger */
	assert_int_equal(ask_key(p), 200);
	for (i = 0; i < 16; i++)
		assert_int_equal(ask_key(p), 200);
	assert_true(log_says(p, "handler stands still, killed"));
	do {
		(void)poll(NULL, 0, 1);
		m = children(p, now, 32);
		for (left = 0, i = 1; i < n; i++)
			left += has_pid(now, m, pids[i]);
	} while (left || m < 8 + JOBS_AT_ONCE);
	assert_true(has_pid(now, m, pids[0]));
}

/* A port that takes connections and never says a word. */
static int
silent_port(int64_t *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*port = ntohs(at.sin_port);
	return fd;
}

static int64_t
job_id(struct process *p, const char *kind, int64_t subject, struct job *j)
{
	assert_int_equal(
		db_job_of(p->site->db, kind, subject, p->site->mem, j), ERR_OK);
	return j->id;
}

static int
ask_job(struct process *p, int64_t id, struct cgi_answer *a)
{
	const struct scgi_var vars[] = { { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", arena_printf(p->site->mem, "/job/%lld",
					 (long long)id) },
		{ "CONTENT_LENGTH", "0" } };
	struct buf out = encode(p, vars, 3, "");
	int fd = call(p, "jobs.sock");

	send_all(fd, out.bytes, out.len);
	if (!a)
		return fd;
	*a = receive(p, fd);
	return a->status;
}

static int
open_impatient(void **state)
{
	setenv(CHILD_JOB_VARIABLE, "1", 1);
	return open_started(state);
}

static int
close_impatient(void **state)
{
	unsetenv(CHILD_JOB_VARIABLE);
	return close_all(state);
}

/* Whoever waits for it hears the end of the connection; the row comes again
 * later; others are served meanwhile, and there is a new handler. */
static void
a_job_that_hangs_is_waited_out_and_its_handler_replaced(void **state)
{
	struct process *p = *state;
	struct derp_region row = { .id = 901,
		.code = "x",
		.name = "X",
		.host = "127.0.0.1",
		.ipv4 = "127.0.0.1",
		.ipv6 = "none",
		.cert = "" };
	int port_fd = silent_port(&row.port), fd;
	int64_t begun = clock_now_ms(), id;
	struct cgi_answer a;
	struct job j;
	char byte;

	assert_int_equal(db_derp_region_add(p->site->db, &row), ERR_OK);
	assert_int_equal(
		db_job_want(p->site->db, "relay-test", 901, 1), ERR_OK);
	assert_int_equal(db_job_want(p->site->db, "unknown", 1, 1), ERR_OK);
	id = job_id(p, "relay-test", 901, &j);
	fd = ask_job(p, id, NULL);
	while (job_id(p, "relay-test", 901, &j) && !j.tries)
		(void)poll(NULL, 0, 1); /* it has begun */
	assert_int_equal(ask_job(p, job_id(p, "unknown", 1, &j), &a), 200);
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
	assert_true(clock_now_ms() - begun >= 900);
	assert_true(log_says(p, "handler ended"));
	assert_int_equal(job_id(p, "relay-test", 901, &j), id);
	assert_int_equal(j.tries, 1);
	assert_string_equal(j.last_error, "it did not come to an end");
	for (int i = 0; i < JOBS_AT_ONCE; i++) /* each, the new one too */
		assert_int_equal(ask_job(p, id, &a), 404);
	close(port_fd);
}

/* The end of the log is the end of the last that could write it. */
static void
no_handler_outlives_its_master(void **state)
{
	struct process *p = *state;

	assert_int_equal(ask_key(p), 200);
	kill(p->pid, SIGKILL);
	assert_false(log_says(p, "not said by anyone"));
	assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
	p->pid = 0;
	close(p->log_fd);
}

static void
noise_on_the_socket_harms_nobody(void **state)
{
	struct process *p = *state;
	unsigned char bytes[512];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 37);
	for (size_t len = 1; len < sizeof(bytes); len *= 3) {
		int fd = call(p, "fcgi.sock");

		send_all(fd, bytes, len);
		close(fd);
	}
	assert_int_equal(ask_key(p), 200);
}

static void
wait_until_read(int fd)
{
	int unread = 1;

	while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread)
		(void)poll(NULL, 0, 1);
}

static void
a_request_at_hand_is_finished_at_the_end(void **state)
{
	struct process *p = *state;
	const char *body = "{\"NodePublic\":\"" NKEY_A "\"}";
	const struct scgi_var vars[] = { { "REQUEST_METHOD", "POST" },
		{ "REQUEST_URI", "/verify" },
		{ "CONTENT_LENGTH",
			arena_printf(p->site->mem, "%zu", strlen(body)) } };
	struct buf out = encode(p, vars, 3, body);
	int fd = call(p, "fcgi.sock");

	send_all(fd, out.bytes, out.len - 40);
	wait_until_read(fd);
	kill(p->pid, SIGTERM);
	send_all(fd, out.bytes + out.len - 40, 40);
	assert_int_equal(receive(p, fd).status, 200);
	assert_int_equal(status_of(p), 0);
}

#define TEST(f)       cmocka_unit_test_setup_teardown(f, open_started, close_all)
#define TEST_START(f) cmocka_unit_test_setup_teardown(f, open_home, close_all)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_key_is_answered_and_the_end_is_clean),
		TEST(a_machine_registers_through_inner_sock),
		TEST(the_same_request_through_nginx_is_404),
		TEST_START(sockets_of_the_supervisor_are_used_and_left),
		TEST(a_second_process_leaves_the_first_alone),
		TEST_START(a_socket_that_nobody_serves_is_replaced),
		TEST_START(a_database_of_a_newer_program_is_refused_at_once),
		TEST_START(an_older_database_is_waited_for),
		TEST_START(waiting_ends_when_it_is_told_to),
		TEST(handlers_that_die_are_replaced),
		TEST(handlers_that_stand_still_are_killed_and_replaced),
		cmocka_unit_test_setup_teardown(
			a_job_that_hangs_is_waited_out_and_its_handler_replaced,
			open_impatient, close_impatient),
		TEST(no_handler_outlives_its_master),
		TEST(noise_on_the_socket_harms_nobody),
		TEST(a_request_at_hand_is_finished_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
