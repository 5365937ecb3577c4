// Logins by SSH that wait to be allowed: by whoever owns the machine, and as
// admins see them (spec/pages.md 7.2, 12.3).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says } = require("./lib/browser");
const { strike, tabTo } = require("./lib/keys");
const { check, owner, stranger } = require("./lib/shared");

const CHANGE_MS = 3000;
const CHECKS = "/admin/checks";

const state = page => page.locator("#ssh-check").getAttribute("data-state");
const row = (page, login) => page.locator("#checks tbody tr",
	{ hasText: login });

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("who owns the machine allows its login, or not" + how,
		async room => {
			const page = await owner(room, { js });

			for (const [button, state_, login] of [
				["Allow", "approved", "allowed"],
				["Not me", "rejected", "denied"]]) {
				await go(page, await check(login + (js ? 1 : 2)));
				await says(page, "h1", "Allow SSH to gate?");
				await says(page, "#check", "ada-laptop");
				await says(page, "#check", login);
				equal(await state(page), "waiting", "at first");
				equal(await press(page, page.getByRole("button",
					{ name: button })), 200, button);
				equal(await state(page), state_, button);
				await says(page, "#main", "Go back to your terminal.");
			}
		});

	test("an admin refuses a login that waits and revokes one that is allowed"
		+ how, async room => {
		const page = await owner(room, { js });
		const waits = "waits-" + js, holds = "holds-" + js;

		await check(waits);
		await go(page, await check(holds));
		await press(page, page.getByRole("button", { name: "Allow" }));
		await go(page, CHECKS);
		equal(await press(page, row(page, waits).getByRole("button",
			{ name: "Reject" })), 200, "the refusal");
		equal(await row(page, waits).getAttribute("data-state"), "rejected",
			"its state");
		equal(await press(page, row(page, holds).getByRole("button",
			{ name: "Revoke" })), 200, "the revocation");
		equal(await row(page, holds).getAttribute("data-state"), "ended",
			"its state");
		claim(await page.locator("#flash").count(), "no flash");
	});

	test("who decides second sees what the first did" + how, async room => {
		const first = await owner(room, { js });
		const second = await owner(room, { js });
		const path = await check("twice-" + js);

		await go(first, path);
		await go(second, path);
		await press(first, first.getByRole("button", { name: "Not me" }));
		const button = second.getByRole("button", { name: "Allow" });

		if (await button.count())
			await press(second, button);
		equal(await state(second), "rejected", "for the second");
	});
}

test("a login that waits and its decision appear by themselves",
	async room => {
		const admin = await owner(room), here = await owner(room);
		const there = await owner(room);

		await go(admin, CHECKS);
		const path = await check("appears");
		await row(admin, "appears").waitFor({ timeout: CHANGE_MS });
		await go(here, path);
		await go(there, path);
		await press(here, here.getByRole("button", { name: "Allow" }));
		await there.locator('#ssh-check[data-state="approved"]').waitFor(
			{ timeout: CHANGE_MS });
		await admin.locator('#checks tr[data-state="approved"]',
			{ hasText: "appears" }).waitFor({ timeout: CHANGE_MS });
	});

test("a login is allowed by keys alone", async room => {
	const page = await owner(room);

	await go(page, await check("by-keys"));
	await tabTo(page, '#form-check button[value="approve"]');
	equal(await strike(page), 200, "the button");
	equal(await state(page), "approved", "the state");
});

test("a stranger is asked to sign in before a login is shown", async room => {
	const page = await stranger(room);

	await go(page, await check("hidden"));
	equal(await page.locator("body").getAttribute("data-page"), "login",
		"the page");
	claim(!(await page.content()).includes("ada-laptop"),
		"the machine is named");
});
