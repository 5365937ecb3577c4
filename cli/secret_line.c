#include "cli/secret_line.h"

#include <errno.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* What is typed does not show; `*shown` is what has to be put back. */
static bool
hide_typing(FILE *in, struct termios *shown)
{
	int fd = fileno(in);
	struct termios hidden;

	if (fd < 0 || !isatty(fd) || tcgetattr(fd, shown) != 0)
		return false;
	hidden = *shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	return tcsetattr(fd, TCSAFLUSH, &hidden) == 0;
}

static void
read_typed(struct cli *c, char *line, int size)
{
	struct termios shown;
	bool hidden = hide_typing(c->in, &shown);

	if (hidden)
		fprintf(c->err, "%s: ", c->command->verb);
	if (!fgets(line, size, c->in))
		line[0] = '\0';
	if (!hidden)
		return;
	(void)tcsetattr(fileno(c->in), TCSAFLUSH, &shown);
	fputc('\n', c->err);
}

enum err
secret_line(struct cli *c, const char *flag, size_t most, const char **out)
{
	const char *path = cli_text(c, flag);
	char *line = arena_alloc(c->mem, most + 3);
	FILE *f;

	*out = NULL;
	if (!cli_given(c, flag))
		return ERR_OK;
	if (strcmp(path, "-") == 0) {
		read_typed(c, line, (int)most + 3);
	} else {
		f = fopen(path, "re");
		if (!f)
			return cli_refuse(
				c, "opening %s: %s", path, strerror(errno));
		if (!fgets(line, (int)most + 3, f))
			line[0] = '\0';
		fclose(f);
	}
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) > most)
		return cli_refuse(c,
			"the first line of %s is longer than %zu bytes", path,
			most);
	*out = line;
	return ERR_OK;
}
