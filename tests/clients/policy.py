"""policy: what real clients make of a policy, of each edit, and of its end."""
import contextlib
import json
import os
import sqlite3
import subprocess
import time

from lab import NEWEST, SERVE, VERSIONS, claim, until
from tests import test

EDIT_SECONDS = 3  # an edit is obeyed everywhere; the bar of a quiet machine is 1
PORT, OTHER = 7777, 7778

TAGS = {"tag:server": [], "tag:router": [], "tag:east": [], "tag:west": [],
        "tag:exit": []}
GROUPS = {"group:dev": ["alice@"], "group:ops": ["bob@"]}


def obey(lab, **sections):
    """Makes this the policy, beside tags and groups that every test knows."""
    text = json.dumps({"tagOwners": TAGS, "groups": GROUPS, **sections})
    path = os.path.join(lab.folder, "policy.json")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    lab.server.cairn("policy", "set", "-f", path)


def grant(src, dst, *ip, **more):
    return {"src": [src], "dst": [dst], **({"ip": list(ip)} if ip else {}),
            **more}


OPEN = [grant("*", "*", "*")]


@contextlib.contextmanager
def listening(host, *ports, address=None):
    """Something that answers on these ports of the host's tailnet address."""
    echoes = []
    try:
        for port in ports:
            echoes.append(subprocess.Popen(
                ["ip", "netns", "exec", host.ns, "python3", "-c", SERVE,
                 address or host.ip4, str(port)], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL))
            claim(echoes[-1].stdout.readline().startswith(b"ready"),
                  "%s cannot listen on %d" % (host.hostname, port))
        yield
    finally:
        for p in echoes:
            p.kill()
            p.communicate()


CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=1).close()
except OSError:
    sys.exit(1)
"""


def reaches(a, address, port=PORT):
    return subprocess.call(["ip", "netns", "exec", a.ns, "python3", "-c",
                            CONNECT, address, str(port)]) == 0


def opens(a, address, port=PORT):
    until("%s reaches %s:%d" % (a.hostname, address, port), EDIT_SECONDS,
          lambda: reaches(a, address, port))


def closes(a, address, port=PORT):
    until("%s no longer reaches %s:%d" % (a.hostname, address, port),
          EDIT_SECONDS, lambda: not reaches(a, address, port))


def polls(*clients):
    return [c.metric("controlclient_map_requests_poll") for c in clients]


def people(lab, v):
    """A machine of alice, one of bob and a tagged one."""
    if "people" + v not in lab.shared:
        n = v.replace(".", "-")
        obey(lab, grants=OPEN)
        lab.shared["people" + v] = (
            lab.client("ann-" + n, v, key=lab.server.key(user="alice")),
            lab.client("bea-" + n, v, key=lab.server.key(user="bob")),
            lab.client("srv-" + n, v, key=lab.server.key(
                "--tags", "tag:server", user=None)))
    obey(lab, grants=OPEN)
    a, b, s = lab.shared["people" + v]
    for x in (a, b):
        x.sees(s.hostname, Online=True)
    return a, b, s


@test("an open port is reached, and a closed one no more, without a new poll",
      "policy", 20, versions=VERSIONS)
def ports(lab, v):
    a, _, s = people(lab, v)
    with listening(s, PORT, OTHER):
        opens(a, s.ip4)
        before = polls(a, s)
        obey(lab, grants=[grant("alice@", "tag:server", "tcp:%d" % OTHER)])
        closes(a, s.ip4)
        opens(a, s.ip4, OTHER)
        obey(lab, grants=[grant("alice@", "tag:server", "tcp:%d" % PORT)])
        opens(a, s.ip4)
        closes(a, s.ip4, OTHER)
        claim(polls(a, s) == before, "a new poll: %s" % before)


def nowhere(word, netmap):
    text = json.dumps(netmap)
    claim(word not in text, "%s stands in the map: %s" % (word, text[-2000:]))


@test("who may not be seen vanishes, and comes back with what it is",
      "policy", 20, versions=VERSIONS)
def seen(lab, v):
    a, b, s = people(lab, v)
    obey(lab, grants=[grant("alice@", "tag:server", "*")])
    b.misses(s.hostname, EDIT_SECONDS)
    b.misses(a.hostname, EDIT_SECONDS)
    a.sees(s.hostname, EDIT_SECONDS, Online=True)
    s.misses(b.hostname, EDIT_SECONDS)
    claim(not b.peers(), b.peers())
    # A profile cannot be taken back, and 1.102 keeps it until it rebuilds.
    nowhere(s.hostname, b.netmap())
    nowhere("alice", {**b.netmap(), "UserProfiles": None})
    b.stop()
    b.begin()
    b.wait_state("Running")
    nowhere(s.hostname, b.netmap())
    nowhere("alice", b.netmap())
    obey(lab, grants=[])
    a.misses(s.hostname, EDIT_SECONDS)
    obey(lab, grants=OPEN)
    for x in (a, b):
        x.sees(s.hostname, EDIT_SECONDS, Online=True)
    b.ping(s.ip4)


@test("a group's new member reaches what it reaches, a former one does not",
      "policy", 20, versions=[NEWEST])
def groups(lab, v):
    a, b, s = people(lab, v)
    with listening(s, PORT):
        obey(lab, grants=[grant("group:dev", "tag:server", "*")])
        opens(a, s.ip4)
        closes(b, s.ip4)
        obey(lab, groups={"group:dev": ["bob@"], "group:ops": []},
             grants=[grant("group:dev", "tag:server", "*")])
        opens(b, s.ip4)
        closes(a, s.ip4)


def fill(lab, owner, count):
    """So many more machines of the owner of that one, as its row has them."""
    with contextlib.closing(sqlite3.connect(
            os.path.join(lab.server.home, "cairn.db"), timeout=10)) as db:
        db.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
                                       SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO node (machine_key, node_key, user_id, name, hostname,
                ipv4, ipv6, hostinfo, register_method, created_at)
            SELECT randomblob(32), randomblob(32), user_id, 'many-' || i,
                'many-' || i, '100.127.0.' || i, 'fd7a:115c:a1e0::7f:' || i,
                hostinfo, 'cli', created_at
            FROM node, n WHERE name = ?""", (count, owner.hostname))
        db.commit()


