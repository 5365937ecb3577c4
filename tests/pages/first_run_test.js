// From the printed link to the first machine (spec/pages.md 17, proof 1).
"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");
const { test, claim, equal } = require("./lib/harness");
const browser = require("./lib/browser");
const { visitor, go, send, press, says } = browser;
const { Heard, end, instance } = require("./lib/instance");
const { strike, tabTo, type } = require("./lib/keys");
const { OWNER } = require("./lib/shared");

const JOINED_MS = 3000, SET_UP = { name: OWNER.name, org: OWNER.org,
	password: OWNER.password, password_again: OWNER.password };

const JOINED = /laptop joined: 100\.\d+\.\d+\.\d+/;

async function setUp(page, link) {
	await go(page, link);
	equal(await send(page, "setup", SET_UP, "Set up"), 200, "the page after");
	equal(await page.locator("body").getAttribute("data-page"),
		"machine-new", "the page after");
	equal(await page.locator("#flash").getAttribute("data-flash"), "set-up",
		"the flash");
	equal(await page.locator("#wait").getAttribute("data-state"), "waiting",
		"#wait");
}

// With the script the page sees it by itself; without, when asked.
async function seesJoined(page, js) {
	if (!js)
		await press(page, page.getByRole("link", { name: "Check again" }));
	await page.locator('#wait[data-state="joined"]').waitFor({
		timeout: JOINED_MS });
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("from the printed link to the first machine in three acts" + how,
		async room => {
			const one = await instance(room);
			const page = await visitor(room, one.url, { js });
			const link = await one.setupLink();

			await setUp(page, link);
			equal(await press(page, page.locator(
				"#form-join button[type=submit]")), 200, "a key");
			await says(page, "h1", "Copy this line now");
			const line = await page.locator("#command").innerText();
			claim(line.startsWith("sudo tailscale up --login-server=" +
				one.url), line);
			const key = line.match(/--auth-key=(\S+)/)[1];
			const machine = await one.join(key, "laptop");
			room.later(machine.leave);
			await seesJoined(page, js);
			claim(JOINED.test(await page.locator("#wait").innerText()),
				await page.locator("#wait").innerText());
			await go(page, link, 410);
		});
}

for (const js of [true, false])
	test("from the printed link to the first machine by keys alone" +
		(js ? "" : ", without JavaScript"), async room => {
		const one = await instance(room);
		const page = await visitor(room, one.url, { js });

		await go(page, await one.setupLink());
		for (const field of ["name", "password", "password_again", "org"])
			await type(page, "#setup-" + field, SET_UP[field]);
		equal(await strike(page), 200, "the setup");
		equal(await page.locator(":focus").getAttribute("id"), "flash",
			"the focus");
		await tabTo(page, "#form-join button[type=submit]");
		equal(await strike(page, "Space"), 200, "a key");
		const line = await page.locator("#command").innerText();
		const machine = await one.join(line.match(
			/--auth-key=(\S+)/)[1], "laptop");
		room.later(machine.leave);
		if (!js) {
			await tabTo(page, 'a[href*="machines/new"]');
			equal(await strike(page), 200, "Check again");
		}
		await page.locator('#wait[data-state="joined"]').waitFor({
			timeout: JOINED_MS });
		await tabTo(page, "#wait a");
		equal(await strike(page), 200, "the machine");
		await says(page, "h1", "laptop");
	});

// Leads lab_client.py by lines.
function lab(room) {
	const child = spawn(path.join(__dirname, "lab_client.py"), [],
		{ stdio: ["pipe", "pipe", "pipe"] });
	const heard = new Heard(child, "the lab");

	room.later(() => {
		child.stdin.end();
		return end(child, 30000, true);
	});
	return async (say, answer, ms) => {
		if (say)
			child.stdin.write(say + "\n");
		return (await heard.until(t => t.match(new RegExp(
			`^(${answer}|missing) (.+)\\n`, "m")), ms)).slice(1);
	};
}

// A browser in the namespace of the server.
async function inside(room, namespace) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cp."));
	const program = path.join(folder, "chromium");

	room.later(() => fs.rmSync(folder, { recursive: true }));
	fs.writeFileSync(program, "#!/bin/sh\nexec ip netns exec " + namespace +
		' chromium "$@"\n', { mode: 0o755 });
	const one = await browser.start(program);
	room.later(() => one.close());
	return one;
}

test("a real client joins in the middle of the first run", async room => {
	const lead = lab(room);
	const [word, said] = await lead(null, "ready", 600000);

	if (word === "missing")
		return said;
	const [namespace, url, link] = said.split(" ");
	const page = await visitor(room, url, { browser: await inside(room,
		namespace) });

	await setUp(page, link);
	equal(await page.locator("#command").innerText(),
		"sudo tailscale up --login-server=" + url, "the line");
	const asks = await page.context().newPage();
	await go(asks, (await lead("up", "link", 30000))[1]);
	await says(asks, "h1", "Add laptop?");
	await press(asks, asks.getByRole("button", { name: "Add machine" }));
	await says(asks, "h1", "laptop is added");
	equal(await lead("state", "state", 40000), ["state", "Running"],
		"the client");
	await seesJoined(page, true);
	claim(JOINED.test(await page.locator("#wait").innerText()),
		await page.locator("#wait").innerText());
});
