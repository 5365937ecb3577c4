"""files: what the server asks clients, what it tells them, and what machines
give each other: files, folders, relays, pages."""
import json
import os
import shutil
import signal
import time
import urllib.parse

from lab import MIDDLE, NEWEST, OLDEST, VERSIONS, claim, tcp, until
from policy import OPEN, grant, obey
from tests import DOMAIN, test


# What the server asks (spec/protocol.md 6.5).

def known(lab, *hosts):
    until("the server's database has them online", 5, lambda: all(
        (lab.server.node(x.hostname) or {}).get("online") for x in hosts))


@test("25. a machine answers the server's questions over its tunnel", "asks", 10,
      versions=VERSIONS)
def asks(lab, v):
    a, b = lab.pair(v)
    known(lab, a, b)
    polls = a.metric("controlclient_map_requests_poll")
    out = lab.server.cairn("nodes", "ping", a.hostname)
    claim("answers after" in out, out)
    claim("answers after" in lab.server.cairn("nodes", "debug", a.hostname,
                                              "echo"), "no echo")
    prefs = lab.server.json("nodes", "debug", a.hostname, "prefs")
    claim(prefs["ControlURL"] == lab.server.url, prefs)
    claim(prefs["WantRunning"] == "true" and "Config" not in prefs, prefs)
    update = lab.server.json("nodes", "debug", a.hostname, "update")
    claim(update["Enabled"] == "false", update)
    health = lab.server.cairn("nodes", "debug", a.hostname, "health", ok=False)
    if v == OLDEST:
        claim("does not know the question" in health, health)
    else:
        claim("Error" not in health, health)
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")


@test("25. a machine pings another for the server, in each kind", "asks", 10,
      versions=VERSIONS)
def asked_pings(lab, v):
    a, b = lab.pair(v)
    known(lab, a, b)
    for kind in ("disco", "TSMP", "ICMP", "peerapi"):
        got = lab.server.json("nodes", "ping", a.hostname, "--type", kind,
                              "--to", b.hostname)
        claim(got["latency"].endswith(" ms"), "%s: %s" % (kind, got))
    out = lab.server.cairn("nodes", "ping", a.hostname, "--type", "disco",
                           ok=False)
    claim("--to" in out, out)


@test("who is not there is not asked, and who stands still is called silent",
      "asks still", 20)
def asked_in_vain(lab):
    a, b = lab.pair()
    known(lab, a, b)
    b.cli("down")
    until("the server knows that b is away", 25,
          lambda: not lab.server.node(b.hostname).get("online"))
    out = lab.server.cairn("nodes", "ping", b.hostname, ok=False)
    claim("is not connected" in out, out)
    os.kill(a.daemon.pid, signal.SIGSTOP)
    try:
        out = lab.server.cairn("nodes", "ping", a.hostname, ok=False)
    finally:
        os.kill(a.daemon.pid, signal.SIGCONT)
    claim("does not answer" in out, out)
    netcheck = lab.server.json("nodes", "debug", a.hostname, "netcheck")
    claim(netcheck["UDP"] == "yes", json.dumps(netcheck))


# What the server lets clients say.

def complains(c, words, seconds=5):
    until("%s complains of %s" % (c.hostname, words), seconds, lambda: any(
        words in h for h in c.status().get("Health") or []))


def content(c, words, seconds=5):
    until("%s complains no more of %s: %s" % (
        c.hostname, words, c.status().get("Health")), seconds, lambda: not any(
            words in h for h in c.status().get("Health") or []))


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
        time.time() + days * 86400))


@test("26. a key that expires soon is complained of, until it is extended",
      "complaints", 10, versions=VERSIONS)
def expires_soon(lab, v):
    a, b = lab.pair(v)
    polls = a.metric("controlclient_map_requests_poll")
    node = lab.server.node_id(a.hostname)
    lab.server.cairn("nodes", "expire", "-i", node, "-e", in_days(6))
    complains(a, "key of this machine expires on")
    out = a.cli("status")
    claim("expires on" in out, out)
    claim(not any("expires on" in h for h in b.status().get("Health") or []),
          "its peer says so too")
    lab.server.cairn("nodes", "expire", "-i", node, "-e", in_days(90))
    content(a, "expires on")
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")


@test("26. a route that waits is complained of where it is advertised",
      "complaints", 10, versions=VERSIONS)
def route_waits(lab, v):
    a, _ = lab.pair(v)
    a.cli("set", "--advertise-routes=10.77.0.0/16")
    complains(a, "routes that this machine advertises")
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id(a.hostname), "-r", "10.77.0.0/16")
    content(a, "routes that this machine advertises")
    a.cli("set", "--advertise-routes=")


@test("an update is told of once an admin names the newest version",
      "complaints", 10, versions=[OLDEST, MIDDLE])
