// instance: a cairn of one's own on loopback, as `make run` starts it; and made-up
// clients that join it.
"use strict";

const { execFile, spawn } = require("child_process");
const dgram = require("dgram");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");

const TOP = path.resolve(__dirname, "../../..");
const BUILD = process.env.CAIRN_BUILD || "build";
const START_MS = 30000, END_MS = 10000, JOIN_MS = 20000;

function freePort() {
	return new Promise((resolve, reject) => {
		const s = net.createServer();

		s.on("error", reject);
		s.listen(0, "127.0.0.1", () => {
			const { port } = s.address();

			s.close(() => resolve(port));
		});
	});
}

function freeUdpPort() {
	return new Promise((resolve, reject) => {
		const s = dgram.createSocket("udp4");

		s.on("error", reject);
		s.bind(0, "127.0.0.1", () => {
			const { port } = s.address();

			s.close(() => resolve(port));
		});
	});
}

// The output of a child until it holds what is waited for.
class Heard {
	constructor(child, what) {
		this.text = "";
		this.what = what;
		this.waiting = [];
		this.ended = false;
		for (const stream of [child.stdout, child.stderr])
			stream.on("data", b => this.hear(b));
		child.on("close", () => {
			this.ended = true;
			this.hear("");
		});
	}

	hear(bytes) {
		this.text += bytes;
		this.waiting = this.waiting.filter(w => !w());
	}

	until(found, ms) {
		return new Promise((resolve, reject) => {
			const late = setTimeout(() => reject(new Error(
				`${this.what}: not within ${ms} ms: ${this.text}`)), ms);
			const look = () => {
				const got = found(this.text);

				if (!got && !this.ended)
					return false;
				clearTimeout(late);
				if (got)
					resolve(got);
				else
					reject(new Error(`${this.what} ended: ${this.text}`));
				return true;
			};
			if (!look())
				this.waiting.push(look);
		});
	}
}

function ended(child) {
	return child.exitCode !== null || child.signalCode !== null;
}

// `quietly`: it ends by itself, because its input has ended.
async function end(child, ms, quietly) {
	if (ended(child))
		return;
	const gone = new Promise(resolve => child.once("exit", resolve));
	const late = setTimeout(() => child.kill("SIGKILL"), ms);

	if (!quietly)
		child.kill("SIGTERM");
	await gone;
	clearTimeout(late);
}

class Instance {
	async start() {
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "cp."));
		this.home = path.join(this.folder, "h");
		this.port = await freePort();
		this.url = `http://127.0.0.1:${this.port}`;
		this.keeper = spawn("scripts/run.sh", [], {
			cwd: TOP,
			stdio: ["ignore", "pipe", "pipe"],
			env: { ...process.env, CAIRN_HOME: this.home, NO_BUILD: "1",
				CAIRN_BUILD: BUILD, CAIRN_NGINX_WORKERS: "1",
				CAIRN_HTTP_PORT: this.port,
				CAIRN_HTTPS_PORT: await freePort(),
				CAIRN_STUN_PORT: await freeUdpPort() },
		});
		this.heard = new Heard(this.keeper, "the server");
		await this.heard.until(t => t.includes("cairn runs."), START_MS);
		return this;
	}

	async stop() {
		await end(this.keeper, END_MS);
		fs.rmSync(this.folder, { recursive: true, force: true });
	}

	// What the first start prints for the person at the terminal.
	async setupLink() {
		return (await this.heard.until(t => t.match(
			/http\S+\/setup\/[\w-]+/), START_MS))[0];
	}

	// Processes of that program that `holds` is true of.
	pids(program, holds) {
		return fs.readdirSync("/proc").filter(d => {
			try {
				const said = fs.readFileSync(`/proc/${d}/cmdline`,
					"latin1");

				return said.startsWith(program + "\0") &&
					said.includes("\0" + this.home + "\0") &&
					holds(d);
			} catch (e) {
				return false; // no process, or one that has ended
			}
		}).map(Number);
	}

	// While the lock of all writers is held nothing is stored; the function
	// that lets go.
	async holdLock() {
		const child = spawn("flock", [path.join(this.home, "cairn.lock"),
			"sh", "-c", "echo held; exec cat"],
		{ stdio: ["pipe", "pipe", "pipe"] });

		await new Heard(child, "flock").until(t => t.includes("held"),
			END_MS);
		return () => {
			child.stdin.end();
			return end(child, END_MS, true);
		};
	}

	// Holds one of its programs; the function that lets it go on.
	pause(program) {
		const pid = fs.readdirSync("/proc").find(d => {
			try {
				const stat = fs.readFileSync(`/proc/${d}/stat`, "latin1");

				return stat.includes(`(${program})`) &&
					stat.split(") ")[1].split(" ")[1] ===
						String(this.keeper.pid);
			} catch (e) {
				return false; // no process, or one that has ended
			}
		});

		process.kill(Number(pid), "SIGSTOP");
		return () => process.kill(Number(pid), "SIGCONT");
	}

	cairn(...args) {
		return new Promise((resolve, reject) => execFile(
			path.join(TOP, BUILD, "bin/cairn"),
			["--home", this.home, ...args],
			{ timeout: 30000 }, (error, out, complaint) => error
				? reject(new Error(`cairn ${args[0]}: ${complaint}`))
				: resolve(out)));
	}

	async json(...args) {
		return JSON.parse(await this.cairn(...args, "-o", "json"));
	}

	// Made-up machines; they stay online until `leave`.
	async join(key, name, seconds = 120) {
		const child = spawn(path.join(TOP, BUILD, "bin/fake_join"),
			["--url", this.url, "--auth-key", key, "--name", name,
				"--hold", seconds],
			{ stdio: ["ignore", "pipe", "pipe"] });
		const heard = new Heard(child, "fake_join " + name);

		await heard.until(t => t.includes("joined "), JOIN_MS);
		return { leave: () => end(child, END_MS) };
	}

	// A made-up machine without a key: the path of the link it is given.
	async ask(name) {
		const child = spawn(path.join(TOP, BUILD, "bin/fake_join"),
			["--url", this.url, "--auth-key", "", "--name", name],
			{ stdio: ["ignore", "pipe", "pipe"] });
		const heard = new Heard(child, "fake_join " + name);

		return (await heard.until(t => t.match(/\/register\/[\w-]+/),
			JOIN_MS))[0];
	}
}

// For one test: ended with it.
async function instance(room) {
	const one = new Instance();

	room.later(() => one.stop());
	return one.start();
}

module.exports = { Heard, Instance, end, instance };
