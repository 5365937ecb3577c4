"""identity: who a machine is, to whom it belongs, and what becomes of that."""
import os
import re
import subprocess
import time

from browser import PASSWORD, Browser, owner
from lab import NEWEST, OLDEST, SERVER, Server, claim, until
from policy import EDIT_SECONDS, OPEN, obey
from ssh import path_of, person
from tests import test

SECOND = {"CAIRN_HTTP_PORT": "9080", "CAIRN_HTTPS_PORT": "9443",
          "CAIRN_STUN_PORT": "9478", "CAIRN_DNS_DOMAIN": "second.internal"}


def rows_of(lab, c):
    """Its rows at the server, by user."""
    return {n["user"]["name"]: n for n in lab.server.nodes()
            if n["given_name"].startswith(c.hostname)}


@test("a login as another user makes another machine, and the way back leads to "
      "the old one", "identity", 20, versions=[OLDEST, NEWEST])
def another_user(lab, v):
    peer = lab.client("peer", v, key=lab.server.key(user="carol"))
    c = lab.client("shared", v, key=lab.server.key(user="alice"))
    was = c.ips(), c.self_node()["ID"]
    c.reauth(lab.server.key(user="bob"))
    rows = rows_of(lab, c)
    claim(sorted(rows) == ["alice", "bob"], sorted(rows))
    claim(c.ips()[0] not in was[0] and c.self_node()["ID"] != was[1],
          "the same machine")
    peer.sees(c.self_node()["DNSName"].split(".")[0], Online=True)
    claim("bob" in peer.cli("whois", c.ip4), peer.cli("whois", c.ip4))
    peer.ping(c.ip4)
    c.reauth(lab.server.key(user="alice"))
    claim((c.ips(), c.self_node()["ID"]) == was, "%s, before %s" % (
        c.ips(), was))
    peer.sees("shared", Online=True)
    peer.ping(c.ip4)
    claim(len(rows_of(lab, c)) == 2, "rows")


class Neighbour(Server):
    """A second cairn on the first one's host: another tailnet."""

    def __init__(self, lab):
        self.lab, self.name, self.address = lab, "s", SERVER
        self.ns, self.keeper, self.wrap = lab.server.ns, None, ()
        self.home = os.path.join(lab.folder, "second")
        self.url = "http://%s:%s" % (SERVER, SECOND["CAIRN_HTTP_PORT"])
        self.env = {**lab.server.env, **SECOND, "CAIRN_HOME": self.home}


def profiles(c):
    """What `tailscale switch --list` has, by login server or account."""
    lines = c.cli("switch", "--list").splitlines()[1:]
    return [l.split() for l in lines if l.strip()]


def switch(c, ident, address):
    c.cli("switch", ident)
    c.wait_state("Running")
    until("the address of that tailnet", 20, lambda: address in c.ips())


@test("one machine is in two tailnets and switches between them",
      "identity two", 30, versions=[OLDEST, NEWEST])
def two_tailnets(lab, v):
    here = lab.client("here", v, key=lab.server.key(user="alice"))
    c = lab.client("both", v, key=lab.server.key(user="alice"))
    first = c.ip4
    ids = [p[0] for p in profiles(c)]
    claim(len(ids) == 1, ids)
    second = Neighbour(lab)
    second.begin()
    try:
        far = lab.host("far", v).begin()
        far.url = second.url
        far.up(second.key(user="dora"))
        c.cli("login", "--login-server=" + second.url, "--hostname=both",
              "--auth-key=" + second.key(user="dora"), "--timeout=40s")
        c.wait_state("Running")
        until("an address of the second", 20, lambda: c.ip4 not in (
            None, first))
        there = c.ip4
        c.sees("far", Online=True)
        claim("here" not in c.peers(), "it sees both tailnets")
        c.ping(far.ip4)
        other = [p[0] for p in profiles(c) if p[0] not in ids]
        claim(len(other) == 1, profiles(c))
        for _ in range(2):
            switch(c, ids[0], first)
            c.sees("here", Online=True)
            here.ping(first)
            switch(c, other[0], there)
            far.ping(there)
        claim([n["given_name"] for n in second.nodes()].count("both") == 1,
              "rows")
    finally:
        second.stop()


