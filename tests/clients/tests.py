"""tests: what real clients must be able to do.  A name is a true sentence.

Numbers in front of a name are the points of the checklist in docs/PROTOCOL.md.
"""
import contextlib
import json
import os
import re
import signal
import sqlite3
import time

from lab import (ELSEWHERE, HTTP, HTTPS, MIDDLE, NET, NEWEST, OLDEST, SERVER, VERSIONS,
                 Failed, claim, run, tcp, until)

ALL = []
DOMAIN = "cairn.internal"
CHANGE_SECONDS = 3  # a change on the server, seen at a client


class Test:
    """A test: its sentence, the group whose lab it shares, how long it takes."""

    def __init__(self, body, name, group, weight):
        self.body, self.name, self.group = body, name, group
        self.weight = weight


def test(name, group=None, weight=5, versions=None):
    """Without a group it has a lab of its own; once for each version."""
    def keep(body):
        if not versions:
            ALL.append(Test(body, name, group or name, weight))
        for v in versions or ():
            ALL.append(Test(lambda lab, v=v: body(lab, v),
                            "%s (%s)" % (name, v),
                            "%s %s" % (group or name, v), weight))
        return body
    return keep


# Joining.

@test("two machines join by key and talk", "first")
def join(lab):
    a, b = lab.pair()
    claim(a.ip4 and a.ip6 and b.ip4 and b.ip6, "both families: %s" % a.ips())
    a.ping_direct(b.ip4)
    b.ping_direct(a.ip4)
    tcp(a, b)
    tcp(b, a)
    tcp(a, b, b.ip6)


@test("a host that is plugged into the lab's network cuts nobody off", "first")
def plugged_in(lab):
    a, b = lab.pair()
    lab.server.plug_in("low", "02:00:00:00:00:01")
    for x in (a, b):
        got = x.exec("curl", "-s", "--max-time", "5", lab.server.url + "/key?v=142",
                     ok=False)
        claim("publicKey" in got, "%s does not reach the server any more: %s" % (
            x.hostname, x.exec("ip", "neigh")))


@test("9. a joined machine is Running and knows itself", "v", versions=VERSIONS)
def knows_itself(lab, v):
    a, _ = lab.pair(v)
    s = a.status()
    me = s["Self"]
    claim(s["BackendState"] == "Running" and s["HaveNodeKey"], s)
    claim(me["ID"] and len(me["TailscaleIPs"]) == 2, me)
    claim(me["DNSName"] == "%s.%s." % (a.hostname, DOMAIN), me["DNSName"])
    claim(s["User"][str(me["UserID"])]["LoginName"], s["User"])


@test("1. /key gives a key to every era", "v", versions=[NEWEST])
def key(lab, _v):
    a, _ = lab.pair(_v)
    now = json.loads(a.exec("curl", "-sf", lab.server.url + "/key?v=142"))
    claim(re.fullmatch("mkey:[0-9a-f]{64}", now["publicKey"]), now)
    claim(now["publicKey"] != "mkey:" + "0" * 64, now)
    for old, answer in (("/key?v=38", "200"), ("/key", "400")):
        got = a.exec("curl", "-s", "-w", "%{http_code}", lab.server.url + old)
        claim(got.endswith(answer), "%s: %s" % (old, got))


@test("3. /ts2021 is reached on plain http, and https without ALPN stays open",
      "v", versions=VERSIONS)
def both_ports(lab, v):
    a, _ = lab.pair(v)
    for url in ("http://%s:%d" % (SERVER, HTTP),
                "https://%s:%d" % (SERVER, HTTPS)):
        out = a.exec("curl", "-sk", "--http1.1", "--no-alpn", "-o",
                     "/dev/null", "-w", "%{http_code}", "-X", "POST",
                     url + "/ts2021")
        claim(out.startswith("4"), "no Upgrade at %s: %s" % (url, out))


@test("10. a wrong key is refused with words, and nothing is made", "v",
      versions=VERSIONS)
def wrong_key(lab, v):
    c = lab.host("wrong-" + v.replace(".", "-"), v).begin()
    out = c.up("hskey-auth-aaaaaaaaaaaa-" + "b" * 64, ok=False)
    claim("invalid auth key" in out, out)
    claim(c.state() == "NeedsLogin", c.state())
    claim(not lab.server.node(c.hostname), "a half-made node")
    c.stop()


@test("a one-time key is refused the second time, with the reason", "keys")
def used_key(lab):
    k = lab.server.key()
    lab.client("first", key=k)
    second = lab.host("second").begin()
    out = second.up(k, ok=False)
    claim("used already" in out, out)
    claim(second.state() == "NeedsLogin", second.state())
    claim(not lab.server.node("second"), "a half-made node")
    second.joins_after_all(lab.server.key())


