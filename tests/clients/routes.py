"""routes: routers that share a subnet, and what else real clients do with routes.

The network behind a router is an address on its `lo`: what answers there is the
router itself.
"""
import os
import signal
import time

from lab import SERVER, VERSIONS, claim, until
from policy import (EDIT_SECONDS, OPEN, OTHER, PORT, grant, listening, obey,
                    opens, pings, polls, reaches)
from tests import test

LAN, FAR = "10.91.0.0/24", "10.91.0.1"
ROUTERS = {"10.0.0.0/8": ["tag:router"], "fd7a:115c:a1e0:b1a::/64": [
    "tag:router"]}
APPROVED = {"grants": OPEN, "autoApprovers": {
    "routes": ROUTERS, "exitNode": ["tag:exit"]}}
CLEAN_SECONDS = 2  # from `tailscale down` to another router at a viewer
DEAD_SECONDS = 30  # from a pulled cable


def viewer(lab, name, *more, version=None):
    return lab.client(name, *([version] if version else []),
                      key=lab.server.key(user="alice"),
                      more=("--accept-routes", *more))


def router(lab, name, *nets, version=None, more=(), tag="tag:router"):
    """One that has the first address of each of its networks."""
    r = lab.client(name, *([version] if version else []),
                   key=lab.server.key("--tags", tag, user=None),
                   more=("--advertise-routes=" + ",".join(nets), *more))
    for net in nets:
        if ":" not in net:
            r.exec("ip", "addr", "add", net.split("/")[0][:-1] + "1/32",
                   "dev", "lo")
    return r


def carries(a, r, *nets, seconds=EDIT_SECONDS):
    until("%s gets %s from %s" % (a.hostname, list(nets), r.hostname), seconds,
          lambda: sorted((a.peers().get(r.hostname) or {}).get("PrimaryRoutes")
                         or []) == sorted(nets))


def took(a, r, seconds):
    """How long until `r` carries the network, and pings pass."""
    begun = time.monotonic()
    carries(a, r, LAN, seconds=seconds)
    told = time.monotonic() - begun
    until("a ping passes %s" % r.hostname, 10, lambda: pings(a, FAR))
    return told, time.monotonic() - begun


def measured(what, version, told, passes):
    print("    %s (%s): told after %.2f s, a ping passes after %.2f s" % (
        what, version, told, passes), flush=True)


def shared(lab, v):
    """Two routers of one network and who looks on; again at each call."""
    if "ha" not in lab.shared:
        obey(lab, **APPROVED)
        n = v.replace(".", "-")
        lab.shared["ha"] = (
            viewer(lab, "ann-" + n, version=v),
            router(lab, "one-" + n, LAN, version=v),
            router(lab, "two-" + n, LAN, version=v))
    a, one, two = lab.shared["ha"]
    carries(a, one, LAN, seconds=15)
    carries(a, two)
    a.sees(two.hostname, Online=True)
    until("a ping", 15, lambda: pings(a, FAR))
    return a, one, two


def stays(a, one, other, seconds=3):
    """Nothing goes back: while pings pass, `one` has the network."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        peers = a.peers()
        claim(peers[one.hostname].get("PrimaryRoutes") == [LAN],
              "%s has lost it" % one.hostname)
        claim(not peers[other.hostname].get("PrimaryRoutes"),
              "%s has taken it back" % other.hostname)
        claim(pings(a, FAR), "a ping is lost")


def give_back(a, one, two):
    """As it was: the first has it, by the second's going."""
    two.cli("down")
    carries(a, one, LAN, seconds=CLEAN_SECONDS + 1)
    two.cli("up")
    a.sees(two.hostname, Online=True)


@test("a router that goes down hands over within 2 s, and gets nothing back "
      "while the other serves", "failover", 30, versions=VERSIONS)
