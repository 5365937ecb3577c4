/*
 * shim.c: what LD_PRELOAD puts under the programs for the ledger's runs and for
 * tests/trips/faults.py.
 *
 *   LEDGER_CLOSED=FILE  while FILE is there, cairn.db and cairn.db-wal lie on a
 *                       file system that is read-only.
 *   LEDGER_CLOCK=FILE   the wall clock goes wrong by the seconds in FILE, eight
 *                       bytes, which may change at any time.
 *   LEDGER_SHADOW=DIR   keeps in DIR what a power cut would leave of cairn.db
 *                       and cairn.db-wal: each fsync copies what was written
 *                       since the last one, and nothing else does.
 *   LEDGER_PLANT=WORD   a bug, to see whether the harness finds it; those of
 *                       locks and commits from when the file LEDGER_GROWN is
 *                       there, so that a run can begin:
 *     late-commit   handlers answer, then commit
 *     late-form     they do so with the forms of pages alone
 *     sync-off      PRAGMA synchronous=OFF; sync-normal likewise
 *     no-flock      no lock on cairn.lock, and BEGIN instead of BEGIN IMMEDIATE
 *     no-lock       neither that lock nor SQLite's own between writers
 *
 * No program of cairn knows of it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	BLOCK = 4096,
	MAP_SIZE = 1 << 20, /* a byte a block: files of up to 4 GB */
	LATE_MS = 10,
	WAL_WRITE_LOCK = 120, /* SQLite's byte in cairn.db-shm */
	NAMES = 2,
};

static const char *const names[NAMES] = { "cairn.db", "cairn.db-wal" };
static unsigned char *dirty[NAMES]; /* shared by all processes */

/* The next definition of a name, in a pointer of its type. */
#define NEXT(to, name)                                    \
	do {                                              \
		if (!(to)) {                              \
			void *p = dlsym(RTLD_NEXT, name); \
			memcpy(&(to), &p, sizeof(p));     \
		}                                         \
	} while (0)

static bool
planted(const char *word)
{
	const char *plant = getenv("LEDGER_PLANT");

	return plant && strcmp(plant, word) == 0;
}

static bool
grown(const char *word)
{
	static bool seen;
	const char *path = getenv("LEDGER_GROWN");

	if (!planted(word))
		return false;
	if (!seen)
		seen = path && access(path, F_OK) == 0;
	return seen;
}

static const char *
base_of(int fd, char path[512])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, 511);
	path[n > 0 ? n : 0] = '\0';
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/* ---- what a power cut leaves ---- */

static const char *
shadow_path(int which, const char *suffix, char path[512])
{
	(void)snprintf(path, 512, "%s/%s%s", getenv("LEDGER_SHADOW"),
		names[which], suffix);
	return path;
}

/* Which of the two files that is, -1 for any other, and without `wanted`. */
static int
which_of(int fd, const char *wanted)
{
	char path[512];
	const char *base;

	if (!getenv(wanted))
		return -1;
	base = base_of(fd, path);
	for (int i = 0; i < NAMES; i++)
		if (strcmp(base, names[i]) == 0)
			return i;
	return -1;
}

static unsigned char *
dirty_of(int which)
{
	char path[512];
	int fd;

	if (dirty[which])
		return dirty[which];
	fd = open(shadow_path(which, ".dirty", path),
		O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || posix_fallocate(fd, 0, MAP_SIZE) != 0)
		abort();
	dirty[which] =
		mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (dirty[which] == MAP_FAILED)
		abort();
	close(fd);
	return dirty[which];
}

static void
written(int fd, off_t at, size_t len)
{
	int which = which_of(fd, "LEDGER_SHADOW");

	if (which < 0 || !len)
		return;
	for (off_t b = at / BLOCK; b <= (at + (off_t)len - 1) / BLOCK; b++)
		dirty_of(which)[b] = 1;
}

static ssize_t
write_whole(int fd, const void *bytes, size_t len, off_t at)
{
	static ssize_t (*next)(int, const void *, size_t, off_t);

	NEXT(next, "pwrite64");
	return next(fd, bytes, len, at);
}

static void
copy_blocks(int from, int to, unsigned char *map, off_t size)
{
	unsigned char block[BLOCK];

	for (off_t b = 0; b * BLOCK < size; b++) {
		ssize_t n;

		if (!map[b])
			continue;
		n = pread(from, block, BLOCK, b * BLOCK);
		if (n < 0 || write_whole(to, block, (size_t)n, b * BLOCK) != n)
			abort();
		map[b] = 0; /* behind the copy: who is killed between lost
			       nothing */
	}
}

static void
keep_synced(int fd)
{
	int which = which_of(fd, "LEDGER_SHADOW"), to;
	char path[512];
	struct stat st;

	if (which < 0)
		return;
	to = open(shadow_path(which, "", path), O_RDWR | O_CREAT | O_CLOEXEC,
		0600);
	if (to < 0 || flock(to, LOCK_EX) || fstat(fd, &st))
		abort();
	copy_blocks(fd, to, dirty_of(which), st.st_size);
	if (ftruncate(to, st.st_size))
		abort();
	close(to);
}

