/*
 * log_file.h: what a program logs, kept in its home for the page Logs and
 * `cairn logs`: HOME/log/PROGRAM.log and, before it, PROGRAM.log.old, each of
 * at most LOG_FILE_MAX bytes and one line, 0600 in a folder of 0700.
 *
 * Lines stand there redacted (redact.h).  Several processes of one program
 * write to one file; whoever finds it full moves it aside.  What cannot be
 * written is lost there and still stands on stderr.
 */
#ifndef BASE_LOG_FILE_H
#define BASE_LOG_FILE_H

#include <stddef.h>

enum {
	LOG_FILE_MAX = 1024 * 1024,
	LOG_LINE_MAX = 4096, /* with its newline */
};

#define LOG_FOLDER "log"
#define LOG_SUFFIX ".log"
#define LOG_OLD    ".log.old"

/* From here on the lines of this process are kept too, and those of its
 * children. */
void log_file_open(const char *home, const char *program);
/* A whole line; nothing while no file is open. */
void log_file_put(const char *line, size_t len);
void log_file_close(void);

#endif