def clean(lab, v):
    a, one, two = shared(lab, v)
    one.cli("down")
    told, passes = took(a, two, 5)
    measured("tailscale down", v, told, passes)
    claim(told <= CLEAN_SECONDS, "handed over after %.1f s" % told)
    one.cli("up")
    a.sees(one.hostname, Online=True)
    stays(a, two, one)
    two.cli("down")
    told, passes = took(a, one, 5)
    claim(told <= CLEAN_SECONDS, "back after %.1f s" % told)
    two.cli("up")


@test("a router that hangs hands over within 30 s, and gets nothing back when "
      "it goes on", "failover", 60, versions=VERSIONS)
def hangs(lab, v):
    a, one, two = shared(lab, v)
    os.kill(one.daemon.pid, signal.SIGSTOP)
    try:
        told, passes = took(a, two, DEAD_SECONDS)
        measured("kill -STOP", v, told, passes)
    finally:
        os.kill(one.daemon.pid, signal.SIGCONT)
    until("the server hears it again", 30, lambda: "router answers again" in
          lab.server.log())
    stays(a, two, one)
    give_back(a, one, two)


def cut(r, on=True):
    """A cable that is pulled: nothing is sent, nothing arrives, nothing ends."""
    for chain, way in (("INPUT", "-i"), ("OUTPUT", "-o")):
        r.exec("iptables", "-I" if on else "-D", chain, way, "eth0", "-j",
               "DROP")


@test("a router whose cable is pulled hands over within 30 s; when both are cut "
      "off, the first that returns serves", "failover", 90)
def cables(lab):
    v = VERSIONS[-1]
    a, one, two = shared(lab, v)
    cut(one)
    told, passes = took(a, two, DEAD_SECONDS)
    measured("cable", v, told, passes)
    cut(two)
    cut(one, False)  # its tunnel may have ended meanwhile: it comes again
    took(a, one, 60)
    cut(two, False)
    until("%s answers" % two.hostname, 60,
          lambda: "pong" in a.cli("ping", "--timeout=2s", "-c=1", two.ip4,
                                  ok=False))
    stays(a, one, two)


@test("when both routers are down, the first that returns serves, and goes on "
      "when the other is back", "failover", 30)
def both(lab):
    v = VERSIONS[-1]
    a, one, two = shared(lab, v)
    one.cli("down")
    two.cli("down")
    carries(a, one, seconds=15)
    carries(a, two, seconds=15)
    two.cli("up")
    took(a, two, 10)
    one.cli("up")
    a.sees(one.hostname, Online=True)
    stays(a, two, one)
    give_back(a, one, two)


@test("a router whose approval is withdrawn hands over; three routers take turns",
      "failover", 30)
def withdrawn(lab):
    a, one, two = shared(lab, VERSIONS[-1])
    three = router(lab, "three", LAN)
    a.sees("three", Online=True)
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id(one.hostname), "-r", "")
    took(a, two, EDIT_SECONDS)
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id(one.hostname), "-r", LAN)
    stays(a, two, one)
    two.cli("down")
    took(a, one, EDIT_SECONDS)
    one.cli("down")
    took(a, three, EDIT_SECONDS)
    one.cli("up")
    two.cli("up")
    a.sees(two.hostname, Online=True)
    stays(a, three, one)
    three.cli("down")
    took(a, one, EDIT_SECONDS)
    three.cli("logout")


@test("who serves is not another because the worker starts anew", "failover",
      40)
def restarted(lab):
    a, one, two = shared(lab, VERSIONS[-1])
    one.cli("down")
    took(a, two, 5)
    one.cli("up")
    a.sees(one.hostname, Online=True)
    stays(a, two, one, 1.5)  # written behind: a second
    for sig in (signal.SIGTERM, signal.SIGKILL):
        before = polls(a, one, two)
        lab.server.kill("cairn-worker", sig)
        until("all three are back", 60, lambda: all(
            x > y for x, y in zip(polls(a, one, two), before)))
        stays(a, two, one)
    served = lab.server.json("nodes", "list-routes", "-i",
                             lab.server.node_id(two.hostname))
    claim(served[0]["subnet_routes"] == [LAN], "list-routes: %s" % served)
    give_back(a, one, two)


# Other ways of routes.

