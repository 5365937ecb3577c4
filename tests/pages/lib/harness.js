// harness: tests are named as the sentence that is true; what a test opened is
// closed when it ends, and trouble that a page had meanwhile fails it.
"use strict";

const tests = [];

function test(name, body) {
	tests.push({ name, body });
}

class Failed extends Error {}

function claim(holds, words) {
	if (!holds)
		throw new Failed(words);
}

function equal(got, wanted, words) {
	const g = JSON.stringify(got), w = JSON.stringify(wanted);

	claim(g === w, `${words}: ${g} instead of ${w}`);
}

// What a test leaves to be undone, last thing first.
class Room {
	constructor() {
		this.ends = [];
		this.troubles = [];
	}

	later(end) {
		this.ends.push(end);
	}

	async close() {
		while (this.ends.length)
			await this.ends.pop()();
	}
}

function reason(e) {
	if (e instanceof Failed)
		return e.message + "\n" + e.stack.split("\n").filter(
			l => l.includes("tests/pages/")).slice(1, 4).join("\n");
	return (e.stack || String(e)).replace(/\x1b\[\d+m/g, "");
}

async function runOne({ name, body }) {
	const room = new Room(), begun = Date.now();
	let why = null, skip;

	try {
		skip = await body(room);
	} catch (e) {
		why = reason(e);
	}
	try {
		await room.close();
	} catch (e) {
		why = why || "at the end: " + reason(e);
	}
	if (!why && room.troubles.length)
		why = room.troubles.join("\n");
	const seconds = ((Date.now() - begun) / 1000).toFixed(1);
	if (!why && skip)
		console.log(`skip ${name}: ${skip}`);
	else
		console.log(`${why ? "FAIL" : "ok"} ${name} ${seconds}`);
	if (why)
		console.log(why.split("\n").map(l => "    " + l).join("\n"));
	return !why;
}

async function run(words) {
	let good = true;

	for (const t of tests)
		if (!words.length || words.some(w => t.name.includes(w)))
			good = await runOne(t) && good;
	return good;
}

module.exports = { test, claim, equal, run };
