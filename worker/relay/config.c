#include "worker/relay/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/text.h"

enum {
	LINE_MAX_BYTES = 4096,
	STUN_PORT = 3478,
	RATE_MOST = 1000000000,
};

struct found {
	const char *server, *token, *listen, *stun_port, *key_file, *ca_file,
		*rate;
};

static const struct {
	const char *name;
	size_t offset;
} names[] = {
	{ "server", offsetof(struct found, server) },
	{ "token", offsetof(struct found, token) },
	{ "listen", offsetof(struct found, listen) },
	{ "stun_port", offsetof(struct found, stun_port) },
	{ "key_file", offsetof(struct found, key_file) },
	{ "ca_file", offsetof(struct found, ca_file) },
	{ "rate", offsetof(struct found, rate) },
};

static enum err
read_text(const char *path, struct arena *mem, const char **text,
	const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *bytes = arena_alloc(mem, RELAY_CONFIG_MAX + 2);
	struct stat st;
	ssize_t n;

	*why = "it cannot be read";
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return ERR_IO;
	}
	n = read(fd, bytes, RELAY_CONFIG_MAX + 1);
	(void)close(fd);
	if (n < 0)
		return ERR_IO;
	if (n > RELAY_CONFIG_MAX) {
		*why = "it has more than 16384 bytes";
		return ERR_TOO_BIG;
	}
	if (st.st_mode & 007) {
		*why = "others may read it, and it holds a token: chmod 600";
		return ERR_DENIED;
	}
	bytes[n] = '\0';
	*text = bytes;
	return strlen(bytes) == (size_t)n ? ERR_OK : ERR_BAD_INPUT;
}

/* Without the blanks around it. */
static const char *
trimmed(struct arena *mem, const char *at, size_t len)
{
	while (len && (*at == ' ' || *at == '\t')) {
		at++;
		len--;
	}
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t' ||
			      at[len - 1] == '\r'))
		len--;
	return arena_printf(mem, "%.*s", (int)len, at);
}

static enum err
take_line(struct found *f, const char *line, size_t len, struct arena *mem,
	const char **why)
{
	const char *equals = memchr(line, '=', len), *name, *value;

	if (!equals) {
		*why = "a line is neither 'name = value' nor begins with #";
		return ERR_BAD_INPUT;
	}
	name = trimmed(mem, line, (size_t)(equals - line));
	value = trimmed(mem, equals + 1, len - (size_t)(equals + 1 - line));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char **member =
			(const char **)(void *)((char *)f + names[i].offset);

		if (strcmp(names[i].name, name) != 0)
			continue;
		if (*member) {
			*why = arena_printf(mem, "%s stands there twice", name);
			return ERR_BAD_INPUT;
		}
		*member = value;
		return ERR_OK;
	}
	*why = arena_printf(mem, "nothing is called %s", name);
	return ERR_BAD_INPUT;
}

static enum err
take_lines(
	struct found *f, const char *text, struct arena *mem, const char **why)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), blank = strspn(text, " \t\r");
		enum err e = ERR_OK;

		if (len > LINE_MAX_BYTES) {
			*why = "a line is too long";
			return ERR_TOO_BIG;
		}
		if (blank < len && text[blank] != '#')
			e = take_line(f, text, len, mem, why);
		if (e)
			return e;
		text += len + (text[len] == '\n');
	}
	return ERR_OK;
}

static enum err
take_number(const char *text, int64_t least, int64_t most, int64_t otherwise,
	int64_t *out)
{
	*out = otherwise;
	if (!text || !*text)
		return ERR_OK;
	return text_int(text, out) || *out < least || *out > most
		       ? ERR_BAD_INPUT
		       : ERR_OK;
}

static enum err
take_server(const char *server, struct arena *mem, const char **out)
{
	size_t len = server ? strlen(server) : 0;

	if (!server ||
		(!text_starts(server, "https://") &&
			!text_starts(server, "http://")) ||
		server[strcspn(server, " \"<>")])
		return ERR_BAD_INPUT;
	while (len && server[len - 1] == '/')
		len--;
	*out = arena_printf(mem, "%.*s", (int)len, server);
	return ERR_OK;
}

static enum err
check(const struct found *f, const char *home, struct arena *mem,
	struct relay_config *c, const char **why)
{
	struct ip ip;

	*why = "server is the URL of the server, http:// or https://";
	if (take_server(f->server, mem, &c->server))
		return ERR_BAD_INPUT;
	*why = "token is what the page of relays showed, cairn-relay-…";
	if (!f->token || !text_starts(f->token, "cairn-relay-") ||
		f->token[strcspn(f->token, " \t\"")])
		return ERR_BAD_INPUT;
	c->token = f->token;
	*why = "listen is an address, such as :: or 192.0.2.7";
	c->listen = f->listen && *f->listen ? f->listen : "::";
	if (ip_parse(c->listen, &ip))
		return ERR_BAD_INPUT;
	*why = "stun_port is a number from 1 to 65535";
	if (take_number(f->stun_port, 1, 65535, STUN_PORT, &c->stun_port))
		return ERR_BAD_INPUT;
	*why = "rate is a number of bytes a second, or 0";
	if (take_number(f->rate, 0, RATE_MOST, 0, &c->rate))
		return ERR_BAD_INPUT;
	c->key_file = f->key_file && *f->key_file
			      ? f->key_file
			      : arena_printf(mem, "%s/derp.key", home);
	c->ca_file = f->ca_file ? f->ca_file : "";
	return ERR_OK;
}

enum err
relay_config_read(const char *path, const char *home, struct arena *mem,
	struct relay_config *out, const char **why)
{
	struct relay_config c = { .server = NULL };
	struct found f = { .server = NULL };
	const char *text;
	enum err e = read_text(path, mem, &text, why);

	if (!e)
		e = take_lines(&f, text, mem, why);
	if (!e)
		e = check(&f, home, mem, &c, why);
	if (!e)
		*out = c;
	return e;
}

/* Whole or not at all. */
static enum err
make_key(const char *path, struct key *out)
{
	struct arena *mem = arena_new();
	const char *new = arena_printf(mem, "%s.new", path), *text;
	struct key public;
	enum err e = key_new(out, &public);
	int fd = -1;

	if (!e) {
		(void)unlink(new);
		fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		e = fd < 0 ? ERR_IO : ERR_OK;
	}
	if (!e) {
		size_t len;

		text = arena_printf(
			mem, "%s\n", key_text(mem, KEY_PRIVATE, out));
		len = strlen(text);
		if (write(fd, text, len) != (ssize_t)len || fsync(fd) ||
			rename(new, path))
			e = ERR_IO;
	}
	if (fd >= 0)
		(void)close(fd);
	arena_free(mem);
	return e;
}

enum err
relay_key_read(const char *path, struct key *out)
{
	char text[KEY_TEXT_SIZE + 8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err e = ERR_OK;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? make_key(path, out) : ERR_IO;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? strcspn(text, "\r\n") : 0] = '\0';
	if (n < 0)
		e = ERR_IO;
	else if (key_parse(KEY_PRIVATE, text, out))
		e = ERR_CRYPTO;
	explicit_bzero(text, sizeof(text));
	return e;
}
