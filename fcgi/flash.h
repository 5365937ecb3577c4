/*
 * flash.h: the one line that the page after a form says: a code of the table
 * and at most one id, in a cookie of 30 s (spec/pages.md 1.4).  Never free
 * text.
 */
#ifndef FCGI_FLASH_H
#define FCGI_FLASH_H

#include "fcgi/request.h"

enum {
	FLASH_COUNT_MAX = 1023,
};

/* The id of a flash that tells two counts. */
int64_t flash_counts(size_t first, size_t second);
/* id 0: none. */
void flash_set(struct request *r, const char *code, int64_t id);
/* As flash_set made it: "code" or "code 12". */
void flash_set_text(struct request *r, const char *text);
/* <p id="flash">, if the cookie names one, which it ends. */
void flash_show(struct request *r);
bool flash_is_there(struct request *r);
/* The id of the flash that the cookie names, if it has that code; else 0. */
int64_t flash_id(struct request *r, const char *code);

#endif
