#include "worker/dns_watch.h"

#include <string.h>

#include "base/own.h"

/* What tells one state of the file from the next; all zero: it is not there. */
struct seen {
	uint64_t device, inode, size;
	uv_timespec_t changed, modified;
};

static uv_fs_t asking;
static bool busy, news = true; /* at the start: whatever there is */
static char *path;             /* the one that was looked at last */
static struct seen seen;

static void
on_stat(uv_fs_t *req)
{
	struct seen now;

	memset(&now, 0, sizeof(now));
	if (req->result == 0) {
		now.device = req->statbuf.st_dev;
		now.inode = req->statbuf.st_ino;
		now.size = req->statbuf.st_size;
		now.changed = req->statbuf.st_ctim;
		now.modified = req->statbuf.st_mtim;
	}
	if (memcmp(&now, &seen, sizeof(now)) != 0)
		news = true;
	seen = now;
	busy = false;
	uv_fs_req_cleanup(req);
}

void
dns_watch_tick(struct worker *w)
{
	const char *wanted = w->snap->settings.extra_records_path;

	if (busy)
		return;
	if (own_text(&path, wanted)) {
		memset(&seen, 0, sizeof(seen));
		news = true;
	}
	if (*path && uv_fs_stat(w->loop, &asking, path, on_stat) == 0)
		busy = true;
}

const char *
dns_watch_take(struct worker *w, struct arena *mem)
{
	(void)w;
	if (!news || !path)
		return NULL;
	news = false;
	return arena_strdup(mem, path);
}

void
dns_watch_again(void)
{
	news = true;
}
