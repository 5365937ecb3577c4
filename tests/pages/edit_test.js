// Forms that two people edit, or one with the keyboard alone (spec/pages.md 17,
// proofs 4 and 9).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says, send } = require("./lib/browser");
const { shared, owner } = require("./lib/shared");

let made = 0;

async function someone() {
	const one = await shared();
	const name = "someone-" + ++made;
	const user = await one.json("users", "create", name);

	return { path: "/admin/users/" + user.id, name };
}

function display(page) {
	return page.locator("#user-display_name");
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("the second of two who edit is told, and may insist" + how,
		async room => {
			const { path } = await someone();
			const first = await owner(room, { js });
			const second = await owner(room, { js });

			await go(first, path);
			await go(second, path);
			equal(await send(first, "user", { display_name: "First" },
				"Save"), 200, "the first");
			equal(await send(second, "user", { display_name: "Second" },
				"Save"), 409, "the second");
			await says(second, "#conflict", "First");
			claim(await second.locator("#conflict").evaluate(
				e => e === document.activeElement), "no focus there");
			equal(await display(second).inputValue(), "Second",
				"what was typed");
			equal(await send(second, "user", {}, "Save"), 200,
				"sent again");
			await go(first, path);
			equal(await display(first).inputValue(), "Second", "stored");
		});
}

test("two forms of one user are no conflict", async room => {
	const { path } = await someone();
	const first = await owner(room), second = await owner(room);

	await go(first, path);
	await go(second, path);
	equal(await send(first, "user", { display_name: "Both" }, "Save"), 200,
		"one form");
	equal(await send(second, "role", { role: "auditor" }, "Set the role"),
		200, "the other");
});

// Where Tab leads until the focus is on what matches.
async function tabTo(page, what) {
	for (let i = 0; i < 60; i++) {
		await page.keyboard.press("Tab");
		if (await page.evaluate(w => document.activeElement.matches(w), what))
			return;
	}
	throw new Error(`Tab does not lead to ${what} on ${page.url()}`);
}

test("a name is changed, and a conflict solved, by keys alone", async room => {
	const { path, name } = await someone();
	const page = await owner(room), other = await owner(room);

	await go(page, path);
	await tabTo(page, "#user-display_name");
	await page.keyboard.type("By keys");
	await go(other, path);
	await send(other, "user", { display_name: "By others" }, "Save");
	await page.keyboard.press("Enter");
	await page.locator("#conflict").waitFor();
	await tabTo(page, "#user-display_name");
	equal(await display(page).inputValue(), "By keys", "what was typed");
	await page.keyboard.press("Enter");
	await page.locator("#flash").waitFor();
	equal(await page.locator("#flash").getAttribute("data-flash"),
		"user-saved", "the flash");
	void name;
});

void press;
