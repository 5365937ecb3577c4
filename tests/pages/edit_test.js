// Forms that two people edit, or one with the keyboard alone (spec/pages.md 17,
// proofs 4 and 9).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, says, send } = require("./lib/browser");
const { strike, tabTo, type } = require("./lib/keys");
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

for (const js of [true, false])
	test("a name is changed, and a conflict solved, by keys alone" +
		(js ? "" : ", without JavaScript"), async room => {
		const { path } = await someone();
		const page = await owner(room, { js }), other = await owner(room);

		await go(page, path);
		await type(page, "#user-display_name", "By keys");
		await go(other, path);
		await send(other, "user", { display_name: "By others" }, "Save");
		equal(await strike(page), 409, "the second");
		equal(await page.locator(":focus").getAttribute("id"), "conflict",
			"the focus");
		await tabTo(page, "#user-display_name");
		equal(await display(page).inputValue(), "By keys",
			"what was typed");
		await tabTo(page, "#form-user button");
		equal(await strike(page, "Space"), 200, "sent again");
		equal(await page.locator("#flash").getAttribute("data-flash"),
			"user-saved", "the flash");
	});
