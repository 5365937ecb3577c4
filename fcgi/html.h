/*
 * html.h: the few words that pages are written in.
 *
 * Text and attribute values are escaped by libxml2's writer; there is no call
 * that writes raw markup, so nothing a machine says of itself can become any.
 * Bytes that are no UTF-8, control characters and the marks that change the
 * direction of text become '?' on the way; in hidden fields they stay.
 * Elements are closed in order by html_end, which never uses the <x/> form, so
 * that <script></script> and the like stay well formed.
 */
#ifndef FCGI_HTML_H
#define FCGI_HTML_H

#include "fcgi/request.h"

/* A new document in the reply; frame.h calls it. */
void html_open(struct request *r);
/* The same of XML, for a picture that is a file of its own. */
void html_open_file(struct request *r);

/* html_begin(r, "a", "href", "/admin/users"); */
#define html_begin(r, ...) html_begin_list((r), __VA_ARGS__, (char *)NULL)
void html_begin_list(struct request *r, const char *element, ...)
	__attribute__((sentinel));
/* One more attribute of the element that was begun last. */
void html_attribute(struct request *r, const char *name, const char *value);
void html_end(struct request *r);
/* The end of an element without content that html_begin began. */
void html_end_void(struct request *r);
/* An element that has neither content nor an end: link, meta, input. */
#define html_void(r, ...) html_void_list((r), __VA_ARGS__, (char *)NULL)
void html_void_list(struct request *r, const char *element, ...)
	__attribute__((sentinel));

/* A hidden field: what somebody sent goes back in it byte for byte.  Both must
 * be UTF-8. */
void html_hidden(struct request *r, const char *name, const char *value);

void html_text(struct request *r, const char *text);
/* The same without the '?': for the text of a policy in its field, which comes
 * back as it was shown.  It must be UTF-8. */
void html_exact(struct request *r, const char *text);
void html_textf(struct request *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* <element>text</element> */
void html_element(struct request *r, const char *element, const char *text);
/* A long name breaks behind its signs, "anna@" "example." "org", before it does
 * anywhere. */
void html_name(struct request *r, const char *name);
void html_link(struct request *r, const char *href, const char *text);
/* A row of dl: name, and value with data-fact. */
void html_fact(struct request *r, const char *fact, const char *name,
	const char *value);
/* <pre class="command"> */
void html_command(struct request *r, const char *id, const char *command);
/* <thead> with a <th> for each; within a <table>. */
void html_heads(struct request *r, const char *const *heads, size_t count);
/* <time> in UTC. */
void html_time(struct request *r, int64_t at);
/* With seconds, which cairn.js leaves as they are: in lists that one puts side
 * by side with other logs. */
void html_time_exact(struct request *r, int64_t at);
/* What people read in it, by the setting time_zone: "2026-11-22 15:02 CET". */
const char *html_time_words(struct request *r, int64_t at);

/* Ends the writer, whatever was written; fine if there is none. */
void html_drop(struct request *r);

#endif
