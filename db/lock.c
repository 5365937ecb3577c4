#include "db/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	LOCK_AGAIN_NS = 10 * 1000 * 1000,
	/* sqlite.org/fileformat2.html#the_lock_byte_page */
	LOCK_BYTES_AT = 1 << 30,
	LOCK_BYTES = 512,
};

#define LOCK_SIGNAL (SIGRTMIN + 3)

/*
 * Writers queue in the kernel: flock hands the lock on in the order in which
 * they came, at once, and drops it when its holder dies
 * (spec/reliability.md 0.2).  Whoever asks again and again instead may ask for
 * ever while others are served.  What ends the waiting is a signal to this
 * thread, repeated, in case the first comes before the wait begins.
 */
static void
on_lock_timer(int number)
{
	(void)number; /* flock returns EINTR, that is all */
}

static bool
start_timer(int wait_ms, timer_t *out)
{
	const struct sigaction act = { .sa_handler = on_lock_timer };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = LOCK_SIGNAL };
	const struct itimerspec when = { .it_value = { wait_ms / 1000,
						 wait_ms % 1000 * 1000000L },
		.it_interval = { .tv_nsec = LOCK_AGAIN_NS } };

	ev._sigev_un._tid = gettid();
	if (sigaction(LOCK_SIGNAL, &act, NULL) != 0 ||
		timer_create(CLOCK_MONOTONIC, &ev, out) != 0)
		return false;
	return timer_settime(*out, 0, &when, NULL) == 0;
}

static enum err
wait_for_lock(int fd, int wait_ms)
{
	int64_t until_ms = clock_now_ms() + wait_ms;
	sigset_t ours, before;
	timer_t timer;
	int rc, why = 0;

	sigemptyset(&ours);
	sigaddset(&ours, LOCK_SIGNAL);
	if (!start_timer(wait_ms, &timer))
		return ERR_IO;
	pthread_sigmask(SIG_UNBLOCK, &ours, &before);
	do
		rc = flock(fd, LOCK_EX);
	while (rc && (why = errno) == EINTR && clock_now_ms() < until_ms);
	timer_delete(timer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? ERR_OK : why == EINTR ? ERR_BUSY : ERR_IO;
}

enum err
lock_take(int fd, int wait_ms)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	return errno == EWOULDBLOCK ? wait_for_lock(fd, wait_ms) : ERR_IO;
}

void
lock_drop(int fd)
{
	flock(fd, LOCK_UN);
}

bool
lock_is_held(const char *path, pid_t *by)
{
	struct flock wish = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_BYTES_AT,
		.l_len = LOCK_BYTES };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return false;
	rc = fcntl(fd, F_GETLK, &wish);
	close(fd);
	*by = wish.l_pid > 0 ? wish.l_pid : 0;
	return rc == 0 && wish.l_type != F_UNLCK;
}
