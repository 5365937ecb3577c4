/*
 * sound.h: what holds of every page: one h1, no id twice, what is pointed to is
 * there, nothing inline that the Content-Security-Policy would refuse.
 */
#ifndef TESTS_FCGI_SOUND_H
#define TESTS_FCGI_SOUND_H

#include "tests/fcgi/browser.h"

static inline size_t
sound_count(const char *body, const char *part)
{
	size_t n = 0;

	for (const char *p = body; (p = strstr(p, part)); p += strlen(part))
		n++;
	return n;
}

/* Each ATTRIBUTE="x y" of the page names ids, `times` times each. */
static inline void
sound_names(struct arena *mem, const char *body, const char *attribute,
	size_t times)
{
	const char *mark = arena_printf(mem, " %s=\"", attribute);

	for (const char *p = body; (p = strstr(p, mark));) {
		p += strlen(mark);
		while (*p != '"') {
			int len = (int)strcspn(p, " \"");
			const char *id =
				arena_printf(mem, " id=\"%.*s\"", len, p);

			if (sound_count(body, id) != times)
				fail_msg("%s of %s, not %zu times, in %s", id,
					attribute, times, body);
			p += len + (p[len] == ' ');
		}
	}
}

static inline void
assert_sound(struct arena *mem, const char *body)
{
	assert_holds(body, "<!DOCTYPE html>");
	assert_int_equal(sound_count(body, "<h1>"), 1);
	assert_lacks(body, " style=");
	assert_lacks(body, "<style");
	assert_lacks(body, " onclick=");
	assert_lacks(body, "javascript:");
	assert_int_equal(sound_count(body, "<script"),
		sound_count(body, "<script src=\"/static/"));
	sound_names(mem, body, "id", 1);
	sound_names(mem, body, "for", 1);
	sound_names(mem, body, "aria-describedby", 1);
}

#endif
