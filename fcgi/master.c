#include "fcgi/master.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	GROUPS_MAX = 4,
	SOON_MS = 1000, /* a child that fails earlier never worked */
	WAIT_LEAST_MS = 100,
	WAIT_MOST_MS = 5000,
	IDLE_MS = 60 * 1000,
};

struct slot {
	pid_t pid; /* 0: empty */
	int64_t started_ms;
	int64_t stopped_ms; /* it stands still since then; 0: it does not */
};

struct crew {
	const struct master_group *group;
	struct slot slots[MASTER_CHILDREN_MAX];
	int64_t wait_ms;  /* before the next start, doubled by each failure */
	int64_t start_ms; /* not before then */
};

struct master {
	struct crew crews[GROUPS_MAX];
	size_t count;
};

static void
signals_of_master(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGCHLD);
}

void
master_block_signals(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigaction(SIGPIPE, &ignore, NULL);
	signals_of_master(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

/* The signal that came, 0 if none did. */
static int
wait_for_signal(int64_t ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };
	sigset_t set;
	int number;

	signals_of_master(&set);
	number = sigtimedwait(&set, NULL, &time);
	return number > 0 ? number : 0;
}

bool
master_stopped(int ms)
{
	int number = wait_for_signal(ms);

	return number == SIGTERM || number == SIGINT;
}

/* In the child: nothing of the other groups, and no life without the master. */
static void
become_child(const struct master *m, const struct crew *crew, pid_t master)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != master)
		exit(0);
	for (size_t i = 0; i < m->count; i++)
		if (&m->crews[i] != crew)
			close(m->crews[i].group->job.listen_fd);
	exit(child_run(&crew->group->job));
}

static void
start(struct master *m, struct crew *crew, struct slot *slot)
{
	pid_t master = getpid(), pid = fork();

	if (pid == 0)
		become_child(m, crew, master);
	if (pid < 0) {
		log_event(LOG_ERROR, "no process for a handler", "group",
			crew->group->name, "error", strerror(errno));
		crew->start_ms = clock_now_ms() + WAIT_MOST_MS;
		return;
	}
	*slot = (struct slot){ .pid = pid, .started_ms = clock_now_ms() };
}

/* Milliseconds until something is to be started. */
static int64_t
fill(struct master *m, struct crew *crew)
{
	int64_t now = clock_now_ms();

	for (size_t i = 0; i < crew->group->wanted; i++) {
		if (crew->slots[i].pid)
			continue;
		if (crew->start_ms > now)
			return crew->start_ms - now;
		start(m, crew, &crew->slots[i]);
	}
	return IDLE_MS;
}

static void
slow_down(struct crew *crew)
{
	crew->wait_ms = crew->wait_ms ? 2 * crew->wait_ms : WAIT_LEAST_MS;
	if (crew->wait_ms > WAIT_MOST_MS)
		crew->wait_ms = WAIT_MOST_MS;
	crew->start_ms = clock_now_ms() + crew->wait_ms;
}

static void
ended(struct crew *crew, struct slot *slot, int status)
{
	bool failed = !WIFEXITED(status) || WEXITSTATUS(status);

	if (failed)
		log_event(LOG_WARN, "handler ended", "group", crew->group->name,
			"pid", log_int(slot->pid), "signal",
			WIFSIGNALED(status) ? log_int(WTERMSIG(status)) : NULL,
			"status",
			WIFEXITED(status) ? log_int(WEXITSTATUS(status))
					  : NULL);
	if (failed && clock_now_ms() - slot->started_ms < SOON_MS)
		slow_down(crew);
	else
		crew->wait_ms = 0;
	slot->pid = 0;
}

static void
changed(struct crew *crew, struct slot *slot, int status)
{
	if (WIFSTOPPED(status))
		slot->stopped_ms = clock_now_ms();
	else if (WIFCONTINUED(status))
		slot->stopped_ms = 0;
	else
		ended(crew, slot, status);
}

static void
reap(struct master *m)
{
	const int all = WNOHANG | WUNTRACED | WCONTINUED;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, all)) > 0)
		for (size_t i = 0; i < m->count; i++)
			for (size_t k = 0; k < MASTER_CHILDREN_MAX; k++)
				if (m->crews[i].slots[k].pid == pid)
					changed(&m->crews[i],
						&m->crews[i].slots[k], status);
}

/* Milliseconds until one that stands still is to be killed. */
static int64_t
kill_stopped(struct crew *crew)
{
	int64_t now = clock_now_ms(), wait_ms = IDLE_MS;

	for (size_t i = 0; i < crew->group->wanted; i++) {
		struct slot *slot = &crew->slots[i];
		int64_t left =
			slot->stopped_ms + MASTER_STOPPED_SECONDS * 1000 - now;

		if (!slot->pid || !slot->stopped_ms)
			continue;
		if (left <= 0) {
			log_event(LOG_WARN, "handler stands still, killed",
				"group", crew->group->name, "pid",
				log_int(slot->pid));
			kill(slot->pid, SIGKILL);
			slot->stopped_ms = 0;
		} else if (left < wait_ms) {
			wait_ms = left;
		}
	}
	return wait_ms;
}

/* How many were alive to get it. */
static size_t
signal_all(const struct master *m, int number)
{
	size_t alive = 0;

	for (size_t i = 0; i < m->count; i++)
		for (size_t k = 0; k < MASTER_CHILDREN_MAX; k++)
			if (m->crews[i].slots[k].pid) {
				if (number)
					kill(m->crews[i].slots[k].pid, number);
				alive++;
			}
	return alive;
}

static void
stop(struct master *m)
{
	int64_t until = clock_now_ms() + MASTER_STOP_SECONDS * 1000;
	int64_t left;

	signal_all(m, SIGTERM);
	for (;;) {
		reap(m);
		left = until - clock_now_ms();
		if (!signal_all(m, 0) || left <= 0)
			break;
		wait_for_signal(left);
	}
	if (signal_all(m, SIGKILL))
		log_event(LOG_WARN, "handlers killed", "after",
			log_int(MASTER_STOP_SECONDS));
}

void
master_run(const struct master_group *groups, size_t count)
{
	struct master m = { .count = count };

	assert(count <= GROUPS_MAX);
	for (size_t i = 0; i < count; i++) {
		assert(groups[i].wanted <= MASTER_CHILDREN_MAX);
		m.crews[i].group = &groups[i];
	}
	for (;;) {
		int64_t wait_ms = IDLE_MS;
		int number;

		for (size_t i = 0; i < count; i++) {
			int64_t ms = fill(&m, &m.crews[i]);
			int64_t kill_ms = kill_stopped(&m.crews[i]);

			wait_ms = ms < wait_ms ? ms : wait_ms;
			wait_ms = kill_ms < wait_ms ? kill_ms : wait_ms;
		}
		number = wait_for_signal(wait_ms);
		if (number == SIGTERM || number == SIGINT)
			break;
		reap(&m);
	}
	stop(&m);
}