@test("an expired and a deleted key are refused", "keys")
def dead_keys(lab):
    c = lab.host("third").begin()
    k = lab.server.json("preauthkeys", "create", "-u",
                        lab.server.user("alice"))
    lab.server.cairn("preauthkeys", "expire", "-i", str(k["id"]))
    out = c.up(k["key"], ok=False)
    claim("revoked" in out or "expired" in out, out)
    lab.server.cairn("preauthkeys", "delete", "-i", str(k["id"]))
    out = c.up(k["key"], ok=False)
    claim("invalid auth key" in out, out)


@test("a reusable key lets several in", "keys")
def reusable_key(lab):
    k = lab.server.key("--reusable")
    lab.client("fourth", key=k)
    lab.client("fifth", key=k)


@test("a key with tags makes a machine without a user", "keys")
def tags_by_key(lab):
    c = lab.client("tagged", key=lab.server.key(
        "--tags", "tag:web,tag:db", user=None))
    claim(sorted(c.self_node().get("Tags") or []) == ["tag:db", "tag:web"],
          c.self_node())
    peer = lab.clients[0].sees("tagged", Online=True)
    claim(sorted(peer["Tags"]) == ["tag:db", "tag:web"], peer)
    w = json.loads(lab.clients[0].cli("whois", "--json", c.ip4))
    claim("tagged" in w["UserProfile"]["LoginName"], w["UserProfile"])
    c.stop()
    c.begin()
    c.wait_state("Running")


@test("--advertise-tags is refused with the reason", "keys")
def advertised_tags(lab):
    c = lab.host("sixth").begin()
    out = c.up(None, "--advertise-tags=tag:web", ok=False)
    claim("tag" in out and "not permitted" in out, out)


@test("3. a machine joins over https with a certificate that it trusts",
      "https", 10, versions=VERSIONS)
def https(lab, v):
    c = lab.host("secure", v)
    c.env["SSL_CERT_FILE"] = os.path.join(lab.server.home, "tls/cert.pem")
    c.url = "https://%s:%d" % (SERVER, HTTPS)
    c.begin()
    c.up()
    other = lab.client("plain", v)
    c.sees("plain", Online=True)
    c.ping(other.ip4)


@test("4. a map of more than a megabyte arrives", "big", 20, versions=VERSIONS)
def big_map(lab, v):
    """A thousand and a half machines, as the tailnet's rows have them."""
    lab.client("one")
    count = 2000
    with contextlib.closing(sqlite3.connect(
            os.path.join(lab.server.home, "cairn.db"), timeout=10)) as db:
        db.execute(
            """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
                                       SELECT i + 1 FROM n WHERE i < ?)
            INSERT INTO node (machine_key, node_key, user_id, name, hostname,
                ipv4, ipv6, hostinfo, register_method, created_at)
            SELECT randomblob(32), randomblob(32), user_id, 'machine-' || i,
                'machine-' || i, '100.127.' || (i / 250) || '.' || (i % 250),
                'fd7a:115c:a1e0::' || i, hostinfo, 'cli', created_at
            FROM node, n WHERE name = 'one'""", (count,))
        db.commit()
    a = lab.client("viewer", v)
    until("all peers", 30, lambda: len(a.peers()) == count + 1)
    size = len(json.dumps(a.netmap()["Peers"], separators=(",", ":")))
    claim(size > 1 << 20, "%d bytes only" % size)
    a.ping(lab.clients[0].ip4)


@test("17. a machine that registers too often waits as long as it is told",
      "rate", 10)
def rate(lab):
    lab.server.cairn("settings", "set", "register_machine_rate", "1")
    c = lab.host("hasty").begin()
    key = lab.server.key("--reusable")
    c.up(key)
    for _ in range(3):
        said = c.cli(*[w.replace("=40s", "=3s") for w in c.up_args(key)],
                     "--force-reauth", ok=False)
    until("the client says so, after " + said, 15, lambda: re.search(
        "rate.?limit|429|Retry-After", c.said(), re.I))
    lab.server.cairn("settings", "set", "register_machine_rate", "20")
    c.wait_state("Running", 90)


def auth_id(url):
    return url.rstrip("/").rsplit("/", 1)[1]


@test("11. a machine without a key is let in by the one who has its URL", "web",
      versions=VERSIONS)