def sources(c):
    return [s for r in c.netmap().get("PacketFilterRules") or []
            for s in r["SrcIPs"] or [] if r.get("DstPorts")]


@test("a group too large to be listed reaches what it may, and nobody else",
      "policy", 20, versions=VERSIONS)
def many(lab, v):
    a, b, s = people(lab, v)
    cap = "example.com/cap/door"
    rule = [grant("group:dev", "tag:server", "tcp:%d" % PORT, app={cap: [{}]})]
    with listening(s, PORT):
        obey(lab, grants=rule)
        opens(a, s.ip4)
        closes(b, s.ip4)
        claim(a.ip4 in sources(s), sources(s))
        fill(lab, a, 40)
        obey(lab, grants=rule + [grant("*", "tag:router", "*")])
        until("a name for the group in the filter", EDIT_SECONDS,
              lambda: any(x.startswith("cap:") for x in sources(s)))
        claim(a.ip4 not in sources(s), sources(s))
        opens(a, s.ip4)
        claim(not reaches(b, s.ip4), "one outside the group gets in")
        before = sources(s)
        c = lab.client("new-" + v.replace(".", "-"), v,
                       key=lab.server.key(user="alice"))
        opens(c, s.ip4)
        claim(sources(s) == before, "a new member changed the filter")
        claim(cap in (json.loads(s.cli("whois", "--json", c.ip4)).get(
            "CapMap") or {}), "whois says nothing of the app")
        lab.server.cairn("nodes", "tag", "-i", lab.server.node_id(c.hostname),
                         "-t", "tag:router")
        closes(c, s.ip4)
        s.sees(c.hostname, EDIT_SECONDS)
        claim(sources(s) == before, "a former member changed the filter")
        opens(a, s.ip4)
        obey(lab, groups={"group:dev": ["bob@"], "group:ops": ["alice@"]},
             grants=rule)
        opens(b, s.ip4)
        closes(a, s.ip4)
    c.stop()


