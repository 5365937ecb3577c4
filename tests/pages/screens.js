// screens: a picture of each page under docs/screens, of a small network that is
// made up: on a desk, light and dark, and on a telephone.  `make screens` calls it.
"use strict";

const fs = require("fs");
const path = require("path");
const browser = require("./lib/browser");
const { Instance } = require("./lib/instance");
const { checking, owner, shared, stop, stranger, waiting } = require("./lib/shared");

const TO = process.argv[2] || "docs/screens";
const ONLY = process.argv.slice(3);
const DESK = { width: 1280, height: 800 }, PHONE = { width: 390, height: 844 };
const LOOKS = [
	{ name: "desk", how: { viewport: DESK } },
	{ name: "dark", how: { dark: true, viewport: DESK } },
	{ name: "phone", how: { viewport: PHONE } },
];
// Of whom the pictures of the network tell.
const POLICY = `// Who reaches what at Acme.  Everything else is closed.
{
	"groups": {
		"group:ops": ["ada@", "linus@"], // they carry the pager
		"group:all": ["ada@", "grace@", "linus@"],
	},
	"tagOwners": {
		"tag:server": ["group:ops"],
		"tag:ci": ["group:ops"],
		"tag:iot": ["ada@"],
	},
	"grants": [
		// Everybody reaches their own machines.
		{"src": ["autogroup:member"], "dst": ["autogroup:self"], "ip": ["*"]},
		// The web of the servers is for all of us.
		{"src": ["group:all"], "dst": ["tag:server"], "ip": ["tcp:80", "tcp:443"]},
		{"src": ["group:ops"], "dst": ["tag:server", "tag:ci"], "ip": ["*"]},
		{"src": ["tag:ci"], "dst": ["tag:server"], "ip": ["tcp:22", "tcp:443"]},
		{"src": ["tag:iot"], "dst": ["tag:server"], "ip": ["tcp:8883"]},
	],
	"ssh": [
		{"action": "check", "src": ["group:ops"], "dst": ["tag:server"],
			"users": ["root", "autogroup:nonroot"]},
	],
	"tests": [
		{"src": "grace@", "accept": ["tag:server:443"], "deny": ["tag:ci:22"]},
	],
}
`;
// One more port for everybody, one less for what builds.
const DRAFT = POLICY.replace('["group:all"], "dst": ["tag:server"], "ip": ' +
	'["tcp:80", "tcp:443"]', '["group:all"], "dst": ["tag:server"], "ip": ' +
	'["tcp:80", "tcp:443", "tcp:8080"]').replace(
	'{"src": ["tag:ci"], "dst": ["tag:server"], "ip": ["tcp:22", "tcp:443"]}',
	'{"src": ["tag:ci"], "dst": ["tag:server"], "ip": ["tcp:443"]}');
const LINK = "LINK"; // that a machine which waits was given
const CHECK = "CHECK"; // that a terminal shows which waits
const HIGHEST = 1600; // what a picture shows of a long page

