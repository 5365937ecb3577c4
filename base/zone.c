#include "base/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define FOLDER "/usr/share/zoneinfo/"
#define MARK   "TZif"
#define LETTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"

enum {
	DAY = 86400, /* no zone is as far from UTC */
};

/* No way out of the folder, and none of the two trees below it that count leap
 * seconds or are there a second time. */
static bool
name_is_valid(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ZONE_NAME_MAX && name[0] != '/' &&
	       strspn(name, LETTERS) == len && !text_starts(name, "right/") &&
	       !text_starts(name, "posix/");
}

bool
zone_is_known(const char *name)
{
	char path[sizeof(FOLDER) + ZONE_NAME_MAX], mark[sizeof(MARK) - 1];
	ssize_t n = 0;
	int fd;

	if (strcmp(name, "UTC") == 0)
		return true;
	if (!name_is_valid(name))
		return false;
	(void)snprintf(path, sizeof(path), FOLDER "%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, mark, sizeof(mark));
	(void)close(fd);
	return n == (ssize_t)sizeof(mark) &&
	       memcmp(mark, MARK, sizeof(mark)) == 0;
}

/* As TZ names a file; reading one again costs as much as a short page. */
static void
enter(const char *name)
{
	static char last[ZONE_NAME_MAX + 1];
	char value[ZONE_NAME_MAX + 2];

	if (strcmp(last, name) == 0)
		return;
	(void)snprintf(last, sizeof(last), "%s", name);
	(void)snprintf(value, sizeof(value), ":%s", name);
	(void)setenv("TZ", value, 1);
	tzset();
}

/* `length` of "15:02:07": 5 or 8. */
static void
utc_text(int64_t at, int length, char out[ZONE_TEXT_SIZE])
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(at, text);
	(void)snprintf(
		out, ZONE_TEXT_SIZE, "%.10s %.*s UTC", text, length, text + 11);
}

static void
text_to(const char *name, int64_t at, bool seconds, char out[ZONE_TEXT_SIZE])
{
	time_t t = (time_t)at;
	struct tm tm;

	utc_text(at, seconds ? 8 : 5, out);
	if (strcmp(name, "UTC") == 0 || !zone_is_known(name))
		return;
	enter(name);
	/* What no text can say is the zero time, and stays it. */
	if (!localtime_r(&t, &tm) || tm.tm_year + 1900 < 1 ||
		tm.tm_year + 1900 > 9999)
		return;
	if (!(seconds ? strftime(out, ZONE_TEXT_SIZE, "%Y-%m-%d %H:%M:%S %Z",
				&tm)
		      : strftime(
				out, ZONE_TEXT_SIZE, "%Y-%m-%d %H:%M %Z", &tm)))
		utc_text(at, seconds ? 8 : 5, out);
}

void
zone_text(const char *name, int64_t at, char out[ZONE_TEXT_SIZE])
{
	text_to(name, at, false, out);
}

void
zone_text_exact(const char *name, int64_t at, char out[ZONE_TEXT_SIZE])
{
	text_to(name, at, true, out);
}

/* Seconds that the clocks of the zone are ahead of UTC at that time; the zone
 * was entered. */
static int64_t
ahead(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	return localtime_r(&t, &tm) ? (int64_t)tm.tm_gmtoff : 0;
}

/* The clocks before a change, and after it: where both show the time the first
 * one counts, where neither does it is passed over. */
static enum err
from_local(int64_t shown, int64_t *at)
{
	const int64_t first = shown - ahead(shown - DAY);
	const int64_t second = shown - ahead(shown + DAY);
	bool first_is = first + ahead(first) == shown;
	bool second_is = second + ahead(second) == shown;

	if (!first_is && !second_is)
		return ERR_NOT_FOUND;
	*at = first_is && (!second_is || first < second) ? first : second;
	return ERR_OK;
}

enum err
zone_parse(const char *name, const char *text, int64_t *at)
{
	static const char minutes[] = "2026-11-22T15:02";
	char whole[ZONE_TEXT_SIZE + sizeof(":00Z")];
	int64_t shown, read;
	enum err e;

	if (strlen(text) >= ZONE_TEXT_SIZE)
		return ERR_BAD_INPUT;
	if (clock_parse(text, at) == ERR_OK)
		return ERR_OK;
	(void)snprintf(whole, sizeof(whole), "%s%s", text,
		strlen(text) == strlen(minutes) ? ":00Z" : "Z");
	e = clock_parse(whole, &shown);
	if (e)
		return e;
	if (strcmp(name, "UTC") == 0 || !zone_is_known(name)) {
		*at = shown;
		return ERR_OK;
	}
	enter(name);
	e = from_local(shown, &read);
	if (!e && !clock_has_text(read))
		return ERR_BAD_INPUT;
	if (!e)
		*at = read;
	return e;
}
