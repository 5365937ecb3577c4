/*
 * cairn-keeper: starts the programs of one instance, starts again what dies,
 * and stops all of them in order.  For `make run` and the tests; an installed
 * cairn is kept by systemd.
 *
 *   cairn-keeper --home DIR [--port tcp:ADDRESS:PORT]… [--say FILE | --check -]
 *
 * Each program runs in a process group of its own, so that Ctrl-C reaches only
 * the keeper, and what a dead master leaves behind goes with its group.  When
 * all sockets stand (inotify tells), the text in FILE is printed.  --check only
 * looks whether the home and the ports are free.
 *
 *   one died    again after 100 ms, twice as long each time up to 10 s, from
 *               the start once it has lived for 10 s
 *   before all stood three deaths of one program end everything, status 1
 *   TERM, INT   worker, then handlers and relay, then nginx, then the
 *               database is closed into one file; status 0
 *   HUP         nginx reads its configuration again
 */
#include "base/clock.h"
#include "base/lock_file.h"
#include "base/log.h"
#include "db/db.h"
#include "keeper/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_MAX_MS = 10000,
	LIVED_WELL_MS = 10000,
	DEATHS_AT_START = 3,
	PATH_ROOM = PATH_MAX,
	PORTS_MAX = 8,
};

struct program {
	const char *name;
	const char *files[3]; /* stand in the home folder when it is ready */
	int stop_order;       /* 0 goes first */
	int stop_ms;          /* then it is killed */
	pid_t pid;            /* 0: not running */
	int64_t started_ms, due_ms;
	int backoff_ms, deaths;
};

static struct program programs[] = {
	{ .name = "cairn-worker",
		.files = { "worker.sock", "bell.sock" },
		.stop_order = 0,
		.stop_ms = 5000 },
	{ .name = "cairn-fcgi",
		.files = { "fcgi.sock", "inner.sock", "jobs.sock" },
		.stop_order = 1,
		.stop_ms = 2000 },
	{ .name = "cairn-relay",
		.files = { "relay.sock" },
		.stop_order = 1,
		.stop_ms = 2000 },
	{ .name = "nginx",
		.files = { "nginx/pid" },
		.stop_order = 2,
		.stop_ms = 1500 },
};
enum {
	COUNT = sizeof programs / sizeof programs[0],
	FILES = 3,
};

static char home[PATH_ROOM], bin[PATH_ROOM];
static const char *say;
static bool ready, stopping, only_check;
static int signals, watch;

static const char *
in_home(const char *file)
{
	static char path[PATH_ROOM + 32];

	snprintf(path, sizeof path, "%s/%s", home, file);
	return path;
}

static void
run_nginx(void)
{
	char conf[PATH_ROOM + 32], log[PATH_ROOM + 32];

	snprintf(conf, sizeof conf, "%s/nginx.conf", home);
	snprintf(log, sizeof log, "%s/nginx/error.log", home);
	execlp("nginx", "nginx", "-p", home, "-e", log, "-c", conf, "-g",
		"daemon off;", (char *)0);
	execl("/usr/sbin/nginx", "nginx", "-p", home, "-e", log, "-c", conf,
		"-g", "daemon off;", (char *)0);
}

/* In the child: nothing of the keeper stays but its stderr. */
static void
become(const struct program *p)
{
	char path[2 * PATH_ROOM];
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!strcmp(p->name, "nginx")) {
		run_nginx();
	} else {
		snprintf(path, sizeof path, "%s/%s", bin, p->name);
		execl(path, p->name, "--home", home, (char *)0);
	}
	fprintf(stderr, "cairn-keeper: %s cannot be started: %s\n", p->name,
		strerror(errno));
	_exit(127);
}

static void
start(struct program *p)
{
	pid_t pid = fork();

	if (pid == 0)
		become(p);
	if (pid < 0) {
		p->due_ms = clock_now_ms() + BACKOFF_MAX_MS;
		return;
	}
	setpgid(pid, pid);
	p->pid = pid;
	p->started_ms = clock_now_ms();
	p->due_ms = 0;
}

static void
signal_program(const struct program *p, int sig)
{
	if (p->pid)
		kill(p->pid, sig);
}

static void
died(struct program *p, int status)
{
	int64_t now = clock_now_ms();

	kill(-p->pid, SIGKILL); /* children that outlived it */
	p->pid = 0;
	if (stopping)
		return;
	p->deaths++;
	if (now - p->started_ms >= LIVED_WELL_MS || !p->backoff_ms)
		p->backoff_ms = BACKOFF_FIRST_MS;
	p->due_ms = now + p->backoff_ms;
	log_event(LOG_ERROR, "program ended", "program", p->name, "status",
		WIFEXITED(status) ? log_int(WEXITSTATUS(status)) : NULL,
		"signal",
		WIFSIGNALED(status) ? log_int(WTERMSIG(status)) : NULL,
		"again_in_ms", log_int(p->backoff_ms));
	p->backoff_ms = p->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
							   : p->backoff_ms * 2;
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < COUNT; i++)
			if (programs[i].pid == pid)
				died(&programs[i], status);
}

static void
take_signals(void)
{
	struct signalfd_siginfo got;

	while (read(signals, &got, sizeof got) == sizeof got) {
		if (got.ssi_signo == SIGCHLD)
			reap();
		else if (got.ssi_signo == SIGHUP)
			signal_program(&programs[COUNT - 1], SIGHUP);
		else
			stopping = true;
	}
}

