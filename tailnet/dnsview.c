#include "tailnet/dnsview.h"

#include <string.h>

#include "base/json.h"

/* Without its length; NULL: it has none of that family. */
static const char *
first_of(const struct json_texts *prefixes, bool six, struct arena *mem)
{
	for (size_t i = 0; i < prefixes->count; i++) {
		const char *p = prefixes->at[i];

		if ((strchr(p, ':') != NULL) == six)
			return arena_printf(
				mem, "%.*s", (int)strcspn(p, "/"), p);
	}
	return NULL;
}

const char *
dnsview_address(struct engine *e, int64_t viewer, int64_t node_id, bool six,
	struct arena *mem)
{
	struct engine_record record;

	engine_record(e, viewer, node_id, mem, &record);
	return first_of(&record.addresses, six, mem);
}

struct host {
	const char *os;
};

static const struct json_field host_fields[] = {
	JSON_FIELD(struct host, os, "OS", OMIT_EMPTY),
};
static const struct json_table host_table =
	JSON_TABLE(struct host, host_fields);

static const char *
os_of(const char *hostinfo, struct arena *mem)
{
	struct host h = { NULL };

	if (!hostinfo ||
		json_decode((struct bytes){ (const unsigned char *)hostinfo,
				    strlen(hostinfo) },
			&host_table, mem, &h) ||
		!h.os)
		return "";
	return h.os;
}

void
dnsview_device(struct engine *e, int64_t id, const char *hostname,
	const char *hostinfo, struct arena *mem, struct dns_view *out)
{
	struct json_texts said;

	engine_attributes(e, id, "nextdns:", mem, &said);
	for (size_t i = 0; i < said.count; i++)
		if (strcmp(said.at[i], "no-device-info") == 0)
			out->no_device_info = true;
		else if (!out->nextdns && *said.at[i])
			out->nextdns = said.at[i];
	out->device_name = hostname ? hostname : "";
	out->device_model = os_of(hostinfo, mem);
	out->device_ip = dnsview_address(e, id, id, false, mem);
	if (!out->device_ip)
		out->device_ip = dnsview_address(e, id, id, true, mem);
	if (!out->device_ip)
		out->device_ip = "";
}
