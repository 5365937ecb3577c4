// What machines call themselves is text on every page (spec/pages.md 17, proof
// 6).
"use strict";

const { execFile } = require("child_process");
const fs = require("fs");
const path = require("path");
const { promisify } = require("util");
const { test, claim, equal } = require("./lib/harness");
const { go } = require("./lib/browser");
const { hostile } = require("./lib/hostile");
const { fits, valid } = require("./lib/inspect");
const { instance } = require("./lib/instance");
const { OWNER, fill, owner, setUp, shared } = require("./lib/shared");

const ROWS = 50;

// Elements and their attributes' names; no text.
function shapes(page, rows) {
	return page.locator(rows).evaluateAll(all => all.map(row => {
		const shape = e => e.localName + "[" + [...e.attributes].map(
			a => a.name).sort() + "](" + [...e.children].filter(
			c => !c.matches(".sub")).map(shape) + ")";

		return shape(row);
	}));
}

async function unhurt(page, words) {
	equal(await page.evaluate(() => document.hurt), undefined, words);
	equal(await page.locator("main script, main iframe, main img, main style, " +
		"main link, main base, main object, main textarea").count(), 0, words);
}

for (const js of [true, false])
	test("two hundred hostile names are text" + (js ? ""
		: ", without JavaScript"), async room => {
		const one = await shared();
		const page = await owner(room, { js,
			viewport: { width: 320, height: 800 } });
		const texts = hostile();
		const file = path.join(one.folder, "texts.json");

		equal(texts.length, 200, "texts");
		fs.writeFileSync(file, JSON.stringify(texts));
		await fill(one, "hostile", file);
		room.later(() => fill(one, "clear", "h[0-9][0-9][0-9]"));
		const seen = new Set();
		for (let n = 1; n <= texts.length / ROWS; n++) {
			const answer = await go(page, `/admin/machines?q=h&page=${n}`);
			await unhurt(page, "page " + n);
			await fits(page, "page " + n);
			await valid(await answer.text(), "page " + n);
			for (const s of await shapes(page, "#machines tbody tr"))
				seen.add(s);
		}
		equal(seen.size, 1, "shapes of rows: " + [...seen].join("\n"));
		const ids = await page.locator("tbody tr").evaluateAll(
			rows => rows.map(r => r.dataset.id));
		claim(ids.length > 0, "no rows");
	});

test("two hundred hostile texts do nothing in any field of any page", async room => {
	const one = await instance(room);
	const page = await setUp(one, room);
	const { stdout } = await promisify(execFile)(path.join(__dirname,
		"fill_hostile.py"), [one.home, one.port, OWNER.name,
		OWNER.password]);
	const paths = JSON.parse(stdout);

	claim(paths.length > 20, "only " + paths);
	for (const at of paths) {
		await go(page, at);
		equal(await page.evaluate(() => document.hurt), undefined, at);
		equal(await page.locator("main script, main iframe, main img, " +
			"main style, main link, main base, main object").count(), 0, at);
		equal(await page.title() !== "", true, at + ": its title");
	}
});