def web_approval(lab, v):
    lab.server.user("alice")
    c = lab.host("web-" + v.replace(".", "-"), v).begin()
    up, url = c.up_by_web()
    claim(c.status()["AuthURL"] == url, c.status()["AuthURL"])
    page = c.exec("curl", "-si", url)
    claim("200" in page.splitlines()[0] and "text/html" in page, page)
    claim(auth_id(url) in page and c.hostname in page, page)
    lab.server.cairn("auth", "register", "--user", "alice", "--auth-id",
                     auth_id(url))
    begun = time.monotonic()
    c.wait_state("Running", 10)
    claim(time.monotonic() - begun < 6, "it took too long")
    claim(up.wait(10) == 0, "tailscale up failed")


@test("11. a rejection is final and says so", "web", versions=[OLDEST, NEWEST])
def web_rejection(lab, v):
    c = lab.host("turned-away-" + v.replace(".", "-"), v).begin()
    up, url = c.up_by_web()
    lab.server.cairn("auth", "reject", "--auth-id", auth_id(url))
    claim(up.wait(15) != 0, "tailscale up must fail")
    with open(up.log, encoding="utf-8") as f:
        said = f.read()
    claim("turned this machine away" in said, said)
    claim(c.state() == "NeedsLogin", c.state())
    out = lab.server.cairn("auth", "register", "--user", "alice",
                           "--auth-id", auth_id(url), ok=False)
    claim("Error" in out or "error" in out, out)


@test("web approval survives a restart of the worker and of the handlers",
      "web restart")
def web_approval_restart(lab):
    lab.server.user("alice")
    c = lab.host("patient").begin()
    up, url = c.up_by_web()
    lab.server.kill("cairn-worker")
    lab.server.kill("cairn-fcgi")
    lab.server.cairn("auth", "register", "--user", "alice", "--auth-id",
                     auth_id(url))
    c.wait_state("Running", 45)
    claim(up.wait(10) == 0, "tailscale up failed")


@test("who is not approved waits, seen by nobody, and is let in as it stands",
      "approval", versions=[OLDEST, NEWEST])
def approval(lab, v):
    tail = v.replace(".", "-")
    peer = lab.client("peer-" + tail, v)
    c = lab.client("guest-" + tail, v)
    peer.sees("guest-" + tail)
    node = str(lab.server.node_id("guest-" + tail))
    lab.server.cairn("nodes", "approve", "-i", node, "--withdraw")
    c.wait_state("NeedsMachineAuth", 15)
    peer.misses("guest-" + tail, 15)
    claim(not c.netmap().get("Peers"), "it sees %s" % list(c.peers()))
    lab.server.kill("cairn-worker")
    claim(c.state() == "NeedsMachineAuth", c.state())
    lab.server.cairn("nodes", "approve", "-i", node)
    c.wait_state("Running", 45)
    peer.sees("guest-" + tail, 30)
    c.sees("peer-" + tail, 30)
    c.ping(peer.ip4)


# Staying.

@test("names are given by 100.100.100.100", "first")
def names(lab):
    a, b = lab.pair()
    got = a.exec("dig", "+short", "+tries=2", "@100.100.100.100",
                 "%s.%s" % (b.hostname, DOMAIN))
    claim(got.strip() == b.ip4, got)
    short = a.inside("ping", "-c1", "-W3", b.hostname, ok=False)
    claim(b.ip4 in short, short)


@test("18. the map that a client holds is the one that was sent", "v",
      versions=VERSIONS)
def netmap(lab, v):
    a, b = lab.pair(v)
    m = a.netmap()
    claim(m["SelfNode"]["Name"].startswith(a.hostname + "."), m["SelfNode"])
    claim(any(p["Name"].startswith(b.hostname + ".") for p in m["Peers"]),
          "peers")
    claim(m["DNS"].get("Proxied") and m["DNS"].get("Domains") == [DOMAIN],
          m["DNS"])
    claim(m["PacketFilterRules"], "rules")
    claim(m["UserProfiles"], "users")
    claim(m.get("Domain"), "domain")


@test("22. whois names the user and the machine", "v", versions=VERSIONS)
def whois(lab, v):
    a, b = lab.pair(v)
    w = json.loads(a.cli("whois", "--json", b.ip4))
    claim(w["Node"]["Name"].startswith(b.hostname + "."), w["Node"]["Name"])
    claim(w["UserProfile"]["LoginName"].startswith("alice"), w["UserProfile"])


@test("23. ping works in all its kinds", "v", versions=VERSIONS)
def pings(lab, v):
    a, b = lab.pair(v)
    a.ping_direct(b.ip4)
    for kind in ("--tsmp", "--icmp", "--peerapi"):
        out = a.cli("ping", kind, "--c=1", "--timeout=5s", b.ip4, ok=False)
        claim("pong" in out or "hit peerapi" in out, "%s: %s" % (kind, out))
    rules = a.localapi("debug-packet-filter-rules")
    claim("SrcIPs" in rules or "Srcs" in rules or "IPProto" in rules, rules)