def update_told(lab, v):
    a, _ = lab.pair(v)
    lab.server.cairn("settings", "set", "client_version", "1.999.0")
    try:
        until("a knows of it", 5, lambda: (
            a.status().get("ClientVersion") or {}).get(
                "LatestVersion") == "1.999.0")
    finally:
        lab.server.cairn("settings", "set", "client_version", "")
    until("a runs the latest", 5, lambda: (
        a.status().get("ClientVersion") or {}).get("RunningLatest"))


# What machines give each other.

def family(lab, v):
    """Two of alice, one of bob, one with a tag."""
    if "family" + v not in lab.shared:
        n = v.replace(".", "-")
        obey(lab, grants=OPEN)
        lab.shared["family" + v] = (
            lab.client("ann-" + n, v), lab.client("amy-" + n, v),
            lab.client("bob-" + n, v, key=lab.server.key(user="bob")),
            lab.client("srv-" + n, v, key=lab.server.key(
                "--tags", "tag:server", user=None)))
    hosts = lab.shared["family" + v]
    for x in hosts:
        for y in hosts:
            if x is not y:
                x.sees(y.hostname, Online=True)
    return hosts


def targets(c):
    return c.cli("file", "cp", "--targets", ok=False)


def has_mail(c):
    """Whether files wait here.  `file get` of 1.80 does not say so: where there
    are none it waits for ever, as it does when asked to wait 0 s."""
    return json.loads(c.localapi("files/?waitsec=1") or "null")


def send(a, b, text):
    """`tailscale file cp`: what it says, and what arrives."""
    src = os.path.join(a.folder, "letter.txt")
    got = os.path.join(b.folder, "got")
    shutil.rmtree(got, ignore_errors=True)
    os.makedirs(got)
    with open(src, "w", encoding="utf-8") as f:
        f.write(text)
    out = a.cli("file", "cp", src, b.hostname + ":", ok=False, seconds=10)
    if not has_mail(b):
        return out, None
    b.cli("file", "get", got, ok=False)
    try:
        with open(os.path.join(got, "letter.txt"), encoding="utf-8") as f:
            return out, f.read()
    except FileNotFoundError:
        return out, None


def arrives(a, b, text):
    until("a file of %s arrives at %s" % (a.hostname, b.hostname), 20,
          lambda: send(a, b, text)[1] == text)


@test("Taildrop reaches the own machines, nobody else's, and no tagged one",
      "files", 15, versions=VERSIONS)
def taildrop(lab, v):
    ann, amy, bob, srv = family(lab, v)
    obey(lab, grants=OPEN)
    arrives(ann, amy, "to amy")
    claim(amy.hostname in targets(ann), targets(ann))
    for other in (bob, srv):
        claim(other.hostname not in targets(ann), targets(ann))
        out, got = send(ann, other, "to " + other.hostname)
        claim(got is None and out.strip(), out)
    out, got = send(srv, ann, "from the tag")
    claim(got is None and out.strip(), out)


@test("Taildrop reaches another's machine when the policy grants it, one way",
      "files", 15, versions=VERSIONS)
def taildrop_granted(lab, v):
    ann, _, bob, _ = family(lab, v)
    obey(lab, grants=OPEN + [grant("alice@", "bob@", app={
        "cairn/cap/taildrop": [{}]})])
    until("ann is offered bob", 5, lambda: bob.hostname in targets(ann))
    arrives(ann, bob, "granted")
    claim(ann.hostname not in targets(bob), targets(bob))
    out, got = send(bob, ann, "back")
    claim(got is None and out.strip(), out)
    obey(lab, grants=OPEN)
    until("bob is no longer offered", 5,
          lambda: bob.hostname not in targets(ann))
    claim(send(ann, bob, "too late")[1] is None, "it arrived all the same")


DRIVE = "http://100.100.100.100:8080"


def let_su(host):
    """Taildrive serves files as their owner, by su, which asks PAM."""
    at = os.path.join(host.folder, "etc", "pam.d")
    os.makedirs(at, exist_ok=True)
    with open(os.path.join(at, "su"), "w", encoding="utf-8") as f:
        for what in ("auth", "account", "session"):
            f.write("%s sufficient pam_permit.so\n" % what)


def dav(c, path, *more):
    return c.exec("curl", "-s", "--max-time", "5", "-w", " %{http_code}",
                  DRIVE + urllib.parse.quote(path), *more, ok=False)


def drive_policy(access):
    app = {"tailscale.com/cap/drive": [{"shares": ["docs"], "access": access}]}
    return {"grants": OPEN + ([grant("bob@", "alice@", app=app)]
                              if access else []),
            "nodeAttrs": [{"target": ["alice@"], "attr": ["drive:share"]},
                          {"target": ["bob@"], "attr": ["drive:access"]}]}


@test("Taildrive: a folder is read, written, or not even seen, as granted",
      "files", 30, versions=VERSIONS)