/* Until a signal, a file or `until_ms` comes; -1 waits without end. */
static void
wait_for_events(int64_t until_ms)
{
	struct pollfd on[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = watch, .events = POLLIN },
	};
	int64_t left = until_ms < 0 ? -1 : until_ms - clock_now_ms();
	char events[4096];

	poll(on, 2, until_ms >= 0 && left < 0 ? 0 : (int)left);
	while (read(watch, events, sizeof events) > 0)
		;
	take_signals();
}

static bool
all_stand(void)
{
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < FILES; k++)
			if (programs[i].files[k] &&
				access(in_home(programs[i].files[k]), F_OK))
				return false;
	return true;
}

static void
print_file(const char *path)
{
	char text[4096];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;

	fwrite(text, 1, n, stdout);
	fflush(stdout);
	if (f)
		fclose(f);
}

/* False: one program does not come up. */
static bool
keep(void)
{
	int64_t next = -1, now = clock_now_ms();

	for (size_t i = 0; i < COUNT; i++) {
		struct program *p = &programs[i];

		if (!ready && p->deaths >= DEATHS_AT_START) {
			fprintf(stderr,
				"cairn-keeper: %s does not start: its own "
				"words stand above, or in %s/nginx/error.log\n",
				p->name, home);
			return false;
		}
		if (!p->pid && p->due_ms <= now)
			start(p);
		else if (!p->pid && (next < 0 || p->due_ms < next))
			next = p->due_ms;
	}
	if (!ready && all_stand()) {
		ready = true;
		if (say)
			print_file(say);
	}
	wait_for_events(next);
	return true;
}

static bool
any_left(int order)
{
	for (size_t i = 0; i < COUNT; i++)
		if (programs[i].pid && programs[i].stop_order == order)
			return true;
	return false;
}

static void
stop_order(int order)
{
	int64_t deadline = 0;

	for (size_t i = 0; i < COUNT; i++)
		if (programs[i].stop_order == order) {
			signal_program(&programs[i], SIGTERM);
			deadline = clock_now_ms() + programs[i].stop_ms;
		}
	while (any_left(order) && clock_now_ms() < deadline)
		wait_for_events(deadline);
	for (size_t i = 0; i < COUNT; i++)
		if (programs[i].stop_order == order)
			signal_program(&programs[i], SIGKILL);
	while (any_left(order))
		wait_for_events(-1);
}

/* What someone killed has left must not look like a ready program. */
static void
remove_leftovers(void)
{
	for (size_t i = 0; i < COUNT; i++)
		for (size_t k = 0; k < FILES; k++)
			if (programs[i].files[k])
				unlink(in_home(programs[i].files[k]));
}

/* All have ended: cairn.db alone is to hold everything. */
static void
close_database(void)
{
	struct db *db;

	if (!db_open_any(home, false, &db))
		db_close_last(db);
}

static void
stop_all(void)
{
	stopping = true;
	for (int order = 0; order <= 2; order++)
		stop_order(order);
	remove_leftovers();
	close_database();
}

static void
fail(const char *words)
{
	fprintf(stderr, "cairn-keeper: %s\n", words);
	exit(1);
}

/* One keeper a home; the lock goes with the process. */
static void
take_lock(void)
{
	char words[PATH_ROOM + 96], by[LOCK_FILE_BY] = "";
	int fd; /* held to the end */
	enum err e = lock_file_take(in_home("keeper.lock"), &fd, by);

	if (e == ERR_BUSY)
		snprintf(words, sizeof words,
			"cairn runs already in %s, or a backup is put back "
			"there (process %s)",
			home, by);
	else if (e)
		snprintf(words, sizeof words,
			"%s/keeper.lock cannot be written: %s", home,
			strerror(errno));
	if (e)
		fail(words);
}

static void
listen_to_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	inotify_add_watch(watch, home, IN_CREATE | IN_MOVED_TO);
	inotify_add_watch(watch, in_home("nginx"), IN_CREATE | IN_MOVED_TO);
	if (signals < 0 || watch < 0)
		fail("no signalfd or inotify on this system");
}

static void
find_programs(void)
{
	ssize_t n = readlink("/proc/self/exe", bin, sizeof bin - 1);

	if (n < 0)
		fail("/proc is not there");
	bin[n] = 0;
	*strrchr(bin, '/') = 0;
}

static size_t
read_arguments(int argc, char **argv, const char **ports)
{
	size_t count = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--home") && !realpath(argv[i + 1], home))
			fail("the folder given by --home is not there");
		else if (!strcmp(argv[i], "--say"))
			say = argv[i + 1];
		else if (!strcmp(argv[i], "--check"))
			only_check = true;
		else if (!strcmp(argv[i], "--port") && count < PORTS_MAX)
			ports[count++] = argv[i + 1];
	}
	if (!home[0])
		fail("usage: cairn-keeper --home DIR "
		     "[--port tcp:ADDRESS:PORT]… [--say FILE | --check -]");
	return count;
}

int
main(int argc, char **argv)
{
	const char *ports[PORTS_MAX];
	size_t count = read_arguments(argc, argv, ports);
	char why[256];
	bool good = true;

	log_init("cairn-keeper");
	find_programs();
	take_lock();
	for (size_t i = 0; i < count; i++)
		if (!port_is_free(ports[i], why, sizeof why)) {
			unlink(in_home("keeper.lock"));
			fail(why);
		}
	if (only_check) {
		unlink(in_home("keeper.lock"));
		return 0;
	}
	log_keep(home);
	remove_leftovers();
	listen_to_signals();
	while (good && !stopping)
		good = keep();
	stop_all();
	unlink(in_home("keeper.lock"));
	return good ? 0 : 1;
}
