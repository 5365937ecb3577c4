#include "fcgi/list.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static const char *
one_more(struct request *r, const char *words, const char *word)
{
	return words ? arena_printf(r->mem, "%s, %s", words, word) : word;
}

/* Some of what was sent, with a sign where it is cut. */
static const char *
cut(struct request *r, const char *text)
{
	const char *told = text_utf8(r->mem, text, LIST_TOLD);

	return strlen(told) < strlen(text) ? arena_printf(r->mem, "%s…", told)
					   : told;
}

/* "os=beos" */
static const char *
with_value(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	if (!value)
		return arena_printf(r->mem, "%s, which is no text", name);
	return arena_printf(r->mem, "%s=%s", name, cut(r, value));
}

static void
ignore(struct request *r, struct list *l, const char *name)
{
	l->ignored = one_more(r, l->ignored, name);
	if (strcmp(name, "page") == 0)
		return; /* another would be of the same rows */
	l->misread = one_more(r, l->misread, with_value(r, name));
	if (strcmp(name, "sort") != 0)
		l->unsure = true;
}

static size_t
place_of(const struct list *l, const char *name, size_t len)
{
	size_t i = 0;

	while (i < l->name_count &&
		!(strlen(l->names[i]) == len &&
			memcmp(l->names[i], name, len) == 0))
		i++;
	return i;
}

/* The value, or NULL; also for one that cannot be read. */
static const char *
asked(struct request *r, struct list *l, const char *name)
{
	if (place_of(l, name, strlen(name)) == l->name_count) {
		assert(l->name_count < LIST_NAMES);
		l->names[l->name_count++] = name;
	}
	if (request_query_is_broken(r, name))
		ignore(r, l, name);
	return request_query(r, name);
}

/* Of words with a blank between. */
static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (words && *words) {
		size_t n = strcspn(words, " ");

		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

static bool
sorts(const struct list *l, const char *word)
{
	for (size_t i = 0; i < l->column_count; i++)
		if (l->columns[i].sort && strcmp(l->columns[i].sort, word) == 0)
			return true;
	return has_word(l->more_sorts, word);
}

static void
take_sort(struct request *r, struct list *l)
{
	const char *sort = asked(r, l, "sort");
	const char *word = sort && *sort == '-' ? sort + 1 : sort;

	if (!sort || !*sort)
		return;
	if (!sorts(l, word)) {
		ignore(r, l, "sort");
		return;
	}
	l->sort = word;
	l->descending = word != sort;
}

/* As the fields count: letters, whatever they take in bytes. */
static bool
is_too_long(const char *value)
{
	size_t letters = 0;

	for (; *value; value++)
		letters += ((unsigned char)*value & 0xc0) != 0x80;
	return letters > LIST_Q_MAX;
}

void
list_take(struct request *r, struct list *l)
{
	const char *q = asked(r, l, "q");
	const char *page = asked(r, l, "page");

	l->sort = l->sort ? l->sort : ""; /* the only order there is */
	l->first_sort = l->sort;
	l->first_descending = l->descending;
	l->q = "";
	l->page = 1;
	if (q && is_too_long(q))
		ignore(r, l, "q");
	else if (q)
		l->q = fields_trim(r, q);
	take_sort(r, l);
	if (page && *page && (text_int(page, &l->page) || l->page < 1)) {
		l->page = 1;
		ignore(r, l, "page");
	}
}

static const char *
add_filter(struct list *l, const char *name, const char *value)
{
	if (l->filter_count < LIST_FILTERS)
		l->filters[l->filter_count++] = (struct choice){ name, value };
	return value;
}

const char *
list_choice(struct request *r, struct list *l, const char *name,
	const struct choice *choices, size_t count)
{
	const char *value = asked(r, l, name);

	if (!value || !*value)
		return "";
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(choices[i].value, value) == 0)
			return add_filter(l, name, choices[i].value);
	ignore(r, l, name);
	return "";
}

int64_t
list_number(struct request *r, struct list *l, const char *name)
{
	const char *value = asked(r, l, name);
	int64_t n = 0;

	if (!value || !*value)
		return 0;
	if (text_int(value, &n) || n < 1) {
		ignore(r, l, name);
		return 0;
	}
	(void)add_filter(l, name, value);
	return n;
}

