#include "tests/ledger/hand.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/ledger/complain.h"

void
hand_init(struct hand *h, const struct instance *i)
{
	*h = (struct hand){ .instance = i, .env = instance_environment(i) };
	pthread_mutex_init(&h->lock, NULL);
}

static void
become(const struct hand *h, int in, int out)
{
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	execle("/proc/self/exe", "ledger", "--hand", h->instance->home,
		(char *)0, h->env);
	_exit(127);
}

static void
start(struct hand *h)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		give_up("pipe");
	pthread_mutex_lock(&h->lock);
	h->pid = fork();
	if (h->pid < 0)
		give_up("fork");
	if (h->pid == 0)
		become(h, to[0], from[1]);
	pthread_mutex_unlock(&h->lock);
	close(to[0]);
	close(from[1]);
	h->to = to[1];
	h->from = from[0];
}

/* A line from the pipe; false at its end or when the time is over. */
static bool
read_answer(int fd, char line[HAND_TEXT])
{
	struct pollfd on = { .fd = fd, .events = POLLIN };
	int64_t until = clock_now_ms() + HAND_MS;
	size_t have = 0;

	for (;;) {
		int64_t left = until - clock_now_ms();
		ssize_t n;

		if (left <= 0 || poll(&on, 1, (int)left) != 1)
			return false;
		n = read(fd, line + have, HAND_TEXT - 1 - have);
		if (n <= 0)
			return false;
		have += (size_t)n;
		line[have] = '\0';
		if (line[have - 1] == '\n') {
			line[have - 1] = '\0';
			return true;
		}
	}
}

enum hand_answer
hand_ask(struct hand *h, char answer[HAND_TEXT], const char *fmt, ...)
{
	char line[HAND_TEXT];
	va_list ap;
	int len;

	if (h->stopped)
		hand_end(h);
	if (!h->pid)
		start(h);
	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[len++] = '\n';
	if (write(h->to, line, (size_t)len) != len ||
		!read_answer(h->from, line)) {
		hand_end(h);
		return HAND_LOST;
	}
	(void)snprintf(answer, HAND_TEXT, "%s", line + 3);
	return strncmp(line, "ok", 2) == 0 ? HAND_OK : HAND_REFUSED;
}

void
hand_stop(struct hand *h)
{
	pthread_mutex_lock(&h->lock);
	if (h->pid)
		process_kill(h->pid);
	h->stopped = true;
}

void
hand_let(struct hand *h)
{
	pthread_mutex_unlock(&h->lock);
}

void
hand_end(struct hand *h)
{
	pthread_mutex_lock(&h->lock);
	if (h->pid) {
		close(h->to);
		close(h->from);
		process_kill(h->pid);
		waitpid(h->pid, NULL, 0);
	}
	h->pid = 0;
	h->stopped = false;
	pthread_mutex_unlock(&h->lock);
}