ssize_t
pwrite64(int fd, const void *bytes, size_t len, off_t at)
{
	ssize_t n;

	if (which_of(fd, "LEDGER_CLOSED") >= 0 &&
		access(getenv("LEDGER_CLOSED"), F_OK) == 0) {
		errno = EROFS;
		return -1;
	}
	n = write_whole(fd, bytes, len, at);
	if (n > 0)
		written(fd, at, (size_t)n);
	return n;
}

int
fdatasync(int fd)
{
	static int (*next)(int);
	int result;

	NEXT(next, "fdatasync");
	result = next(fd);
	if (result == 0)
		keep_synced(fd);
	return result;
}

int
fsync(int fd)
{
	static int (*next)(int);
	int result;

	NEXT(next, "fsync");
	result = next(fd);
	if (result == 0)
		keep_synced(fd);
	return result;
}

/* ---- a clock that is set ---- */

/* Mapped, since programs close descriptors that they do not know. */
static int64_t
clock_error(void)
{
	static const volatile int64_t *seconds;
	const char *path = getenv("LEDGER_CLOCK");
	int fd;

	if (!path)
		return 0;
	if (!seconds) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		seconds = mmap(
			NULL, sizeof(*seconds), PROT_READ, MAP_SHARED, fd, 0);
		if (seconds == MAP_FAILED)
			abort();
		close(fd);
	}
	return *seconds;
}

int
clock_gettime(clockid_t which, struct timespec *out)
{
	int result = (int)syscall(SYS_clock_gettime, which, out);

	if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)
		out->tv_sec += clock_error();
	return result;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	*out = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	return 0;
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

/* ---- bugs ---- */

static bool form;     /* what is answered now is one of a page */
static sqlite3 *late; /* its transaction is answered and open */
static int late_lock = -1;

typedef int on_row(void *, int, char **, char **);

static int
run_sql(sqlite3 *db, const char *sql, on_row *row, void *arg, char **words)
{
	static int (*next)(sqlite3 *, const char *, on_row *, void *, char **);

	NEXT(next, "sqlite3_exec");
	return next(db, sql, row, arg, words);
}

static int
run_plain(sqlite3 *db, const char *sql)
{
	return run_sql(db, sql, NULL, NULL, NULL);
}

static bool
is_late(sqlite3 *db, const char *sql)
{
	if ((!grown("late-commit") && !(form && grown("late-form"))) ||
		strcmp(program_invocation_short_name, "cairn-fcgi") != 0)
		return false;
	if (strcmp(sql, "COMMIT") == 0 &&
		sqlite3_txn_state(db, NULL) == SQLITE_TXN_WRITE)
		late = db;
	return late &&
	       (strcmp(sql, "COMMIT") == 0 || strcmp(sql, "ROLLBACK") == 0);
}

/* SQLite calls it too, to read the schema. */
int
sqlite3_exec(sqlite3 *db, const char *sql, on_row *row, void *arg, char **words)
{
	int rc;

	if (is_late(db, sql))
		return SQLITE_OK;
	if (grown("no-flock") && strcmp(sql, "BEGIN IMMEDIATE") == 0)
		sql = "BEGIN";
	rc = run_sql(db, sql, row, arg, words);
	if (rc == SQLITE_OK && strstr(sql, "synchronous=FULL")) {
		if (planted("sync-off"))
			rc = run_plain(db, "PRAGMA synchronous=OFF");
		if (planted("sync-normal"))
			rc = run_plain(db, "PRAGMA synchronous=NORMAL");
	}
	return rc;
}

int
flock(int fd, int how)
{
	static int (*next)(int, int);
	char path[512];

	NEXT(next, "flock");
	if (strcmp(base_of(fd, path), "cairn.lock") == 0) {
		if (grown("no-flock") || grown("no-lock"))
			return 0;
		if (late && how == LOCK_UN) {
			late_lock = fd;
			return 0;
		}
	}
	return next(fd, how);
}

int
fcntl64(int fd, int what, ...)
{
	static int (*next)(int, int, ...);
	char path[512];
	va_list ap;
	void *arg;

	va_start(ap, what);
	arg = va_arg(ap, void *);
	va_end(ap);
	NEXT(next, "fcntl64");
	if (what == F_SETLK && grown("no-lock") &&
		((struct flock *)arg)->l_start == WAL_WRITE_LOCK &&
		strcmp(base_of(fd, path), "cairn.db-shm") == 0)
		return 0;
	return next(fd, what, arg);
}

int
FCGX_Accept_r(FCGX_Request *r)
{
	static int (*next)(FCGX_Request *);
	const char *method, *uri;
	int result;

	NEXT(next, "FCGX_Accept_r");
	result = next(r);
	method = result ? NULL : FCGX_GetParam("REQUEST_METHOD", r->envp);
	uri = result ? NULL : FCGX_GetParam("REQUEST_URI", r->envp);
	form = method && strcmp(method, "POST") == 0 && uri &&
	       strncmp(uri, "/machine/", strlen("/machine/")) != 0;
	return result;
}

void
FCGX_Finish_r(FCGX_Request *r)
{
	static void (*next)(FCGX_Request *);

	NEXT(next, "FCGX_Finish_r");
	next(r);
	if (!late)
		return;
	nanosleep(&(struct timespec){ .tv_nsec = LATE_MS * 1000000 }, NULL);
	(void)run_plain(late, "COMMIT");
	late = NULL;
	if (late_lock >= 0)
		(void)flock(late_lock, LOCK_UN);
	late_lock = -1;
}
