// provider: a real OpenID provider, npm's oidc-provider (certified), on a port of
// this machine, with people whom it knows and a form on which they say who they
// are.  For tests in a browser as a class, for others as a program:
//
//     provider.js '{"port": 9000, "redirect": "http://…/oidc/callback"}'
//
// prints `issuer URL` and does what lines on its input say ({"rotate": true},
// {"ttl": 5}, {"groups": {"ann": ["dev"]}}, {"revoke": "ann"}), each answered by
// `done`.  It ends with its input.
"use strict";

const { generateKeyPairSync, randomUUID } = require("crypto");
const http = require("http");
const readline = require("readline");
const { pathToFileURL } = require("url");

// sub: what it says of them.  The same at each issuer: two of them are two people.
const PEOPLE = {
	ann: { name: "Ann Archer", email: "ann@example.org", email_verified: true,
		groups: ["dev", "all"], picture: "https://example.org/ann.png" },
	ben: { name: "Ben Baker", email: "ben@example.org", email_verified: true,
		groups: ["all"] },
	cyd: { name: "Cyd Carter", email: "cyd@example.org",
		email_verified: false, groups: ["dev"] },
	dan: { name: "Dan Dale", email: "dan@elsewhere.example",
		email_verified: true, groups: ["dev"] },
	eve: { name: "Eve Ely", email: "eve@example.org", email_verified: true,
		groups: [] },
};
const CLIENT = { id: "cairn", secret: "s3cr3t/+ %&" };
const DEFAULTS = { host: "127.0.0.1", port: 0, ttl: 3600, alg: "RS256",
	auth: "client_secret_basic", tokenOnly: false };

async function load(name) {
	return (await import(pathToFileURL(require.resolve(name)))).default;
}

function signingKey(alg) {
	const { privateKey } = alg === "ES256"
		? generateKeyPairSync("ec", { namedCurve: "P-256" })
		: generateKeyPairSync("rsa", { modulusLength: 2048 });

	return { ...privateKey.export({ format: "jwk" }), alg, use: "sig",
		kid: randomUUID() };
}

function body(req) {
	return new Promise((resolve, reject) => {
		let text = "";

		req.on("data", b => text += b);
		req.on("end", () => resolve(new URLSearchParams(text)));
		req.on("error", reject);
	});
}

class Issuer {
	constructor(how) {
		this.how = { ...DEFAULTS, ...how };
		this.groups = {};
		this.grants = []; // [whose, id]
	}

	async start() {
		this.kind = await load("oidc-provider");
		const memory = await load(
			"oidc-provider/lib/adapters/memory_adapter.js");

		// Of its own kind: the module warns of the other.
		this.memory = class extends memory {};
		this.server = http.createServer((req, res) => this.answer(req, res));
		await new Promise((resolve, reject) => {
			this.server.on("error", reject);
			this.server.listen(this.how.port, this.how.host, resolve);
		});
		this.how.port = this.server.address().port;
		this.issuer = `http://${this.how.host}:${this.how.port}`;
		this.rotate();
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise(resolve => this.server.close(resolve));
	}

	// Another key, and nothing of the one before; who is signed in stays so.
	rotate() {
		this.keys = [signingKey(this.how.alg)];
		this.make();
	}

	make() {
		this.provider = new this.kind(this.issuer, this.settings());
		this.callback = this.provider.callback();
	}

	settings() {
		return {
			clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret,
				redirect_uris: [this.how.redirect],
				grant_types: ["authorization_code", "refresh_token"],
				token_endpoint_auth_method: this.how.auth,
				id_token_signed_response_alg: this.how.alg }],
			clientAuthMethods: [this.how.auth],
			jwks: { keys: this.keys },
			adapter: this.memory,
			cookies: { keys: ["of a test"] },
			pkce: { required: () => true },
			claims: { openid: ["sub"], email: ["email", "email_verified"],
				profile: ["name", "preferred_username", "picture",
					"groups"] },
			conformIdTokenClaims: !this.how.tokenOnly,
			features: { devInteractions: { enabled: false },
				userinfo: { enabled: !this.how.tokenOnly } },
			interactions: { url: (_, i) => "/who/" + i.uid },
			findAccount: (_, sub) => this.account(sub),
			ttl: { IdToken: () => this.how.ttl, AccessToken: 600,
				Grant: 86400, Interaction: 600, RefreshToken: 86400,
				Session: 86400 },
		};
	}

	account(sub) {
		const claims = PEOPLE[sub];

		return claims && { accountId: sub, claims: () => ({ sub,
			preferred_username: sub, ...claims,
			groups: this.groups[sub] || claims.groups }) };
	}

	async answer(req, res) {
		if (this.broken && req.url.startsWith(this.broken))
			return res.writeHead(503).end();
		if (req.url === "/jwks")
			this.keysAt = Date.now();
		try {
			await (req.url.startsWith("/who/") ? this.who(req, res)
				: this.callback(req, res));
		} catch (e) {
			res.writeHead(500).end(String(e.stack));
		}
	}

	// The form on which somebody says who they are, or that they will not.
	async who(req, res) {
		const asked = await this.provider.interactionDetails(req, res);

		if (req.method === "POST")
			return this.said(req, res, asked, await body(req));
		const known = asked.session ? asked.session.accountId : "";

		res.writeHead(200, { "Content-Type": "text/html" });
		return res.end("<!DOCTYPE html><title>Who are you?</title>" +
			`<body data-prompt="${asked.prompt.name}">` +
			'<form id="form-who" method="post">' +
			`<input name="login" value="${known}">` +
			'<button name="do" value="yes">Sign in</button>' +
			'<button name="do" value="no">No</button></form>');
	}

	async said(req, res, asked, fields) {
		const login = fields.get("login");

		if (fields.get("do") === "no" || !PEOPLE[login])
			return this.provider.interactionFinished(req, res,
				{ error: "access_denied", error_description: "no" });
		const grant = new this.provider.Grant({ accountId: login,
			clientId: asked.params.client_id });

		grant.addOIDCScope(asked.params.scope);
		const grantId = await grant.save();

		this.grants.push([login, grantId]);
		return this.provider.interactionFinished(req, res, {
			login: { accountId: login },
			consent: { grantId },
		});
	}

	async obey(order) {
		if (order.ttl)
			this.how.ttl = order.ttl;
		Object.assign(this.groups, order.groups);
		if ("broken" in order) // the address that is out of order
			this.broken = order.broken;
		if (order.rotate)
			this.rotate();
		for (const [login, id] of this.grants)
			if (login === order.revoke)
				await (await this.provider.Grant.find(id)).destroy();
	}
}

async function main() {
	const one = await new Issuer(JSON.parse(process.argv[2])).start();

	console.log("issuer " + one.issuer);
	for await (const line of readline.createInterface(process.stdin)) {
		await one.obey(JSON.parse(line));
		console.log("done");
	}
	await one.stop();
}

if (require.main === module)
	main();
else
	module.exports = { CLIENT, Issuer, PEOPLE };
