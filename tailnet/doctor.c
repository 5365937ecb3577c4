#include "tailnet/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
tell(struct doctor *d, const struct doctor_finding *found, const char *fmt,
	va_list ap)
{
	struct doctor_finding f = *found;
	char text[DOCTOR_FINDING_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	f.what = arena_strdup(d->mem, text);
	if (f.state == HEALTH_FAIL)
		d->failed = true;
	d->tell(d->arg, &f);
}

void
doctor_ok(struct doctor *d, enum health_name check, const char *fmt, ...)
{
	const struct doctor_finding f = { .check = check, .state = HEALTH_OK };
	va_list ap;

	va_start(ap, fmt);
	tell(d, &f, fmt, ap);
	va_end(ap);
}

void
doctor_unknown(struct doctor *d, enum health_name check, const char *fmt, ...)
{
	const struct doctor_finding f = { .check = check,
		.state = HEALTH_UNKNOWN };
	va_list ap;

	va_start(ap, fmt);
	tell(d, &f, fmt, ap);
	va_end(ap);
}

void
doctor_warn(struct doctor *d, enum health_name check, const char *remedy,
	const char *fmt, ...)
{
	const struct doctor_finding f = {
		.check = check, .state = HEALTH_WARN, .remedy = remedy
	};
	va_list ap;

	va_start(ap, fmt);
	tell(d, &f, fmt, ap);
	va_end(ap);
}

void
doctor_fail(struct doctor *d, enum health_name check, const char *remedy,
	const char *fmt, ...)
{
	const struct doctor_finding f = {
		.check = check, .state = HEALTH_FAIL, .remedy = remedy
	};
	va_list ap;

	va_start(ap, fmt);
	tell(d, &f, fmt, ap);
	va_end(ap);
}

/* The URL to try: the one asked for, the one of this run, the one set. */
static const char *
choose_url(struct doctor *d, const char *asked)
{
	const char *now;

	if (*asked)
		return asked;
	if (d->stopped || !d->has_settings)
		return "";
	now = doctor_url_now(d);
	if (!now || strcmp(now, d->settings.url) == 0)
		return d->settings.url;
	d->this_run = true;
	doctor_ok(d, HEALTH_URL, "url: this run serves %s, the settings say %s",
		now, d->settings.url);
	return now;
}

void
doctor_run(struct doctor *d, const char *url, bool insecure)
{
	if (doctor_home(d)) {
		doctor_running(d);
		doctor_database(d);
		doctor_worker(d);
		doctor_sockets(d);
		if (d->has_settings)
			doctor_rest(d);
	}
	url = choose_url(d, url);
	if (*url)
		doctor_url(d, url, insecure);
}
