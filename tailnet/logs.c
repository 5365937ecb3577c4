#include "tailnet/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_file.h"
#include "base/redact.h"
#include "base/text.h"
#include "db/words.h"

const char *const log_programs[] = { "cairn-fcgi", "cairn-worker",
	"cairn-relay", "cairn-keeper" };
const size_t log_program_count = sizeof(log_programs) / sizeof(log_programs[0]);

static const char *const level_words[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERROR] = "error",
};

/* The lines of all programs, in the making. */
struct reading {
	struct arena *mem;
	const struct logs_wish *wish;
	struct log_line *lines;
	size_t count, total;
};

const char *
log_level_word(enum log_level level)
{
	return level_words[level];
}

bool
log_level_of(const char *word, enum log_level *out)
{
	for (enum log_level l = LOG_DEBUG; l <= LOG_ERROR; l++)
		if (strcmp(level_words[l], word) == 0) {
			*out = l;
			return true;
		}
	return false;
}

/* The next word of *at, which is behind it afterwards. */
static const char *
take_word(struct arena *mem, const char **at)
{
	size_t len = strcspn(*at, " ");
	const char *word = arena_printf(mem, "%.*s", (int)len, *at);

	*at += len + ((*at)[len] == ' ');
	return word;
}

/* False: it is no line of ours, such as the half of one. */
static bool
parse(struct arena *mem, const char *bytes, size_t len, const char *program,
	struct log_line *out)
{
	char *line = arena_alloc(mem, len + 1);
	const char *at = line;

	memcpy(line, bytes, len);
	line[redact(line, len)] = '\0';
	if (!text_is_utf8(line, strlen(line)))
		return false;
	out->whole = line;
	out->program = program;
	if (clock_parse(take_word(mem, &at), &out->at) ||
		!log_level_of(take_word(mem, &at), &out->level))
		return false;
	(void)take_word(mem, &at);
	out->text = at;
	return *at != '\0';
}

static bool
is_wished(const struct logs_wish *wish, const struct log_line *l)
{
	const char *const texts[] = { l->text, l->program };

	return l->level >= wish->least && words_match(wish->q, texts, 2);
}

/* The lines of the bytes, the last one first, until there are enough. */
static void
take_lines(struct reading *g, const char *program, const char *bytes,
	size_t len, size_t *left)
{
	while (len && *left) {
		size_t end = bytes[len - 1] == '\n' ? len - 1 : len;
		const char *nl = memrchr(bytes, '\n', end);
		size_t from = nl ? (size_t)(nl - bytes) + 1 : 0;
		struct log_line *l = &g->lines[g->count];

		if (parse(g->mem, bytes + from, end - from, program, l)) {
			--*left;
			g->total++;
			if (is_wished(g->wish, l))
				g->count++;
		}
		len = from;
	}
}

/* It may grow while it is read, and no end of it be much greater than
 * LOG_FILE_MAX. */
static enum err
read_end(const char *path, struct arena *mem, const char **bytes, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t from = 0, most = LOG_FILE_MAX + LOG_LINE_MAX;
	struct stat st;
	ssize_t n = -1;
	char *room;

	*len = 0;
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		from = st.st_size > most ? st.st_size - most : 0;
		room = arena_alloc(mem, (size_t)(st.st_size - from) + 1);
		n = pread(fd, room, (size_t)(st.st_size - from), from);
		*bytes = room;
	}
	(void)close(fd);
	if (n < 0)
		return ERR_IO;
	*len = (size_t)n;
	return ERR_OK;
}

static enum err
read_program(struct reading *g, const char *home, const char *program)
{
	static const char *const ends[] = { LOG_SUFFIX, LOG_OLD };
	size_t left = LOGS_LINES;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && left && i < 2; i++) {
		const char *bytes = "";
		size_t len;

		e = read_end(arena_printf(g->mem, "%s/" LOG_FOLDER "/%s%s",
				     home, program, ends[i]),
			g->mem, &bytes, &len);
		if (!e)
			take_lines(g, program, bytes, len, &left);
	}
	return e;
}

/* The lines of one second stay in the order of their file. */
static int
by_time(const void *a, const void *b)
{
	const struct log_line *x = a, *y = b;

	return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
			      : (x->order > y->order) - (x->order < y->order);
}

enum err
logs_read(const char *home, const struct logs_wish *wish, struct arena *mem,
	struct log_line **lines, size_t *count, size_t *total)
{
	struct reading g = { .mem = mem,
		.wish = wish,
		.lines = arena_array(mem, log_program_count * LOGS_LINES + 1,
			sizeof(*g.lines)) };
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < log_program_count; i++)
		if (!*wish->program ||
			strcmp(wish->program, log_programs[i]) == 0)
			e = read_program(&g, home, log_programs[i]);
	/* They were taken from the end. */
	for (size_t i = 0; i < g.count; i++)
		g.lines[i].order = g.count - i;
	qsort(g.lines, g.count, sizeof(*g.lines), by_time);
	*lines = g.lines;
	*count = g.count;
	*total = g.total;
	return e;
}