def taildrive(lab, v):
    ann, _, bob, _ = family(lab, v)
    let_su(ann)
    folder = os.path.join(ann.folder, "docs")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "a.txt"), "w", encoding="utf-8") as f:
        f.write("in the folder")
    obey(lab, **drive_policy("ro"))
    until("ann may share", 5, lambda: "drive:share" in json.dumps(
        ann.self_node().get("CapMap") or {}))
    ann.cli("drive", "share", "docs", folder)
    domain = bob.status()["CurrentTailnet"]["Name"]
    path = "/%s/%s/docs/a.txt" % (domain, ann.hostname)
    until("bob reads it", 20, lambda: dav(bob, path).startswith(
        "in the folder"))
    out = dav(bob, path + "2", "-T", os.path.join(folder, "a.txt"))
    claim(not os.path.exists(os.path.join(folder, "a.txt2")), out)
    obey(lab, **drive_policy("rw"))

    def written():
        dav(bob, path + "2", "-T", os.path.join(folder, "a.txt"))
        return os.path.exists(os.path.join(folder, "a.txt2"))
    until("bob writes", 20, written)
    obey(lab, **drive_policy(None))
    until("bob reads nothing", 20, lambda: "in the folder" not in dav(
        bob, path))


@test("a peer relay is known to whom it is granted, and to nobody any more "
      "when that ends", "peer relay", 30)
def peer_relay(lab):
    a = lab.client("a")
    b = lab.client("b", key=lab.server.key(user="bob"))
    r = lab.client("r", key=lab.server.key("--tags", "tag:relay", user=None))
    obey(lab, tagOwners={"tag:relay": []}, grants=OPEN + [grant(
        "alice@", "tag:relay", app={"tailscale.com/cap/relay": []})])
    r.cli("set", "--relay-server-port=40000")

    def knows(x):
        return r.ip4 in x.cli("debug", "peer-relay-servers")
    until("a knows the relay", 10, lambda: knows(a))
    claim(not knows(b), "it was not granted to b")
    caps = json.loads(r.cli("whois", "--json", a.ip4)).get("CapMap") or {}
    claim("tailscale.com/cap/relay" in caps, caps)
    obey(lab, tagOwners={"tag:relay": []}, grants=OPEN)
    until("a knows no relay any more", 10, lambda: not knows(a))


def part(a, b):
    """No direct way between these two."""
    for x, y in ((a, b), (b, a)):
        x.exec("iptables", "-I", "OUTPUT", "-p", "udp", "-d", y.address, "-j",
               "DROP")
        x.cli("debug", "rebind", ok=False)


def by_relay(a, b, seconds=40):
    """`tailscale ping` goes by a peer relay, which is asked anew after 30 s."""
    until("%s pings %s by a peer relay" % (a.hostname, b.hostname), seconds,
          lambda: "via peer-relay(" in a.cli(
              "ping", "--c=1", "--timeout=2s", "--until-direct=false", b.ip4,
              ok=False))


@test("where there is no direct way, traffic goes by a peer relay that is "
      "granted to machines that run", "peer relay traffic", 30,
      versions=[MIDDLE, NEWEST])
def by_peer_relay(lab, v):
    """Its home came by a patch: what a client takes of a relay when the filter
    changes is what it was last told as a whole."""
    obey(lab, tagOwners={"tag:relay": []}, grants=OPEN)
    n = v.replace(".", "-")
    a, b = (lab.client(x + n, v) for x in "ab")
    part(a, b)
    r = lab.client("r" + n, v, key=lab.server.key("--tags", "tag:relay",
                                                  user=None))
    r.cli("set", "--relay-server-port=40000")
    for x in (a, b):
        x.sees(r.hostname, Online=True, Relay="cairn")
    obey(lab, tagOwners={"tag:relay": []}, grants=OPEN + [grant(
        "alice@", "tag:relay", app={"tailscale.com/cap/relay": []})])
    by_relay(a, b)
    by_relay(b, a)
    tcp(a, b)
    if v == NEWEST:
        out = r.cli("debug", "peer-relay-sessions")
        claim("Sessions count: 1" in out, out)


@test("serve, whois and bugreport answer as they should", "files", 10,
      versions=VERSIONS)
def small_things(lab, v):
    ann, _, bob, _ = family(lab, v)
    obey(lab, grants=OPEN)
    bob.cli("serve", "--bg", "--http=80", "text:hello")
    until("the page", 15, lambda: "hello" in ann.inside(
        "curl", "-s", "--max-time", "3",
        "http://%s.%s/" % (bob.hostname, DOMAIN), ok=False))
    bob.cli("serve", "reset")
    out = ann.cli("bugreport", ok=False)
    claim("BUG-" in out, out)
    who = json.loads(ann.cli("whois", "--json", bob.ip4))
    claim(who["UserProfile"]["LoginName"] == "bob", who["UserProfile"])


@test("the capabilities that a machine is given promise nothing that fails",
      "files", 5, versions=VERSIONS)
def promises(lab, v):
    ann, amy, _, _ = family(lab, v)
    obey(lab, grants=OPEN)
    caps = set(ann.self_node().get("CapMap") or {})
    for word in ("https", "funnel", "tailnet-lock", "drive:"):
        claim(not any(word in c.replace("https://", "") for c in caps),
              "%s in %s" % (word, caps))
    arrives(ann, amy, "as file-sharing says")
