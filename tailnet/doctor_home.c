/* Folder, secrets and sockets, and whether nginx may reach them. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "tailnet/doctor.h"
#include "tailnet/health.h"
#include "tailnet/seal.h"

enum {
	GROUPS_MAX = 64,
	ROOM_FAIL_MB = 4, /* the log of one checkpoint, and a bit */
	ROOM_WARN_MB = 64,
	LARGE_MB = 10240, /* told in GB from here */
	NGINX_MAX = 64,   /* processes of nginx that are looked at */
};

static const char *
path_in(struct doctor *d, const char *name)
{
	return arena_printf(d->mem, "%s/%s", d->home, name);
}

static void
check_secret(struct doctor *d, const char *name)
{
	struct secret s;
	struct stat st;
	enum err e = secret_read(d->home, name, &s);

	secret_wipe(&s);
	if (e == ERR_NOT_FOUND)
		doctor_fail(d, HEALTH_KEYS,
			"put it back from a backup; a new one cannot open "
			"what the old one closed",
			"keys: keys/%s is missing", name);
	else if (e)
		doctor_fail(d, HEALTH_KEYS,
			"give the file to this user, or put it back from a "
			"backup",
			"keys: keys/%s cannot be read: %s", name, err_words(e));
	else if (stat(path_in(d, arena_printf(d->mem, "keys/%s", name)), &st) ==
			 0 &&
		 (st.st_mode & 077))
		doctor_warn(d, HEALTH_KEYS,
			arena_printf(
				d->mem, "chmod 600 %s/keys/%s", d->home, name),
			"keys: others than its owner may read keys/%s", name);
	else
		doctor_ok(d, HEALTH_KEYS, "keys: keys/%s is there and closed",
			name);
}

void
doctor_room(struct doctor *d, uint64_t free_bytes)
{
	static const char remedy[] =
		"make room: while the disk is full no machine joins, and "
		"nothing that is changed is kept";
	long long mb = (long long)(free_bytes / (1024 * 1024));

	if (mb < ROOM_FAIL_MB)
		doctor_fail(
			d, HEALTH_DISK, remedy, "disk: full, %lld MB left", mb);
	else if (mb < ROOM_WARN_MB)
		doctor_warn(d, HEALTH_DISK, remedy, "disk: %lld MB left", mb);
	else if (mb < LARGE_MB)
		doctor_ok(d, HEALTH_DISK, "disk: %lld MB left", mb);
	else
		doctor_ok(d, HEALTH_DISK, "disk: %lld GB left", mb / 1024);
}

static void
check_room(struct doctor *d)
{
	struct statvfs fs;

	if (statvfs(d->home, &fs) == 0)
		doctor_room(d, (uint64_t)fs.f_bavail * fs.f_frsize);
}

/* One line of a small file, without its end. */
static const char *
line_of(struct doctor *d, const char *name)
{
	FILE *f = fopen(path_in(d, name), "re");
	char line[512] = "";

	if (f) {
		if (!fgets(line, sizeof(line), f))
			line[0] = '\0';
		fclose(f);
	}
	line[strcspn(line, "\n")] = '\0';
	return arena_strdup(d->mem, line);
}

bool
doctor_home(struct doctor *d)
{
	struct stat st;

	if (stat(d->home, &st) != 0 || !S_ISDIR(st.st_mode)) {
		doctor_fail(d, HEALTH_HOME,
			"run 'cairn init', or name the folder with --home",
			"home: %s is no folder", d->home);
		return false;
	}
	if (access(d->home, R_OK | W_OK | X_OK) != 0) {
		doctor_fail(d, HEALTH_HOME, "run as the user that owns it",
			"home: this user may not use %s", d->home);
		return false;
	}
	if (st.st_mode & S_IRWXO)
		doctor_warn(d, HEALTH_HOME,
			arena_printf(d->mem, "chmod o= %s", d->home),
			"home: everybody on this machine may enter %s",
			d->home);
	else
		doctor_ok(d, HEALTH_HOME, "home: %s", d->home);
	check_room(d);
	check_secret(d, "seal");
	check_secret(d, "pepper");
	return true;
}

/* Who a process is to the file system. */
struct who {
	uid_t uid;
	gid_t groups[GROUPS_MAX];
	size_t count;
};

/* The second number (the effective one) of a line "Uid: 1 2 3 4". */
static unsigned long
second_number(const char *line)
{
	char *end;

	(void)strtoul(line, &end, 10);
	return strtoul(end, NULL, 10);
}

