// main: all tests of this folder, in order of their files.
"use strict";

const fs = require("fs");
const path = require("path");
const browser = require("./lib/browser");
const { run } = require("./lib/harness");
const shared = require("./lib/shared");

async function main() {
	let good = false;

	for (const f of fs.readdirSync(__dirname).sort())
		if (f.endsWith("_test.js"))
			require(path.join(__dirname, f));
	try {
		good = await run(process.argv.slice(2));
	} finally {
		await browser.stop();
		await shared.stop();
	}
	process.exitCode = good ? 0 : 1;
}

main();