@test("another tag brings another verdict", "policy tags", 20)
def tags(lab):
    a, _, s = people(lab, NEWEST)
    obey(lab, grants=[grant("alice@", "tag:server", "*")])
    with listening(s, PORT):
        opens(a, s.ip4)
        lab.server.cairn("nodes", "tag", "-i", lab.server.node_id(s.hostname),
                         "-t", "tag:router")
        closes(a, s.ip4)
        a.misses(s.hostname, EDIT_SECONDS)
        lab.server.cairn("nodes", "tag", "-i", lab.server.node_id(s.hostname),
                         "-t", "tag:server")
        opens(a, s.ip4)


@test("autogroup:self lets everyone reach the own machines and no other's",
      "policy", 20, versions=[NEWEST])
def own(lab, v):
    a, b, s = people(lab, v)
    second = lab.client("ann-two", v, key=lab.server.key(user="alice"))
    obey(lab, grants=[grant("autogroup:member", "autogroup:self", "*")])
    with listening(second, PORT):
        opens(a, second.ip4)
        closes(b, second.ip4)
    a.misses(s.hostname, EDIT_SECONDS)
    b.misses(a.hostname, EDIT_SECONDS)
    second.sees(a.hostname, EDIT_SECONDS)
    second.stop()


@test("a router's prefix is approved by policy, reached, and withdrawn",
      "policy routes", 30)
def routes(lab):
    net = "10.77.0.0/24"
    obey(lab, grants=OPEN, autoApprovers={"routes": {
        "10.0.0.0/8": ["tag:router"]}})
    a = lab.client("ann", key=lab.server.key(user="alice"),
                   more=("--accept-routes",))
    r = lab.client("router", key=lab.server.key("--tags", "tag:router",
                                                user=None),
                   more=("--advertise-routes=" + net,))
    lab.shared["routed"] = a, r
    r.exec("ip", "addr", "add", "10.77.0.1/24", "dev", "lo")
    a.sees(r.hostname, PrimaryRoutes=[net])
    with listening(r, PORT, address="10.77.0.1"):
        opens(a, "10.77.0.1")
        obey(lab, grants=[grant("alice@", "tag:router", "*")])
        closes(a, "10.77.0.1")
        until("%s has no route" % a.hostname, EDIT_SECONDS,
              lambda: not a.peers()[r.hostname].get("PrimaryRoutes"))
        obey(lab, grants=[grant("alice@", "10.77.0.0/16", "*")])
        opens(a, "10.77.0.1")
        lab.server.cairn("nodes", "approve-routes", "-i",
                         lab.server.node_id("router"), "-r", "")
        closes(a, "10.77.0.1")


def pings(a, address):
    return subprocess.call(
        ["ip", "netns", "exec", a.ns, "ping", "-c1", "-W1", address],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


@test("a large group pings no more behind a router than it may",
      "policy routes", 10)
def large_routed(lab):
    a, r = lab.shared["routed"]
    fill(lab, a, 40)
    r.exec("ip", "addr", "add", "10.77.0.2/24", "dev", "lo")
    obey(lab, autoApprovers={"routes": {"10.0.0.0/8": ["tag:router"]}},
         grants=[grant("group:dev", "tag:server", "*"),
                 grant("group:dev", "10.77.0.1", "tcp:%d" % PORT)])
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id("router"), "-r", "10.77.0.0/24")
    with listening(r, PORT, address="10.77.0.1"):
        opens(a, "10.77.0.1")
    until("a ping of what it may reach", EDIT_SECONDS,
          lambda: pings(a, "10.77.0.1"))
    claim(not pings(a, "10.77.0.2"), "the neighbour answers, too")


