// What stands around every page (spec/pages.md 2, 15; 17, proof 10).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says, PHONE } = require("./lib/browser");
const { instance } = require("./lib/instance");
const { owner, setUp } = require("./lib/shared");

const SILENT_MS = 15000;

for (const js of [true, false])
	test("the menu is folded on a telephone, and opens by a key" + (js ? ""
		: ", without JavaScript"), async room => {
		const page = await owner(room, { js, viewport: PHONE });
		const link = page.locator('nav[aria-label="Main"]').getByRole("link",
			{ name: "Users" });

		await go(page, "/admin/audit");
		equal(await link.isVisible(), false, "before it is opened");
		await page.locator("nav summary").focus();
		await page.keyboard.press("Enter");
		equal(await press(page, link), 200, "a link of the menu");
		equal(new URL(page.url()).pathname, "/admin/users", "led to");
		await page.setViewportSize({ width: 1280, height: 800 });
		equal(await link.isVisible(), true, "on a desk");
		equal(await page.locator("nav summary").isVisible(), false,
			"Menu on a desk");
	});

test("a silent worker is named, and pages go on", async room => {
	const one = await instance(room);
	const page = await setUp(one, room);

	await go(page, "/me/security");
	equal(await page.locator("#strip").getAttribute("data-level"), "none",
		"the strip before");
	room.later(one.pause("cairn-worker"));
	// The worker touches its file each second; after five it counts as silent.
	// A look at the health may fail before, and say so there too.
	for (const end = Date.now() + SILENT_MS; Date.now() < end;) {
		await page.reload();
		if (await page.locator("#strip", { hasText: "is silent" }).count())
			break;
	}
	for (const path of ["/admin/machines", "/admin/users", "/me"]) {
		await go(page, path);
		await says(page, "#strip", "The worker is silent");
	}
	claim(await page.locator("#strip p").first().isVisible(), "not seen");
});