@test("16. what a machine says of itself is stored, without a new poll", "v",
      versions=VERSIONS)
def lite_updates(lab, v):
    a, b = lab.pair(v)
    polls = a.metric("controlclient_map_requests_poll")
    old = a.hostname
    a.cli("set", "--hostname=renamed-" + old)
    b.sees("renamed-" + old, CHANGE_SECONDS)
    a.cli("set", "--hostname=" + old)
    b.sees(old, CHANGE_SECONDS)
    a.cli("set", "--advertise-routes=192.168.77.0/24")
    until("the route is stored", CHANGE_SECONDS, lambda: "192.168.77.0/24" in
          lab.server.cairn("nodes", "list", "-o", "json"))
    a.cli("set", "--advertise-routes=")
    until("the route is gone", CHANGE_SECONDS, lambda: "192.168.77.0/24" not in
          lab.server.cairn("nodes", "list", "-o", "json"))
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")


@test("20. presence follows: kill, down, up", "presence", 30)
def presence(lab):
    a, b = lab.pair()
    b.stop(signal.SIGKILL)
    peer = a.sees(b.hostname, 25, Online=False)
    claim(not peer["LastSeen"].startswith("0001"), peer["LastSeen"])
    b.begin()
    a.sees(b.hostname, Online=True)
    b.cli("down")
    a.sees(b.hostname, 25, Online=False)
    b.cli("up")
    a.sees(b.hostname, Online=True)


@test("12. a restarted client is the same machine without a new login", "v",
      versions=VERSIONS)
def client_restart(lab, v):
    a, b = lab.pair(v)
    before = a.self_node()
    b_polls = b.metric("controlclient_map_requests_poll")
    a.stop()
    a.begin()
    a.wait_state("Running")
    after = a.self_node()
    for member in ("ID", "TailscaleIPs", "PublicKey", "DNSName"):
        claim(after[member] == before[member], "%s: %s, %s" % (
            member, before[member], after[member]))
    claim("alice" in a.cli("switch", "--list"), "the login is not kept")
    b.sees(a.hostname, Online=True)
    claim(b.metric("controlclient_map_requests_poll") == b_polls, "b's poll")
    a.ping(b.ip4)


@test("13. --force-reauth keeps the addresses and changes the key", "v",
      versions=VERSIONS)
def reauth(lab, v):
    a, b = lab.pair(v)
    before = a.self_node()
    a.reauth(lab.server.key())
    after = a.self_node()
    claim(after["TailscaleIPs"] == before["TailscaleIPs"], after)
    claim(after["ID"] == before["ID"], "another node")
    b.sees(a.hostname, PublicKey=after["PublicKey"])
    a.ping(b.ip4)


@test("14. logout is seen by peers, and the way back leads to the same row",
      "v", versions=VERSIONS)
def logout(lab, v):
    a, b = lab.pair(v)
    ips, rows = a.ips(), len(lab.server.nodes())
    a.cli("logout")
    a.wait_state("NeedsLogin")
    until("peers see it expired or gone", 15, lambda: b.peers().get(
        a.hostname, {"Expired": True}).get("Expired"))
    a.up()
    claim(a.ips() == ips, "%s, before %s" % (a.ips(), ips))
    claim(len(lab.server.nodes()) == rows, "rows")
    b.sees(a.hostname, Online=True)
    a.ping(b.ip4)


@test("an ephemeral machine is gone everywhere after logout", "life")
def ephemeral(lab):
    a, _ = lab.pair()
    e = lab.client("fleeting", key=lab.server.key("--ephemeral"))
    a.sees("fleeting")
    e.cli("logout")
    a.misses("fleeting")
    claim(not lab.server.node("fleeting"), "still listed")


@test("15. an expiry by the admin ends in NeedsLogin, and moving it revives",
      "life")
def expiry(lab):
    a, b = lab.pair()
    ips, n = b.ips(), lab.server.node_id(b.hostname)
    lab.server.cairn("nodes", "expire", "-i", n)
    b.wait_state("NeedsLogin", 10)
    a.sees(b.hostname, Expired=True)
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ",
                          time.gmtime(time.time() + 86400))
    lab.server.cairn("nodes", "expire", "-i", n, "-e", later)
    b.wait_state("Running", 20)
    until("no longer expired", 10,
          lambda: not a.peers()[b.hostname].get("Expired"))
    claim(b.ips() == ips, b.ips())
    a.ping(b.ip4)


