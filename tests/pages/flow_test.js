// The policy in other forms: the network as a table and a picture, and entries
// put in and taken out one by one (spec/pages.md 11.3, 11.5).
"use strict";

const { test, claim, equal } = require("./lib/harness");
const { go, says, send, PHONE } = require("./lib/browser");
const { owner, shared } = require("./lib/shared");

const EDITOR = "/admin/policy", RULES = EDITOR + "/rules";
const NETWORK = "/admin/network";
const MINE = `// Ours.
{
	"tagOwners": {"tag:server": [], "tag:ci": []},
	"grants": [
		// The web, for ada.
		{"src": ["ada@"], "dst": ["tag:server"], "ip": ["443"]}, // as agreed
	],
	"ssh": [
		{"action": "accept", "src": ["grace@"], "dst": ["tag:server"], "users": ["root"]},
	],
}
`;

const stored = async () => (await shared()).cairn("policy", "get");
const flash = page => page.locator("#flash").getAttribute("data-flash");

async function save(page, text) {
	await go(page, EDITOR);
	equal(await send(page, "policy", { text }, "Save"), 200, "the save");
}

// With that text in force; what was there before comes back.
async function begin(room, how) {
	const page = await owner(room, how);
	const before = await stored();

	await save(page, MINE);
	room.later(async () => {
		const again = await owner(room);

		await save(again, before);
	});
	return page;
}

test("the picture is read on a telephone, in a box of its own", async room => {
	const page = await begin(room, { viewport: PHONE });
	const box = page.locator("figure [role=group]");

	await go(page, NETWORK + "?by=user");
	claim(await page.evaluate(() => document.documentElement.scrollWidth <=
		innerWidth), "the page is wider than the screen");
	claim(await page.locator("svg#network text").first().evaluate(
		e => e.getBoundingClientRect().height >= 12), "small letters");
	await box.focus();
	await page.keyboard.press("End");
	await page.keyboard.press("ArrowRight");
	await page.waitForFunction(e => e.scrollLeft > 0,
		await box.elementHandle());
	claim(await page.locator("#matrix td[data-label^='To ']").count(),
		"no cell says where it leads");
});

for (const js of [true, false]) {
	const how = js ? "" : ", without JavaScript";

	test("the network says what the policy says" + how, async room => {
		const page = await begin(room, { js });
		const row = page.locator("#matrix tbody tr", {
			has: page.locator("th", { hasText: /^ada/ }) });

		await go(page, NETWORK + "?by=user");
		claim((await row.first().innerText()).includes("443"),
			"no 443 of ada");
		claim(await page.locator("#matrix", { hasText: "SSH as root" })
			.count(), "no SSH of grace");
		claim(await page.locator("svg#network[role=img] title",
			{ hasText: "443" }).count(), "no line of the picture");
		await row.first().locator("a", { hasText: "line 6" }).first()
			.click();
		await page.waitForLoadState();
		await says(page, ".excerpt", "The web, for ada.");
	});

	test("a rule comes by a form, and comments stay" + how, async room => {
		const page = await begin(room, { js });

		await go(page, RULES);
		await page.locator("summary", { hasText: "Add a rule" }).click();
		equal(await send(page, "rule", { src: "grace@", dst: "tag:ci",
			ports: "tcp:22 80" }, "Add rule"), 200, "the question");
		await says(page, "#diff", "+\t\t{\"src\": [\"grace@\"]");
		claim(await page.locator("#check-impact").count(), "no impact");
		equal(await stored(), MINE, "stored before it was confirmed");
		equal(await send(page, "confirm", {}), 200, "the answer");
		equal(await flash(page), "policy-saved", "the flash");
		equal(await stored(), MINE.replace("// as agreed\n", "// as agreed\n" +
			"\t\t{\"src\": [\"grace@\"], \"dst\": [\"tag:ci\"], " +
			"\"ip\": [\"tcp:22\", \"80\"]},\n"), "the text");
		equal(await send(page, "remove-grants-1", {}), 200,
			"the question of the other way");
		equal(await send(page, "confirm", {}), 200, "the other way");
		equal(await stored(), MINE, "the text as it was");
	});

	test("SSH rules and tests come by forms" + how, async room => {
		const page = await begin(room, { js });
		const add = async (summary, form, values, button) => {
			await go(page, RULES);
			await page.locator("summary", { hasText: summary }).click();
			equal(await send(page, form, values, button), 200, button);
			equal(await send(page, "confirm", {}), 200, "the answer");
			equal(await flash(page), "policy-saved", "the flash");
		};
		const remove = async form => {
			equal(await send(page, form, {}), 200, form);
			equal(await send(page, "confirm", {}), 200, "its answer");
		};

		await add("Add an SSH rule", "ssh", { src: "ada@", dst: "tag:ci",
			users: "ci, root", action: "check", period: "1h" },
			"Add SSH rule");
		await add("Add a test", "test", { src: "ada@",
			accept: "tag:server:443", deny: "tag:server:22" }, "Add test");
		await add("Add an SSH test", "ssh-test", { src: "ada@",
			dst: "tag:server", deny: "postgres" }, "Add SSH test");
		equal(await stored(), MINE.replace("[\"root\"]},\n\t],\n",
			"[\"root\"]},\n\t\t{\"action\": \"check\", \"src\": " +
			"[\"ada@\"], \"dst\": [\"tag:ci\"], \"users\": [\"ci\", " +
			"\"root\"], \"checkPeriod\": \"1h\"},\n\t],\n" +
			"\t\"tests\": [\n\t\t{\"src\": \"ada@\", \"accept\": " +
			"[\"tag:server:443\"], \"deny\": [\"tag:server:22\"]},\n" +
			"\t],\n\t\"sshTests\": [\n\t\t{\"src\": \"ada@\", " +
			"\"dst\": [\"tag:server\"], \"deny\": [\"postgres\"]},\n" +
			"\t],\n"), "the text");
		await page.locator("summary", { hasText: "Add a test" }).click();
		equal(await send(page, "test", {}, "Add test"), 422, "of nothing");
		await says(page, "#errors", "Enter From.");
		await go(page, RULES);
		for (const form of ["remove-sshTests-0", "remove-tests-0",
			"remove-ssh-1"])
			await remove(form);
		claim(!(await stored()).includes("ada@\", \"accept"), "the test");
	});
}