def via_of(c, site, prefix):
    return c.cli("debug", "via", str(site), prefix).split()[-1]


@test("an IPv4 network behind a 4via6 route is reached by address and by name",
      "routes", 20)
def four_via_six(lab):
    obey(lab, **APPROVED)
    a = viewer(lab, "ann")
    r = lab.client("gate", key=lab.server.key("--tags", "tag:router",
                                              user=None))
    net = via_of(r, 7, "10.92.0.0/24")
    r.exec("ip", "addr", "add", "10.92.0.1/32", "dev", "lo")
    r.cli("set", "--advertise-routes=" + net)
    carries(a, r, net, seconds=10)
    at = via_of(a, 7, "10.92.0.1/32").split("/")[0]
    with listening(r, PORT, address="10.92.0.1"):
        opens(a, at)
        named = a.exec("dig", "+short", "AAAA", "@100.100.100.100",
                       "10-92-0-1-via-7").split()  # ts.net or nothing
        claim(named == [at], "the name leads to %s, not %s" % (named, at))
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id("gate"), "-r", "")
    carries(a, r)
    claim(not reaches(a, at), "it is reached without approval")
    lab.shared["gate"] = a, r


@test("of overlapping networks the narrower one's router is used, and the wider "
      "one's when it is away", "routes", 30)
def overlap(lab):
    obey(lab, **APPROVED)
    a = lab.shared["gate"][0] if "gate" in lab.shared else viewer(lab, "ann")
    wide = router(lab, "wide", "10.93.0.0/16")
    narrow = router(lab, "narrow", "10.93.1.0/24")
    for r in (wide, narrow):
        r.exec("ip", "addr", "add", "10.93.1.9/32", "dev", "lo")
    carries(a, wide, "10.93.0.0/16", seconds=10)
    carries(a, narrow, "10.93.1.0/24", seconds=10)
    with listening(wide, PORT, address="10.93.1.9"), \
            listening(narrow, OTHER, address="10.93.1.9"):
        opens(a, "10.93.1.9", OTHER)
        claim(not reaches(a, "10.93.1.9"), "the wider one is used")
        narrow.cli("down")
        until("the wider one serves", 15, lambda: reaches(a, "10.93.1.9"))
        narrow.cli("up")
        until("the narrower one serves", 15,
              lambda: reaches(a, "10.93.1.9", OTHER))


WHO = """
import socket, sys
s = socket.create_server((sys.argv[1], 7779))
print('ready', flush=True)
c, who = s.accept()
print(who[0], flush=True)
"""


@test("two sites reach each other's hosts by their own addresses", "site to site",
      30)
def sites(lab):
    import subprocess
    east_net, west_net = "10.94.1.0/24", "10.94.2.0/24"
    more = ("--accept-routes", "--snat-subnet-routes=false")
    obey(lab, **{**APPROVED, "grants": [
        grant(east_net, west_net, "*"), grant("tag:router", "tag:router",
                                              "icmp:*")]})
    east = router(lab, "east", east_net, more=more)
    west = router(lab, "west", west_net, more=more)
    carries(east, west, west_net, seconds=10)
    carries(west, east, east_net, seconds=10)
    s = subprocess.Popen(["ip", "netns", "exec", west.ns, "python3", "-c", WHO,
                          "10.94.2.1"], stdout=subprocess.PIPE, text=True)
    try:
        claim(s.stdout.readline().strip() == "ready", "nobody listens")
        until("the west is reached", 10, lambda: "ok" in east.exec(
            "python3", "-c", "import socket; socket.create_connection("
            "('10.94.2.1', 7779), 2, ('10.94.1.1', 0)); print('ok')",
            ok=False))
        who = s.stdout.readline().strip()
        claim(who == "10.94.1.1", "the west sees %s" % who)
    finally:
        s.kill()
        s.communicate()


def leads_to(c, address):
    out = c.exec("ip", "route", "get", address)
    return out.split(" dev ")[1].split()[0]


@test("an exit node is suggested by its approval alone, and the own network is "
      "reached past it where that is wished", "exit", 30)
