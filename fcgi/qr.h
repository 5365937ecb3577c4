/*
 * qr.h: a text as a QR code, drawn in the page itself.
 */
#ifndef FCGI_QR_H
#define FCGI_QR_H

#include "fcgi/request.h"

/* <svg id="qr">, black on white with its quiet zone whatever the look of the
 * page, below `title`, which says what it is.  A text too long for a code (some
 * 2,300 bytes) gives none. */
void show_qr(struct request *r, const char *text, const char *title);

#endif
