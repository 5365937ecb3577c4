/* cairn doctor: one line a finding (tailnet/doctor.h).  Any FAIL makes the exit
 * status 1. */
#include "tailnet/doctor.h"

#include "cli/command.h"
#include "cli/print.h"

struct teller {
	struct cli *c;
	struct value *list; /* for --output */
};

static const char *const state_words[HEALTH_STATES] = {
	[HEALTH_OK] = "ok",
	[HEALTH_UNKNOWN] = "?",
	[HEALTH_WARN] = "warn",
	[HEALTH_FAIL] = "FAIL",
};

static void
tell(void *arg, const struct doctor_finding *f)
{
	struct teller *t = arg;
	struct value *v = value_object(t->list, NULL);
	const char *state = state_words[f->state];
	const char *what = print_clean(t->c->mem, f->what, "");

	value_text(v, "check", health_name_word(f->check));
	value_text(v, "state", state);
	value_text(v, "what", what);
	value_text(v, "remedy", f->remedy);
	if (t->c->format == FORMAT_PLAIN)
		fprintf(t->c->out, "%-4s  %s%s%s\n", state, what,
			f->remedy ? " — " : "", f->remedy ? f->remedy : "");
	fflush(t->c->out);
}

enum err
cmd_doctor(struct cli *c)
{
	struct teller t = { .c = c, .list = value_new_list(c->mem) };
	struct doctor d = { .mem = c->mem,
		.home = c->home,
		.now = c->now,
		.tell = tell,
		.arg = &t };

	doctor_run(&d, cli_text(c, "url"), cli_yes(c, "insecure"));
	c->db = d.db; /* closed with the rest */
	if (c->format != FORMAT_PLAIN)
		cli_print_value(c, c->out, t.list);
	c->quiet_error = true; /* the findings have told it */
	return d.failed ? ERR_BAD_INPUT : ERR_OK;
}
