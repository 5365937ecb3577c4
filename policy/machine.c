#include "policy/inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/own.h"

/* 1 for 0.0.0.0/0, 2 for ::/0, else 0. */
static unsigned
exit_bit(struct range r)
{
	int bits;

	if (!range_is_cidr(r, &bits) || bits)
		return 0;
	return r.first.ipv6 ? 2 : 1;
}

static char *
copy(const char *text)
{
	char *at = NULL;

	(void)own_text(&at, text);
	return at;
}

static enum err
take_face(struct machine *m, const char *text)
{
	struct face *f = &m->faces[m->face_count];

	if (!text || !*text)
		return ERR_OK;
	if (addr_parse(text, &f->addr))
		return ERR_BAD_INPUT;
	addr_print(f->addr, f->text);
	f->sum = sum_of_text(f->text);
	f->machine = m;
	m->sum = sum_plus(m->sum, f->sum);
	m->face_count++;
	return ERR_OK;
}

static void
take_tags(struct machine *m, const struct json_texts *tags)
{
	m->tags.at = own_alloc(tags->count * sizeof(*m->tags.at) + 1);
	for (size_t i = 0; i < tags->count; i++)
		m->tags.at[i] = tags->at[i];
	m->tags.count = tags->count;
	list_sort(&m->tags);
	for (size_t i = 0; i < m->tags.count; i++)
		m->tags.at[i] = copy(m->tags.at[i]);
}

static struct route *
offered(struct machine *m, struct range r)
{
	for (size_t i = 0; i < m->offered_count; i++)
		if (memcmp(&m->offered[i].range, &r, sizeof(r)) == 0)
			return &m->offered[i];
	return NULL;
}

static int
compare_routes(const void *a, const void *b)
{
	const struct range *x = &((const struct route *)a)->range;
	const struct range *y = &((const struct route *)b)->range;
	int order = addr_compare(x->first, y->first);

	return order ? order : addr_compare(y->last, x->last);
}

static enum err
take_offered(struct machine *m, const struct json_texts *routes)
{
	m->offered = own_alloc(routes->count * sizeof(*m->offered) + 1);
	for (size_t i = 0; i < routes->count; i++) {
		char text[RANGE_TEXT_SIZE];
		struct range r;

		if (range_parse(routes->at[i], &r, NULL))
			return ERR_BAD_INPUT;
		if (offered(m, r))
			continue;
		range_print_prefix(r, text);
		m->offered[m->offered_count].range = r;
		m->offered[m->offered_count++].text = copy(text);
	}
	qsort(m->offered, m->offered_count, sizeof(*m->offered),
		compare_routes);
	return ERR_OK;
}

/* *at NULL: it is not offered. */
static enum err
find_offered(struct machine *m, const char *text, struct route **at)
{
	struct range r;

	if (range_parse(text, &r, NULL))
		return ERR_BAD_INPUT;
	*at = offered(m, r);
	return ERR_OK;
}

static enum err
take_elected(struct machine *m, const struct json_texts *routes)
{
	struct route *at;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < routes->count; i++) {
		e = find_offered(m, routes->at[i], &at);
		if (!e && at)
			at->elected = true;
	}
	return e;
}

static enum err
take_approved(struct machine *m, const struct json_texts *routes)
{
	struct route *at;
	enum err e = ERR_OK;

	for (size_t i = 0; !e && i < routes->count; i++) {
		e = find_offered(m, routes->at[i], &at);
		if (!e && at)
			at->approved = true;
	}
	for (size_t k = 0; k < m->offered_count; k++)
		if (m->offered[k].approved)
			m->exit |= exit_bit(m->offered[k].range);
	return e;
}

bool
route_is_subnet(const struct route *r)
{
	return r->approved && !exit_bit(r->range);
}

static void
take_attributes(struct machine *m, const struct engine_machine *from)
{
	m->attributes =
		own_alloc(from->attribute_count * sizeof(*m->attributes) + 1);
	for (size_t i = 0; i < from->attribute_count; i++)
		m->attributes[i] = (struct engine_attribute){
			copy(from->attributes[i].name),
			copy(from->attributes[i].value),
		};
	m->attribute_count = from->attribute_count;
}

enum err
machine_new(const struct engine_machine *from, struct machine **out)
{
	struct machine *m = own_alloc(sizeof(*m));
	enum err e;

	m->id = from->id;
	m->id_sum = sum_of(&m->id, sizeof(m->id));
	m->user_id = from->tags.count ? 0 : from->user_id;
	m->online = from->online;
	m->doubtful = from->doubtful;
	take_tags(m, &from->tags);
	take_attributes(m, from);
	e = take_face(m, from->ipv4);
	if (!e)
		e = take_face(m, from->ipv6);
	if (!e)
		e = take_offered(m, &from->routes);
	if (!e)
		e = take_approved(m, &from->approved_routes);
	if (!e)
		e = take_elected(m, &from->primary_routes);
	m->subnets = own_alloc(m->offered_count * sizeof(*m->subnets) + 1);
	if (e)
		machine_free(m);
	else
		*out = m;
	return e;
}

void
machine_free(struct machine *m)
{
	for (size_t i = 0; i < m->tags.count; i++)
		free((char *)m->tags.at[i]);
	for (size_t i = 0; i < m->offered_count; i++)
		free((char *)m->offered[i].text);
	for (size_t i = 0; i < m->attribute_count; i++) {
		free((char *)m->attributes[i].name);
		free((char *)m->attributes[i].value);
	}
	free(m->tags.at);
	free(m->offered);
	free(m->attributes);
	free(m->subnets);
	free(m->before);
	free(m);
}

bool
faces_equal(const struct machine *a, const struct machine *b)
{
	if (a->face_count != b->face_count)
		return false;
	for (size_t i = 0; i < a->face_count; i++)
		if (addr_compare(a->faces[i].addr, b->faces[i].addr) != 0)
			return false;
	return true;
}

bool
offers_equal(const struct machine *a, const struct machine *b)
{
	if (a->offered_count != b->offered_count)
		return false;
	for (size_t i = 0; i < a->offered_count; i++)
		if (memcmp(&a->offered[i].range, &b->offered[i].range,
			    sizeof(struct range)) != 0 ||
			a->offered[i].approved != b->offered[i].approved ||
			a->offered[i].elected != b->offered[i].elected)
			return false;
	return true;
}

static bool
attributes_equal(const struct machine *a, const struct machine *b)
{
	if (a->attribute_count != b->attribute_count)
		return false;
	for (size_t i = 0; i < a->attribute_count; i++)
		if (strcmp(a->attributes[i].name, b->attributes[i].name) ||
			strcmp(a->attributes[i].value, b->attributes[i].value))
			return false;
	return true;
}

bool
machine_equal(const struct machine *a, const struct machine *b)
{
	return a->id == b->id && a->user_id == b->user_id &&
	       a->online == b->online && a->doubtful == b->doubtful &&
	       list_equal(&a->tags, &b->tags) && faces_equal(a, b) &&
	       offers_equal(a, b) && attributes_equal(a, b);
}