@test("a login after an expiry brings the machine back with its address",
      "life")
def expiry_login(lab):
    a, b = lab.pair()
    ips = b.ips()
    lab.server.cairn("nodes", "expire", "-i",
                     lab.server.node_id(b.hostname))
    b.wait_state("NeedsLogin", 10)
    b.up(lab.server.key(), "--force-reauth")
    claim(b.ips() == ips, b.ips())
    a.sees(b.hostname, Online=True)
    a.ping(b.ip4)


@test("a rename by the admin reaches peers and names, and stays", "life")
def rename(lab):
    a, b = lab.pair()
    old = b.hostname
    lab.server.cairn("nodes", "rename", "tower", "-i",
                     lab.server.node_id(old))
    a.sees("tower", CHANGE_SECONDS)
    until("the machine itself knows", CHANGE_SECONDS, lambda:
          b.self_node()["DNSName"] == "tower.%s." % DOMAIN)
    got = a.exec("dig", "+short", "@100.100.100.100", "tower." + DOMAIN)
    claim(got.strip() == b.ip4, got)
    b.cli("set", "--hostname=cellar")
    until("the host name is stored", CHANGE_SECONDS, lambda: "cellar" in
          lab.server.cairn("nodes", "list", "-o", "json"))
    claim("tower" in a.peers(), "an admin's name must stay")
    lab.server.cairn("nodes", "rename", old, "-i",
                     lab.server.node_id("tower"))
    b.cli("set", "--hostname=" + old)
    a.sees(old)


@test("equal host names get a suffix", "life")
def equal_names(lab):
    lab.client("twin")
    second = lab.client("twin")
    claim(second.self_node()["DNSName"] == "twin-1.%s." % DOMAIN,
          second.self_node()["DNSName"])
    lab.pair()[0].sees("twin-1")


@test("tags by the admin reach the machine and its peers", "life")
def tags_by_admin(lab):
    a, _ = lab.pair()
    c = lab.client("plain")
    lab.server.cairn("nodes", "tag", "-i", lab.server.node_id("plain"),
                     "-t", "tag:server")
    until("the peer sees tags", CHANGE_SECONDS, lambda: a.peers()["plain"].get(
        "Tags") == ["tag:server"])
    until("the machine sees them", CHANGE_SECONDS,
          lambda: c.self_node().get("Tags") == ["tag:server"])
    w = json.loads(a.cli("whois", "--json", c.ip4))
    claim("tagged" in w["UserProfile"]["LoginName"], w["UserProfile"])


@test("19. peers come and go within a second or so", "delta", versions=VERSIONS)
def peers_follow(lab, v):
    a = lab.client("alone", v)
    claim(not a.peers(), a.peers())
    c = lab.client("guest")
    a.sees("guest", CHANGE_SECONDS)
    lab.server.cairn("nodes", "delete", "-i", lab.server.node_id("guest"),
                     "--force")
    a.misses("guest", CHANGE_SECONDS)
    c.wait_state("NeedsLogin", 15)


@test("a deleted machine ends in NeedsLogin and can join again", "delete",
      versions=VERSIONS)
def deletion(lab, v):
    a, b = lab.pair(v)
    lab.server.cairn("nodes", "delete", "-i",
                     lab.server.node_id(b.hostname), "--force")
    b.wait_state("NeedsLogin", 15)
    a.misses(b.hostname)
    polls = b.metric("controlclient_map_requests_poll")
    time.sleep(3)  # a client that polls in circles does so many times now
    claim(b.metric("controlclient_map_requests_poll") - polls < 5,
          "it polls in circles")
    b.stop()
    b.begin()
    b.wait_state("NeedsLogin", 20)
    b.up(lab.server.key(), "--force-reauth")
    a.sees(b.hostname, Online=True)
    a.ping(b.ip4)


# The server goes and comes.

@test("machines come back by themselves after each process was ended or killed",
      "restart", 60)
def server_restart(lab):
    # Who was refused once asks again after 10 s: docs/PROTOCOL.md.
    a, b = lab.pair()
    ips = a.ips(), b.ips()
    new = 0
    for program in ("cairn-worker", "cairn-fcgi", "cairn-relay", "nginx"):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            lab.server.kill(program, sig)
            tcp(a, b)
            new += 1
        c = lab.client("after-%d" % new)
        for x in (a, b):
            x.sees(c.hostname, 20)
            x.ping(c.ip4)
        c.stop()
    claim((a.ips(), b.ips()) == ips, "addresses changed")
    claim(a.state() == b.state() == "Running", "states")


