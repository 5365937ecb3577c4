// The policy as a text (spec/pages.md 11, 17: proofs 4, 8, 9).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, press, says, send } = require("./lib/browser");
const { OWNER, owner, shared } = require("./lib/shared");

const PAGE = "/admin/policy";
const OPEN = '{"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]}\n';

const text = page => page.locator("#policy-text");

async function stored() {
	return (await shared()).cairn("policy", "get");
}

// What is open is what it will be put back to.
async function begin(room, how) {
	const page = await owner(room, how);

	await go(page, PAGE);
	return page;
}

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("a policy is edited, checked, saved and put back" + how,
		async room => {
			const page = await begin(room, { js });
			const before = await stored();
			const mine = "// mine\n\t// a tab\n" + OPEN;

			equal(await send(page, "policy", { text: mine }, "Check"), 200,
				"the check");
			equal(await page.locator("#check").getAttribute("data-result"),
				"ok", "its result");
			claim(await page.locator("#check").evaluate(
				e => e === document.activeElement), "no focus there");
			await page.getByText("What differs, line by line").click();
			await says(page, "#check-diff", "+// mine");
			equal(await stored(), before, "stored by a check");
			equal(await send(page, "policy", { note: "by test" }, "Save"),
				200, "the save");
			equal(await page.locator("#flash").getAttribute("data-flash"),
				"policy-saved", "the flash");
			equal(await stored(), mine, "stored");
			await go(page, PAGE + "/history");
			await says(page, "#policy-history tbody tr:first-child",
				"by test");
			await page.locator("#policy-history tbody tr").nth(1)
				.getByRole("link").first().click();
			await page.waitForLoadState();
			equal(await send(page, "restore", {}), 200, "the question");
			equal(await stored(), mine, "stored before a yes");
			await says(page, "#diff", "−// mine");
			equal(await send(page, "confirm", {}), 200, "the restore");
			equal(await page.locator("#flash").getAttribute("data-flash"),
				"policy-restored", "the flash");
			equal(await stored(), before, "put back");
		});

	test("what is wrong with a policy is told at its line" + how,
		async room => {
			const page = await begin(room, { js });
			const wrong = "// mine\n{\n\t\"grants\": [\n";

			equal(await send(page, "policy", { text: wrong }, "Save"), 422,
				"the save");
			equal(await page.locator("#check").getAttribute("data-result"),
				"error", "the result");
			claim(await page.locator("#check-errors li").count(), "no error");
			equal(await text(page).inputValue(), wrong, "what was typed");
		});

	test("a draft is asked who reaches what, and not saved" + how,
		async room => {
			const page = await begin(room, { js });
			const before = await stored();
			const mine = "// mine\n" + OPEN.replace('"*"', '"ada@"');

			await text(page).fill(mine);
			await page.getByRole("button", { name: "Who reaches what" })
				.click();
			await page.locator("body[data-page=access]").waitFor();
			claim(await page.locator("#draft-note").count(), "no note");
			equal(await text(page).inputValue(), mine, "the draft");
			equal(await send(page, "draft", { src: "192.0.2.1",
				dst: "192.0.2.2" }, "Show by this draft"), 200,
				"the question");
			equal(await page.locator("#verdict").getAttribute(
				"data-allowed"), "no", "the verdict");
			await says(page, "#verdict", "line 2 is for ada@");
			equal(await text(page).inputValue(), mine, "the draft again");
			equal(await send(page, "draft", {}, "Edit this draft"), 200,
				"the way back");
			await page.locator("body[data-page=policy]").waitFor();
			equal(await text(page).inputValue(), mine, "in the editor");
			equal(await stored(), before, "stored");
		});

	test("the second of two who edit the policy is told, and may insist" +
		how, async room => {
		const first = await begin(room, { js });
		const second = await begin(room, { js });
		const before = await stored();

		equal(await send(first, "policy", { text: "// first\n" + OPEN },
			"Save"), 200, "the first");
		equal(await send(second, "policy", { text: "// second\n" + OPEN },
			"Save"), 409, "the second");
		await says(second, "#conflict", "+// first");
		claim(await second.locator("#conflict").evaluate(
			e => e === document.activeElement), "no focus there");
		equal(await text(second).inputValue(), "// second\n" + OPEN,
			"what was typed");
		equal(await send(second, "policy", {}, "Save"), 200, "sent again");
		equal(await stored(), "// second\n" + OPEN, "stored");
		await send(second, "policy", { text: before }, "Save");
		equal(await stored(), before, "put back");
	});

	test("a policy that comes after the session ended is stored as typed" + how,
		async room => {
			const page = await begin(room, { js });
			const before = await stored();
			const mine = "\n// mine\n\t// \u202e \u0085 \"&#13;\"\n" + OPEN;

			await page.context().clearCookies();
			equal(await send(page, "policy", { text: mine }, "Save"), 401,
				"the save");
			const [signIn] = await Promise.all([
				page.context().waitForEvent("page"),
				page.getByRole("link", { name: "Sign in" }).click()]);
			await signIn.waitForLoadState();
			await send(signIn, "login", { name: OWNER.name,
				password: OWNER.password }, "Sign in");
			equal(await press(page, page.getByRole("button",
				{ name: "Send again" })), 200, "sent again");
			equal(await stored(), mine, "stored");
			await send(page, "policy", { text: before }, "Save");
			equal(await stored(), before, "put back");
		});

	test("a policy that is saved unchanged keeps every byte" + how,
		async room => {
			const one = await shared();
			const before = await stored();
			const fs = require("fs"), file = one.home + "/odd.hujson";

			for (const odd of ["\n\n// a\r\n" + OPEN, "\t//\u202e &amp; \n" +
				OPEN + "\n \n", "// a\r\n" + OPEN.replace("\n", "\r\n")]) {
				fs.writeFileSync(file, odd);
				await one.cairn("policy", "set", "-f", file);
				const page = await begin(room, { js });

				equal(await send(page, "policy", {}, "Save"), 200, "the save");
				equal(await page.locator("#flash").getAttribute(
					"data-flash"), "policy-unchanged", "the flash");
				equal(await stored(), odd, "stored");
			}
			fs.writeFileSync(file, before);
			await one.cairn("policy", "set", "-f", file);
			fs.unlinkSync(file);
		});
}

