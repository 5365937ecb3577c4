"""oidc: machines that are added by whom an OpenID provider vouches for: npm's
oidc-provider on the server's host (tests/oidc/provider.js)."""
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.parse

from browser import Browser, Connection, owner
from identity import rows_of
from lab import TOP, Skipped, claim, until
from policy import (EDIT_SECONDS, OPEN, PORT, grant, listening, obey, opens,
                    reaches)
from ssh import Login, decide, path_of, rule
from tests import test

sys.path.append(os.path.join(TOP, "tests", "pages"))  # ours first
import modules  # noqa: E402

ISSUER_PORT = 9500
CLIENT = {"oidc_client_id": "cairn", "oidc_client_secret": "s3cr3t/+ %&"}
TOKEN_SECONDS = 20
NET, FAR = "10.83.0.0/24", "10.83.0.1"
OWN = "10.84.0.0/24"


class Issuer:
    """The provider; it ends with the host."""

    def __init__(self, server, **how):
        why = modules.missing("node", "npm")
        if why:
            raise Skipped(why)
        how = {"port": ISSUER_PORT, "redirect": server.url + "/oidc/callback",
               **how}
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", server.ns, "node", os.path.join(
                TOP, "tests", "oidc", "provider.js"), json.dumps(how)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "NODE_PATH": os.path.join(
                modules.install(), "node_modules")})
        said = self.process.stdout.readline()
        claim(said.startswith("issuer "), "no provider: %r" % said)
        self.issuer = said.split()[1]

    def order(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        claim(self.process.stdout.readline() == "done\n", "not obeyed")


def provider(lab, **fields):
    """One a lab, put in by the owner on the page."""
    if "issuer" not in lab.shared:
        issuer = Issuer(lab.server)
        admin = owner(lab)
        admin.get("/admin/settings/sign-in/providers/new")
        admin.submit("provider", do="save", oidc_name="Login",
                     oidc_issuer=issuer.issuer, **CLIENT, **fields)
        lab.shared["issuer"] = issuer
    return lab.shared["issuer"]


class Person(Browser):
    """Somebody with an account at the provider, where the browser goes too."""

    def __init__(self, lab, login):
        super().__init__(lab.server)
        self.login, self.asked = login, 0
        self.there = {}  # the provider's cookies, by name and path

    def visit(self, url, body):
        at = urllib.parse.urlsplit(url)
        c = Connection(self.server.ns, at.hostname, at.port)
        sent = "; ".join("%s=%s" % (name, value) for (name, path), value
                         in self.there.items() if at.path.startswith(path))
        c.request("POST" if body else "GET", at.path + (
            "?" + at.query if at.query else ""), body, {
                "Cookie": sent,
                "Content-Type": "application/x-www-form-urlencoded"})
        answer = c.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            path = re.search(r"; *path=([^;]+)", line).group(1)
            if value:
                self.there[name, path] = value
            else:
                self.there.pop((name, path), None)
        c.close()
        return answer, text

    def begins(self, path="/oidc/start"):
        """A tab that goes to the provider: where it is sent."""
        page = self.get(path)
        claim(page.status == 302, "%d: %s" % (page.status, page.text[:1500]))
        return page.head["Location"]

    def arrives(self, url):
        """Says who it is where that tab is, and comes back."""
        body = None
        while not url.startswith(self.server.url + "/"):
            answer, text = self.visit(url, body)
            body = None
            if answer.status in (302, 303):
                url = urllib.parse.urljoin(url, answer.headers["Location"])
                continue
            claim(answer.status == 200 and "form-who" in text,
                  "the provider answers %d: %s" % (answer.status, text[:800]))
            body = urllib.parse.urlencode({"login": self.login, "do": "yes"})
            self.asked += 1
        self.get(url[len(self.server.url):])
        return self.follow()

    def signs_in(self, links):
        """By the link of a page that offers it."""
        found = [l for l in links if l.startswith("/oidc/start")]
        claim(len(found) == 1, "no way to the provider: %s" % links)
        return self.arrives(self.begins(found[0]))

    def opens(self, url):
        """A machine's link, signed in."""
        page = self.get(path_of(url))
        if any(l.startswith("/oidc/start") for l in page.links):
            page = self.signs_in(page.links)
        claim("Add machine" in page.text, "%s at %s: %d %s" % (
            self.login, url, page.status, page.text[:1500]))

    def adds(self, c, *flags, again=False):
        """Joins that machine."""
        up, url = c.up_by_web(*flags, again=again)
        self.lets_in(url)
        c.wait_state("Running", 20)
        claim(up.wait(20) == 0, "tailscale up failed")

    def lets_in(self, url):
        self.opens(url)
        self.submit("register", decision="approve")


def sql(lab, text, *values):
    with contextlib.closing(sqlite3.connect(
            os.path.join(lab.server.home, "cairn.db"), timeout=10)) as db:
        with db:
            return db.execute(text, values).fetchall()


def users(lab):
    return {u["name"]: u for u in lab.server.json("users", "list")}


def router(lab):
    r = lab.client("gate", key=lab.server.key("--tags", "tag:router",
                                              user=None),
                   more=("--advertise-routes=" + NET,))
    r.exec("ip", "addr", "add", FAR + "/32", "dev", "lo")
    return r


@test("OpenID Connect: machines are added by their people's accounts, by PKCE, "
      "in the first of several tabs, and see what the policy gives them at once",
      "oidc", 30)
def joins(lab):
    provider(lab)
    lab.server.cairn("users", "create", "ben")
    obey(lab, grants=[grant("autogroup:member", "autogroup:member", "*"),
                      grant("autogroup:member", OWN, "*"),
                      grant("ann@example.org", NET, "*")],
         autoApprovers={"routes": {NET: ["tag:router"],
                                   OWN: ["ann@example.org"]}})
    gate, a, b = router(lab), lab.host("anns").begin(), lab.host(
        "bens").begin()
    ann, ben = Person(lab, "ann"), Person(lab, "ben")
    lab.shared.update(ann=ann, ben=ben, anns=a, bens=b)
    up, url = a.up_by_web("--accept-routes", "--advertise-routes=" + OWN)
    link = ann.get(path_of(url)).links
    link = [l for l in link if l.startswith("/oidc/start")][0]
    tabs = [ann.begins(link) for _ in range(3)]
    claim(all("code_challenge_method=S256" in t for t in tabs), tabs)
    claim("form-register" in ann.arrives(tabs[0]).text, ann.page.text[:1500])
    ann.submit("register", decision="approve")
    a.wait_state("Running", 20)
    claim(up.wait(20) == 0, "tailscale up failed")
    a.sees("gate", PrimaryRoutes=[NET])
    with listening(gate, PORT, address=FAR):
        opens(a, FAR)
    ben.adds(b, "--accept-routes")
    claim("gate" not in b.peers(), "ben sees the router")
    b.sees("anns", Online=True)
    for x, y in ((a, b), (b, a)):
        x.ping(y.ip4)
        x.ping(y.ip6)


@test("OpenID Connect: a verified address is the user's and another is nobody's, "
      "and who is called like somebody else is somebody new", "oidc", 10)
def rows(lab):
    cyd = Person(lab, "cyd")
    cyd.signs_in(cyd.get("/login").links)
    got = users(lab)
    claim({name: u.get("email") for name, u in got.items()} == {
        "ann": "ann@example.org", "ben": None, "ben-2": "ben@example.org",
        "cyd": None, "olga": None}, got)
    claim([n["user"]["name"] for n in lab.server.nodes() if n[
        "given_name"] == "bens"] == ["ben-2"], lab.server.nodes())


@test("OpenID Connect: who signs in again at a machine has the same machine with "
      "another key, and its routes serve again", "oidc", 15)
def again(lab):
    a, b, ann = (lab.shared[x] for x in ("anns", "bens", "ann"))
    b.sees("anns", PrimaryRoutes=[OWN])
    before, key = (a.ips(), a.self_node()["ID"]), a.self_node()["PublicKey"]
    a.cli("logout")
    a.wait_state("NeedsLogin")
    b.sees("anns", Online=False)
    ann.adds(a, "--accept-routes", "--advertise-routes=" + OWN)
    claim((a.ips(), a.self_node()["ID"]) == before, "another machine")
    claim(a.self_node()["PublicKey"] != key, "the same key")
    b.sees("anns", Online=True, PrimaryRoutes=[OWN])
    a.ping(b.ip4)


@test("OpenID Connect: another account at a machine makes another machine, and "
      "the way back leads to the old one", "oidc", 15)
def another(lab):
    a, b, ann, ben = (lab.shared[x] for x in ("anns", "bens", "ann", "ben"))
    flags = ("--accept-routes", "--advertise-routes=" + OWN)
    was = a.ips(), a.self_node()["ID"]
    a.reauth_by_web(ben.lets_in, *flags)
    until("another machine", 20, lambda: a.ips() and a.ips() != was[0])
    claim(sorted(rows_of(lab, a)) == ["ann", "ben-2"], rows_of(lab, a))
    b.ping(a.ip4)
    a.reauth_by_web(ann.lets_in, *flags)
    until("the old one", 20, lambda: a.ips() == was[0])
    claim(a.self_node()["ID"] == was[1], "another machine")
    claim(sorted(rows_of(lab, a)) == ["ann", "ben-2"], rows_of(lab, a))
    b.ping(a.ip4)


@test("OpenID Connect: a machine ends with the token it was added by, also when "
      "tailscaled starts again meanwhile", "oidc ends", 35)
def ends(lab):
    provider(lab, oidc_key_expiry="1").order(ttl=TOKEN_SECONDS)
    peer = lab.client("peer", key=lab.server.key())
    c, ann = lab.host("anns").begin(), Person(lab, "ann")
    begun = int(time.time())
    ann.adds(c)
    until_ = sql(lab, "SELECT token_until FROM identity")[0][0]
    claim(begun <= until_ - TOKEN_SECONDS <= time.time(), until_ - begun)
    told = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until_))
    claim(c.self_node()["KeyExpiry"] == told, c.self_node()["KeyExpiry"])
    c.stop()
    c.begin().wait_state("Running")
    claim(c.self_node()["KeyExpiry"] == told, c.self_node()["KeyExpiry"])
    c.wait_state("NeedsLogin", TOKEN_SECONDS + 10)
    claim(time.time() >= until_, "before its time")
    peer.sees("anns", Expired=True)
    asked = ann.asked  # her session is good, the token behind it is not
    ann.adds(c, again=True)
    claim(ann.asked == asked + 1, "added by a token that has ended")
    until("the peer sees it again", 15, lambda: not peer.peers()["anns"].get(
        "Expired"))
    claim(len(rows_of(lab, c)) == 1, rows_of(lab, c))


