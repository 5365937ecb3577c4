/*
 * settings_blame.c: what the rules refuse of the settings, in the words of the
 * pages: what is wrong with what was typed, and what would be right.
 */
#include <string.h>

#include "base/ip.h"
#include "fcgi/settings_sections.h"

static const char *
field_of(const struct settings_section *s, const char *setting)
{
	for (size_t i = 0; setting && i < s->count; i++)
		if (strcmp(s->parts[i].setting, setting) == 0)
			return s->parts[i].field;
	return NULL;
}

/* What a prefix must lie in, and one that does. */
static const struct own_prefix {
	const char *field, *inside, *like;
} own_prefixes[] = {
	{ "ipv4_prefix", "100.64.0.0/10", "100.64.0.0/16" },
	{ "ipv6_prefix", "fd7a:115c:a1e0::/48", "fd7a:115c:a1e0:1::/64" },
};

static const struct own_prefix *
own_prefix(const char *field)
{
	for (size_t i = 0; i < 2; i++)
		if (strcmp(own_prefixes[i].field, field) == 0)
			return &own_prefixes[i];
	return NULL;
}

static const char *
prefix_words(struct form *f, const struct own_prefix *own)
{
	const char *typed = form_get(f, own->field);
	struct prefix in, p;

	if (!*typed)
		return "One of the two may be empty, not both: machines need "
		       "an address.";
	(void)prefix_parse(own->inside, &in);
	if (prefix_parse(typed, &p))
		return arena_printf(
			f->r->mem, "Enter a prefix like %s.", own->like);
	if (p.bits < in.bits || !prefix_contains(&in, &p.ip))
		return arena_printf(f->r->mem,
			"%s lies outside %s, where clients expect the "
			"addresses of their network. Enter a part of that, "
			"like %s.",
			typed, own->inside, own->like);
	return arena_printf(f->r->mem,
		"%s has no room for machines, or is reserved. Enter a larger "
		"part of %s, like %s.",
		typed, own->inside, own->like);
}

static void
blame_input(struct form *f, const char *field, const char *why)
{
	const struct own_prefix *own = own_prefix(field);

	if (own)
		form_say(f, field, "prefix", prefix_words(f, own));
	else if (strcmp(field, "https_port") == 0)
		form_complain(f, field,
			"The ports of http and of https must differ.");
	else
		form_complain(
			f, field, arena_printf(f->r->mem, "Enter %s.", why));
}

static void
blame_domain(struct form *f, const char *field)
{
	form_complain(f, field,
		arena_printf(f->r->mem,
			"The server must not lie inside the base domain, %s: "
			"machines would not find it. Enter another address, or "
			"change the domain on the page DNS first.",
			f->r->settings->dns_domain));
}

bool
settings_blame(struct form *f, const struct settings_section *s, enum err e,
	const char *setting, const char *why)
{
	const char *field = field_of(s, setting);

	if (e == ERR_LAST_PROVIDER && field_of(s, "password_sign_in"))
		form_complain(f, "password_sign_in",
			"Somebody must be able to come in: an owner signs in "
			"by the provider first, then passwords can be off.");
	else if (e == ERR_DOMAIN_SERVER && field_of(s, "url"))
		blame_domain(f, field_of(s, "url"));
	else if (e == ERR_OUTSIDE && field)
		form_complain(f, field,
			arena_printf(f->r->mem,
				"%s: they keep them. Choose a prefix that "
				"holds all, or delete them first.",
				why));
	else if (e == ERR_BAD_INPUT && field)
		blame_input(f, field, why);
	else
		return false;
	return true;
}