test("lines are numbered, and a link goes to the one that is wrong",
	async room => {
		const page = await begin(room);

		await text(page).fill("// 1\n// 2\n{\n\t\"a\": 1 /* open\n");
		equal(await page.locator(".lines").innerText(), "1\n2\n3\n4\n5",
			"the numbers");
		await page.keyboard.press("Control+s");
		await page.waitForURL("**" + PAGE);
		await page.locator("#check").waitFor();
		const link = page.locator("#check-errors a[data-line]");

		if (!await link.count())
			return; // nothing to go to
		await link.click();
		const line = Number(await link.getAttribute("data-line"));

		equal(await text(page).evaluate(e => e.value.slice(0,
			e.selectionStart).split("\n").length), line, "the caret");
	});

test("Tab leaves the text until Ctrl-M is pressed", async room => {
	const page = await begin(room);

	await text(page).fill("");
	await text(page).focus();
	await page.keyboard.press("Tab");
	equal(await page.locator(":focus").getAttribute("name"), "note",
		"where Tab leads");
	await text(page).focus();
	await page.keyboard.press("Control+m");
	await page.keyboard.press("Tab");
	equal(await text(page).inputValue(), "\t", "what Tab wrote");
	await page.keyboard.press("Control+m");
	await page.keyboard.press("Tab");
	equal(await page.locator(":focus").getAttribute("name"), "note",
		"where Tab leads again");
	await text(page).fill(await stored()); // or leaving asks
});
