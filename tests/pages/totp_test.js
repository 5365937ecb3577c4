// The second factor: set up with what the page shows, asked for at the next
// sign-in, lost and replaced by a recovery code (spec/pages.md 6, 8).
"use strict";

const { createHmac } = require("crypto");
const { test, claim, equal } = require("./lib/harness");
const { go, send, press, says } = require("./lib/browser");
const { INVITED, invited } = require("./lib/shared");

const PASSWORD = INVITED, STEP_MS = 30000;

function bytesOf(base32) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	const bits = [...base32.replace(/ /g, "")].map(c =>
		letters.indexOf(c).toString(2).padStart(5, "0")).join("");

	return Buffer.from(bits.match(/.{8}/g).map(b => parseInt(b, 2)));
}

// An authenticator, RFC 6238; `later` steps ahead of the clock.
function codeOf(secret, later = 0) {
	const counter = Buffer.alloc(8);

	counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + later));
	const mac = createHmac("sha1", bytesOf(secret)).update(counter).digest();
	const cut = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;

	return String(cut % 1000000).padStart(6, "0");
}

async function signOut(page) {
	await press(page, page.getByRole("button", { name: "Sign out",
		exact: true }));
}

async function password(page, name) {
	await go(page, "/login");
	equal(await send(page, "login", { name, password: PASSWORD }, "Sign in"),
		200, "the password");
	equal(new URL(page.url()).pathname, "/login/code", "led to");
	claim(await page.locator("#login-code-code").evaluate(
		e => e === document.activeElement), "no focus on the code");
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";
	const name = js ? "hedy" : "hedy-plain";

	test("a second factor is set up, asked for and lost" + how,
		async room => {
			const page = await invited(room, name, { js });

			await go(page, "/me/security");
			await press(page, page.getByRole("link",
				{ name: "Set up a second factor" }));
			claim(await page.locator("svg#qr").isVisible(), "no QR");
			const secret = await page.locator("#secret").inputValue();

			equal(await send(page, "totp", { code: "000000" }), 422,
				"a wrong code");
			await says(page, "#totp-code-error", "This code is not right.");
			equal(await page.locator("#secret").inputValue(), secret,
				"the secret after a wrong code");
			equal(await send(page, "totp", { code: codeOf(secret) }), 200,
				"the right code");
			const codes = await page.locator("#recovery-codes li")
				.allInnerTexts();

			equal(codes.length, 8, "recovery codes");
			await page.emulateMedia({ media: "print" });
			for (const code of codes)
				claim(await page.getByText(code, { exact: true })
					.isVisible(), code + " is not printed");
			await page.emulateMedia({ media: "screen" });

			await signOut(page);
			await password(page, name);
			// The one it was added with is used.
			await go(page, "/me", 200);
			equal(new URL(page.url()).pathname, "/login",
				"half signed in, led to");
			await go(page, "/login/code");
			const code = codeOf(secret, 1);

			equal(await send(page, "login-code", { code }), 200,
				"the next code");
			equal(new URL(page.url()).pathname, "/me", "led to");

			await signOut(page);
			await password(page, name);
			equal(await send(page, "login-code", { code }), 422,
				"the same code again");
			equal(await send(page, "login-code",
				{ code: codes[0].toUpperCase() }), 200, "a recovery code");
			await go(page, "/me/security");
			await says(page, "#factor", "7 of 8");
			equal(await send(page, "totp-delete", {}), 200, "asked");
			equal(await send(page, "confirm", {}), 200, "switched off");
			await says(page, "#flash", "The second factor is off.");
		});
}
