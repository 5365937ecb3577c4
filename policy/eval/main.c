/*
 * policy-eval: a policy and a tailnet in, what each node is told out.
 *
 *     policy-eval < input.json > actual.json
 *     policy-eval --batch INDIR OUTDIR
 *
 * 0: an answer was written, also for a refused policy.  2: an input that is
 * none; in a batch it is named and skipped.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/eval/answer.h"

enum {
	BAD_INPUT = 2,
};

static struct bytes
read_all(FILE *f, struct arena *mem)
{
	unsigned char chunk[65536];
	struct buf b;
	size_t n;

	buf_init(&b, mem, SIZE_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	return (struct bytes){ b.bytes, b.len };
}

static enum err
answer_of(struct bytes json, struct arena *mem, struct bytes *out,
	const char **why)
{
	struct eval_input input;
	enum err e = eval_read(json, mem, &input, why);

	if (e)
		return e;
	e = eval_answer(&input, EVAL_ANSWER_MAX, mem, out);
	*why = e == ERR_TOO_BIG ? "the answer is larger than 256 MiB"
				: "an address or route is none";
	return e;
}

static int
eval(FILE *in, const char *name, FILE *(*open_out)(void *arg), void *arg)
{
	struct arena *mem = arena_new();
	const char *why = NULL;
	struct bytes answer;
	int status = BAD_INPUT;
	FILE *out = NULL;

	if (answer_of(read_all(in, mem), mem, &answer, &why) == ERR_OK)
		out = open_out(arg);
	else
		fprintf(stderr, "policy-eval: %s: %s\n", name, why);
	if (out && fwrite(answer.at, 1, answer.len, out) == answer.len &&
		fflush(out) == 0)
		status = 0;
	if (out && out != stdout)
		fclose(out);
	arena_free(mem);
	return status;
}

static FILE *
to_stdout(void *arg)
{
	(void)arg;
	return stdout;
}

static FILE *
to_file(void *arg)
{
	FILE *f = fopen(arg, "w");

	if (!f)
		perror(arg);
	return f;
}

static int
eval_file(const char *in, char *out)
{
	FILE *f = fopen(in, "r");
	int status;

	if (!f) {
		perror(in);
		return BAD_INPUT;
	}
	status = eval(f, in, to_file, out);
	fclose(f);
	return status;
}

static bool
is_json(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

static int
batch(const char *in, const char *out)
{
	DIR *d = opendir(in);
	struct dirent *entry;
	int status = 0;

	if (!d) {
		perror(in);
		return BAD_INPUT;
	}
	(void)mkdir(out, 0777);
	while ((entry = readdir(d))) {
		struct arena *mem = arena_new();
		char *from = arena_printf(mem, "%s/%s", in, entry->d_name);
		char *to = arena_printf(mem, "%s/%s", out, entry->d_name);
		struct stat st;
		int one = 0;

		if (entry->d_name[0] != '.' && stat(from, &st) == 0) {
			if (S_ISDIR(st.st_mode))
				one = batch(from, to);
			else if (is_json(entry->d_name))
				one = eval_file(from, to);
		}
		status = one ? one : status;
		arena_free(mem);
	}
	closedir(d);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--batch") == 0)
		return batch(argv[2], argv[3]);
	if (argc == 1)
		return eval(stdin, "input", to_stdout, NULL);
	fprintf(stderr, "usage: policy-eval [--batch INDIR OUTDIR]\n");
	return BAD_INPUT;
}