const char *
list_text(struct request *r, struct list *l, const char *name)
{
	const char *value = asked(r, l, name);

	if (value && is_too_long(value)) {
		ignore(r, l, name);
		return "";
	}
	value = value ? fields_trim(r, value) : "";
	return *value ? add_filter(l, name, value) : "";
}

void
list_refuse(struct request *r, struct list *l, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->filter_count; i++)
		if (strcmp(l->filters[i].value, name) != 0)
			l->filters[kept++] = l->filters[i];
	l->filter_count = kept;
	ignore(r, l, name);
}

static bool
is_view(const struct list *l, const char *name, size_t len)
{
	return l->view.value && strlen(l->view.value) == len &&
	       memcmp(l->view.value, name, len) == 0;
}

const char *
list_misread(struct request *r, const struct list *l)
{
	const char *misread = l->misread, *at = r->query;
	bool seen[LIST_NAMES + 1] = { false };

	for (size_t len; *at; at += len + (at[len] == '&')) {
		size_t name_len = strcspn(at, "=&"), i;

		len = strcspn(at, "&");
		if (!len || is_view(l, at, name_len))
			continue;
		i = place_of(l, at, name_len);
		if (i == l->name_count)
			misread = one_more(r, misread,
				cut(r, arena_printf(
					       r->mem, "%.*s", (int)len, at)));
		else if (seen[i])
			misread = one_more(r, misread,
				arena_printf(r->mem, "%s, which is there twice",
					l->names[i]));
		seen[i] = i < l->name_count;
	}
	return misread;
}

bool
list_is_filtered(const struct list *l)
{
	return *l->q || l->filter_count;
}

const char *
list_in_force(const struct list *l, const char *name)
{
	for (size_t i = 0; i < l->filter_count; i++)
		if (strcmp(l->filters[i].value, name) == 0)
			return l->filters[i].label;
	return "";
}

int64_t
list_skip(struct list *l)
{
	int64_t last = (l->matching + LIST_ROWS - 1) / LIST_ROWS;

	if (l->page > last)
		l->page = last ? last : 1;
	return (l->page - 1) * LIST_ROWS;
}

int64_t
list_shown(const struct list *l)
{
	int64_t left = l->matching - (l->page - 1) * LIST_ROWS;

	return left < LIST_ROWS ? left : LIST_ROWS;
}

static const char *
home_as(struct request *r, const struct list *l, const char *ending)
{
	const char *to = arena_printf(r->mem, "%s%s", l->path, ending);

	return l->view.value ? arena_printf(r->mem, "%s?%s=%s", to,
				       l->view.value, l->view.label)
			     : to;
}

const char *
list_home(struct request *r, const struct list *l)
{
	return home_as(r, l, "");
}

/* The same list, sorted and paged otherwise, as a file of that ending. */
static const char *
address_as(struct request *r, const struct list *l, const char *ending,
	const char *sort, bool descending, int64_t page)
{
	const char *to = home_as(r, l, ending);
	const char *before = l->view.value ? "&" : "?";

	if (*l->q) {
		to = arena_printf(r->mem, "%s%sq=%s", to, before,
			text_url_encode(r->mem, l->q));
		before = "&";
	}
	for (size_t i = 0; i < l->filter_count; i++, before = "&")
		to = arena_printf(r->mem, "%s%s%s=%s", to, before,
			l->filters[i].value,
			text_url_encode(r->mem, l->filters[i].label));
	if (descending != l->first_descending ||
		strcmp(sort, l->first_sort) != 0) {
		to = arena_printf(r->mem, "%s%ssort=%s%s", to, before,
			descending ? "-" : "", sort);
		before = "&";
	}
	if (page > 1)
		to = arena_printf(
			r->mem, "%s%spage=%" PRId64, to, before, page);
	return to;
}

const char *
list_place(struct request *r, const struct list *l, const char *sort,
	bool descending, int64_t page)
{
	return address_as(r, l, "", sort, descending, page);
}

const char *
list_address(struct request *r, const struct list *l, const char *ending)
{
	return address_as(r, l, ending, l->sort, l->descending,
		*ending == '.' ? 1 : l->page);
}