@test("5. a restart of the worker is not seen by peers", "restart")
def restart_quiet(lab):
    a, b = lab.pair()
    a.sees(b.hostname, Online=True)
    lab.server.kill("cairn-worker", signal.SIGTERM)
    end = time.monotonic() + 12
    while time.monotonic() < end:
        claim(a.peers()[b.hostname]["Online"], "b was seen offline")
        time.sleep(0.3)


@test("traffic goes on while the server is away, and a second run finds its data",
      "away", 30)
def server_away(lab):
    a, b = lab.pair()
    a.ping_direct(b.ip4)
    ips = a.ips()
    lab.server.stop()
    tcp(a, b)
    a.ping(b.ip4)
    lab.server.begin()
    c = lab.client("late")
    a.sees("late", 60)
    claim(a.ips() == ips, a.ips())
    a.ping(c.ip4)


@test("6. a server that stands still for a while is found again", "frozen", 60)
def frozen(lab):
    a, b = lab.pair()
    pid = lab.server.pid("cairn-worker")
    os.kill(pid, signal.SIGSTOP)
    try:
        tcp(a, b)
        time.sleep(100 if os.environ.get("TEST_LONG") else 20)
    finally:
        os.kill(pid, signal.SIGCONT)
    lab.server.cairn("nodes", "rename", "thawed", "-i",
                     lab.server.node_id(b.hostname))
    a.sees("thawed", 60)
    until("no complaint about the server is left", 60, lambda: not [
        h for h in a.status().get("Health") or []
        if "control" in h or "coordination" in h])


@test("a reload of nginx costs a reconnect at most", "restart")
def reload(lab):
    a, b = lab.pair()
    os.kill(lab.server.pid("nginx"), signal.SIGHUP)
    c = lab.client("after-reload")
    a.sees("after-reload", 40)
    b.sees("after-reload", 40)
    c.stop()
    a.sees(a.peers() and b.hostname, Online=True)


@test("7. a second connection of one machine is served beside the first", "v",
      versions=[MIDDLE, NEWEST])
def second_connection(lab, v):
    a, b = lab.pair(v)
    polls = a.metric("controlclient_map_requests_poll")
    a.localapi("query-feature?feature=funnel", "POST")
    claim(a.state() == "Running", a.state())
    claim(a.metric("controlclient_map_requests_poll") == polls, "a new poll")
    b.sees(a.hostname, Online=True)


# What clients count.

def counted(client):
    return (client.metric("controlclient_map_response_handled_incrementally"),
            client.metric("controlclient_map_response_handled_full_rebuild"))


def incremental(client, what, act, seen):
    """act happens; client sees it, by increments only."""
    before = counted(client)
    act()
    seen()
    until(what + " raises handled_incrementally", 5,
          lambda: counted(client)[0] > before[0])
    claim(counted(client)[1] == before[1],
          "%s: %d full rebuilds" % (what, counted(client)[1] - before[1]))


@test("a peer's roam, presence, join and leave are handled by increments",
      "increments", 30)
def increments(lab):
    a, b = lab.pair()
    a.ping_direct(b.ip4)
    incremental(a, "a roam", lambda: b.move_to(ELSEWHERE + "99"),
                lambda: until("a's netmap has b's new address", 20,
                              lambda: ELSEWHERE + "99" in json.dumps(
                                  a.netmap().get("Peers"))))
    incremental(a, "going", lambda: b.cli("down"),
                lambda: a.sees(b.hostname, 25, Online=False))
    incremental(a, "coming", lambda: b.cli("up"),
                lambda: a.sees(b.hostname, Online=True))
    c = lab.host("third").begin()
    incremental(a, "a join", c.up, lambda: a.sees("third", Online=True))
    incremental(a, "a leave", lambda: lab.server.cairn(
        "nodes", "delete", "--force", "-i", lab.server.node_id("third")),
        lambda: a.misses("third"))


@test("an update that changes nothing costs peers no message", "increments")
def nothing_new(lab):
    a, b = lab.pair()
    before = a.metric("controlclient_map_response_map")
    for _ in range(3):
        b.cli("debug", "restun")
    b.cli("set", "--hostname=" + b.hostname)
    time.sleep(3)
    claim(a.metric("controlclient_map_response_map") == before, "messages")


# Paths.

@test("roaming: an address change reaches peers and traffic goes on", "roam")
def roaming(lab):
    a, b = lab.pair()
    a.ping_direct(b.ip4)
    b.move_to(ELSEWHERE + "77")
    b.cli("debug", "rebind")
    until("a sends to the new address", 30, lambda: ELSEWHERE + "77" in a.cli(
        "ping", "--timeout=3s", "--c=3", b.ip4, ok=False))
    tcp(a, b)