static void
read_groups(struct who *w, const char *line)
{
	char *end;

	for (;; line = end) {
		unsigned long gid = strtoul(line, &end, 10);

		if (end == line || w->count == GROUPS_MAX)
			return;
		w->groups[w->count++] = (gid_t)gid;
	}
}

/* Reads /proc/PID/status; *parent is 0 for what is no nginx. */
static void
read_who(const char *pid, struct who *w, long *parent)
{
	char path[64], line[1024];
	bool is_nginx = false;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%.16s/status", pid);
	f = fopen(path, "re");
	*w = (struct who){ .count = 0 };
	*parent = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (strcmp(line, "Name:\tnginx\n") == 0)
			is_nginx = true;
		if (strncmp(line, "PPid:", 5) == 0 && is_nginx)
			*parent = strtol(line + 5, NULL, 10);
		if (strncmp(line, "Uid:", 4) == 0)
			w->uid = (uid_t)second_number(line + 4);
		if (strncmp(line, "Gid:", 4) == 0)
			w->groups[w->count++] = (gid_t)second_number(line + 4);
		if (strncmp(line, "Groups:", 7) == 0)
			read_groups(w, line + 7);
	}
	if (f)
		fclose(f);
}

/* The master that belongs to this instance, 0 if it is another's nginx. */
static long
own_master(struct doctor *d)
{
	long pid = strtol(line_of(d, "nginx/pid"), NULL, 10), parent = 0;
	struct who who;

	if (pid > 1)
		read_who(arena_printf(d->mem, "%ld", pid), &who, &parent);
	return parent ? pid : 0; /* else a pid of yesterday */
}

const char *
doctor_url_now(struct doctor *d)
{
	const char *url = own_master(d) ? line_of(d, "nginx/url") : "";

	return *url ? url : NULL;
}

/*
 * The processes of nginx that open sockets: children of the instance's own
 * master if that runs, else all of them that are no masters (a master's parent
 * is no nginx, and has the pid 1 or a shell's).
 */
static size_t
find_nginx(struct doctor *d, struct who who[NGINX_MAX])
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	long master = own_master(d), parent, above;
	size_t count = 0;
	struct who one;

	while (proc && count < NGINX_MAX && (entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		read_who(entry->d_name, &who[count], &parent);
		if (!parent || (master > 1 && parent != master))
			continue;
		read_who(arena_printf(d->mem, "%ld", parent), &one, &above);
		if (above)
			count++;
	}
	if (proc)
		closedir(proc);
	return count;
}

/* As systemd's ProtectProc=invisible has it: then process 1 is not there. */
static bool
sees_no_others(void)
{
	return access("/proc/1", F_OK) != 0;
}

static bool
may(const struct who *w, const struct stat *st, mode_t wanted)
{
	if (w->uid == 0)
		return true;
	if (w->uid == st->st_uid)
		return (st->st_mode >> 6 & wanted) == wanted;
	for (size_t i = 0; i < w->count; i++)
		if (w->groups[i] == st->st_gid)
			return (st->st_mode >> 3 & wanted) == wanted;
	return (st->st_mode & wanted) == wanted;
}

/* Every folder on the way must be open (x), the socket writable. */
static bool
reaches(const struct who *w, const char *socket)
{
	char path[PATH_MAX];
	struct stat st;

	if (!realpath(socket, path) || stat(path, &st) != 0 || !may(w, &st, 2))
		return false;
	for (;;) {
		char *slash = strrchr(path, '/');

		if (!slash)
			return true;
		*slash = '\0';
		if (stat(*path ? path : "/", &st) != 0 || !may(w, &st, 1))
			return false;
	}
}

static enum err
try_connect(const char *path, int type, int *why)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;
	bool good;

	if (strlen(path) >= sizeof(a.sun_path)) {
		*why = ENAMETOOLONG;
		return ERR_IO;
	}
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		*why = errno;
		return ERR_IO;
	}
	good = connect(fd, (const struct sockaddr *)&a, sizeof(a)) == 0;
	*why = errno;
	close(fd);
	return good || *why == EAGAIN ? ERR_OK : ERR_IO;
}

