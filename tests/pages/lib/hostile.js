// hostile: 200 texts that a machine may call itself to hurt whoever looks at it.
"use strict";

const fs = require("fs");
const path = require("path");

const LONGEST = 250;

function hostile() {
	return JSON.parse(fs.readFileSync(path.join(__dirname,
		"../../fixtures/hostile/texts.json"))).filter(
		t => t.length <= LONGEST);
}

module.exports = { hostile };
