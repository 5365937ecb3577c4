/*
 * leap.c: what LD_PRELOAD puts under the programs of a model walk: clocks that
 * leap.  Both the wall's and the one that is never set are ahead by the seconds
 * in the file MODEL_LEAP (eight bytes), which may grow at any time: so nobody
 * waits for a grace, and whatever ends by time ends when the walk says so.
 *
 * No program of cairn knows of it.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t
ahead(void)
{
	static volatile const int64_t *seconds;
	const char *path = getenv("MODEL_LEAP");
	void *at;
	int fd;

	if (!seconds && path) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		at = fd < 0 ? MAP_FAILED
			    : mmap(NULL, sizeof(*seconds), PROT_READ,
				      MAP_SHARED, fd, 0);
		if (fd < 0 || at == MAP_FAILED)
			abort();
		close(fd);
		seconds = at;
	}
	return seconds ? (time_t)*seconds : 0;
}

int
clock_gettime(clockid_t which, struct timespec *out)
{
	int result = (int)syscall(SYS_clock_gettime, which, out);

	if (result == 0 && which != CLOCK_PROCESS_CPUTIME_ID &&
		which != CLOCK_THREAD_CPUTIME_ID)
		out->tv_sec += ahead();
	return result;
}

time_t
time(time_t *out)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	out->tv_sec = t.tv_sec;
	out->tv_usec = t.tv_nsec / 1000;
	return 0;
}