// [name, who, path, and what is done there first]
const SHOTS = [
	["start", stranger, "/"],
	["sign-in", stranger, "/login"],
	["sign-in-refused", stranger, "/login", page => browser.send(page, "login",
		{ name: "ada", password: "wrong" })],
	["overview", owner, "/admin/"],
	["machines", owner, "/admin/machines"],
	["machines-bulk", owner, "/admin/machines", page => tickTwo(page)],
	["machine", owner, "/admin/machines/1"],
	["machine-routes", owner, "/admin/machines/6"],
	["machine-new", owner, "/admin/machines/new"],
	["machine-line", owner, "/admin/machines/new",
		page => browser.send(page, "join", {})],
	["machine-delete", owner, "/admin/machines/7/delete"],
	["users", owner, "/admin/users"],
	["user-new", owner, "/admin/users/new"],
	["user", owner, "/admin/users/1"],
	["keys", owner, "/admin/keys"],
	["key-new", owner, "/admin/keys/new"],
	["registrations", owner, "/admin/registrations"],
	["register", owner, LINK],
	["connect", stranger, "/connect"],
	["connect-linux", stranger, "/connect/linux"],
	["policy", owner, "/admin/policy"],
	["policy-check", owner, "/admin/policy", page => browser.send(page,
		"policy", { text: DRAFT }, "Check")],
	["policy-error", owner, "/admin/policy", page => browser.send(page,
		"policy", { text: DRAFT.replace("],\n\t\"ssh\"", "\n\t\"ssh\"") },
		"Check")],
	["access", owner, "/admin/access?src=ada-laptop"],
	["access-draft", owner, "/admin/policy", page => page.getByRole(
		"button", { name: "Who reaches what" }).click()
		.then(() => page.locator("body[data-page=access]").waitFor())
		.then(() => browser.send(page, "draft",
			{ src: "grace-desktop", dst: "192.168.7.9" },
			"Show by this draft"))],
	["policy-rules", owner, "/admin/policy/rules"],
	["network", owner, "/admin/network"],
	["network-users", owner, "/admin/network?by=user"],
	["policy-history", owner, "/admin/policy/history"],
	["policy-version", owner, "/admin/policy/history/2"],
	["routes", owner, "/admin/routes"],
	["dns", owner, "/admin/dns"],
	["relays", owner, "/admin/relays"],
	["checks", owner, "/admin/checks"],
	["ssh-check", owner, CHECK],
	["audit", owner, "/admin/audit"],
	["audit-row", owner, "/admin/audit/9"],
	["health", owner, "/admin/health"],
	["logs", owner, "/admin/logs"],
	["settings", owner, "/admin/settings/general"],
	["settings-addresses", owner, "/admin/settings/addresses"],
	["settings-server", owner, "/admin/settings/server"],
	["settings-address", owner, "/admin/settings/server", page =>
		browser.send(page, "settings-server",
			{ url: "https://vpn.example.org" }, "Save")],
	["settings-clients", owner, "/admin/settings/clients"],
	["settings-retention", owner, "/admin/settings/retention"],
	["settings-limits", owner, "/admin/settings/limits"],
	["settings-metrics", owner, "/admin/settings/metrics"],
	["settings-sign-in", owner, "/admin/settings/sign-in", withProviders],
	["provider-new", owner, "/admin/settings/sign-in/providers/new"],
	["settings-notifications", owner, "/admin/settings/notifications"],
	["settings-stale", owner, "/admin/settings/stale"],
	["settings-backup", owner, "/admin/settings/backup"],
	["settings-keys", owner, "/admin/settings/keys"],
	["settings-appearance", owner, "/admin/settings/appearance"],
	["your-machines", owner, "/me"],
	["your-machine", owner, "/me/machines/1"],
	["sessions", owner, "/me/sessions"],
	["security", owner, "/me/security"],
	["second-factor", owner, "/me/totp"],
	["not-there", owner, "/admin/nowhere"],
];

// Two, who are gone again for the pages that come after.
async function withProviders(page) {
	const one = await shared();
	const add = (name, issuer) => one.cairn("providers", "add", "-n", name,
		"-i", issuer, "-c", "cairn");

	await add("Keycloak", "https://login.example.org/realms/home");
	await add("Authelia", "https://auth.example.net");
	await page.reload();
	for (const name of ["Keycloak", "Authelia"])
		await one.cairn("providers", "delete", name, "--force");
}

async function tickTwo(page) {
	const form = page.locator("#form-bulk");

	for (const name of ["gate", "nas"])
		await page.getByLabel(name, { exact: false }).first().check()
			.catch(() => null);
	await form.locator("[name=action]").selectOption("no-expiry");
	await browser.press(page, form.getByRole("button").first());
}

async function shoot(page, file) {
	const { height } = await page.viewportSize() && await page.evaluate(
		() => ({ height: document.documentElement.scrollHeight }));
	const { width } = page.viewportSize();

	await page.setViewportSize({ width, height: Math.min(HIGHEST,
		Math.max(height, 400)) });
	await page.screenshot({ path: file });
}

async function shot(room, look, [name, who, address, act]) {
	const page = await who(room, look.how);
	const file = path.join(TO, `${name}-${look.name}.png`);

	await page.goto(address === LINK ? await waiting()
		: address === CHECK ? await checking() : address);
	if (act)
		await act(page);
	await shoot(page, file);
	await page.context().close();
	console.log(file);
}

async function setup(room) {
	const one = new Instance();

	await one.start();
	room.later(() => one.stop());
	const link = await one.setupLink();
	return (r, how) => browser.visitor(r, one.url, how).then(page => {
		page.goto = (goto => to => goto.call(page, to || link))(page.goto);
		return page;
	});
}

async function policy() {
	const one = await shared(), file = path.join(one.home, "shown.hujson");

	fs.writeFileSync(file, POLICY);
	await one.cairn("policy", "set", "-f", file, "-m", "who is who");
	fs.unlinkSync(file);
}

async function main() {
	const room = { troubles: [], ends: [], later(e) { this.ends.push(e); } };
	fs.mkdirSync(TO, { recursive: true });
	SHOTS.push(["setup", await setup(room), null]);
	await policy();
	for (const s of SHOTS)
		for (const look of LOOKS)
			if (!ONLY.length || ONLY.some(o => s[0].includes(o)))
				await shot(room, look, s);
	for (const end of room.ends.reverse())
		await end();
	for (const t of room.troubles)
		console.log("trouble: " + t);
}

main().finally(async () => {
	await browser.stop();
	await stop();
});
