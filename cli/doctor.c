#include "cli/doctor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/print.h"

static void
tell(struct doctor *d, const char *state, const char *remedy, const char *fmt,
	va_list ap)
{
	struct cli *c = d->c;
	struct value *v = value_object(d->list, NULL);
	char *text;
	const char *what;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	what = print_clean(c->mem, text, "");
	free(text);
	value_text(v, "state", state);
	value_text(v, "what", what);
	value_text(v, "remedy", remedy);
	if (c->format == FORMAT_PLAIN)
		fprintf(c->out, "%-4s  %s%s%s\n", state, what,
			remedy ? " — " : "", remedy ? remedy : "");
	fflush(c->out);
}

void
doctor_ok(struct doctor *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(d, "ok", NULL, fmt, ap);
	va_end(ap);
}

void
doctor_warn(struct doctor *d, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(d, "warn", remedy, fmt, ap);
	va_end(ap);
}

void
doctor_fail(struct doctor *d, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	d->failed = true;
	va_start(ap, fmt);
	tell(d, "FAIL", remedy, fmt, ap);
	va_end(ap);
}

/* The URL to try: the one asked for, the one of this run, the one set. */
static const char *
choose_url(struct doctor *d)
{
	const char *asked = cli_text(d->c, "url"), *now;

	if (*asked)
		return asked;
	if (d->stopped || !d->has_settings)
		return "";
	now = doctor_url_now(d);
	if (!now || strcmp(now, d->settings.url) == 0)
		return d->settings.url;
	d->this_run = true;
	doctor_ok(d, "url: this run serves %s, the settings say %s", now,
		d->settings.url);
	return now;
}

enum err
cmd_doctor(struct cli *c)
{
	struct doctor d = { .c = c, .list = value_new_list(c->mem) };
	const char *url;

	if (doctor_home(&d)) {
		doctor_running(&d);
		doctor_database(&d);
		doctor_worker(&d);
		doctor_sockets(&d);
	}
	url = choose_url(&d);
	if (*url)
		doctor_url(&d, url, cli_yes(c, "insecure"));
	if (c->format != FORMAT_PLAIN)
		cli_print_value(c, c->out, d.list);
	c->quiet_error = true; /* the findings have told it */
	return d.failed ? ERR_BAD_INPUT : ERR_OK;
}
