/* The small file of a relay on another machine, and its key. */
#include "worker/relay/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define TOKEN "cairn-relay-901-0123456789012345678901234567890123456789012"

static char folder[64], path[96];
static struct arena *mem;

static int
setup(void **state)
{
	(void)state;
	mem = arena_new();
	(void)snprintf(folder, sizeof(folder), "/tmp/cairn-conf-XXXXXX");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/relay.conf", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(arena_printf(mem, "%s/derp.key", folder));
	arena_free(mem);
	return rmdir(folder);
}

static enum err
read_text(
	const char *text, mode_t mode, struct relay_config *c, const char **why)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, mode), 0);
	*why = "";
	return relay_config_read(path, folder, mem, c, why);
}

static void
server_and_token_are_enough(void **state)
{
	struct relay_config c;
	const char *why;

	(void)state;
	assert_int_equal(
		read_text("# a relay\n\nserver = https://vpn.example.org/\n"
			  "  token=" TOKEN "  \r\n",
			0600, &c, &why),
		ERR_OK);
	assert_string_equal(c.server, "https://vpn.example.org");
	assert_string_equal(c.token, TOKEN);
	assert_string_equal(c.listen, "::");
	assert_int_equal(c.stun_port, 3478);
	assert_int_equal(c.rate, 0);
	assert_non_null(strstr(c.key_file, "/derp.key"));
}

static void
what_is_wrong_is_said(void **state)
{
#define GOOD "server=https://a\ntoken=" TOKEN "\n"
	static const char *const rows[][2] = {
		{ "", "server" },
		{ "server=ftp://a\n", "server" },
		{ "server=https://a\n", "token" },
		{ "server=https://a\ntoken=x\n", "token" },
		{ GOOD "listen=here\n", "listen" },
		{ GOOD "stun_port=0\n", "stun_port" },
		{ GOOD "stun_port=65536\n", "stun_port" },
		{ GOOD "rate=-1\n", "rate" },
		{ GOOD "server=https://b\n", "twice" },
		{ GOOD "colour=red\n", "nothing is called colour" },
		{ GOOD "no equals\n", "name = value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct relay_config c;
		const char *why;

		assert_int_equal(
			read_text(rows[i][0], 0600, &c, &why), ERR_BAD_INPUT);
		if (!strstr(why, rows[i][1]))
			fail_msg("%s: %s", rows[i][0], why);
	}
}

static void
a_file_that_others_may_read_is_refused(void **state)
{
	struct relay_config c;
	const char *why;

	(void)state;
	assert_int_equal(read_text(GOOD, 0644, &c, &why), ERR_DENIED);
	assert_int_equal(read_text(GOOD, 0640, &c, &why), ERR_OK);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
		relay_config_read(path, folder, mem, &c, &why), ERR_NOT_FOUND);
}

static void
a_file_is_taken_at_its_limit_and_no_further(void **state)
{
	char *text = arena_alloc(mem, RELAY_CONFIG_MAX + 2);
	struct relay_config c;
	const char *why;

	(void)state;
	memset(text, '\n', RELAY_CONFIG_MAX + 1);
	memcpy(text, GOOD, strlen(GOOD));
	assert_int_equal(read_text(text, 0600, &c, &why), ERR_TOO_BIG);
	text[RELAY_CONFIG_MAX] = '\0';
	assert_int_equal(read_text(text, 0600, &c, &why), ERR_OK);
}

static void
a_key_is_made_once_and_kept(void **state)
{
	const char *at = arena_printf(mem, "%s/derp.key", folder);
	struct key first, second;
	struct stat st;
	FILE *out;

	(void)state;
	assert_int_equal(relay_key_read(at, &first), ERR_OK);
	assert_int_equal(stat(at, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(relay_key_read(at, &second), ERR_OK);
	assert_memory_equal(&first, &second, sizeof(first));
	out = fopen(at, "w");
	assert_non_null(out);
	assert_int_equal(fputs("no key\n", out) < 0, 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(relay_key_read(at, &second), ERR_CRYPTO);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(server_and_token_are_enough),
		test(what_is_wrong_is_said),
		test(a_file_that_others_may_read_is_refused),
		test(a_file_is_taken_at_its_limit_and_no_further),
		test(a_key_is_made_once_and_kept),
	};

	return cmocka_run_group_tests_name("a relay's file", tests, NULL, NULL);
}
