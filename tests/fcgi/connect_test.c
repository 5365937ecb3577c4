/*
 * connect_test.c: how machines are connected, the files for clients with a
 * window, and the QR code.
 */
#include "tests/fcgi/machines.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <qrencode.h>

static const char *const systems[] = { "linux", "macos", "windows", "ios",
	"android", "container", "kubernetes" };

static void
use_url(struct site *s, const char *url)
{
	const char *why;

	assert_int_equal(
		settings_put(s->db, "url", url, "cli", NOW, s->mem, &why),
		ERR_OK);
}

static void
anybody_is_told_how_to_connect(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *body;

	use_url(s, "https://vpn.example.org");
	body = tab_get(&t, "/connect").body;
	assert_int_equal(t.last.status, 200);
	assert_sound(s->mem, body);
	assert_holds(body, "data-page=\"connect\"");
	assert_holds(body, "<h1>Connect a machine</h1>");
	assert_holds(body, "<input id=\"server\"");
	assert_holds(body, "value=\"https://vpn.example.org\"");
	assert_holds(body, "<svg id=\"qr\"");
	assert_holds(body, "<pre class=\"command\" id=\"command\"><code>sudo "
			   "tailscale up --login-server="
			   "https://vpn.example.org</code></pre>");
	for (size_t i = 0; i < 7; i++)
		assert_holds(body, arena_printf(s->mem, "href=\"/connect/%s\"",
					   systems[i]));
}

static void
an_address_that_others_cannot_reach_is_said_and_not_drawn(void **state)
{
	static const char *const urls[] = { "http://127.0.0.1:8080",
		"http://[::1]:8080", "http://localhost:8080" };
	static const char *const pages[] = { "/connect", "/connect/ios" };
	struct site *s = *state;
	struct tab t = tab_new(s);

	for (size_t i = 0; i < 6; i++) {
		use_url(s, urls[i / 2]);
		tab_get(&t, pages[i % 2]);
		assert_sound(s->mem, t.last.body);
		assert_holds(t.last.body, "id=\"only-here\"");
		assert_holds(t.last.body, "ask an admin to give it");
		assert_lacks(t.last.body, "/admin/settings");
		assert_lacks(t.last.body, "<svg id=\"qr\"");
	}
	use_url(s, "http://192.168.1.2:8080");
	assert_lacks(tab_get(&t, "/connect").body, "id=\"only-here\"");
	assert_holds(t.last.body, "<svg id=\"qr\"");
}

static void
who_may_give_it_another_address_is_led_there(void **state)
{
	struct site *s = *state;
	struct tab ann = tab_of(s, "ann", ROLE_OWNER);
	struct tab bob = tab_of(s, "bob", ROLE_MEMBER);

	use_url(s, "http://127.0.0.1:8080");
	assert_holds(tab_get(&ann, "/connect").body,
		"in the <a href=\"/admin/settings/server\">settings of the "
		"server</a>.");
	assert_lacks(tab_get(&bob, "/connect").body, "/admin/settings");
	assert_holds(bob.last.body, "ask an admin to give it");
}

static void
each_system_has_its_steps(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	use_url(s, "https://vpn.example.org");
	for (size_t i = 0; i < 7; i++) {
		const char *body = tab_get(
			&t, arena_printf(s->mem, "/connect/%s", systems[i]))
					   .body;

		assert_int_equal(t.last.status, 200);
		assert_sound(s->mem, body);
		assert_holds(body, "data-page=\"connect\"");
		assert_holds(body, "<ol class=\"steps\">");
		assert_holds(body, "https://vpn.example.org");
		assert_lacks(body, "{command}");
		assert_lacks(body, "{server}");
	}
	assert_holds(tab_get(&t, "/connect/linux").body,
		"<pre class=\"command\" id=\"command\"><code>sudo tailscale up "
		"--login-server=https://vpn.example.org</code></pre>");
	assert_holds(tab_get(&t, "/connect/windows").body,
		"<code>tailscale up --login-server=https://vpn.example.org"
		"</code>");
	assert_holds(tab_get(&t, "/connect/ios").body,
		"Use custom coordination server");
	assert_holds(tab_get(&t, "/connect/android").body,
		"Use an alternate server");
	assert_int_equal(tab_get(&t, "/connect/beos").status, 404);
}

static void
old_addresses_lead_there(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);

	assert_int_equal(tab_get(&t, "/apple").status, 301);
	assert_string_equal(t.last.reply.location, "/connect/macos");
	assert_int_equal(tab_get(&t, "/windows").status, 301);
	assert_string_equal(t.last.reply.location, "/connect/windows");
}

