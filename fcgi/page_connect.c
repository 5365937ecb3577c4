/*
 * page_connect.c: how a machine is connected, for anybody (spec/pages.md 7.3).
 */
#include <string.h>

#include "fcgi/frame.h"
#include "fcgi/html.h"
#include "fcgi/join_line.h"
#include "fcgi/machine_show.h"
#include "fcgi/pages_machines.h"
#include "fcgi/qr.h"
#include "fcgi/reached.h"
#include "fcgi/reply.h"

enum {
	STEPS_MAX = 8,
};

/* COMMAND stands for the line to run, SERVER for the server's address. */
#define COMMAND "{command}"
#define SERVER  "{server}"
#define CONFIRM "Open the link that it prints, and add the machine there."

static const struct steps {
	const char *os, *h1;
	const char *steps[STEPS_MAX];
	struct {
		const char *href, *words;
	} files[2];
} systems[] = {
	{ "linux", "Connect a Linux machine",
		{ "Install Tailscale: from the packages of your system, or "
		  "from tailscale.com/download/linux.",
			"In a terminal, run:", COMMAND, CONFIRM },
		{ { NULL, NULL } } },
	{ "macos", "Connect a Mac",
		{ "Install Tailscale: the Standalone variant from "
		  "tailscale.com/download/mac, or from the App Store.",
			"In a terminal, run:", COMMAND, CONFIRM,
			"Without a terminal: install the profile of your "
			"variant below (System Settings, Profiles), start "
			"Tailscale and choose Log in." },
		{ { "/apple/macos-standalone", "Profile for Standalone" },
			{ "/apple/macos-app-store",
				"Profile for the App Store" } } },
	{ "windows", "Connect a Windows machine",
		{ "Install Tailscale from tailscale.com/download/windows.",
			"In a command prompt, run:", COMMAND, CONFIRM,
			"Without a command prompt: add the registry file "
			"below, start Tailscale again and choose Log in." },
		{ { "/windows/tailscale.reg", "Registry file" } } },
	{ "ios", "Connect an iPhone or iPad",
		{ "Install Tailscale from the App Store and open it, without "
		  "signing in.",
			"Tap the account symbol at the top right, then Log "
			"in.",
			"Tap the three dots at the top right, then Use custom "
			"coordination server.",
			"Enter this address:", SERVER,
			"Go on: the page that opens adds the device." },
		{ { "/apple/ios", "Or install it as a profile" } } },
	{ "android", "Connect an Android device",
		{ "Install Tailscale from Google Play or F-Droid and open it, "
		  "without signing in.",
			"Open Settings, then Accounts.",
			"Tap the three dots at the top right, then Use an "
			"alternate server.",
			"Enter this address:", SERVER,
			"Go on: the page that opens adds the device. With an "
			"auth key, choose Use an auth key in the same menu "
			"instead." },
		{ { NULL, NULL } } },
	{ "container", "Connect a container",
		{ "Where Docker or Podman runs, run:", COMMAND,
			"docker logs tailscale prints a link. Open it, and "
			"add the machine there.",
			"For containers that come and go, ask for an auth key "
			"and give it as TS_AUTHKEY." },
		{ { NULL, NULL } } },
	{ "kubernetes", "Connect a Kubernetes cluster",
		{ "For one pod, run:", COMMAND,
			"kubectl logs tailscale prints a link. Open it, and "
			"add the machine there.",
			"For more than one, ask for a reusable auth key, keep "
			"it as a Secret, and give it as TS_AUTHKEY." },
		{ { NULL, NULL } } },
};

/* The address of the server, to copy. */
static void
show_server(struct request *r)
{
	html_begin(r, "div", "class", "field");
	html_begin(r, "label", "for", "server");
	html_text(r, "Address of this server");
	html_end(r);
	html_void(r, "input", "id", "server", "type", "text", "class", "mono",
		"readonly", "", "value", r->settings->url);
	html_text(r, " ");
	show_copy(r, "server", "the address");
	html_end(r);
}

static void
show_address_code(struct request *r)
{
	if (reached_by_itself_alone(r))
		return;
	show_qr(r, r->settings->url, "The address of this server as a QR code");
}

static void
show_command(struct request *r, const char *os)
{
	html_command(r, "command",
		join_line(r, &(struct join_wish){ .os = os }, NULL));
	show_copy(r, "command", "the line");
}

enum err
page_connect(struct request *r)
{
	frame_begin(r,
		&(struct page){ .name = "connect",
			.h1 = "Connect a machine",
			.section = SECTION_CONNECT },
		NULL);
	show_whether_reached(r);
	html_element(r, "p", "Choose what you want to connect:");
	html_begin(r, "ul", "class", "ways");
	for (size_t i = 0; i < join_system_count; i++) {
		html_begin(r, "li");
		html_link(r,
			arena_printf(
				r->mem, "/connect/%s", join_systems[i].value),
			join_systems[i].label);
		html_end(r);
	}
	html_end(r);
	html_element(r, "p",
		"On Linux and macOS with Tailscale installed, one line does "
		"it. It prints a link; open it to add the machine.");
	show_command(r, "linux");
	html_element(r, "p",
		"On a phone or tablet, Tailscale asks for the address of the "
		"server:");
	show_server(r);
	show_address_code(r);
	frame_end(r);
	return ERR_OK;
}

/* A command or an address belongs to the step before it. */
static void
show_steps(struct request *r, const struct steps *s)
{
	html_begin(r, "ol", "class", "steps");
	for (size_t i = 0; i < STEPS_MAX && s->steps[i]; i++) {
		const char *next = i + 1 < STEPS_MAX ? s->steps[i + 1] : NULL;

		html_begin(r, "li");
		html_text(r, s->steps[i]);
		if (next && strcmp(next, COMMAND) == 0) {
			show_command(r, s->os);
			i++;
		} else if (next && strcmp(next, SERVER) == 0) {
			show_server(r);
			show_address_code(r);
			i++;
		}
		html_end(r);
	}
	html_end(r);
}

static void
show_files(struct request *r, const struct steps *s)
{
	if (!s->files[0].href)
		return;
	html_begin(r, "ul", "class", "files");
	for (size_t i = 0; i < 2 && s->files[i].href; i++) {
		html_begin(r, "li");
		html_link(r, s->files[i].href, s->files[i].words);
		html_end(r);
	}
	html_end(r);
}

static enum err
show_one(struct request *r, const struct steps *s)
{
	frame_begin(r,
		&(struct page){ .name = "connect",
			.h1 = s->h1,
			.section = SECTION_CONNECT },
		NULL);
	show_whether_reached(r);
	show_steps(r, s);
	show_files(r, s);
	html_begin(r, "p");
	html_link(r, "/connect", "Another system");
	html_end(r);
	frame_end(r);
	return ERR_OK;
}

enum err
page_connect_system(struct request *r)
{
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++)
		if (strcmp(systems[i].os, r->parts[0]) == 0)
			return show_one(r, &systems[i]);
	return ERR_NOT_FOUND;
}

/* The addresses that headscale has for these. */
enum err
page_apple(struct request *r)
{
	return reply_redirect(r, 301, "/connect/macos");
}

enum err
page_windows(struct request *r)
{
	return reply_redirect(r, 301, "/connect/windows");
}