@test("via decides whose router a viewer gets", "policy via", 30)
def via(lab):
    net = "10.78.0.0/24"
    obey(lab, grants=OPEN, autoApprovers={"routes": {net: [
        "tag:east", "tag:west"]}})
    a, b = (lab.client(name, key=lab.server.key(user=user),
                       more=("--accept-routes",))
            for name, user in (("ann", "alice"), ("bea", "bob")))
    east, west = (lab.client(
        side, key=lab.server.key("--tags", "tag:" + side, user=None),
        more=("--advertise-routes=" + net,)) for side in ("east", "west"))
    obey(lab, grants=[grant("alice@", net, "*", via=["tag:east"]),
                      grant("bob@", net, "*", via=["tag:west"])])
    a.sees("east", EDIT_SECONDS, PrimaryRoutes=[net])
    b.sees("west", EDIT_SECONDS, PrimaryRoutes=[net])
    for x, other in ((a, "west"), (b, "east")):
        claim(not (x.peers().get(other) or {}).get("PrimaryRoutes"),
              "%s gets the route from %s too" % (x.hostname, other))
    far = "10.78.0.1"
    for x in (east, west):
        x.exec("ip", "addr", "add", far + "/24", "dev", "lo")
    with listening(east, PORT, address=far), \
            listening(west, OTHER, address=far):
        opens(a, far)
        opens(b, far, OTHER)
        claim(not reaches(a, far, OTHER), "alice reaches the west")
        claim(not reaches(b, far), "bob reaches the east")


@test("an exit node serves the group that may use it, and nobody else",
      "policy exit", 30)
def exit_node(lab):
    obey(lab, grants=OPEN, autoApprovers={"exitNode": ["tag:exit"]})
    x = lab.client("exit", key=lab.server.key("--tags", "tag:exit", user=None),
                   more=("--advertise-exit-node",))
    a = lab.client("ann", key=lab.server.key(user="alice"))
    b = lab.client("bea", key=lab.server.key(user="bob"))
    # Whoever sees an exit node is offered it, as by the hosted service; the
    # exit node's filter decides.
    obey(lab, grants=[grant("group:dev", "autogroup:internet", "*"),
                      grant("autogroup:member", "tag:exit", "icmp:*")])
    a.sees("exit", ExitNodeOption=True)
    far = "198.51.100.7"
    x.exec("ip", "addr", "add", far + "/32", "dev", "lo")
    for c in (a, b):
        c.cli("set", "--exit-node=" + x.ip4, "--exit-node-allow-lan-access",
              ok=False)
    with listening(x, PORT, address=far):
        opens(a, far)
        claim(not reaches(b, far), "bob gets out as well")
        obey(lab, grants=[grant("autogroup:member", "tag:exit", "icmp:*")])
        closes(a, far)


@test("what is granted to an app is told by whois", "policy", 10,
      versions=VERSIONS)
def apps(lab, v):
    a, b, s = people(lab, v)
    cap = "example.com/cap/door"
    obey(lab, grants=[grant("alice@", "tag:server", "*",
                            app={cap: [{"keys": ["front"]}]}),
                      grant("bob@", "tag:server", "*")])

    def caps(c):
        return json.loads(s.cli("whois", "--json", c.ip4)).get("CapMap") or {}
    until("the capability of %s" % a.hostname, EDIT_SECONDS,
          lambda: caps(a).get(cap) == [{"keys": ["front"]}])
    claim(cap not in caps(b), caps(b))
    obey(lab, grants=OPEN)
    until("its end", EDIT_SECONDS, lambda: cap not in caps(a))


@test("a machine without IPv4 is reached by IPv6 alone", "policy ipv6", 20)
def ipv6(lab):
    a, _, s = people(lab, NEWEST)
    old = s.ip4
    obey(lab, grants=OPEN, nodeAttrs=[{"target": ["tag:server"],
                                       "attr": ["disable-ipv4"]}])
    until("%s has no IPv4" % s.hostname, EDIT_SECONDS, lambda: not s.ip4)
    until("nor do others see one", EDIT_SECONDS, lambda: old not in (
        a.peers()[s.hostname].get("TailscaleIPs") or []))
    with listening(s, PORT, address=s.ip6):
        opens(a, s.ip6)
    obey(lab, grants=OPEN)
    until("%s has IPv4 again" % s.hostname, EDIT_SECONDS,
          lambda: s.ip4 == old)


@test("lines of IPv6 alone let IPv6 in, and nothing of IPv4", "policy ipv6", 20,
      versions=VERSIONS)
