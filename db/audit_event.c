#include "db/audit_event.h"

#include <sqlite3.h>
#include <string.h>

static const struct event {
	const char *code, *words;
} events[] = {
#define X(code, words) { code, words },
	AUDIT_EVENT_TABLE(X)
#undef X
};

const char *
audit_event_words(const char *code)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].code, code) == 0)
			return events[i].words;
	return code;
}

static void
call(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *code = (const char *)sqlite3_value_text(values[0]);

	(void)count;
	sqlite3_result_text(context, audit_event_words(code ? code : ""), -1,
		SQLITE_TRANSIENT);
}

int
audit_event_register(struct sqlite3 *handle)
{
	return sqlite3_create_function_v2(handle, "event_words", 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		call, NULL, NULL, NULL);
}