@test("OpenID Connect: a link that ended leads its machine to another, by which "
      "it is added", "oidc follow", 15)
def follow(lab):
    provider(lab, oidc_scopes="openid profile email offline_access")
    obey(lab, grants=OPEN, ssh=[rule(src=["ann@example.org"])])
    a, ann = lab.host("anns").begin(), Person(lab, "ann")
    lab.shared.update(ann=ann, anns=a)
    up, url = a.up_by_web()
    sql(lab, "UPDATE pending SET expires_at = unixepoch() - 1")
    lab.server.kill("cairn-worker")
    other = until("another link", 30, lambda: (
        a.status().get("AuthURL") or url) != url and a.status()["AuthURL"])
    claim(ann.get(path_of(url)).status == 410, ann.page.status)
    ann.opens(other)
    ann.submit("register", decision="approve")
    a.wait_state("Running", 20)
    claim(up.wait(20) == 0, "tailscale up failed")


@test("OpenID Connect: SSH is allowed by the owner of the source, who signs in "
      "at the provider again for it", "oidc follow", 20)
def check(lab):
    a, ann, ben = lab.shared["anns"], lab.shared["ann"], Person(lab, "ben")
    s = lab.client("srv", key=lab.server.key("--tags", "tag:server",
                                             user=None), more=("--ssh",))
    a.meets(s)
    ben.signs_in(ben.get("/login").links)
    sql(lab, "UPDATE web_session SET fresh_at = fresh_at - 3600")
    with Login(a, s) as login:
        link = path_of(login.link())
        claim(ben.get(link).status in (303, 403), ben.page.status)
        claim("anns" not in ben.follow().text, "it tells who logs in")
        asked = ann.asked
        ann.get(link)
        claim(ann.page.status == 303, "without a fresh sign-in")
        ann.signs_in(ann.follow().links)
        claim(ann.asked == asked + 1, "the provider did not ask again")
        decide(ann, link, "approve")
        login.is_in()
    lab.shared["srv"] = s


def refresh(lab):
    """The hour until the provider is asked again is over."""
    sql(lab, "UPDATE job SET due_at = 0 WHERE kind = 'oidc-refresh'")


@test("OpenID Connect: what groups the provider says somebody is in counts in the "
      "policy, between two sign-ins too, until they are withdrawn",
      "oidc follow", 15)
def groups(lab):
    a, s, ann = (lab.shared[x] for x in ("anns", "srv", "ann"))
    obey(lab, grants=[grant("group:ops@127.0.0.1", "tag:server", "*"),
                      grant("tag:server", "*", "*")])
    with listening(s, PORT):
        until("the policy", EDIT_SECONDS, lambda: not reaches(a, s.ip4))
        provider(lab).order(groups={"ann": ["ops"]})
        refresh(lab)
        until("ann is one of them", 20, lambda: reaches(a, s.ip4))
        claim(ann.get("/me").status == 200, ann.page.status)
        provider(lab).order(revoke="ann")
        refresh(lab)
        until("ann is none of them", 20, lambda: not reaches(a, s.ip4))
    claim(ann.get("/me").status == 303, "her session goes on")