/* DESIGN 1.1: three sockets are for nginx, the others for nobody but us. */
static const struct socket_row {
	const char *name, *program;
	int type;
	bool for_nginx;
	enum health_name check;
} socket_rows[] = {
	{ "fcgi.sock", "cairn-fcgi", SOCK_STREAM, true, HEALTH_HANDLERS },
	{ "worker.sock", "cairn-worker", SOCK_STREAM, true, HEALTH_WORKER },
	{ "relay.sock", "cairn-relay", SOCK_STREAM, true, HEALTH_RELAYS },
	{ "inner.sock", "cairn-fcgi", SOCK_STREAM, false, HEALTH_HANDLERS },
	{ "jobs.sock", "cairn-fcgi", SOCK_STREAM, false, HEALTH_JOBS },
	{ "bell.sock", "cairn-worker", SOCK_DGRAM, false, HEALTH_WORKER },
};

void
doctor_running(struct doctor *d)
{
	int64_t age = health_worker_age(d->home, d->now, d->mem);
	int why;

	if (age >= 0 && age <= ALIVE_SECONDS)
		return;
	for (size_t i = 0; i < sizeof(socket_rows) / sizeof(socket_rows[0]);
		i++)
		if (!try_connect(path_in(d, socket_rows[i].name),
			    socket_rows[i].type, &why))
			return;
	d->stopped = true;
	doctor_fail(d, HEALTH_WORKER,
		"start it: 'make run', or 'systemctl start cairn.target' "
		"where it is installed",
		"cairn: it is not running");
}

static void
check_reach(struct doctor *d, const struct socket_row *row,
	const struct who *nginx, size_t count)
{
	const char *path = path_in(d, row->name);

	for (size_t i = 0; i < count; i++)
		if (reaches(&nginx[i], path)) {
			doctor_ok(d, row->check, "sockets: nginx may use %s",
				row->name);
			return;
		}
	if (count)
		doctor_fail(d, row->check,
			"add nginx's user to the group of the socket (usermod "
			"-aG GROUP www-data), let that group enter the folder "
			"(chmod g+x), restart nginx",
			"sockets: the nginx that runs here may not use %s",
			row->name);
}

static void
check_socket(struct doctor *d, const struct socket_row *row,
	const struct who *nginx, size_t count)
{
	const char *path = path_in(d, row->name);
	const char *start =
		d->stopped ? NULL
			   : arena_printf(d->mem, "start %s", row->program);
	struct stat st;
	int why;

	if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
		doctor_fail(d, row->check, start, "sockets: there is no %s",
			row->name);
		return;
	}
	if (try_connect(path, row->type, &why)) {
		doctor_fail(d, row->check, start,
			"sockets: nobody answers on %s: %s", row->name,
			strerror(why));
		return;
	}
	if (st.st_mode & S_IRWXO)
		doctor_fail(d, row->check,
			arena_printf(d->mem, "chmod o= %s", path),
			"sockets: everybody may use %s", row->name);
	else
		doctor_ok(d, row->check, "sockets: %s answers (%s)", row->name,
			row->program);
	if (row->for_nginx)
		check_reach(d, row, nginx, count);
}

/* A stranger at inner.sock could name any machine. */
static void
check_closed(struct doctor *d, const struct socket_row *row,
	const struct who *nginx, size_t count)
{
	const char *path = path_in(d, row->name);
	struct stat home;

	if (access(path, F_OK) != 0 || stat(d->home, &home) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (nginx[i].uid != 0 && nginx[i].uid != home.st_uid &&
			reaches(&nginx[i], path)) {
			doctor_fail(d, row->check,
				arena_printf(d->mem, "chmod 600 %s", path),
				"sockets: nginx may use %s, which is not for "
				"it",
				row->name);
			return;
		}
}

void
doctor_sockets(struct doctor *d)
{
	struct who nginx[NGINX_MAX];
	size_t count = find_nginx(d, nginx);

	if (count == 0 && sees_no_others())
		doctor_unknown(d, HEALTH_HANDLERS,
			"nginx: other processes are hidden from this one");
	else if (count == 0)
		doctor_warn(d, HEALTH_HANDLERS,
			d->stopped ? NULL
				   : "start nginx; 'make run' brings its own, "
				     "nginx.conf.example is for one that is "
				     "there",
			"nginx: none runs on this machine");
	else
		doctor_ok(d, HEALTH_HANDLERS, "nginx: it runs");
	for (size_t i = 0; i < sizeof(socket_rows) / sizeof(socket_rows[0]);
		i++) {
		check_socket(d, &socket_rows[i], nginx, count);
		if (!socket_rows[i].for_nginx)
			check_closed(d, &socket_rows[i], nginx, count);
	}
}
