#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	DAY = 86400,
	ERA_DAYS = 146097,   /* 400 years */
	EPOCH_DAYS = 719468, /* from 1 March of year 0 to 1970 */
};

int64_t
clock_now(void)
{
	return (int64_t)time(NULL);
}

static int64_t
milliseconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return milliseconds(CLOCK_REALTIME);
}

int64_t
clock_now_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

static char *
put_digits(char *at, unsigned value, int count, char after)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
	at[count] = after;
	return at + count + 1;
}

bool
clock_has_text(int64_t at)
{
	return at >= CLOCK_GO_ZERO && at < CLOCK_YEAR_10000;
}

/* Each peer of each map has two times in it, so no gmtime and printf: the days
 * count from 1 March of year 0, when leap days come last in their year. */
void
clock_text(int64_t at, char out[CLOCK_TEXT_SIZE])
{
	int64_t moved, era, year;
	unsigned seconds, days, of_era, month, day;
	bool fits = clock_has_text(at);

	moved = (fits ? at : CLOCK_GO_ZERO) + (int64_t)EPOCH_DAYS * DAY;
	seconds = (unsigned)(moved % DAY);
	era = moved / DAY / ERA_DAYS;
	days = (unsigned)(moved / DAY % ERA_DAYS);
	of_era = (days - days / 1460 + days / 36524 - days / 146096) / 365;
	days -= 365 * of_era + of_era / 4 - of_era / 100;
	month = (5 * days + 2) / 153;
	day = days - (153 * month + 2) / 5 + 1;
	month = month < 10 ? month + 3 : month - 9;
	year = era * 400 + of_era + (month <= 2);
	out = put_digits(out, (unsigned)year, 4, '-');
	out = put_digits(out, month, 2, '-');
	out = put_digits(out, day, 2, 'T');
	out = put_digits(out, seconds / 3600, 2, ':');
	out = put_digits(out, seconds / 60 % 60, 2, ':');
	*put_digits(out, seconds % 60, 2, 'Z') = '\0';
}

char *
clock_print(struct arena *mem, int64_t at)
{
	char *s = arena_alloc(mem, CLOCK_TEXT_SIZE);

	clock_text(at, s);
	return s;
}

/* Exactly `digits` digits; -1 if they are not there. */
static int
number(const char **s, int digits)
{
	int value = 0;

	for (; digits > 0; digits--) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (*(*s)++ - '0');
	}
	return value;
}

static bool
skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

/* "Z" or "+01:00"; seconds east of Greenwich. */
static bool
zone(const char **s, int *offset)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	if (skip(s, 'Z') || skip(s, 'z')) {
		*offset = 0;
		return true;
	}
	if (!skip(s, '+') && !skip(s, '-'))
		return false;
	hours = number(s, 2);
	if (hours < 0 || hours > 23 || !skip(s, ':'))
		return false;
	minutes = number(s, 2);
	if (minutes < 0 || minutes > 59)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool
date(const char **s, struct tm *tm)
{
	struct tm made;

	tm->tm_year = number(s, 4) - 1900;
	if (tm->tm_year < -1900 || !skip(s, '-'))
		return false;
	tm->tm_mon = number(s, 2) - 1;
	if (tm->tm_mon < 0 || tm->tm_mon > 11 || !skip(s, '-'))
		return false;
	tm->tm_mday = number(s, 2);
	made = *tm;
	(void)timegm(&made); /* 31 February is in March */
	return made.tm_mday == tm->tm_mday;
}

static bool
time_of_day(const char **s, struct tm *tm)
{
	tm->tm_hour = number(s, 2);
	if (tm->tm_hour < 0 || tm->tm_hour > 23 || !skip(s, ':'))
		return false;
	tm->tm_min = number(s, 2);
	if (tm->tm_min < 0 || tm->tm_min > 59 || !skip(s, ':'))
		return false;
	tm->tm_sec = number(s, 2);
	if (tm->tm_sec < 0 || tm->tm_sec > 60)
		return false;
	if (!skip(s, '.'))
		return true;
	if (number(s, 1) < 0)
		return false;
	while (**s >= '0' && **s <= '9')
		++*s;
	return true;
}

enum err
clock_parse(const char *s, int64_t *at)
{
	struct tm tm = { 0 };
	int offset = 0;
	int64_t read;

	if (!date(&s, &tm) || (!skip(&s, 'T') && !skip(&s, 't')) ||
		!time_of_day(&s, &tm) || !zone(&s, &offset) || *s)
		return ERR_BAD_INPUT;
	read = (int64_t)timegm(&tm) - offset;
	if (!clock_has_text(read))
		return ERR_BAD_INPUT;
	*at = read;
	return ERR_OK;
}