@test("21. restun and rebind bring new endpoints to peers", "v",
      versions=VERSIONS)
def rebind(lab, v):
    a, b = lab.pair(v)
    for what in ("restun", "rebind"):
        a.cli("debug", what)
    if v == NEWEST:
        a.cli("debug", "rotate-disco-key")
    b.ping(a.ip4)
    a.ping_direct(b.ip4)
    out = b.cli("debug", "peer-endpoint-changes", a.ip4, ok=False)
    claim(out.strip(), "no changes are known")


@test("30. netcheck finds UDP, the public address and the region", "v",
      versions=VERSIONS)
def netcheck(lab, v):
    a, _ = lab.pair(v)
    regions = json.loads(a.cli("debug", "derp-map"))["Regions"]
    claim(list(regions) == ["900"] and
          regions["900"]["RegionCode"] == "cairn", regions)

    def good():
        text = a.cli("netcheck", "--format=json", ok=False)
        r = json.loads(text[text.find("{"):] or "{}")
        return r.get("UDP") and r.get("GlobalV4", "").startswith(
            a.address) and r.get("PreferredDERP") == 900 and \
            r.get("RegionLatency", {}).get("900") and r
    until("a good netcheck", 20, good)


@test("31. the relay's certificate is taken and its key agreed on", "v", 20,
      versions=[NEWEST])
def debug_derp(lab, v):
    """Only 1.102's tool knows pins; for the older ones 33 is the proof.  It
    counts as an error that the relay has no IPv6 address."""
    a, _ = lab.pair(v)
    report = json.loads(a.cli("debug", "derp", "cairn"))
    bad = [e for e in report.get("Errors") or [] if "over IPv6" not in e]
    claim(not bad, bad)
    said = "\n".join(report["Info"] or [])
    claim("Successfully established a DERP connection" in said, said)
    claim("STUN" in said, said)


@test("32. every machine has its home at the relay, and finds it again", "v",
      versions=VERSIONS)
def derp_home(lab, v):
    a, b = lab.pair(v)
    until("a's own region", 20,
          lambda: a.self_node().get("Relay") == "cairn")
    a.sees(b.hostname, 20, Relay="cairn")
    a.cli("debug", "break-derp-conns", ok=False)
    a.ping(b.ip4)


@test("33. DERP only: ping, and TCP through the relay", "derp", 40,
      versions=VERSIONS)
def derp_only(lab, v):
    a, b = lab.pair(v)
    for c in (a, b):
        c.block_udp()
        c.cli("debug", "rebind", ok=False)
    until("the relay carries it", 60, lambda: "via DERP(cairn)" in a.cli(
        "ping", "--c=2", "--timeout=3s", "--until-direct=false", b.ip4,
        ok=False))
    tcp(a, b, count=1000000)
    tcp(b, a, count=1000000)
    end = time.monotonic() + (60 if os.environ.get("TEST_LONG") else 8)
    while time.monotonic() < end:
        tcp(a, b, count=200000)
    lab.server.kill("cairn-relay")
    until("the relay carries it again", 40, lambda: "via DERP(cairn)" in a.cli(
        "ping", "--c=2", "--timeout=3s", "--until-direct=false", b.ip4,
        ok=False))
    lab.server.kill("nginx")
    until("and again", 40, lambda: "via DERP(cairn)" in a.cli(
        "ping", "--c=2", "--timeout=3s", "--until-direct=false", b.ip4,
        ok=False))


@test("33. without any UDP netcheck measures by https", "derp udp")
def no_udp(lab):
    a = lab.client("a")
    a.exec("iptables", "-I", "OUTPUT", "-p", "udp", "-o", "eth0", "-j", "DROP")

    def good():
        text = a.cli("netcheck", "--format=json", ok=False)
        r = json.loads(text[text.find("{"):] or "{}")
        return r.get("UDP") is False and \
            r.get("RegionLatency", {}).get("900") and r
    until("a latency without UDP", 40, good)


@test("34. a machine that was deleted may not use the relay", "derp deleted")
def derp_deleted(lab):
    a, b = lab.pair()
    for c in (a, b):
        c.block_udp()
        c.cli("debug", "rebind", ok=False)
    until("the relay carries it", 60, lambda: "via DERP(cairn)" in a.cli(
        "ping", "--c=2", "--timeout=3s", "--until-direct=false", b.ip4,
        ok=False))
    gone = lab.server.node_id(b.hostname)
    lab.server.cairn("nodes", "delete", "--force", "-i", gone)
    # A stock client hangs up by itself when it hears of it, or is cut.
    until("it is no longer at the relay", 10, lambda: re.search(
        r"cairn-relay client left .*node=%s " % gone, lab.server.log()))