def ipv6_lines(lab, v):
    a, b, s = people(lab, v)
    # One port by a grant, the other by an acl, the machine and its network.
    with listening(s, PORT, OTHER), listening(s, PORT, OTHER, address=s.ip6):
        obey(lab, grants=[grant("alice@", s.ip6, "tcp:%d" % PORT)],
             acls=[{"action": "accept", "src": [b.ip6],
                    "dst": ["[%s/112]:%d" % (s.ip6, OTHER)]}])
        opens(a, s.ip6)
        opens(b, s.ip6, OTHER)
        for c, port in ((a, PORT), (b, OTHER), (a, OTHER), (b, PORT)):
            claim(not reaches(c, s.ip4, port), "%s by IPv4 to port %d" % (
                c.hostname, port))
        claim(not reaches(a, s.ip6, OTHER), "%s by a rule of %s" % (
            a.hostname, b.hostname))
        claim(not reaches(b, s.ip6), "%s by a rule of %s" % (
            b.hostname, a.hostname))
        obey(lab, grants=[grant("alice@", s.ip4, "*")])
        closes(a, s.ip6)
        opens(a, s.ip4)


@test("an attribute that people set opens, and closes when it is taken away or "
      "ends", "policy posture", 20)
def posture(lab):
    a, b, s = people(lab, NEWEST)
    node, cairn = lab.server.node_id(a.hostname), lab.server.cairn
    rule = {"postures": {"posture:prod": ["custom:tier == 'prod'",
                                          "node:os == 'linux'"]},
            "grants": [grant("alice@", "tag:server", "*",
                             srcPosture=["posture:prod"])]}
    tested = dict(rule, tests=[{"src": "alice@", "accept": [
        "tag:server:%d" % PORT]}])
    attr = ("nodes", "attr", "set", node, "custom:tier")

    def who():
        return cairn("policy", "who", a.hostname,
                     "%s:%d" % (s.hostname, PORT))
    with listening(s, PORT):
        obey(lab, **rule)
        closes(a, s.ip4)
        claim("does not reach" in who() and "posture:prod" in who(), who())
        cairn(*attr, "prod")
        opens(a, s.ip4)
        claim("grants[0]" in who(), who())
        obey(lab, **tested)
        claim(not reaches(b, s.ip4), "another machine gets in")
        cairn(*attr, "test")
        closes(a, s.ip4)
        cairn(*attr, "prod")
        opens(a, s.ip4)
        cairn("nodes", "attr", "unset", node, "custom:tier")
        closes(a, s.ip4)
        cairn(*attr, "prod", "--expires", "5s")
        end = time.time() + 5
        opens(a, s.ip4)
        time.sleep(max(0, end - 1 - time.time()))
        claim(reaches(a, s.ip4), "closed before its time")
        time.sleep(max(0, end - time.time()))
        closes(a, s.ip4)
        claim("does not reach" in who() and "posture:prod" in who(), who())


@test("SSH is accepted by rule, and ends with it", "policy ssh", 20,
      versions=VERSIONS)
def ssh(lab, v):
    obey(lab, grants=OPEN)
    a = lab.client("ann", key=lab.server.key(user="alice"))
    s = lab.client("srv", v, key=lab.server.key("--tags", "tag:server",
                                                user=None), more=("--ssh",))
    a.meets(s)
    rule = {"action": "accept", "src": ["alice@"], "dst": ["tag:server"],
            "users": ["root"]}

    to_server = (
        "env", "HOME=" + a.folder, "ssh", "-o", "StrictHostKeyChecking=no",
        "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=5", "-o",
        "BatchMode=yes", "root@" + s.ip4)

    def login():
        return a.inside(*to_server, "echo", "in-$((40 + 2))", ok=False,
                        seconds=15)
    out = login()
    claim("in-42" not in out, "let in without a rule: " + out)
    obey(lab, grants=OPEN, ssh=[rule])
    until("a login by rule", 10, lambda: "in-42" in login())
    with subprocess.Popen(
            ["nsenter", "-t", str(a.daemon.pid), "-m", "-n", "-u", *to_server,
             "echo ready; sleep 100"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as session:
        try:
            claim(session.stdout.readline() == b"ready\n", "no session")
            obey(lab, grants=OPEN, ssh=[])
            until("the session's end", 10,
                  lambda: session.poll() is not None)
        finally:
            session.kill()
    claim("in-42" not in login(), "let in once the rule is gone")
