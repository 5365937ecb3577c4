/*
 * file_profiles.c: files that tell clients with a window which server is theirs
 * (spec/pages.md 7.3).  The same bytes each time for one server.
 */
#include <libxml/xmlwriter.h>
#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "fcgi/pages_machines.h"
#include "fcgi/reply.h"

#define U(s) ((const xmlChar *)(s))

static const struct variant {
	const char *word, *type;
} variants[] = {
	{ "ios", "io.tailscale.ipn.ios" },
	{ "macos-app-store", "io.tailscale.ipn.macos" },
	{ "macos-standalone", "io.tailscale.ipn.macsys" },
};

/* A name of its own for each part of each server's profile. */
static const char *
uuid_of(struct request *r, const struct variant *v, const char *part)
{
	const char *about = arena_printf(r->mem, "cairn profile %s %s %s",
		v->word, part, r->settings->url);
	unsigned char hash[16];
	char hex[33];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)about,
		strlen(about), NULL, 0);
	hash[6] = (unsigned char)((hash[6] & 0x0f) | 0x80); /* RFC 9562: v8 */
	hash[8] = (unsigned char)((hash[8] & 0x3f) | 0x80);
	text_hex(hex, hash, sizeof(hash));
	return arena_printf(r->mem, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
		hex + 12, hex + 16, hex + 20);
}

static void
pair(xmlTextWriter *w, const char *key, const char *type, const char *value)
{
	xmlTextWriterWriteElement(w, U("key"), U(key));
	xmlTextWriterWriteElement(w, U(type), U(value));
}

/* What every payload has, the whole profile too. */
static void
payload(xmlTextWriter *w, struct request *r, const struct variant *v,
	const char *part, const char *type)
{
	pair(w, "PayloadType", "string", type);
	pair(w, "PayloadIdentifier", "string",
		arena_printf(r->mem, "cairn.%s.%s", v->word, part));
	pair(w, "PayloadUUID", "string", uuid_of(r, v, part));
	pair(w, "PayloadVersion", "integer", "1");
}

static void
flag(xmlTextWriter *w, const char *key, const char *value)
{
	xmlTextWriterWriteElement(w, U("key"), U(key));
	xmlTextWriterStartElement(w, U(value));
	xmlTextWriterEndElement(w);
}

static void
write_inner(xmlTextWriter *w, struct request *r, const struct variant *v)
{
	xmlTextWriterWriteElement(w, U("key"), U("PayloadContent"));
	xmlTextWriterStartElement(w, U("array"));
	xmlTextWriterStartElement(w, U("dict"));
	payload(w, r, v, "client", v->type);
	flag(w, "PayloadEnabled", "true");
	pair(w, "ControlURL", "string", r->settings->url);
	xmlTextWriterEndElement(w);
	xmlTextWriterEndElement(w);
}

static void
write_profile(xmlTextWriter *w, struct request *r, const struct variant *v)
{
	xmlTextWriterSetIndent(w, 1);
	xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
	xmlTextWriterWriteDTD(w, U("plist"), U("-//Apple//DTD PLIST 1.0//EN"),
		U("http://www.apple.com/DTDs/PropertyList-1.0.dtd"), NULL);
	xmlTextWriterStartElement(w, U("plist"));
	xmlTextWriterWriteAttribute(w, U("version"), U("1.0"));
	xmlTextWriterStartElement(w, U("dict"));
	payload(w, r, v, "profile", "Configuration");
	pair(w, "PayloadDisplayName", "string",
		arena_printf(r->mem, "Tailscale at %s", r->settings->url));
	pair(w, "PayloadDescription", "string",
		"Tells Tailscale which server is its own.");
	flag(w, "PayloadRemovalDisallowed", "false");
	write_inner(w, r, v);
	xmlTextWriterEndDocument(w);
}

static enum err
reply_file(struct request *r, const char *type, const char *name,
	const void *bytes, size_t len)
{
	enum err e = reply_empty(r, 200);

	if (e)
		return e;
	r->reply.class = REPLY_FILE;
	r->reply.type = type;
	r->reply.attachment = name;
	buf_put(&r->reply.body, bytes, len);
	return buf_error(&r->reply.body);
}

static enum err
reply_profile(struct request *r, const struct variant *v)
{
	xmlBuffer *out = xmlBufferCreate();
	xmlTextWriter *w = out ? xmlNewTextWriterMemory(out, 0) : NULL;
	enum err e = ERR_IO;

	if (w) {
		write_profile(w, r, v);
		xmlFreeTextWriter(w);
		e = reply_file(r,
			"application/x-apple-aspen-config; charset=utf-8",
			arena_printf(r->mem, "%s.mobileconfig", v->word),
			xmlBufferContent(out), (size_t)xmlBufferLength(out));
	}
	xmlBufferFree(out);
	return e;
}

enum err
file_apple(struct request *r)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++)
		if (strcmp(variants[i].word, r->parts[0]) == 0)
			return reply_profile(r, &variants[i]);
	r->why = "there is a profile for ios, macos-app-store and "
		 "macos-standalone";
	return ERR_BAD_INPUT;
}

/* Windows reads its registry files as UTF-16.  A URL is ASCII, and neither
 * quote nor backslash is in it. */
enum err
file_windows(struct request *r)
{
	const char *text = arena_printf(r->mem,
		"Windows Registry Editor Version 5.00\r\n\r\n"
		"[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Tailscale]\r\n"
		"\"LoginURL\"=\"%s\"\r\n",
		r->settings->url);
	size_t len = strlen(text);
	unsigned char *out = arena_array(r->mem, len + 1, 2);

	out[0] = 0xff;
	out[1] = 0xfe;
	for (size_t i = 0; i < len; i++)
		out[2 * i + 2] = (unsigned char)text[i];
	return reply_file(r, "text/x-ms-regedit; charset=utf-16le",
		"tailscale.reg", out, 2 * len + 2);
}
