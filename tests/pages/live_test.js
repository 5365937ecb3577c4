// Pages that change by themselves (spec/pages.md 4, 16, 17.5).
"use strict";

const { test, equal } = require("./lib/harness");
const { go, press, send, says } = require("./lib/browser");
const { OWNER, shared, owner, ownerAgain } = require("./lib/shared");

// Who goes is away after the grace of worker/presence.h.
const CHANGE_MS = 3000, GRACE_MS = 10000, PRESENCE_MS = 5000, BYE_MS = 2000;

async function key(one) {
	const users = await one.json("users", "list");
	const { id } = users.find(u => u.name === OWNER.name);
	const made = await one.json("preauthkeys", "create", "-u", id,
		"--reusable");

	return made.key;
}

async function forget(one, name) {
	const node = (await one.json("nodes", "list")).find(
		n => (n.given_name || n.name) === name);

	await one.cairn("nodes", "delete", "-i", node.id, "--force");
}

test("a machine that joins appears, and its dot follows it", async room => {
	const one = await shared();
	const auth = await key(one);
	const page = await owner(room);

	await go(page, "/admin/machines");
	const machine = await one.join(auth, "newcomer");
	room.later(() => forget(one, "newcomer"));
	room.later(machine.leave);
	const state = page.locator("tr", { hasText: "newcomer" });
	await page.locator('tr[data-state="online"]', { hasText: "newcomer" })
		.waitFor({ timeout: CHANGE_MS });
	await state.evaluate(e => { e.ownerDocument.sameRow = e.id; });
	await machine.leave();
	await page.locator('tr[data-state="offline"]', { hasText: "newcomer" })
		.waitFor({ timeout: GRACE_MS + PRESENCE_MS });
	equal(await page.evaluate(() => document.sameRow), await state
		.getAttribute("id"), "the page was not loaded anew; its row");
});

test("a machine that is deleted elsewhere goes", async room => {
	const one = await shared();
	const machine = await one.join(await key(one), "leaver");
	room.later(machine.leave);
	const page = await owner(room);

	await go(page, "/admin/machines");
	const row = page.locator("tr", { hasText: "leaver" });
	await row.waitFor();
	await forget(one, "leaver");
	await row.waitFor({ state: "detached", timeout: CHANGE_MS });
});

test("a session that is ended elsewhere hears bye, and loses no text",
	async room => {
		const here = await owner(room), there = await ownerAgain(room);
		const name = "kept-name";

		await there.addInitScript(() => {
			const add = EventSource.prototype.addEventListener;

			EventSource.prototype.addEventListener = function (kind, f) {
				add.call(this, kind, e => {
					document.said = (document.said || "") + e.type + " ";
					f(e);
				});
			};
		});
		await go(there, "/admin/machines");
		const typing = await there.context().newPage();
		await go(typing, "/admin/users/new");
		await typing.locator("#user-new-name").fill(name);
		await typing.locator("[name=sign_in][value=none]").check();

		await go(here, "/me/sessions");
		await press(here, here.locator("td button").first());
		await there.waitForFunction(() => /bye/.test(document.said), null,
			{ timeout: BYE_MS });

		equal(await press(typing, typing.getByRole("button",
			{ name: "Add user" })), 401, "what was sent too late");
		equal(await typing.locator("body").getAttribute("data-page"),
			"session-ended", "the page");
		const [signIn] = await Promise.all([
			typing.context().waitForEvent("page"),
			typing.getByRole("link", { name: "Sign in" }).click()]);
		await signIn.waitForLoadState();
		await send(signIn, "login", { name: OWNER.name,
			password: OWNER.password }, "Sign in");
		equal(await press(typing, typing.getByRole("button",
			{ name: "Send again" })), 200, "sent again");
		equal(await typing.locator("#flash").getAttribute("data-flash"),
			"user-added", "the flash");
		await says(typing, "h1", name);
	});
