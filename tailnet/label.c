#include "tailnet/label.h"

#include <string.h>

#include "base/text.h"

static bool
is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static void
cut_suffix(char *s, const char *suffix)
{
	size_t len = strlen(s), cut = strlen(suffix);

	if (len >= cut && strcmp(s + len - cut, suffix) == 0)
		s[len - cut] = '\0';
}

/* What a byte inside becomes; 0 is dropped. */
static char
inner(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if (is_word((unsigned char)c) || c == '-')
		return c;
	return strchr(" .@_", c) ? '-' : 0;
}

/* The order of the steps is the clients' (spec/map-and-state.md 3.5): the cut
 * to 63 bytes comes before the trimming. */
char *
label_from_hostname(struct arena *mem, const char *hostname)
{
	char *s = arena_strdup(mem, hostname), *out = s, *to = s;
	size_t len;

	cut_suffix(s, ".local");
	cut_suffix(s, ".localdomain");
	cut_suffix(s, ".lan");
	len = strlen(s);
	if (len > LABEL_MAX)
		len = LABEL_MAX;
	while (len && !is_word((unsigned char)s[len - 1]))
		len--;
	s[len] = '\0';
	while (*s && !is_word((unsigned char)*s))
		s++;
	for (; *s; s++) {
		char c = inner(*s);

		if (c)
			*to++ = c;
	}
	*to = '\0';
	return *out ? out : arena_strdup(mem, "node");
}

bool
label_is_valid(const char *label)
{
	size_t len = strlen(label);

	if (len == 0 || len > LABEL_MAX || label[0] == '-' ||
		label[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (label[i] != '-' &&
			(!is_word((unsigned char)label[i]) ||
				(label[i] >= 'A' && label[i] <= 'Z')))
			return false;
	return true;
}

/* Names that programs look up by themselves (spec/reliability.md T29). */
bool
label_is_reserved(const char *label)
{
	static const char *const reserved[] = { "wpad", "isatap", "localhost" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(label, reserved[i]) == 0)
			return true;
	return false;
}

/* `label` cut so that the suffix fits. */
static const char *
with_suffix(struct arena *mem, const char *label, int64_t number)
{
	const char *suffix = arena_printf(mem, "-%lld", (long long)number);
	size_t len = strlen(label);

	if (len > LABEL_MAX - strlen(suffix))
		len = LABEL_MAX - strlen(suffix);
	return arena_printf(mem, "%.*s%s", (int)len, label, suffix);
}

enum {
	IN_ORDER = 8, /* so many numbers are tried one after the other */
};

/* Thousands of containers call themselves alike, so beyond IN_ORDER the step
 * doubles until a number is free and the gap is halved: `low` is always taken
 * and `high` free in the end. */
static enum err
free_number(struct db *db, struct arena *mem, const char *label, int64_t but_id,
	int64_t *out)
{
	int64_t low = 0, high = 1;
	bool taken = true;
	enum err e = ERR_OK;

	for (;;) {
		e = db_node_name_taken(
			db, with_suffix(mem, label, high), but_id, &taken);
		if (e)
			return e;
		if (!taken)
			break;
		low = high;
		high = high < IN_ORDER ? high + 1 : 2 * high;
	}
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		e = db_node_name_taken(
			db, with_suffix(mem, label, middle), but_id, &taken);
		if (e)
			return e;
		if (taken)
			low = middle;
		else
			high = middle;
	}
	*out = high;
	return ERR_OK;
}

enum err
label_free(struct db *db, struct arena *mem, const char *label, int64_t but_id,
	const char **out)
{
	bool taken = label_is_reserved(label);
	int64_t number = 0;
	enum err e = ERR_OK;

	if (!taken)
		e = db_node_name_taken(db, label, but_id, &taken);
	if (!e && taken)
		e = free_number(db, mem, label, but_id, &number);
	if (!e)
		*out = number ? with_suffix(mem, label, number) : label;
	return e;
}