def exits(lab):
    obey(lab, **APPROVED)
    a = viewer(lab, "ann")
    x = lab.client("out", key=lab.server.key("--tags", "tag:exit", user=None),
                   more=("--advertise-exit-node",))
    plain = lab.client("plain", key=lab.server.key(user="alice"),
                       more=("--advertise-exit-node",))
    a.sees("out", ExitNodeOption=True)

    def caps(host):
        for p in a.netmap().get("Peers") or []:
            if p["Name"].split(".")[0] == host:
                return p.get("CapMap") or {}
        return {}
    claim("suggest-exit-node" in caps("out"), "it is not suggested")
    claim("suggest-exit-node" not in caps("plain"),
          "what nobody approved is suggested")
    claim("out" in a.cli("exit-node", "list"), "it is not listed")
    a.cli("set", "--exit-node=" + x.ip4, "--exit-node-allow-lan-access=false")
    until("all goes out", 10, lambda: leads_to(
        a, plain.address) == "tailscale0")
    a.cli("set", "--exit-node-allow-lan-access=true")
    until("the own network is past it", 10, lambda: leads_to(
        a, plain.address) == "eth0")
    claim(leads_to(a, "198.51.100.7") == "tailscale0", "nothing goes out")
    claim(a.exec("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                 "http://%s:8080/health" % SERVER) == "200",
          "the server is not reached")
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id("out"), "-r", "")
    a.sees("out", EDIT_SECONDS, ExitNodeOption=False)
    claim("suggest-exit-node" not in caps("out"), "it is suggested still")


@test("two routers that a via grant names stand in for each other", "via twice",
      30)
def via_failover(lab):
    net, far = "10.95.0.0/24", "10.95.0.1"
    obey(lab, autoApprovers={"routes": {net: ["tag:east", "tag:west"]}},
         grants=[grant("alice@", net, "*", via=["tag:west"])])
    a = viewer(lab, "ann")
    router(lab, "east", net, tag="tag:east")
    one = router(lab, "west-1", net, tag="tag:west")
    two = router(lab, "west-2", net, tag="tag:west")
    carries(a, one, net, seconds=10)
    claim("east" not in a.peers(), "the east is seen")
    until("a ping", 15, lambda: pings(a, far))
    one.cli("down")
    begun = time.monotonic()
    carries(a, two, net, seconds=5)
    claim(time.monotonic() - begun <= CLEAN_SECONDS, "late")
    until("a ping", 15, lambda: pings(a, far))


@test("a client on the server's own host keeps the host's network, whatever a "
      "router carries, and exit node and names go on", "own host", 40)
def own_host(lab):
    obey(lab, **APPROVED)
    a = viewer(lab, "ann")
    other = "10.96.0.0/24"
    router(lab, "gate", other, "10.99.0.0/16")
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id("gate"), "-r", "%s,10.99.0.0/16"
                     % other)
    carries(a, lab.clients[-1], other, "10.99.0.0/16", seconds=10)
    s = lab.on_server("host", key=lab.server.key(user="alice"),
                      more=("--accept-routes", "--advertise-exit-node"))
    carries(s, lab.clients[1], other, seconds=10)
    claim(leads_to(s, a.address) == "br0", "the server has lost its network")
    claim(leads_to(s, "10.96.0.1") == "tailscale0", "no routes at all")
    s.ping(a.ip4)
    claim(s.exec("dig", "+short", "@100.100.100.100",
                 "ann.cairn.internal").split() == [a.ip4], "no names")
    lab.server.cairn("nodes", "approve-routes", "-i",
                     lab.server.node_id("host"), "-r", "0.0.0.0/0")
    a.sees("host", ExitNodeOption=True)
    for again in ("worker", "client"):
        if again == "worker":
            before = polls(s)
            lab.server.kill("cairn-worker")
            until("it is back", 60, lambda: polls(s) > before)
        else:
            s.stop()
            s.begin()
            s.wait_state("Running")
        carries(s, lab.clients[1], other, seconds=15)
        claim(leads_to(s, a.address) == "br0", "lost after a restart")