@test("a key that ends at its time ends, and not when its end was switched off",
      "identity ends", 30, versions=[OLDEST, NEWEST])
def ends(lab, v):
    a = lab.client("watch", v, key=lab.server.key(user="alice"))
    c = lab.client("short", v, key=lab.server.key(user="alice"))
    a.sees("short", Online=True)
    node = lab.server.node_id("short")
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 6))
    lab.server.cairn("nodes", "expire", "-i", node, "-e", soon)
    a.sees("short", 30, Expired=True)
    c.wait_state("NeedsLogin", 30)
    lab.server.cairn("nodes", "expire", "-i", node, "-d")
    c.wait_state("Running", 30)
    until("no end is told", EDIT_SECONDS, lambda: not c.self_node().get(
        "KeyExpiry") and not a.peers()["short"].get("KeyExpiry"))
    a.ping(c.ip4)


@test("who is suspended or deleted: their machines end, and a login that waits "
      "hears why", "identity people", 30, versions=[OLDEST, NEWEST])
def people(lab, v):
    for user in ("bob", "eve"):
        c = lab.client(user + "s", v, key=lab.server.key(user=user))
        node = lab.server.node_id(user + "s")
        admin = owner(lab)
        if user == "bob":
            admin.get("/admin/users/" + lab.server.user(user))
            page = admin.send(admin.page.of("form-status"), do="suspend",
                              confirm="1")
            claim(page.status == 303, page.text[:800])
            c.wait_state("NeedsLogin", 15)
            out = c.up(lab.server.key(user=user), ok=False)
            claim("suspended" in out, out)
        else:
            lab.server.cairn("nodes", "expire", "-i", node)
            c.wait_state("NeedsLogin", 15)
            up, _url = c.up_by_web(again=True)
            admin.get("/admin/users/%s/delete" % lab.server.user(user))
            page = admin.send(admin.page.of("form-delete"), typed=user,
                              machines="delete")
            claim(page.status == 303, page.text[:1500])
            claim(up.wait(20) != 0, "tailscale up must fail")
            with open(up.log, encoding="utf-8") as f:
                said = f.read()
            claim("its owner was deleted" in said, said)
            claim(not lab.server.node(user + "s"), "still listed")


@test("two logins of one machine at once end well, with one row",
      "identity race", 30, versions=[OLDEST, NEWEST])
def race(lab, v):
    a = lab.client("watch", v, key=lab.server.key(user="alice"))
    c = lab.client("hasty", v, key=lab.server.key(user="alice"))
    ip = c.ip4
    keys = [lab.server.key(user="alice") for _ in range(2)]
    both = [c.start([c.binary("tailscale"), "--socket=" + c.socket,
                     *c.up_args(k), "--force-reauth"], "up-hasty-%d.log" % n)
            for n, k in enumerate(keys)]
    for p in both:
        try:
            p.wait(60)
        except subprocess.TimeoutExpired:
            p.kill()
    c.wait_state("Running")
    claim(c.ip4 == ip, "another address: %s, before %s" % (c.ip4, ip))
    rows = [n for n in lab.server.nodes() if n["given_name"].startswith(
        "hasty")]
    claim(len(rows) == 1, rows)
    until("server and machine agree on the key", 10, lambda: (
        lab.server.node("hasty")["node_key"] == c.self_node()["PublicKey"]))
    a.sees("hasty", Online=True)
    a.ping(ip)


