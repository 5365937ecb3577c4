#include "fcgi/agent.h"

#include <string.h>

struct mark {
	const char *in, *words;
};

/* In this order: each browser also names those that it is like. */
static const struct mark browsers[] = {
	{ "Edg", "Edge" },
	{ "OPR/", "Opera" },
	{ "Vivaldi/", "Vivaldi" },
	{ "SamsungBrowser/", "Samsung Internet" },
	{ "Firefox/", "Firefox" },
	{ "FxiOS/", "Firefox" },
	{ "CriOS/", "Chrome" },
	{ "Chromium/", "Chromium" },
	{ "Chrome/", "Chrome" },
	{ "Safari/", "Safari" },
	{ "curl/", "curl" },
};

static const struct mark systems[] = {
	{ "Android", "Android" },
	{ "iPhone", "iPhone" },
	{ "iPad", "iPad" },
	{ "Windows", "Windows" },
	{ "Mac OS X", "macOS" },
	{ "CrOS", "ChromeOS" },
	{ "FreeBSD", "FreeBSD" },
	{ "OpenBSD", "OpenBSD" },
	{ "Linux", "Linux" },
};

static const char *
words_of(const struct mark *marks, size_t count, const char *agent)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(agent, marks[i].in))
			return marks[i].words;
	return NULL;
}

const char *
agent_words(struct arena *mem, const char *agent)
{
	const char *browser = words_of(
		browsers, sizeof(browsers) / sizeof(browsers[0]), agent);
	const char *system =
		words_of(systems, sizeof(systems) / sizeof(systems[0]), agent);

	if (!browser)
		browser = "A browser";
	return system ? arena_printf(mem, "%s on %s", browser, system)
		      : browser;
}
