/*
 * job_derp_source.c: reads a map of relays that others made, from an https
 * address, or from a file or a folder of *.json that an admin named.
 *
 * What cannot be read, or is no good map, leaves the last good one in force,
 * with words that say what is wrong.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "fcgi/jobs.h"
#include "tailnet/derpmap_read.h"
#include "tailnet/fetch.h"
#include "tailnet/relays.h"

enum {
	FILES_MAX = 32, /* of a folder */
};

struct reading {
	struct arena *mem;
	struct tailcfg_derp_map map;
	const char *why; /* NULL: it is good so far */
};

static void
take(struct reading *r, struct bytes text, enum derpmap_trust trust)
{
	struct tailcfg_derp_map one = { .home_params = NULL };
	const char *why;

	if (derpmap_read(text, trust, r->mem, &one, &why) ||
		derpmap_add(&r->map, &one, r->mem, &why))
		r->why = why;
}

static void
read_address(struct reading *r, const char *url, const struct settings *s)
{
	const struct fetch ask = { .url = url,
		.max = DERPMAP_BYTES_MAX,
		.most_ms = JOB_SECONDS * 1000,
		.private_too = s->relay_private };
	struct fetched got;

	fetch_get(&ask, r->mem, &got);
	r->why = got.failed;
	if (!r->why)
		take(r, got.body, DERPMAP_FETCHED);
}

/* Nothing that could make us wait: no pipe, no device. */
static void
read_file(struct reading *r, const char *path)
{
	unsigned char *bytes = arena_alloc(r->mem, DERPMAP_BYTES_MAX + 1);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	size_t len = 0;
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		r->why = arena_printf(
			r->mem, "%s cannot be read as a file", path);
	} else {
		while (len <= DERPMAP_BYTES_MAX &&
			(n = read(fd, bytes + len,
				 DERPMAP_BYTES_MAX + 1 - len)) > 0)
			len += (size_t)n;
		if (n < 0)
			r->why =
				arena_printf(r->mem, "%s cannot be read", path);
		else
			take(r, (struct bytes){ bytes, len }, DERPMAP_OWN);
	}
	if (fd >= 0)
		(void)close(fd);
}

static int
is_json(const struct dirent *d)
{
	size_t len = strlen(d->d_name);

	return *d->d_name != '.' && len > 5 &&
	       strcmp(d->d_name + len - 5, ".json") == 0;
}

/* In the order of their names; later ones win. */
static void
read_folder(struct reading *r, const char *path)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, is_json, alphasort);

	if (count < 0)
		r->why = arena_printf(r->mem, "%s cannot be read", path);
	else if (count == 0)
		r->why = arena_printf(
			r->mem, "%s has no file that ends in .json", path);
	else if (count > FILES_MAX)
		r->why = arena_printf(
			r->mem, "%s has more than %d files", path, FILES_MAX);
	for (int i = 0; i < count; i++) {
		if (!r->why) {
			read_file(r, arena_printf(r->mem, "%s/%s", path,
					     names[i]->d_name));
			if (r->why)
				r->why = arena_printf(r->mem, "%s: %s",
					names[i]->d_name, r->why);
		}
		free(names[i]);
	}
	free(names);
}

static void
read_path(struct reading *r, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		read_folder(r, path);
	else
		read_file(r, path);
}

static enum err
write_bad(struct request *r, int64_t id, const char *why)
{
	enum err e = db_begin(r->db);

	if (!e)
		e = db_derp_source_bad(r->db, id, why, r->now);
	return db_end(r->db, e);
}

enum err
job_derp_source(struct request *r, const struct job *j, struct job_end *end)
{
	struct reading reading = { .mem = r->mem };
	const char *text = NULL;
	struct derp_source s;
	struct settings settings;
	bool is_path;
	enum err e = db_derp_source(r->db, j->subject, r->mem, &s);

	if (e == ERR_NOT_FOUND)
		return ERR_OK; /* it went meanwhile */
	if (!e)
		e = request_settings(r, &settings);
	if (e)
		return e;
	is_path = *s.place == '/';
	if (is_path)
		read_path(&reading, s.place);
	else
		read_address(&reading, s.place, &settings);
	if (!reading.why)
		(void)derpmap_keep(&reading.map, r->mem, &text, &reading.why);
	if (!reading.why) {
		e = tailnet_relay_source_read(r->db, &s, text,
			(int64_t)reading.map.regions.count, r->now);
		if (e)
			reading.why = err_words(e);
	}
	end->failed = reading.why;
	end->next = is_path ? RELAY_FILE_SECONDS : settings.relay_hours * 3600;
	return reading.why ? write_bad(r, s.id, reading.why) : ERR_OK;
}