/* The text of the element behind <key>NAME</key>. */
static const char *
value_of(struct site *s, const char *plist, const char *key)
{
	xmlDoc *doc = xmlReadMemory(plist, (int)strlen(plist), "x", NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlXPathContext *context = xmlXPathNewContext(doc);
	xmlXPathObject *found;
	xmlChar *text;
	const char *out;

	assert_non_null(doc);
	found = xmlXPathEvalExpression((const xmlChar *)arena_printf(s->mem,
					       "string(//key[.='%s'][last()]/"
					       "following-sibling::*[1])",
					       key),
		context);
	text = xmlXPathCastToString(found);
	out = arena_strdup(s->mem, (const char *)text);
	xmlFree(text);
	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	return out;
}

static void
a_profile_names_the_server_and_its_client(void **state)
{
	static const char *const variants[][2] = {
		{ "ios", "io.tailscale.ipn.ios" },
		{ "macos-app-store", "io.tailscale.ipn.macos" },
		{ "macos-standalone", "io.tailscale.ipn.macsys" },
	};
	struct site *s = *state;
	struct tab t = tab_new(s);

	use_url(s, "https://vpn.example.org");
	for (size_t i = 0; i < 3; i++) {
		const char *path =
			arena_printf(s->mem, "/apple/%s", variants[i][0]);
		struct answer a = tab_get(&t, path);

		assert_int_equal(a.status, 200);
		assert_string_equal(a.reply.type,
			"application/x-apple-aspen-config; charset=utf-8");
		assert_holds(a.head, "Content-Disposition: attachment; ");
		assert_holds(a.head, "Content-Security-Policy: default-src "
				     "'none'; style-src 'self'; "
				     "frame-ancestors 'none'; sandbox\r\n");
		assert_string_equal(value_of(s, a.body, "ControlURL"),
			"https://vpn.example.org");
		assert_holds(a.body, arena_printf(s->mem, "<string>%s</string>",
					     variants[i][1]));
		assert_string_equal(tab_get(&t, path).body, a.body);
	}
	assert_int_equal(tab_get(&t, "/apple/watch").status, 400);
}

static void
another_server_has_another_profile(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *one, *two;

	use_url(s, "https://vpn.example.org");
	one = value_of(s, tab_get(&t, "/apple/ios").body, "PayloadUUID");
	use_url(s, "https://other.example.org");
	two = value_of(s, tab_get(&t, "/apple/ios").body, "PayloadUUID");
	assert_int_equal(strlen(one), 36);
	assert_string_not_equal(one, two);
}

static void
windows_gets_its_registry_file_in_utf16(void **state)
{
	static const char text[] =
		"Windows Registry Editor Version 5.00\r\n\r\n"
		"[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Tailscale]\r\n"
		"\"LoginURL\"=\"https://vpn.example.org\"\r\n";
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *body;

	use_url(s, "https://vpn.example.org");
	body = tab_get(&t, "/windows/tailscale.reg").body;
	assert_int_equal(t.last.status, 200);
	assert_holds(t.last.head, "filename=\"tailscale.reg\"\r\n");
	/* The NUL that the tests put behind a body is counted too. */
	assert_int_equal(t.last.reply.body.len, 2 + 2 * (sizeof(text) - 1) + 1);
	assert_memory_equal(body, "\xff\xfe", 2);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(body[2 + 2 * i], text[i]);
		assert_int_equal(body[3 + 2 * i], 0);
	}
}

/* Whether the drawing has that module: the rows are lines "Mx y.5hn". */
static bool
is_drawn(const char *path, int x, int y)
{
	int from, row, len, used;

	while (sscanf(path, "M%d %d.5h%d%n", &from, &row, &len, &used) == 3) {
		if (row == y && x >= from && x < from + len)
			return true;
		path += used;
	}
	return false;
}

static void
the_code_is_drawn_as_it_is_with_its_quiet_zone(void **state)
{
	struct site *s = *state;
	struct tab t = tab_new(s);
	const char *body, *path;
	QRcode *code;

	use_url(s, "https://vpn.example.org");
	body = tab_get(&t, "/connect").body;
	code = QRcode_encodeString8bit(
		"https://vpn.example.org", 0, QR_ECLEVEL_M);
	assert_non_null(code);
	assert_holds(body, arena_printf(s->mem, "viewBox=\"0 0 %d %d\"",
				   code->width + 8, code->width + 8));
	assert_holds(body, "fill=\"#fff\"");
	path = strstr(body, " d=\"");
	assert_non_null(path);
	path += 4;
	for (int y = -4; y < code->width + 4; y++)
		for (int x = -4; x < code->width + 4; x++) {
			bool inside = x >= 0 && y >= 0 && x < code->width &&
				      y < code->width;

			assert_int_equal(is_drawn(path, x + 4, y + 4),
				inside &&
					(code->data[y * code->width + x] & 1));
		}
	QRcode_free(code);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, site_open, site_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(anybody_is_told_how_to_connect),
		TEST(an_address_that_others_cannot_reach_is_said_and_not_drawn),
		TEST(who_may_give_it_another_address_is_led_there),
		TEST(each_system_has_its_steps),
		TEST(old_addresses_lead_there),
		TEST(a_profile_names_the_server_and_its_client),
		TEST(another_server_has_another_profile),
		TEST(windows_gets_its_registry_file_in_utf16),
		TEST(the_code_is_drawn_as_it_is_with_its_quiet_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
