/*
 * log.h: one event, one line, on stderr: time, level, event, key=value pairs.
 *
 *   2026-02-01T09:00:00Z info cairn-worker node registered node=12 user=alice
 *
 * Only programs log.  Values are quoted where they hold anything but plain
 * characters, control characters and invalid UTF-8 are escaped, and a value
 * ends after 256 bytes, so a hostile name stays one line.  Never hand a secret
 * to it: keys are named by id.
 *
 * Level by who must act: error, an operator now; warn, an operator some day;
 * info, nobody; debug, off unless CAIRN_LOG=debug.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

/* The name in each line, and the least level from CAIRN_LOG. */
void log_init(const char *program);

/* From here on also in a file of that folder (log_file.h). */
void log_keep(const char *home);

/*
 * log_event(LOG_INFO, "node registered", "node", log_int(12), "user", name);
 * A NULL value leaves its pair out.
 */
#define log_event(level, ...) log_event_list((level), __VA_ARGS__, (char *)0)
void log_event_list(enum log_level level, const char *event, ...)
	__attribute__((sentinel));

/* A number as text, in one of eight places of a ring: for log_event only. */
const char *log_int(long long value);

#endif
