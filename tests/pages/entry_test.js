// The way in: the printed link, signing in and out (spec/pages.md 6).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { visitor, go, send, press, says } = require("./lib/browser");
const { instance } = require("./lib/instance");
const { OWNER, shared, owner, stranger } = require("./lib/shared");

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("a wrong password keeps the name and says so at the field" + how,
		async room => {
			const page = await stranger(room, { js });

			await go(page, "/login");
			equal(await send(page, "login", { name: OWNER.name,
				password: "some other sentence" }, "Sign in"), 422,
			"a wrong password");
			await says(page, "#login-name-error",
				"Name and password do not match.");
			equal(await page.locator("#login-name").inputValue(),
				OWNER.name, "the name");
			equal(await page.locator("#login-password").inputValue(),
				"", "the password");
			claim((await page.title()).startsWith("Error: "),
				"title " + await page.title());
			await says(page, ":focus", "Name and password");
		});

	test("who signs in is led on, and out again" + how, async room => {
		const page = await stranger(room, { js });

		await go(page, "/login");
		await send(page, "login", { name: OWNER.name,
			password: OWNER.password }, "Sign in");
		equal(await page.locator("body").getAttribute("data-role"),
			"owner", "the role");
		await press(page, page.getByRole("button", { name: "Sign out" }));
		equal(new URL(page.url()).pathname, "/login", "led to");
		equal(await page.locator("#flash").getAttribute("data-flash"),
			"signed-out", "the flash");
		claim(await page.locator("#flash").evaluate(
			e => e === document.activeElement), "no focus on #flash");
	});
}