@test("a name is held while its machine is away", "identity names", 20)
def names(lab):
    a = lab.client("twin", key=lab.server.key(user="alice"))
    a.cli("logout")
    a.wait_state("NeedsLogin")
    b = lab.host("other").begin()
    b.hostname = "twin"
    b.up(lab.server.key(user="bob"))
    claim(b.self_node()["DNSName"].startswith("twin-1."), b.self_node())
    a.up(lab.server.key(user="alice"))
    claim(a.self_node()["DNSName"].startswith("twin."), a.self_node())
    lab.server.cairn("nodes", "rename", "-i", lab.server.node_id("twin"),
                     "kept")
    until("the name", EDIT_SECONDS, lambda: a.self_node()[
        "DNSName"].startswith("kept."))
    a.cli("set", "--hostname=else")
    b.cli("set", "--hostname=kept")
    until("the name is taken", EDIT_SECONDS, lambda: b.self_node()[
        "DNSName"].startswith("kept-1."))
    claim(a.self_node()["DNSName"].startswith("kept."), a.self_node())


@test("with the setting device_approval a member's machine waits for an admin, "
      "who lets it in on its page", "identity approval", 20)
def approval(lab):
    admin = owner(lab)
    lab.server.cairn("settings", "set", "device_approval", "true")
    c = lab.host("waits").begin()
    up, url = c.up_by_web()
    member = person(lab, "mia")
    member.get(path_of(url))
    page = member.submit("register", decision="approve")
    claim("An admin must approve it" in page.text, page.text[:1500])
    c.wait_state("NeedsMachineAuth", 20)
    admin.get("/admin/machines/" + lab.server.node_id("waits"))
    admin.submit("approve", do="approve")
    c.wait_state("Running", 20)
    claim(up.wait(20) == 0, "tailscale up failed")


@test("with the setting user_approval who comes by an invite waits, and so do "
      "the machines", "identity approval", 20)
def user_approval(lab):
    admin = owner(lab)
    lab.server.cairn("settings", "set", "user_approval", "true")
    admin.get("/admin/users/new")
    page = admin.send(admin.page.of("form-user-new"), name="nina",
                      sign_in="invite")
    link = re.search(r"/invite/[\w-]+", page.text).group(0)
    nina = Browser(lab.server)
    nina.get(link)
    page = nina.submit("invite", password=PASSWORD, password_again=PASSWORD)
    claim("An admin must approve you" in page.text, page.text[:1500])
    page = nina.send(page.of("form-login"), name="nina", password=PASSWORD)
    claim(page.status == 403 and "user-waiting" in page.text, page.status)
    c = lab.host("early").begin()
    out = c.up(lab.server.key(user="nina"), ok=False)
    claim("the owner is not approved yet" in out, out)
    admin.get("/admin/users/" + lab.server.user("nina"))
    admin.submit("status", do="approve")
    nina.sign_in("nina")
    c.joins_after_all(lab.server.key(user="nina"))


NOT_THERE = ("https", "funnel", "https://tailscale.com/cap/tailnet-lock",
             "service-host", "tailscale.com/app-connectors")


@test("what the server does not have is promised to nobody, and asking for it "
      "ends with words", "identity lacks", 30, versions=[OLDEST, NEWEST])
def lacks(lab, v):
    obey(lab, grants=OPEN)
    c = lab.client("plain", v, key=lab.server.key(user="alice"))
    caps = c.netmap().get("SelfNode", {}).get("CapMap") or {}
    claim("https://tailscale.com/cap/ssh" in caps, "no CapMap: %s" % caps)
    for name in NOT_THERE:
        claim(not any(k == name or k.startswith(name + "?") for k in caps),
              "promised: %s" % name)
    key = re.search(r"tlpub:\w+", c.cli("lock", "status")).group(0)
    for args, words in (
            (("lock", "status"), "NOT enabled"),
            (("lock", "init", "--gen-disablements=1", "--confirm", key),
             "not permitted" if v == OLDEST else "not supported"),
            (("funnel", "--bg", "3000"), "Funnel not available"),
            (("serve", "--bg", "--https=443", "3000"),
             "this server does not offer this yet")):
        begun = time.monotonic()
        out = c.cli(*args, ok=False, seconds=30)
        claim(out.strip() and "panic" not in out and words in out,
              "%s: %r" % (args, out))
        claim(time.monotonic() - begun < 25, "%s took too long" % (args,))
    claim(c.state() == "Running", c.state())
