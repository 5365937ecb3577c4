#include "tests/load/usage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "tests/load/crowd.h"
#include "tests/load/report.h"

enum {
	CHILDREN_MAX = 256,
};

static const char *const names[PARTS] = {
	[PART_WORKER] = "worker",
	[PART_HANDLERS] = "handlers",
	[PART_NGINX] = "nginx",
	[PART_GENERATOR] = "generator",
};

static int64_t gone_worker_ns, gone_worker_wakeups;

/* CPU time of all threads so far. */
static int64_t
cpu_ns(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (!pid || clock_getcpuclockid(pid, &clock) ||
		clock_gettime(clock, &t))
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A number of /proc/PID/status. */
static int64_t
status_of(pid_t pid, const char *name)
{
	char path[64], line[160];
	int64_t value = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = pid ? fopen(path, "re") : NULL;
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0)
			(void)sscanf(line + strlen(name), "%" SCNd64, &value);
	if (f)
		(void)fclose(f);
	return value;
}

static void
add(struct usage *u, enum part part, pid_t pid)
{
	u->cpu_ns[part] += cpu_ns(pid);
	u->rss_kb[part] += status_of(pid, "VmRSS:");
	u->peak_kb[part] += status_of(pid, "VmHWM:");
}

static void
add_family(struct usage *u, enum part part, pid_t pid)
{
	char path[64];
	pid_t child;
	FILE *f;

	if (!pid)
		return;
	add(u, part, pid);
	(void)snprintf(
		path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &child) == 1)
		add(u, part, child);
	if (f)
		(void)fclose(f);
}

void
usage_take(struct usage *u, const struct site *s)
{
	*u = (struct usage){ .wall_us = load_now_us() };
	add(u, PART_WORKER, s->worker_pid);
	u->cpu_ns[PART_WORKER] += gone_worker_ns;
	u->wakeups = status_of(s->worker_pid, "voluntary_ctxt_switches:") +
		     gone_worker_wakeups;
	add_family(u, PART_HANDLERS, s->handlers_pid);
	add_family(u, PART_NGINX, s->nginx_pid);
	add(u, PART_GENERATOR, getpid());
}

void
usage_keep_worker(const struct site *s)
{
	gone_worker_ns += cpu_ns(s->worker_pid);
	gone_worker_wakeups +=
		status_of(s->worker_pid, "voluntary_ctxt_switches:");
}

void
usage_print(
	const char *scenario, const struct usage *from, const struct site *s)
{
	struct usage now;
	char name[64];

	usage_take(&now, s);
	for (enum part p = 0; p < PARTS; p++) {
		if (!now.rss_kb[p])
			continue;
		(void)snprintf(name, sizeof(name), "%s_cpu", names[p]);
		report_figure(scenario, name,
			(double)(now.cpu_ns[p] - from->cpu_ns[p]) / 1e9, "s");
	}
	for (enum part p = 0; p < PARTS; p++) {
		if (!now.rss_kb[p])
			continue;
		(void)snprintf(name, sizeof(name), "%s_rss", names[p]);
		report_figure(
			scenario, name, (double)now.rss_kb[p] / 1024, "MB");
		(void)snprintf(name, sizeof(name), "%s_rss_peak", names[p]);
		report_figure(
			scenario, name, (double)now.peak_kb[p] / 1024, "MB");
	}
}

double
usage_generator_share(const struct usage *from, const struct site *s)
{
	struct usage now;
	int64_t wall_us, cpu_us;

	usage_take(&now, s);
	wall_us = now.wall_us - from->wall_us;
	cpu_us = (now.cpu_ns[PART_GENERATOR] - from->cpu_ns[PART_GENERATOR]) /
		 1000;
	return wall_us > 0 ? 100.0 * (double)cpu_us / (double)wall_us : 0;
}
