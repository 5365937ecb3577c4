// What members have for themselves: a page of each own machine and, if a setting
// says so, keys; and the zone that times are told in (spec/pages.md 8, 13).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, send, press, says } = require("./lib/browser");
const { fill, invited, owner, shared } = require("./lib/shared");

// As the page has it, before the script says how long ago that is.
function wholeTime(page) {
	return page.locator("#summary time").first().evaluate(
		e => [e.dateTime, e.title || e.textContent]);
}

async function setZone(room, zone) {
	const admin = await owner(room, {});

	await go(admin, "/admin/settings/appearance");
	equal(await send(admin, "settings-appearance", { time_zone: zone }, "Save"),
		200, zone);
}

async function machineOf(page, called) {
	await go(page, "/me");
	await press(page, page.getByRole("link", { name: "hers", exact: true }));
	equal(await page.locator("body").getAttribute("data-page"), "my-machine",
		"the page");
	equal(await send(page, "rename", { name: called }, "Rename"), 200,
		"the new name");
	await says(page, "#flash", `Renamed to ${called}.`);
	await says(page, "h1", called);
	await says(page, "#reach", "Can reach");
	equal(await page.locator("main a[href^='/admin']").count(), 0,
		"links to where she may not go");
}

async function keyOf(page) {
	await go(page, "/me/keys", 404);
	await (await shared()).cairn("settings", "set", "members_make_keys",
		"true");
	await go(page, "/me");
	await press(page, page.getByRole("link", { name: "Your keys" }));
	await press(page, page.getByRole("link", { name: "New key" }));
	equal(await send(page, "key", { expires: "7d", description: "shed" },
		"Make the key"), 200, "the key");
	claim(/^hskey-auth-/.test(await page.locator("#secret").inputValue()),
		"no key is shown");
	await press(page, page.getByRole("link", { name: "Your keys" }).last());
	await says(page, "#keys", "shed");
	await press(page, page.locator("#keys").getByRole("link",
		{ name: /Revoke/ }));
	equal(await send(page, "revoke", {}), 200, "revoked");
	await says(page, "#flash", "The key is revoked.");
}

async function deleteIt(page, called) {
	await go(page, "/me");
	await press(page, page.getByRole("link", { name: called }));
	await press(page, page.getByRole("link",
		{ name: "Delete this machine" }));
	equal(await send(page, "delete", {}), 200, "deleted");
	equal(new URL(page.url()).pathname, "/me", "led to");
	await says(page, "#flash", `Deleted ${called}.`);
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";
	const name = js ? "mary" : "mary-plain";
	const called = js ? "hers-too" : "hers-again";

	test("a member minds the own machine, makes a key and reads local times" +
		how, async room => {
		const one = await shared();
		const page = await invited(room, name, { js });

		room.later(() => one.cairn("settings", "set", "members_make_keys",
			"false"));
		room.later(() => one.cairn("settings", "set", "time_zone", "UTC"));
		await fill(one, "own", "hers", name);
		await machineOf(page, called);
		await setZone(room, "Asia/Kathmandu");
		await page.reload();
		const [utc, words] = await wholeTime(page);

		claim(utc.endsWith("Z") && words.endsWith(" +0545"),
			`${utc} is told as ${words}`);
		await keyOf(page);
		await deleteIt(page, called);
	});
}