@test("a userspace machine pings and is pinged", "userspace")
def userspace(lab):
    a = lab.client("a")
    u = lab.client("flat", tun=False)
    a.sees("flat")
    a.ping(u.ip4)
    u.ping(a.ip4)


@test("1.80, 1.90 and 1.102 talk in one tailnet", "versions", 20)
def versions_together(lab):
    all_of_them = [lab.client("c" + v.replace(".", "-"), v) for v in VERSIONS]
    for x in all_of_them:
        for y in all_of_them:
            if x is not y:
                x.sees(y.hostname)
                x.ping(y.ip4)
                tcp(x, y)


@test("Taildrop: a file arrives", "taildrop")
def taildrop(lab):
    a, b = lab.pair()
    src = os.path.join(a.folder, "letter.txt")
    got = os.path.join(b.folder, "got")
    os.makedirs(got)
    with open(src, "w", encoding="utf-8") as f:
        f.write("hello")
    a.cli("file", "cp", src, b.hostname + ":")
    b.cli("file", "get", "--wait=false", got, ok=False)
    until("the file", 15, lambda: os.path.exists(
        os.path.join(got, "letter.txt")) or b.cli(
        "file", "get", got, ok=False) is None)


@test("serve: plain http inside the tailnet, by name", "taildrop")
def serve(lab):
    a, b = lab.pair()
    b.cli("serve", "--bg", "--http=80", "text:hello")
    until("the page", 15, lambda: "hello" in a.inside(
        "curl", "-s", "--max-time", "3",
        "http://%s.%s/" % (b.hostname, DOMAIN), ok=False))


# What the server does not have must not hurt.

@test("29. requests that are not served end promptly and with words", "v",
      versions=VERSIONS)
def unsupported(lab, v):
    a, b = lab.pair(v)
    begun = time.monotonic()
    for args in (("cert", a.hostname + "." + DOMAIN), ("lock", "status"),
                 ("funnel", "status")):
        out = a.cli(*args, ok=False, seconds=25)
        claim(out.strip() and "panic" not in out, "%s: %s" % (args, out))
    a.localapi("id-token?aud=x")
    claim(time.monotonic() - begun < 20, "it took too long")
    claim(a.state() == "Running", a.state())
    a.ping(b.ip4)


@test("26. nothing asks people to look at a URL, and health is good", "v",
      versions=VERSIONS)
def healthy(lab, v):
    a, _ = lab.pair(v)

    def complaints():
        return [h for h in a.status().get("Health") or []
                if "update" not in h.lower()]
    try:
        until("good health", 20, lambda: not complaints())
    except Failed:
        raise Failed("complaints: %s" % complaints())
    claim(not a.status().get("AuthURL"), "a URL")


@test("27. clients are told not to upload logs", "log tail")
def no_logs(lab):
    a = lab.host("quiet")
    a.flags = []
    a.begin(TS_DEBUG_MAP="1")
    a.up()
    with open(os.path.join(lab.logs, a.logfile), encoding="utf-8",
              errors="replace") as f:
        claim('"DisableLogTail": true' in f.read(), "DisableLogTail")


@test("24. what the filter does not allow is refused", "first")
def filter_is_there(lab):
    """Everything is allowed so far; a port that nobody listens on is closed."""
    a, b = lab.pair()
    out = a.exec("curl", "-s", "--max-time", "5", "-w", "%{errormsg}",
                 "http://%s:9/" % b.ip4, ok=False)
    claim("refused" in out or "connect" in out, out)
    claim(a.netmap()["PacketFilterRules"], "a filter")


@test("a stream that idles lives on, with keep-alives only", "idle", 90)
def idle(lab):
    a, _ = lab.pair()
    polls = a.metric("controlclient_map_requests_poll")
    alive = a.metric("controlclient_map_response_keepalive")
    wait = 600 if os.environ.get("TEST_LONG") else 62
    until("keep-alives", wait + 5, lambda: a.metric(
        "controlclient_map_response_keepalive") >= alive + wait // 60)
    claim(a.metric("controlclient_map_requests_poll") == polls, "new polls")


@test("the server logs no error in an ordinary life", "life")
def last_words(lab):
    """The server's own log names no error in all this."""
    bad = [l for l in lab.server.log().splitlines() if " error cairn-" in l]
    claim(not bad, "\n".join(bad[:5]))
